package attack

import (
	"context"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent/identity"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/test/world"
)

// Test21Answers: a referral is accepted while it stands, by whom it was offered to; after
// its time, after its end and by anybody else it is not, and opens nothing. Two at once:
// TestChangesAtOnceEndAsOneAfterTheOther, and without the case's lock both are told that
// they have it (TestWithoutTheLockPairsGoWrong).
func Test21Answers(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		accepting := func(s rule.Scope, ref string) error {
			return w.Do(s, func(ctx context.Context, op *store.Op) error {
				return casework.AcceptReferral(ctx, op, casework.AcceptReferralInput{ReferralID: ref})
			})
		}
		for _, c := range []struct {
			name string
			by   string
			end  func(ref string)
			want errs.Kind
		}{
			{"while it stands", "ngo", func(string) {}, -1},
			{"by a stranger", "mops", func(string) {}, errs.Withheld},
			{"by its sender", "lwu", func(string) {}, errs.Forbidden},
			{"revoked", "ngo", func(ref string) {
				w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error { return casework.RevokeReferral(ctx, op, ref) })
			}, errs.Conflict},
			{"declined", "ngo", func(ref string) {
				w.Must(as(w, "ngo"), func(ctx context.Context, op *store.Op) error {
					return casework.DeclineReferral(ctx, op, casework.DeclineReferralInput{ReferralID: ref, Reason: valueset.DeclineReasonNoCapacity})
				})
			}, errs.Conflict},
			{"after its time", "ngo", func(string) { w.Advance(8 * 24 * time.Hour) }, errs.Conflict},
		} {
			id, ref := offeredTo(w)
			c.end(ref)
			err := accepting(as(w, c.by), ref)
			if c.want != -1 {
				wantKind(t, c.name, err, c.want)
			} else if err != nil {
				t.Errorf("%s: %v (%v), so that nothing is shown", c.name, err, world.Cause(err))
			}
			n := counting(t, w.Store, as(w, c.by), func(ctx context.Context, op *store.Op) (int, error) {
				return op.Identity.Query().Where(identity.CaseID(id)).Count(ctx)
			})
			if c.by != "lwu" && (n == 1) != (c.want == -1) {
				t.Errorf("%s: %d rows are open", c.name, n)
			}
		}
	})
}
