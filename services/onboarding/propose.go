package onboarding

import (
	"context"
	"encoding/json"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/access"
	"github.com/sala-exchange/sala/ent/agency"
	"github.com/sala-exchange/sala/ent/casefile"
	"github.com/sala-exchange/sala/ent/issuer"
	"github.com/sala-exchange/sala/ent/predicate"
	"github.com/sala-exchange/sala/ent/proposal"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/internal/viewer"
	"github.com/sala-exchange/sala/services/disclosure"
)

// What proposals hold beside an AgencyInput.
type (
	kindContent struct {
		Kind valueset.AgencyKind `json:"kind"`
	}
	// SignInInput changes how an agency signs in: what is added and what ends, and the
	// networks that its members may come from.
	SignInInput struct {
		Add []*IssuerInput `json:"add,omitempty"`
		End []string       `json:"end,omitempty"` // URLs
		// AllowedNetworks are all of them, as ADDRESS/BITS; nil: as they are, empty: from
		// anywhere.
		AllowedNetworks []string `json:"allowedNetworks,omitzero"`
	}
	administratorContent struct {
		Invitation string `json:"invitation"`
	}
)

// ProposeAgency proposes a new agency with its kind (I7). It is there when two people
// of different agencies have approved it; the proposer may be one of them, by Approve.
func ProposeAgency(ctx context.Context, op *store.Op, in AgencyInput) (string, error) {
	ctx, d, err := deciding(ctx, op, viewer.PlatformAdministrator, viewer.PlatformOperator)
	if err != nil {
		return "", err
	}
	if err := in.validate(); err != nil {
		return "", err
	}
	if in.AllowedNetworks, err = readNetworks(in.AllowedNetworks); err != nil {
		return "", err
	}
	if id, err := proposedBefore(ctx, op, in); err != nil || id != "" {
		return id, err
	}
	taken, err := op.Agency.Query().Where(agency.Code(in.Code)).Exist(ctx)
	if err != nil {
		return "", outward(err, "reading the agencies")
	}
	if taken {
		return "", errs.New(errs.Conflict, "there is an agency of this code already").WithFields("code")
	}
	for _, i := range in.Issuers {
		if err := free(ctx, op, "", i); err != nil {
			return "", err
		}
	}
	return propose(ctx, op, d, pubid.New("agency"), valueset.ProposalKindNewAgency, in)
}

// ProposeKind proposes another kind for an agency (I7). An agency that is in use
// keeps its kind: what was shared with it was shared with one of that kind.
func ProposeKind(ctx context.Context, op *store.Op, agencyID string, kind valueset.AgencyKind) (string, error) {
	ctx, d, err := deciding(ctx, op, viewer.PlatformAdministrator, viewer.PlatformOperator)
	if err != nil {
		return "", err
	}
	a, err := existing(ctx, op, agencyID)
	if err != nil {
		return "", err
	}
	if id, err := again(ctx, op, agencyID, valueset.ProposalKindAgencyKind, kindContent{kind}, false); err != nil || id != "" {
		return id, err
	}
	if !kind.Valid() || kind == a.Kind {
		return "", errs.New(errs.Invalid, "name another kind of agency than it has (I7)").WithFields("kind")
	}
	if err := notInUse(ctx, op, agencyID); err != nil {
		return "", err
	}
	return propose(ctx, op, d, agencyID, valueset.ProposalKindAgencyKind, kindContent{kind})
}

