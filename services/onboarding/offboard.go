package onboarding

import (
	"context"
	"slices"

	"entgo.io/ent/dialect/sql"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/agreement"
	"github.com/sala-exchange/sala/ent/agreementparty"
	"github.com/sala-exchange/sala/ent/issuer"
	"github.com/sala-exchange/sala/ent/member"
	"github.com/sala-exchange/sala/ent/offboarding"
	"github.com/sala-exchange/sala/ent/proposal"
	"github.com/sala-exchange/sala/ent/referral"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/internal/viewer"
	"github.com/sala-exchange/sala/services/disclosure"
)

// Departure is what the end of an agency needs of other parts. What is nil is not
// offered by this deployment, and an offboarding waits for it.
type Departure struct {
	// Export writes one part of the agency's own contributions, encrypted to its key, and
	// puts what it holds on record in the operation's transaction; after is where the part
	// before ended, empty for the first.
	Export func(ctx context.Context, op *store.Op, recipient, after string) (*Exported, error)
	// Depart puts the agency on a signed list outside the database, so that no restored
	// backup brings its contributions back. Once more is the same.
	Depart func(ctx context.Context, agencyID, digest string, at int64) error
}

// Exported is one part of an export.
type Exported struct {
	Content []byte // encrypted
	Rows    int
	Next    string // where the next part begins; empty after the last
}

// Leaving is how far an agency's departure has come, and what is in its way: counts
// and agreements, never a case.
type Leaving struct {
	*ent.Offboarding
	OwnedCases    int      // to be handed over, each with its person's consent (A4)
	StillCases    int      // of them those that no transfer moves: of a child, or of one who died
	OpenReferrals int      // to be ended
	Agreements    []string // ids of those to be ended
	// Overdue: its deadline has passed and the agency has not left. Nothing ends by that.
	Overdue bool
	// Waiting is what the next step waits for: "recipient", the key that the agency names;
	// "export", that the agency fetches it; "others", somebody of another agency who
	// administers the platform, before anything is deleted; "second", somebody of a third
	// one, where the agency has not fetched its export in its time; "objection", the time in
	// which the agency takes the deletion back; "suspended", that the agency is let in
	// again, since it could not; "rows", the next call, which deletes more;
	// "list", a part that this deployment does not offer. Empty where nothing is missing.
	Waiting string
}

// referralsAtOnce bounds one call, so that it ends in time; the next goes on.
const referralsAtOnce = 200

// StartOffboarding freezes the viewer's own agency, or proposes it for another: it
// registers no case any more, takes nothing on, and hands over what it has. It returns
// the proposal where two people have to approve. Called again by the agency's own
// administrator it names another key for the export, until that is confirmed; to whom
// cases are handed over and until when never changes.
func StartOffboarding(ctx context.Context, op *store.Op, agencyID string, in OffboardingInput) (string, error) {
	ctx, d, err := deciding(ctx, op, viewer.PlatformAdministrator, viewer.PlatformOperator, viewer.AgencyAdministrator)
	if err != nil {
		return "", err
	}
	if err := in.validate(); err != nil {
		return "", err
	}
	if _, err := existing(ctx, op, agencyID); err != nil {
		return "", err
	}
	own := d.agency.ID == agencyID && d.has(viewer.AgencyAdministrator)
	if !own && !d.keeps() {
		return "", errs.NotHere()
	}
	row, err := op.Offboarding.Query().Where(offboarding.AgencyID(agencyID)).Only(ctx)
	switch {
	case err == nil:
		return "", startAgain(ctx, op, row, in, own)
	case !ent.IsNotFound(err):
		return "", outward(err, "reading the offboarding")
	case !own:
		return proposeOffboarding(ctx, op, d, agencyID, in)
	case in.ExportTo == "":
		return "", errs.New(errs.Invalid, "name the age public key that your agency's export is encrypted to").WithFields("exportTo")
	}
	terms, err := in.terms(ctx, op, agencyID)
	if err != nil {
		return "", err
	}
	return "", freeze(ctx, op, agencyID, terms)
}

