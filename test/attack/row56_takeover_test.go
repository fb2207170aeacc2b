package attack

import (
	"context"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/onboarding"
	"github.com/sala-exchange/sala/test/world"
)

// Test56IssuerOfHisOwn: two who administer the platform point an agency at an issuer of
// their own. Where nothing is guarded, at an agency that is not in use, they are in at
// once; at one that holds a case they wait for its administrator's countersignature or 72
// hours, and she may refuse. Each step: TestNobodyTakesOverASignIn, TestTimeDecides; over
// HTTP: TestSignInByManifest.
func Test56IssuerOfHisOwn(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		point := func(code, url string) string {
			id := run(t, w, w.AsPlatform("atd"), func(ctx context.Context, op *store.Op) (string, error) {
				return onboarding.ProposeSignIn(ctx, op, w.Agencies[code].ID, onboarding.SignInInput{Add: []*onboarding.IssuerInput{{URL: url}}})
			})
			w.Must(w.AsPlatform("atd"), approval(id))
			if signIn(t, w, url) == -1 {
				t.Errorf("%s: in by one alone", code)
			}
			w.Must(w.AsPlatform("iom"), approval(id))
			return id
		}
		point("mops", "https://unguarded.example")
		if signIn(t, w, "https://unguarded.example") != -1 {
			t.Error("an agency that is not in use is guarded too, so that nothing is shown")
		}
		share(w, "Canary Fifty-six") // of lwu, open to ngo
		for _, code := range []string{"lwu", "ngo"} {
			url := "https://" + code + "-theirs.example"
			id := point(code, url)
			if signIn(t, w, url) != errs.Unauthenticated {
				t.Errorf("%s: in at once", code)
			}
			w.Advance(71 * time.Hour)
			if signIn(t, w, url) != errs.Unauthenticated {
				t.Errorf("%s: in after 71 hours", code)
			}
			w.Must(w.AsAdmin(code), func(ctx context.Context, op *store.Op) error { return onboarding.Refuse(ctx, op, id) })
			w.Advance(2 * time.Hour)
			if signIn(t, w, url) != errs.Unauthenticated {
				t.Errorf("%s: in though its administrator refused", code)
			}
		}
	})
}