// ProposeSignIn proposes how an agency signs in. Its own administrator's proposal of
// issuers of its own, or of networks, is in effect at once: it comes through the present
// sign-in. She does not shut herself out: networks without the address that she asks from
// are refused. A platform administrator's needs the approval of two people of different
// agencies, and for an agency in use its administrator's countersignature, or 72 hours
// without its objection: so nobody alone widens the networks of another agency, and one
// whose own network has changed is let in again.
func ProposeSignIn(ctx context.Context, op *store.Op, agencyID string, in SignInInput) (string, error) {
	ctx, d, err := deciding(ctx, op, viewer.PlatformAdministrator, viewer.PlatformOperator, viewer.AgencyAdministrator)
	if err != nil {
		return "", err
	}
	own := d.agency.ID == agencyID && d.has(viewer.AgencyAdministrator)
	if !own && !d.keeps() {
		return "", errs.NotHere()
	}
	if _, err := existing(ctx, op, agencyID); err != nil {
		return "", err
	}
	if in.AllowedNetworks, err = readNetworks(in.AllowedNetworks); err != nil {
		return "", err
	}
	if own {
		if err := staysIn(op, in.AllowedNetworks); err != nil {
			return "", err
		}
	}
	id, err := again(ctx, op, agencyID, valueset.ProposalKindSignIn, in, false)
	stands := id != ""
	if err == nil && stands && own {
		stands, err = inEffect(ctx, op, agencyID, id, in.AllowedNetworks)
	}
	if err != nil || stands {
		return id, err
	}
	if err := in.check(ctx, op, agencyID); err != nil {
		return "", err
	}
	id, err = propose(ctx, op, d, agencyID, valueset.ProposalKindSignIn, in)
	if err != nil {
		return "", err
	}
	if own && !in.shared() {
		p, err := op.Proposal.Get(ctx, id)
		if err != nil {
			return "", outward(err, "reading the proposal")
		}
		return id, settle(ctx, op, p, true)
	}
	return id, op.Notify(ctx, agencyID, valueset.NoticeKindSignInChange, id)
}

func (in SignInInput) shared() bool {
	for _, i := range in.Add {
		if word(i.AgencyClaim) != "" {
			return true
		}
	}
	return false
}

func (in SignInInput) check(ctx context.Context, op *store.Op, agencyID string) error {
	if len(in.Add)+len(in.End) == 0 {
		if in.AllowedNetworks != nil {
			return nil
		}
		return errs.New(errs.Invalid, "name what is added or what ends, or the networks").WithFields("add", "end", "allowedNetworks")
	}
	if err := validateIssuers(in.Add); err != nil {
		return err
	}
	for _, i := range in.Add {
		if err := free(ctx, op, agencyID, i); err != nil {
			return err
		}
	}
	present, err := op.Issuer.Query().Where(issuer.AgencyID(agencyID), Unended(op.Scope.Now)).All(ctx)
	if err != nil {
		return outward(err, "reading the issuers")
	}
	left := map[string]bool{}
	for _, r := range present {
		left[r.URL] = true
	}
	for _, url := range in.End {
		if !left[url] {
			return errs.New(errs.Invalid, "the agency signs in by no such issuer").WithFields("end")
		}
		delete(left, url)
	}
	if len(left)+len(in.Add) == 0 {
		return errs.New(errs.Invalid, "an agency that nobody can sign in to is suspended or offboarded instead").WithFields("end")
	}
	return nil
}

// ProposeResume proposes to end an agency's suspension.
func ProposeResume(ctx context.Context, op *store.Op, agencyID string) (string, error) {
	ctx, d, err := deciding(ctx, op, viewer.PlatformAdministrator, viewer.PlatformOperator)
	if err != nil {
		return "", err
	}
	a, err := existing(ctx, op, agencyID)
	if err != nil {
		return "", err
	}
	suspended := a.State == valueset.AgencyStateSuspended
	if id, err := again(ctx, op, agencyID, valueset.ProposalKindResumeAgency, struct{}{}, suspended); err != nil || id != "" {
		return id, err
	}
	if !suspended {
		return "", errs.New(errs.Conflict, "the agency is not suspended")
	}
	return propose(ctx, op, d, agencyID, valueset.ProposalKindResumeAgency, struct{}{})
}

// proposedBefore returns the proposal of the very same agency, and refuses another under
// its code: two that wait would come to be one agency too many.
func proposedBefore(ctx context.Context, op *store.Op, in AgencyInput) (string, error) {
	raw, err := json.Marshal(in)
	if err != nil {
		return "", errs.Wrap(err, errs.Internal, "writing a proposal failed")
	}
	// A code has no character that JSON writes otherwise, and comes first.
	rows, err := op.Proposal.Query().Where(proposal.KindEQ(valueset.ProposalKindNewAgency), proposal.RefusedOnIsNil(),
		proposal.ContentHasPrefix(`{"code":"`+in.Code+`",`)).All(ctx)
	if err != nil {
		return "", outward(err, "reading the proposals")
	}
	for _, p := range rows {
		if p.Content == string(raw) {
			return p.ID, nil
		}
	}
	if len(rows) > 0 {
		return "", errs.New(errs.Conflict, "another agency is proposed, or there, under this code: refuse its proposal first, or choose another code").WithFields("code")
	}
	return "", nil
}