// proposeOffboarding proposes the departure of another agency. Asked twice, nothing is
// proposed twice, and what waits for approvals is not what another asked for.
func proposeOffboarding(ctx context.Context, op *store.Op, d *decider, agencyID string, in OffboardingInput) (string, error) {
	if id, err := again(ctx, op, agencyID, valueset.ProposalKindOffboarding, in.content(), true); err != nil || id != "" {
		return id, err
	}
	if _, err := in.terms(ctx, op, agencyID); err != nil {
		return "", err
	}
	waits, err := op.Proposal.Query().Where(proposal.AgencyID(agencyID), proposal.KindEQ(valueset.ProposalKindOffboarding),
		proposal.RefusedOnIsNil(), proposal.ApprovedOnIsNil()).Exist(ctx)
	if err != nil {
		return "", outward(err, "reading the proposals")
	}
	if waits {
		return "", errs.New(errs.Conflict, "the agency's departure is proposed already, with another key, hand-over target or deadline: refuse that proposal first").
			WithFields("exportTo", "handOverTo", "deadline")
	}
	return propose(ctx, op, d, agencyID, valueset.ProposalKindOffboarding, in.content())
}

// startAgain is the same, but for the key that the agency's own administrator names.
func startAgain(ctx context.Context, op *store.Op, row *ent.Offboarding, in OffboardingInput, own bool) error {
	if err := in.unchanged(ctx, op, row); err != nil {
		return err
	}
	if !own {
		if in.ExportTo != "" && in.ExportTo != row.ExportRecipient {
			return errs.New(errs.Forbidden, "the departure has begun: the key of its export is the agency's own administrator's to name").WithFields("exportTo")
		}
		return nil
	}
	return nameRecipient(ctx, op, row, in.ExportTo)
}

// nameRecipient names the key of the export, until the agency holds it. What was handed
// out for another key begins anew.
func nameRecipient(ctx context.Context, op *store.Op, row *ent.Offboarding, to string) error {
	if to == "" || to == row.ExportRecipient {
		return nil
	}
	if row.ExportedOn != nil {
		return errs.New(errs.Conflict, "your agency holds its export already: it is not made for another key")
	}
	err := op.Offboarding.UpdateOneID(row.ID).SetExportRecipient(to).SetExportParts(0).SetExportAfter("").SetExportDigest("").Exec(ctx)
	if err != nil {
		return outward(err, "naming the key of the export")
	}
	return disclosure.DecideAbout(ctx, op, "name export key", row.AgencyID, row.ID)
}

func leaving(ctx context.Context, op *store.Op, agencyID string) (bool, error) {
	ok, err := op.Offboarding.Query().Where(offboarding.AgencyID(agencyID)).Exist(ctx)
	return ok, outward(err, "reading the offboarding")
}

// freeze: from its commit on the agency takes nothing new on. The database makes it wait
// for whatever is being taken on, so that a count made later is final.
func freeze(ctx context.Context, op *store.Op, agencyID string, t *offboardingTerms) error {
	a, err := existing(ctx, op, agencyID)
	if err != nil {
		return err
	}
	err = op.Offboarding.Create().SetAgencyID(agencyID).SetFrozenOn(op.Scope.Now).SetExportRecipient(t.exportTo).
		SetHandOverToID(t.handOverToID).SetNillableDeadline(t.deadline).Exec(ctx)
	if err != nil {
		return outward(err, "starting the offboarding")
	}
	// What waits in its imports would wait for ever: it becomes no case any more.
	if _, err := op.AbandonImports(ctx, agencyID); err != nil {
		return err
	}
	if a.State == valueset.AgencyStateActive { // a suspended one stays shut out
		if err := op.Agency.UpdateOneID(agencyID).SetState(valueset.AgencyStateOffboarding).Exec(ctx); err != nil {
			return outward(err, "freezing the agency")
		}
	}
	return disclosure.DecideAbout(ctx, op, "freeze agency", agencyID)
}

