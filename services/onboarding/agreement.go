package onboarding

import (
	"cmp"
	"context"
	"regexp"
	"slices"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/agency"
	"github.com/sala-exchange/sala/ent/agreement"
	"github.com/sala-exchange/sala/ent/agreementparty"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/canon"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/internal/viewer"
	"github.com/sala-exchange/sala/services/disclosure"
)

// AgreementInput is a data-sharing agreement as it is proposed (D6).
type AgreementInput struct {
	Code              string // lower-case ASCII letters, digits and hyphens, 2 to 32
	Title             string
	DocumentDigest    *string       // SHA-256 of what the parties sign, 64 lower-case hexadecimal digits; nil: none is named
	Parties           []*PartyInput // two or more
	Purposes          []category.Purpose
	Categories        []category.Category // never CASE (B5)
	CaseKinds         []valueset.CaseKind // empty: every kind
	From              int64               // UTC microseconds
	Until             int64               // exclusive
	RetentionDays     int                 // 0 where the law alone decides
	Onward            *valueset.OnwardSharing
	BreachNoticeHours *int // 1 to 720; nil: 72
	AtEnd             *valueset.AfterAgreement
}

// PartyInput is one agency under an agreement.
type PartyInput struct {
	AgencyID       string
	ControllerRole *valueset.ControllerRole // nil: controller
	FocalPoint     *string                  // a function, not a person's name
}

// digest is the form of a document's.
var digest = regexp.MustCompile(`^[0-9a-f]{64}$`)

// mostParties bounds an agreement.
const mostParties = 50

// ProposeAgreement enters an agreement that one of its parties proposes. Nothing
// flows under it before every party has signed; who proposes has not signed yet.
func ProposeAgreement(ctx context.Context, op *store.Op, in AgreementInput) (string, error) {
	ctx, d, err := deciding(ctx, op, viewer.AgencyAdministrator)
	if err != nil {
		return "", err
	}
	if err := in.validate(); err != nil {
		return "", err
	}
	if id, err := in.proposedBefore(ctx, op, d.agency.ID); err != nil || id != "" {
		return id, err
	}
	if err := in.areAgencies(ctx, op, d.agency.ID); err != nil {
		return "", err
	}
	return in.enter(ctx, op, d.agency.ID)
}

// enter stores an agreement that nobody has signed, and tells its parties.
func (in AgreementInput) enter(ctx context.Context, op *store.Op, proposer string) (string, error) {
	id := pubid.New("agreement")
	create := op.Agreement.Create().SetID(id).SetCode(in.Code).SetTitle(in.Title).SetNillableDocumentDigest(in.DocumentDigest).SetPurposes(in.Purposes).SetCategories(in.Categories).
		SetCaseKinds(in.kinds()).SetValidFrom(in.From).SetValidUntil(in.Until).SetProposerID(proposer).
		SetRetentionDays(in.RetentionDays).SetNillableOnward(in.Onward).SetNillableBreachNoticeHours(in.BreachNoticeHours).SetNillableAtEnd(in.AtEnd)
	if err := create.Exec(ctx); err != nil {
		return "", outward(err, "entering the agreement")
	}
	for _, p := range in.Parties {
		err := op.AgreementParty.Create().SetAgreementID(id).SetAgencyID(p.AgencyID).SetNillableControllerRole(p.ControllerRole).
			SetNillableFocalPoint(p.FocalPoint).Exec(ctx)
		if err != nil {
			return "", outward(err, "entering a party of the agreement")
		}
	}
	if err := SetGate(ctx, op, id, false); err != nil {
		return "", err
	}
	if err := in.tell(ctx, op, proposer, id); err != nil {
		return "", err
	}
	return id, disclosure.DecideAbout(ctx, op, "propose agreement", proposer, id)
}

// proposedBefore returns the agreement that the same agency has proposed with the same
// terms, and refuses others under its code.
func (in AgreementInput) proposedBefore(ctx context.Context, op *store.Op, proposer string) (string, error) {
	a, err := op.Agreement.Query().Where(agreement.Code(in.Code)).WithParties().Only(ctx)
	if ent.IsNotFound(err) {
		return "", nil
	}
	if err != nil {
		return "", outward(err, "reading the agreement")
	}
	if a.ProposerID != proposer || !in.is(a) {
		return "", errs.New(errs.Conflict, "there is an agreement of this code already, with other terms or of others: choose another code").WithFields("code")
	}
	return a.ID, nil
}

