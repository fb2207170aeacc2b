package api

import (
	"context"
	"time"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/identity"
)

// Proofs takes note of proofs of possession in the database, where each process of a
// deployment finds what any has seen (RFC 9449, section 11.1). They lie beside the keys
// that make a change happen once, and are forgotten with them.
type Proofs struct{ Store *store.Store }

// Once implements identity.Proofs.
func (p Proofs) Once(ctx context.Context, m identity.Membership, proof string, until time.Time) (bool, error) {
	scope := rule.Scope{Mode: rule.Request, Agency: m.Agency, Member: m.Member}
	err := p.Store.Run(ctx, scope, false, func(ctx context.Context, op *store.Op) error {
		return op.IdempotencyKey.Create().SetAgencyID(m.Agency).SetMemberID(m.Member).SetMutation("proof of possession").
			SetKey(proof).SetDigest([]byte{}).SetResultIds([]string{}).SetExpiresOn(until.UnixMicro()).Exec(ctx)
	})
	if ent.IsConstraintError(err) {
		return false, nil
	}
	if err != nil {
		return false, errs.Wrap(err, errs.Unavailable, "taking note of a proof failed")
	}
	return true, nil
}