// Offboard takes an agency's departure as far as it goes, step by step, each once: its
// cases are handed over, its agreements and referrals ended with notices, what it had
// contributed deleted for good once it holds its export (ExportPart, ConfirmExport), and
// its accounts and issuers closed. Called again it goes on where it stopped. What is in
// the way is in the answer. What it had contributed is deleted 72 hours or more after
// somebody of another agency called, unless the agency takes that back (StopDeletion).
func Offboard(ctx context.Context, op *store.Op, agencyID string, parts Departure) (*Leaving, error) {
	ctx, d, err := deciding(ctx, op, viewer.PlatformAdministrator, viewer.AgencyAdministrator)
	if err != nil {
		return nil, err
	}
	return advance(ctx, op, d, agencyID, parts, handOver, endSharing, export, agreed, destroyKeys, closeDown)
}

// EndSharing is Offboard up to the end of agreements and referrals: it agrees to no deletion,
// whoever calls it and however far the departure has come.
func EndSharing(ctx context.Context, op *store.Op, agencyID string) (*Leaving, error) {
	ctx, d, err := deciding(ctx, op, viewer.PlatformAdministrator, viewer.PlatformOperator, viewer.AgencyAdministrator)
	if err != nil {
		return nil, err
	}
	return advance(ctx, op, d, agencyID, Departure{}, handOver, endSharing)
}

// offboardingStep is one, once; it reports whether it is done.
type offboardingStep = func(context.Context, *store.Op, *Leaving, Departure) (bool, error)

func advance(ctx context.Context, op *store.Op, d *decider, agencyID string, parts Departure, steps ...offboardingStep) (*Leaving, error) {
	if !d.keeps() && d.agency.ID != agencyID {
		return nil, errs.NotHere()
	}
	if !pubid.Valid(agencyID, "agency") {
		return nil, errs.NotHere()
	}
	row, err := op.Offboarding.Query().Where(offboarding.AgencyID(agencyID)).Only(ctx)
	if err != nil {
		return nil, outward(err, "reading the offboarding")
	}
	l := &Leaving{Offboarding: row}
	defer func() { l.Overdue = overdue(l.Offboarding, op.Scope.Now) }()
	for _, step := range steps {
		done, err := step(ctx, op, l, parts)
		if err != nil || !done {
			return l, err
		}
	}
	return l, nil
}

// passed notes a step's time.
func passed(ctx context.Context, op *store.Op, l *Leaving, verb string, set func(*ent.OffboardingUpdateOne)) error {
	u := op.Offboarding.UpdateOneID(l.ID)
	set(u)
	row, err := u.Save(ctx)
	if err != nil {
		return outward(err, "noting a step of the offboarding")
	}
	l.Offboarding = row
	return disclosure.DecideAbout(ctx, op, verb, l.AgencyID, l.ID)
}

func handOver(ctx context.Context, op *store.Op, l *Leaving, _ Departure) (bool, error) {
	if l.HandedOverOn != nil {
		return true, nil
	}
	// The agency is frozen: no case comes to it any more, and what is counted is all.
	all, still, err := op.Owned(ctx, l.AgencyID)
	if err != nil {
		return false, err
	}
	if all > 0 {
		l.OwnedCases, l.StillCases = all, still
		return false, listInTheWay(ctx, op, l)
	}
	return true, passed(ctx, op, l, "hand over cases", func(u *ent.OffboardingUpdateOne) { u.SetHandedOverOn(op.Scope.Now) })
}

