package onboarding

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/agreement"
	"github.com/sala-exchange/sala/ent/agreementparty"
	"github.com/sala-exchange/sala/ent/casefile"
	"github.com/sala-exchange/sala/ent/issuer"
	"github.com/sala-exchange/sala/ent/member"
	"github.com/sala-exchange/sala/ent/offboarding"
	"github.com/sala-exchange/sala/ent/referral"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/internal/viewer"
	"github.com/sala-exchange/sala/services/disclosure"
)

// Departure is what the end of an agency needs of other parts. Each may be asked more
// than once for the same agency and does the same again. What is nil is not offered
// by this deployment, and an offboarding waits for it.
type Departure struct {
	// Export writes the agency's own contributions where the agency gets them, and
	// returns a digest of what it wrote.
	Export func(ctx context.Context, agencyID string) (digest string, err error)
	// DestroyKeys destroys the keys that belong to the agency alone.
	DestroyKeys func(ctx context.Context, agencyID string) error
}

// Leaving is how far an agency's departure has come, and what is in its way: counts
// and agreements, never a case.
type Leaving struct {
	*ent.Offboarding
	OwnedCases    int      // to be handed over, each with its person's consent (A4)
	OpenReferrals int      // to be ended
	Agreements    []string // ids of those to be ended
	Waiting       string   // a part that this deployment does not offer; empty where none is missing
}

// referralsAtOnce bounds one call, so that it ends in time; the next goes on.
const referralsAtOnce = 200

// StartOffboarding freezes the viewer's own agency, or proposes it for another: it
// registers no case any more, and hands over what it has. It returns the proposal
// where two people have to approve.
func StartOffboarding(ctx context.Context, op *store.Op, agencyID string) (string, error) {
	ctx, d, err := deciding(ctx, op, viewer.PlatformAdministrator, viewer.AgencyAdministrator)
	if err != nil {
		return "", err
	}
	if _, err := existing(ctx, op, agencyID); err != nil {
		return "", err
	}
	if gone, err := leaving(ctx, op, agencyID); err != nil || gone {
		return "", err // again is the same
	}
	if d.agency.ID == agencyID && d.has(viewer.AgencyAdministrator) {
		return "", freeze(ctx, op, agencyID)
	}
	if !d.has(viewer.PlatformAdministrator) {
		return "", errs.NotHere()
	}
	return propose(ctx, op, d, agencyID, valueset.ProposalKindOffboarding, struct{}{})
}

func leaving(ctx context.Context, op *store.Op, agencyID string) (bool, error) {
	ok, err := op.Offboarding.Query().Where(offboarding.AgencyID(agencyID)).Exist(ctx)
	return ok, outward(err, "reading the offboarding")
}

func freeze(ctx context.Context, op *store.Op, agencyID string) error {
	a, err := existing(ctx, op, agencyID)
	if err != nil {
		return err
	}
	if err := op.Offboarding.Create().SetAgencyID(agencyID).SetFrozenOn(op.Scope.Now).Exec(ctx); err != nil {
		return outward(err, "starting the offboarding")
	}
	if a.State == valueset.AgencyStateActive { // a suspended one stays shut out
		if err := op.Agency.UpdateOneID(agencyID).SetState(valueset.AgencyStateOffboarding).Exec(ctx); err != nil {
			return outward(err, "freezing the agency")
		}
	}
	return disclosure.DecideAbout(ctx, op, "freeze agency", agencyID)
}

// Offboard takes an agency's departure as far as it goes, step by step, each once: its
// cases are handed over, its agreements and referrals ended with notices, its records
// exported for it, its keys destroyed, and its accounts and issuers closed. Called
// again it goes on where it stopped. What is in the way is in the answer.
func Offboard(ctx context.Context, op *store.Op, agencyID string, parts Departure) (*Leaving, error) {
	ctx, d, err := deciding(ctx, op, viewer.PlatformAdministrator, viewer.AgencyAdministrator)
	if err != nil {
		return nil, err
	}
	if !d.has(viewer.PlatformAdministrator) && d.agency.ID != agencyID {
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
	for _, step := range []func(context.Context, *store.Op, *Leaving, Departure) (bool, error){handOver, endSharing, export, destroyKeys, closeDown} {
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
	n, err := op.CaseFile.Query().Where(casefile.OwnerID(l.AgencyID)).Count(rule.InMode(ctx, rule.Policy))
	if err != nil {
		return false, outward(err, "counting the agency's cases")
	}
	if n > 0 {
		l.OwnedCases = n
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
	left, err := endReferrals(ctx, op, l.AgencyID)
	if err != nil || left > 0 {
		l.OpenReferrals = left
		return false, err
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

func export(ctx context.Context, op *store.Op, l *Leaving, parts Departure) (bool, error) {
	if l.ExportedOn != nil {
		return true, nil
	}
	if parts.Export == nil {
		l.Waiting = "export"
		return false, nil
	}
	digest, err := parts.Export(ctx, l.AgencyID)
	if err != nil {
		return false, errs.Wrap(err, errs.Unavailable, "exporting the agency's records failed: call again")
	}
	return true, passed(ctx, op, l, "export for the agency", func(u *ent.OffboardingUpdateOne) { u.SetExportedOn(op.Scope.Now).SetExportDigest(digest) })
}

func destroyKeys(ctx context.Context, op *store.Op, l *Leaving, parts Departure) (bool, error) {
	if l.KeysDestroyedOn != nil {
		return true, nil
	}
	if parts.DestroyKeys == nil {
		l.Waiting = "keys"
		return false, nil
	}
	if err := parts.DestroyKeys(ctx, l.AgencyID); err != nil {
		return false, errs.Wrap(err, errs.Unavailable, "destroying the agency's keys failed: call again")
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