// is: the agreement has exactly these terms.
func (in AgreementInput) is(a *ent.Agreement) bool {
	obligations := a.RetentionDays == in.RetentionDays && a.Onward == or(in.Onward, valueset.OnwardSharingNo) &&
		a.BreachNoticeHours == or(in.BreachNoticeHours, 72) && a.AtEnd == or(in.AtEnd, valueset.AfterAgreementDelete)
	if a.Title != in.Title || word(a.DocumentDigest) != word(in.DocumentDigest) || a.ValidFrom != in.From || a.ValidUntil != in.Until || !obligations ||
		!sameSet(a.Purposes, in.Purposes) || !sameSet(a.Categories, in.Categories) || !sameSet(a.CaseKinds, in.kinds()) ||
		len(a.Edges.Parties) != len(in.Parties) {
		return false
	}
	for _, p := range a.Edges.Parties {
		i := slices.IndexFunc(in.Parties, func(x *PartyInput) bool { return x.AgencyID == p.AgencyID })
		if i < 0 || p.ControllerRole != or(in.Parties[i].ControllerRole, valueset.ControllerRoleController) || p.FocalPoint != word(in.Parties[i].FocalPoint) {
			return false
		}
	}
	return true
}

func or[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}

func sameSet[T cmp.Ordered](a, b []T) bool {
	return slices.Equal(slices.Compact(slices.Sorted(slices.Values(a))), slices.Compact(slices.Sorted(slices.Values(b))))
}

func (in AgreementInput) tell(ctx context.Context, op *store.Op, proposer, id string) error {
	for _, p := range in.Parties {
		if p.AgencyID == proposer {
			continue
		}
		if err := op.Notify(ctx, p.AgencyID, valueset.NoticeKindAgreementProposed, id); err != nil {
			return err
		}
	}
	return nil
}

func (in AgreementInput) kinds() []valueset.CaseKind {
	if len(in.CaseKinds) > 0 {
		return in.CaseKinds
	}
	var all []valueset.CaseKind
	for _, k := range valueset.CaseKind("").Values() {
		all = append(all, valueset.CaseKind(k))
	}
	return all
}

func (in AgreementInput) validate() error {
	if !code.MatchString(in.Code) {
		return errs.New(errs.Invalid, "an agreement's code is 2 to 32 lower-case letters, digits and hyphens, beginning with a letter").WithFields("code")
	}
	if in.Title == "" || canon.Name(in.Title) != nil || len([]rune(in.Title)) > longestName {
		return errs.New(errs.Invalid, "an agreement needs a readable title of at most %d characters", longestName).WithFields("title")
	}
	if in.DocumentDigest != nil && !digest.MatchString(*in.DocumentDigest) {
		return errs.New(errs.Invalid, "the document's digest is its SHA-256 in 64 lower-case hexadecimal digits, as sha256sum prints it").WithFields("documentDigest")
	}
	if in.From >= in.Until {
		return errs.New(errs.Invalid, "an agreement must end after it starts").WithFields("until")
	}
	for _, p := range in.Purposes {
		if !p.Valid() {
			return errs.New(errs.Invalid, "a purpose is not on the list").WithFields("purposes")
		}
	}
	for _, c := range in.Categories {
		if !c.Valid() || c == category.Case {
			return errs.New(errs.Invalid, "CASE is never named by an agreement (B5)").WithFields("categories")
		}
	}
	if len(in.Purposes) == 0 || len(in.Categories) == 0 {
		return errs.New(errs.Invalid, "what an agreement does not name it does not cover (D6)").WithFields("purposes", "categories")
	}
	for _, k := range in.CaseKinds {
		if !k.Valid() {
			return errs.New(errs.Invalid, "a kind of case is not on the list").WithFields("caseKinds")
		}
	}
	return in.validateObligations()
}

func (in AgreementInput) validateObligations() error {
	switch {
	case in.RetentionDays < 0 || in.RetentionDays > 36500:
		return errs.New(errs.Invalid, "retention is 0 to 36,500 days").WithFields("retentionDays")
	case in.Onward != nil && !in.Onward.Valid():
		return errs.New(errs.Invalid, "onward sharing is NO, ASK or YES (D4)").WithFields("onward")
	case in.BreachNoticeHours != nil && (*in.BreachNoticeHours < 1 || *in.BreachNoticeHours > 720):
		return errs.New(errs.Invalid, "a breach is told within 1 to 720 hours").WithFields("breachNoticeHours")
	case in.AtEnd != nil && !in.AtEnd.Valid():
		return errs.New(errs.Invalid, "at the end is DELETE or RETURN").WithFields("atEnd")
	case len(in.Parties) < 2 || len(in.Parties) > mostParties:
		return errs.New(errs.Invalid, "an agreement has 2 to %d parties", mostParties).WithFields("parties")
	}
	seen := map[string]bool{}
	for _, p := range in.Parties {
		if p == nil || seen[p.AgencyID] || p.ControllerRole != nil && !p.ControllerRole.Valid() {
			return errs.New(errs.Invalid, "each party stands once, with a role of the list").WithFields("parties")
		}
		if f := word(p.FocalPoint); f != "" && (canon.Name(f) != nil || len([]rune(f)) > longestName) {
			return errs.New(errs.Invalid, "a focal point is a function in at most %d readable characters", longestName).WithFields("parties.focalPoint")
		}
		seen[p.AgencyID] = true
	}
	return nil
}