// listInTheWay says what the later steps will end.
func listInTheWay(ctx context.Context, op *store.Op, l *Leaving) error {
	var err error
	if l.OpenReferrals, err = op.Referral.Query().Where(openReferralOf(l.AgencyID)).Count(rule.InMode(ctx, rule.Policy)); err != nil {
		return outward(err, "counting the agency's referrals")
	}
	l.Agreements, err = op.Agreement.Query().Where(agreement.EndedOnIsNil(), agreement.HasPartiesWith(agreementparty.AgencyID(l.AgencyID))).IDs(ctx)
	return outward(err, "reading the agency's agreements")
}

func endSharing(ctx context.Context, op *store.Op, l *Leaving, _ Departure) (bool, error) {
	if l.AgreementsEndedOn != nil {
		return true, nil
	}
	// Cases come before gates, in the order that all hold them in.
	left, err := endReferrals(ctx, op, l.AgencyID)
	if err != nil || left > 0 {
		l.OpenReferrals = left
		return false, err
	}
	open, err := op.Agreement.Query().Where(agreement.EndedOnIsNil(), agreement.HasPartiesWith(agreementparty.AgencyID(l.AgencyID))).
		WithParties().All(ctx)
	if err != nil {
		return false, outward(err, "reading the agency's agreements")
	}
	for _, a := range open {
		if err := end(ctx, op, a, a.Edges.Parties, l.AgencyID); err != nil {
			return false, err
		}
	}
	return true, passed(ctx, op, l, "end agreements and referrals", func(u *ent.OffboardingUpdateOne) { u.SetAgreementsEndedOn(op.Scope.Now) })
}

func openReferralOf(agencyID string) func(*sql.Selector) {
	return func(s *sql.Selector) {
		referral.Or(referral.FromID(agencyID), referral.ToID(agencyID))(s)
		referral.StateIn(valueset.ReferralStateOffered, valueset.ReferralStateInformationAsked, valueset.ReferralStateWaiting,
			valueset.ReferralStateAccepted, valueset.ReferralStateAcceptedInPart)(s)
	}
}

// endReferrals ends what is under way between the agency and others, and returns how
// many are left for the next call. Policy decides each case anew before the commit.
func endReferrals(ctx context.Context, op *store.Op, agencyID string) (int, error) {
	ctx = rule.InMode(ctx, rule.Policy)
	rows, err := op.Referral.Query().Where(openReferralOf(agencyID)).Order(referral.ByCaseID(), referral.ByID()).Limit(referralsAtOnce + 1).All(ctx)
	if err != nil {
		return 0, outward(err, "reading the agency's referrals")
	}
	for i, r := range rows {
		if i == referralsAtOnce {
			return op.Referral.Query().Where(openReferralOf(agencyID)).Count(ctx)
		}
		if err := op.Lock(ctx, r.CaseID); err != nil {
			return 0, err
		}
		_, err := op.Referral.Update().Where(referral.ID(r.ID)).SetState(valueset.ReferralStateRevoked).SetEndedOn(op.Scope.Now).AddVersion(1).Save(ctx)
		if err != nil {
			return 0, outward(err, "ending a referral")
		}
		op.Touch(r.CaseID)
		op.EndedByOthers(r.ID)
		if r.FromID == agencyID {
			continue // its receiver learns that access ended, and nothing of why (C8)
		}
		if err := op.Notify(ctx, r.FromID, valueset.NoticeKindReferralChanged, r.ID); err != nil { // who always learns the state (D3)
			return 0, err
		}
	}
	return 0, nil
}

// export waits until the agency says that it holds its export, or has had its time to
// fetch it: then two other agencies may go on without.
func export(_ context.Context, op *store.Op, l *Leaving, _ Departure) (bool, error) {
	late := op.Scope.Now >= *l.AgreementsEndedOn+op.Deployment().ToFetch.Microseconds()
	switch {
	case l.ExportedOn != nil, late && op.Scope.Agency != l.AgencyID:
		return true, nil
	case l.ExportRecipient == "":
		l.Waiting = "recipient"
	default:
		l.Waiting = "export"
	}
	return false, nil
}

