package onboarding

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"slices"
	"strings"
	"time"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/invitation"
	"github.com/sala-exchange/sala/ent/member"
	"github.com/sala-exchange/sala/ent/proposal"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/internal/viewer"
	"github.com/sala-exchange/sala/services/disclosure"
)

// invited is how long an invitation can be used, in microseconds.
const invited = int64(7 * 24 * time.Hour / time.Microsecond)

// secretSize is the length of an invitation's secret: 256 random bits in base 32.
const secretSize = 52

// Invited is a new invitation. Its secret is shown once, here; only its hash is kept.
type Invited struct {
	ID         string
	Secret     string // empty where the invitation waits since before
	ValidUntil int64  // when it is usable at once
	ProposalID string // what it waits for; empty where it is usable at once
}

// Invite makes the one-time invitation of an agency's first administrator, and voids
// those not used yet. For an agency that has an administrator or is in use it is a
// change of how the agency signs in, and waits as one (Approve, Countersign): while it does,
// whoever proposed it is given that one again, and its secret not.
func Invite(ctx context.Context, op *store.Op, agencyID string) (*Invited, error) {
	ctx, d, err := deciding(ctx, op, viewer.PlatformAdministrator, viewer.PlatformOperator)
	if err != nil {
		return nil, err
	}
	a, err := existing(ctx, op, agencyID)
	if err != nil {
		return nil, err
	}
	if a.Kind == valueset.AgencyKindRegionalCounterpart {
		return nil, errs.New(errs.Conflict, "a regional counterpart has nothing to administer here (J7)")
	}
	waits, err := taken(ctx, op, agencyID)
	if err != nil {
		return nil, err
	}
	if !waits {
		return invite(ctx, op, agencyID)
	}
	if own, err := waiting(ctx, op, d, agencyID); err != nil || own != nil {
		return own, err
	}
	out := &Invited{ID: pubid.New("invitation")}
	if out.ProposalID, err = propose(ctx, op, d, agencyID, valueset.ProposalKindAdministrator, administratorContent{out.ID}); err != nil {
		return nil, err
	}
	if err := op.Notify(ctx, agencyID, valueset.NoticeKindSignInChange, out.ProposalID); err != nil {
		return nil, err
	}
	return out, enterInvitation(ctx, op, agencyID, out, nil, op.Scope.Now)
}

// waiting is the invitation that the decider proposed and that waits for others; nil where
// there is none. One that somebody else proposed is another: its secret is that one's.
func waiting(ctx context.Context, op *store.Op, d *decider, agencyID string) (*Invited, error) {
	p, err := op.Proposal.Query().Where(proposal.AgencyID(agencyID), proposal.KindEQ(valueset.ProposalKindAdministrator),
		proposal.ProposedBy(d.member.ID), Open(op.Scope.Now)).Order(ent.Desc(proposal.FieldProposedOn, proposal.FieldID)).First(ctx)
	if ent.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, outward(err, "reading the proposals")
	}
	c, err := decode[administratorContent](p)
	if err != nil {
		return nil, err
	}
	return &Invited{ID: c.Invitation, ProposalID: p.ID}, nil
}

// LastInvitations are those that were made last, by agency: for who administers the platform,
// and for nobody else.
func LastInvitations(ctx context.Context, op *store.Op, agencies []string) (map[string]*ent.Invitation, error) {
	if !op.Scope.Platform {
		return nil, nil
	}
	ctx = administering(ctx)
	rows, err := op.Invitation.Query().Where(invitation.AgencyIDIn(agencies...)).
		Order(invitation.ByCreatedOn(), invitation.ByID()).All(ctx)
	if err != nil {
		return nil, outward(err, "reading the invitations")
	}
	refused, err := op.Proposal.Query().Where(proposal.AgencyIDIn(agencies...), proposal.KindEQ(valueset.ProposalKindAdministrator), proposal.RefusedOnNotNil()).IDs(ctx)
	out := map[string]*ent.Invitation{}
	for _, r := range rows {
		if !slices.Contains(refused, r.ProposalID) { // it never was one
			out[r.AgencyID] = r
		}
	}
	return out, outward(err, "reading the proposals")
}