// areAgencies: the proposer is a party, and every party is an agency that is active
// and can sign.
func (in AgreementInput) areAgencies(ctx context.Context, op *store.Op, proposer string) error {
	if !slices.ContainsFunc(in.Parties, func(p *PartyInput) bool { return p.AgencyID == proposer }) {
		return errs.New(errs.Invalid, "an agreement is proposed by one of its parties").WithFields("parties")
	}
	return in.areActive(ctx, op)
}

// areActive: every party is an agency that is active and can sign.
func (in AgreementInput) areActive(ctx context.Context, op *store.Op) error {
	var ids []string
	for _, p := range in.Parties {
		ids = append(ids, p.AgencyID)
	}
	refused := errs.New(errs.Invalid, "a party is no active agency, or a regional counterpart, with whom no case is shared (J7)").WithFields("parties")
	for _, id := range ids {
		if !pubid.Valid(id, "agency") {
			return refused
		}
	}
	n, err := op.Agency.Query().Where(agency.IDIn(ids...), agency.StateEQ(valueset.AgencyStateActive), agency.KindNEQ(valueset.AgencyKindRegionalCounterpart)).Count(ctx)
	if err != nil {
		return outward(err, "reading the parties")
	}
	if n != len(ids) {
		return refused
	}
	return nil
}

// SignAgreement puts the name of the viewer's agency under an agreement. With the
// last signature it is in force.
func SignAgreement(ctx context.Context, op *store.Op, id string) error {
	ctx, d, err := deciding(ctx, op, viewer.AgencyAdministrator)
	if err != nil {
		return err
	}
	parties, mine, err := partiesOf(ctx, op, id)
	if err != nil {
		return err
	}
	a, err := standingAgreement(ctx, op, id)
	if err != nil {
		return err
	}
	if mine.SignedOn != nil {
		return nil // again is the same
	}
	if d.agency.State == valueset.AgencyStateOffboarding {
		return errs.New(errs.Conflict, "your agency is leaving and enters into nothing new")
	}
	if a.ValidUntil <= op.Scope.Now {
		return errs.New(errs.Conflict, "the agreement's period is over: propose another")
	}
	if err := op.AgreementParty.UpdateOneID(mine.ID).SetSignedOn(op.Scope.Now).Exec(ctx); err != nil {
		return outward(err, "signing the agreement")
	}
	if err := disclosure.DecideAbout(ctx, op, "sign agreement", d.agency.ID, id); err != nil {
		return err
	}
	for _, p := range parties {
		if p.ID != mine.ID && p.SignedOn == nil {
			return nil
		}
	}
	return comeIntoForce(ctx, op, parties, id)
}

func comeIntoForce(ctx context.Context, op *store.Op, parties []*ent.AgreementParty, id string) error {
	if err := op.Agreement.UpdateOneID(id).SetCountersignedOn(op.Scope.Now).ClearShutDownOn().Exec(ctx); err != nil {
		return outward(err, "bringing the agreement into force")
	}
	for _, p := range parties {
		if p.SuspendedOn != nil {
			return nil
		}
	}
	if err := SetGate(ctx, op, id, true); err != nil {
		return err
	}
	return tell(ctx, op, parties, valueset.NoticeKindAgreementInForce, id)
}

// standingAgreement is one that nobody has ended.
func standingAgreement(ctx context.Context, op *store.Op, id string) (*ent.Agreement, error) {
	a, err := op.Agreement.Get(ctx, id)
	if err != nil {
		return nil, outward(err, "reading the agreement")
	}
	if a.EndedOn != nil {
		return nil, errs.New(errs.Conflict, "the agreement has ended: propose another")
	}
	return a, nil
}

// partiesOf returns the parties of an agreement that the viewer's agency is a party
// of; to anybody else it is not there.
func partiesOf(ctx context.Context, op *store.Op, id string) ([]*ent.AgreementParty, *ent.AgreementParty, error) {
	if !pubid.Valid(id, "agreement") {
		return nil, nil, errs.NotHere()
	}
	parties, err := op.AgreementParty.Query().Where(agreementparty.AgreementID(id)).All(ctx)
	if err != nil {
		return nil, nil, outward(err, "reading the agreement")
	}
	for _, p := range parties {
		if p.AgencyID == op.Scope.Agency {
			return parties, p, nil
		}
	}
	return nil, nil, errs.NotHere()
}

// tell tells the parties but the viewer's agency.
func tell(ctx context.Context, op *store.Op, parties []*ent.AgreementParty, kind valueset.NoticeKind, id string) error {
	return tellBut(ctx, op, parties, op.Scope.Agency, kind, id)
}

func tellBut(ctx context.Context, op *store.Op, parties []*ent.AgreementParty, but string, kind valueset.NoticeKind, id string) error {
	for _, p := range parties {
		if p.AgencyID == but {
			continue
		}
		if err := op.Notify(ctx, p.AgencyID, kind, id); err != nil {
			return err
		}
	}
	return nil
}