// agreed waits until other agencies have agreed to the deletion, and then for as long as
// an agency has to object to a change of how it signs in. One account alone would read
// and destroy what its agency holds (H4, I7); and no agency alone has another's
// contributions deleted: either that one has said that it holds them, or two others agree.
func agreed(ctx context.Context, op *store.Op, l *Leaving, _ Departure) (bool, error) {
	own := op.Scope.Agency == l.AgencyID
	switch {
	case l.KeysDestroyedOn != nil:
		return true, nil
	case l.DeletionDueOn != nil:
		return objecting(ctx, op, l, own)
	case own:
		l.Waiting = "others"
		return false, nil
	case l.ExportedOn == nil && l.UnfetchedBy == "":
		err := passed(ctx, op, l, "go on without export", func(u *ent.OffboardingUpdateOne) {
			u.SetUnfetchedBy(op.Scope.Agency).SetUnfetchedOn(op.Scope.Now)
		})
		l.Waiting = "second"
		return false, err
	case l.ExportedOn == nil && l.UnfetchedBy == op.Scope.Agency:
		l.Waiting = "second"
		return false, nil
	}
	without := l.ExportedOn == nil
	err := passed(ctx, op, l, "agree to deletion", func(u *ent.OffboardingUpdateOne) {
		u.SetDeletionBy(op.Scope.Agency).SetDeletionDueOn(op.Scope.Now + op.Deployment().ToObject.Microseconds())
		if without {
			u.SetExportedOn(op.Scope.Now).SetExportDigest("").SetExportParts(0).SetExportAfter("")
		}
	})
	l.Waiting = "objection"
	if err != nil {
		return false, err
	}
	return false, tellOfDeletion(ctx, op, l.Offboarding, valueset.NoticeKindDeletionPlanned)
}

// objecting waits out the time to object. One person suspends an agency, who may be the one
// that agreed to the deletion, and an agency that is shut out takes nothing back: so the
// time begins anew when it is let in again.
func objecting(ctx context.Context, op *store.Op, l *Leaving, own bool) (bool, error) {
	due, open, err := dueOn(ctx, op, l.Offboarding)
	if err == nil && open && due > *l.DeletionDueOn {
		err = passed(ctx, op, l, "put deletion off", func(u *ent.OffboardingUpdateOne) { u.SetDeletionDueOn(due) })
	}
	switch {
	case err != nil:
		return false, err
	case !open:
		l.Waiting = "suspended"
	case op.Scope.Now < due:
		l.Waiting = "objection"
	case own:
		l.Waiting = "others"
	default:
		return true, nil
	}
	return false, nil
}

// dueOn is from when what an agency contributed is deleted, and whether the agency is let
// in. Where two others agreed, whether it is does not matter.
func dueOn(ctx context.Context, op *store.Op, row *ent.Offboarding) (int64, bool, error) {
	if row.UnfetchedBy != "" {
		return *row.DeletionDueOn, true, nil
	}
	g, err := op.Gate.Get(ctx, row.AgencyID)
	if err != nil {
		return 0, false, outward(err, "reading the agency's gate")
	}
	return max(*row.DeletionDueOn, g.ChangedOn+op.Deployment().ToObject.Microseconds()), g.Open, nil
}

// tellOfDeletion tells the agency that leaves, and those that agreed.
func tellOfDeletion(ctx context.Context, op *store.Op, row *ent.Offboarding, kind valueset.NoticeKind) error {
	told := []string{row.AgencyID, row.DeletionBy, row.UnfetchedBy}
	slices.Sort(told)
	for _, id := range slices.Compact(told) {
		if id == "" {
			continue
		}
		if err := op.Notify(ctx, id, kind, row.AgencyID); err != nil {
			return err
		}
	}
	return nil
}