// again returns the last proposal of the kind about the agency where it says the same
// and was not refused: asked twice, nothing is proposed twice. waiting: only where it
// is not decided, for what can be so once more.
func again(ctx context.Context, op *store.Op, agencyID string, kind valueset.ProposalKind, content any, waiting bool) (string, error) {
	raw, err := json.Marshal(content)
	if err != nil {
		return "", errs.Wrap(err, errs.Internal, "writing a proposal failed")
	}
	p, err := op.Proposal.Query().Where(proposal.AgencyID(agencyID), proposal.KindEQ(kind)).
		Order(ent.Desc(proposal.FieldProposedOn, proposal.FieldID)).First(ctx)
	switch {
	case ent.IsNotFound(err):
		return "", nil
	case err != nil:
		return "", outward(err, "reading the proposals")
	case p.RefusedOn != nil || p.Content != string(raw) || waiting && p.ApprovedOn != nil:
		return "", nil
	}
	return p.ID, nil
}

// mostOpen is how many proposals of one account wait for people at a time: more than a
// national roll-out proposes at once, and few enough that who approves can read them.
const mostOpen = 1000

// Open are the proposals that are neither in effect nor refused.
func Open(now int64) predicate.Proposal {
	return proposal.And(proposal.RefusedOnIsNil(), proposal.Or(proposal.EffectiveFromIsNil(), proposal.EffectiveFromGT(now)))
}

// roomToPropose refuses another proposal of an account of which too many wait.
func roomToPropose(ctx context.Context, op *store.Op, d *decider) error {
	n, err := op.Proposal.Query().Where(proposal.ProposedBy(d.member.ID), Open(op.Scope.Now)).Count(ctx)
	if err != nil {
		return outward(err, "counting the open proposals")
	}
	if n >= mostOpen {
		return errs.New(errs.Conflict, "%d proposals of your account wait for approval, and no account has more at a time: have them approved, or refuse those that are not needed", n)
	}
	return nil
}

// propose stores what would change; it changes nothing else.
func propose(ctx context.Context, op *store.Op, d *decider, agencyID string, kind valueset.ProposalKind, content any) (string, error) {
	if kind != valueset.ProposalKindSuspendAgency { // which shuts out, and is never one too many
		if err := roomToPropose(ctx, op, d); err != nil {
			return "", err
		}
	}
	raw, err := json.Marshal(content)
	if err != nil {
		return "", errs.Wrap(err, errs.Internal, "writing a proposal failed")
	}
	id := pubid.New("proposal")
	err = op.Proposal.Create().SetID(id).SetAgencyID(agencyID).SetKind(kind).SetContent(string(raw)).
		SetProposerID(d.agency.ID).SetProposedBy(d.member.ID).SetProposedOn(op.Scope.Now).Exec(ctx)
	if err != nil {
		return "", outward(err, "entering the proposal")
	}
	return id, disclosure.DecideAbout(ctx, op, "propose "+string(kind), agencyID, id)
}

// existing is an agency that has not left.
func existing(ctx context.Context, op *store.Op, id string) (*ent.Agency, error) {
	if !pubid.Valid(id, "agency") {
		return nil, errs.NotHere()
	}
	a, err := op.Agency.Get(ctx, id)
	if err != nil {
		return nil, outward(err, "reading the agency")
	}
	if a.State == valueset.AgencyStateEnded {
		return nil, errs.New(errs.Conflict, "the agency has left")
	}
	return a, nil
}

// inUse: the agency owns a case, or something of one is open to it. Which, is told to
// nobody here.
func inUse(ctx context.Context, op *store.Op, agencyID string) (bool, error) {
	ctx = rule.InMode(ctx, rule.Policy)
	owns, err := op.CaseFile.Query().Where(casefile.OwnerID(agencyID)).Exist(ctx)
	if err != nil || owns {
		return owns, outward(err, "looking whether the agency is in use")
	}
	sees, err := op.Access.Query().Where(access.GranteeID(agencyID)).Exist(ctx)
	return sees, outward(err, "looking whether the agency is in use")
}

func notInUse(ctx context.Context, op *store.Op, agencyID string) error {
	used, err := inUse(ctx, op, agencyID)
	if err == nil && used {
		return errs.New(errs.Conflict, "the agency is in use and keeps its kind: onboard another for another kind of work")
	}
	return err
}