// taken: the agency has, or had, an administrator, or it is in use.
func taken(ctx context.Context, op *store.Op, agencyID string) (bool, error) {
	used, err := op.Invitation.Query().Where(invitation.AgencyID(agencyID), invitation.UsedOnNotNil()).Exist(ctx)
	if err != nil || used {
		return used, outward(err, "reading the invitations")
	}
	all, err := administrators(ctx, op, agencyID)
	if err != nil || len(all) > 0 {
		return len(all) > 0, err
	}
	return inUse(ctx, op, agencyID)
}

// invite makes an invitation that is usable at once.
func invite(ctx context.Context, op *store.Op, agencyID string) (*Invited, error) {
	_, err := op.Invitation.Update().Where(invitation.AgencyID(agencyID), invitation.UsedOnIsNil(), invitation.ValidUntilGT(op.Scope.Now)).
		SetValidUntil(op.Scope.Now).Save(ctx)
	if err != nil {
		return nil, outward(err, "voiding earlier invitations")
	}
	out := &Invited{ID: pubid.New("invitation"), ValidUntil: op.Scope.Now + invited}
	return out, enterInvitation(ctx, op, agencyID, out, &op.Scope.Now, out.ValidUntil)
}

func enterInvitation(ctx context.Context, op *store.Op, agencyID string, out *Invited, from *int64, until int64) error {
	var random [32]byte
	_, _ = rand.Read(random[:])
	out.Secret = strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(random[:]))
	err := op.Invitation.Create().SetID(out.ID).SetAgencyID(agencyID).SetSecretHash(hashed(out.Secret)).SetProposalID(out.ProposalID).
		SetCreatedOn(op.Scope.Now).SetNillableValidFrom(from).SetValidUntil(until).Exec(ctx)
	if err != nil {
		return outward(err, "making the invitation")
	}
	return disclosure.DecideAbout(ctx, op, "invite administrator", agencyID, out.ID)
}

// hashed needs no slow function and no salt: the secret is 256 random bits.
func hashed(secret string) []byte {
	h := sha256.Sum256([]byte("sala invitation v1\n" + secret))
	return h[:]
}

// AcceptInvitation makes the viewer the administrator of the agency whose issuer the
// viewer signed in by. It works once, and for whoever came first by that issuer. An
// invitation that is not there, another agency's, used, over, or not yet in effect
// gives the same answer.
func AcceptInvitation(ctx context.Context, op *store.Op, secret string) error {
	ctx = administering(ctx)
	if err := op.LockAgencies(ctx); err != nil {
		return outward(err, "taking the lock of decisions")
	}
	refused := errs.New(errs.Withheld, "this invitation is not valid: it is used, over, not yet in effect or another agency's; ask who sent it")
	if len(secret) != secretSize {
		return refused
	}
	now := op.Scope.Now
	mine, err := op.Invitation.Query().Where(invitation.SecretHash(hashed(secret)), invitation.AgencyID(op.Scope.Agency), invitation.UsedBy(op.Scope.Member)).Exist(ctx)
	if err != nil || mine {
		return outward(err, "reading the invitation") // again is the same
	}
	i, err := op.Invitation.Query().Where(invitation.SecretHash(hashed(secret)), invitation.AgencyID(op.Scope.Agency), invitation.UsedOnIsNil(),
		invitation.ValidFromLTE(now), invitation.ValidUntilGT(now)).Only(ctx)
	if ent.IsNotFound(err) {
		return refused
	} else if err != nil {
		return outward(err, "reading the invitation")
	}
	m, err := op.Member.Query().Where(member.ID(op.Scope.Member), member.AgencyID(op.Scope.Agency), member.Active(true)).Only(ctx)
	if err != nil {
		return outward(err, "reading the member")
	}
	roles := append(slices.Clone(m.Roles), viewer.AgencyAdministrator)
	if slices.Contains(m.Roles, viewer.AgencyAdministrator) || slices.ContainsFunc(m.Roles, ofPlatform) {
		return errs.New(errs.Conflict, "your account administers already: the invitation is for another")
	}
	n, err := op.Invitation.Update().Where(invitation.ID(i.ID), invitation.UsedOnIsNil()).SetUsedOn(now).SetUsedBy(m.ID).Save(ctx)
	if err != nil {
		return outward(err, "using the invitation")
	}
	if n != 1 {
		return refused
	}
	if err := op.Member.UpdateOneID(m.ID).SetRoles(roles).Exec(ctx); err != nil {
		return outward(err, "granting the role")
	}
	return disclosure.DecideAbout(ctx, op, "accept invitation", op.Scope.Agency, i.ID, m.ID)
}