// StopDeletion takes back, until it is due, the deletion of what the viewer's own agency
// contributed; for its administrator. That the agency holds its export is taken back with
// it: it may fetch it anew, and the deletion needs agreement again.
func StopDeletion(ctx context.Context, op *store.Op, agencyID string) error {
	ctx, row, err := exporting(ctx, op, agencyID)
	if err != nil {
		return err
	}
	if row.DeletionDueOn == nil {
		return nil // again is the same
	}
	due, _, err := dueOn(ctx, op, row)
	if err != nil {
		return err
	}
	if row.KeysDestroyedOn != nil || op.Scope.Now >= due {
		return errs.New(errs.Conflict, "the time to take the deletion back is over")
	}
	if due > *row.DeletionDueOn { // as objecting would: the database holds to what is written
		if err := op.Offboarding.UpdateOneID(row.ID).SetDeletionDueOn(due).Exec(ctx); err != nil {
			return outward(err, "putting the deletion off")
		}
	}
	err = op.Offboarding.UpdateOneID(row.ID).ClearDeletionDueOn().ClearDeletionBy().ClearUnfetchedBy().ClearUnfetchedOn().
		ClearExportedOn().SetExportDigest("").SetExportParts(0).SetExportAfter("").Exec(ctx)
	if err != nil {
		return outward(err, "taking the deletion back")
	}
	if err := tellOfDeletion(ctx, op, row, valueset.NoticeKindDeletionStopped); err != nil {
		return err
	}
	return disclosure.DecideAbout(ctx, op, "stop deletion", agencyID, row.ID)
}

// destroyKeys deletes what the agency had contributed, and then puts it on the list.
// The keys of the cases are those of the agencies that stay: so it is the rows that go.
// The list comes last: what stands on it is in no database that is served.
func destroyKeys(ctx context.Context, op *store.Op, l *Leaving, parts Departure) (bool, error) {
	if l.KeysDestroyedOn != nil {
		return true, nil
	}
	if parts.Depart == nil {
		l.Waiting = "list"
		return false, nil
	}
	n, err := op.Forget(ctx, l.AgencyID)
	if err != nil {
		return false, err
	}
	if n > 0 { // they are deleted with this commit, and the next call finds no more
		l.Waiting = "rows"
		return false, nil
	}
	// A check of the list must not see one of the two without the other.
	if err := op.LockErasures(ctx); err != nil {
		return false, outward(err, "taking the lock of the erasure list")
	}
	if err := parts.Depart(ctx, l.AgencyID, l.ExportDigest, op.Scope.Now); err != nil {
		return false, errs.Wrap(err, errs.Unavailable, "putting the agency on the erasure list failed: call again")
	}
	return true, passed(ctx, op, l, "destroy keys", func(u *ent.OffboardingUpdateOne) { u.SetKeysDestroyedOn(op.Scope.Now) })
}

// closeDown lets nobody of the agency in any more.
func closeDown(ctx context.Context, op *store.Op, l *Leaving, _ Departure) (bool, error) {
	if l.EndedOn != nil {
		return true, nil
	}
	if _, err := op.Member.Update().Where(member.AgencyID(l.AgencyID)).SetActive(false).Save(ctx); err != nil {
		return false, outward(err, "closing the accounts")
	}
	if _, err := op.Issuer.Update().Where(issuer.AgencyID(l.AgencyID), Unended(op.Scope.Now)).SetValidUntil(op.Scope.Now).Save(ctx); err != nil {
		return false, outward(err, "ending the issuers")
	}
	if err := op.Agency.UpdateOneID(l.AgencyID).SetState(valueset.AgencyStateEnded).SetAdministersPlatform(false).Exec(ctx); err != nil {
		return false, outward(err, "ending the agency")
	}
	if err := SetGate(ctx, op, l.AgencyID, false); err != nil {
		return false, err
	}
	return true, passed(ctx, op, l, "end agency", func(u *ent.OffboardingUpdateOne) { u.SetEndedOn(op.Scope.Now) })
}
