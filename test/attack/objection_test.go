package attack

import (
	"context"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/viewer"
	"github.com/sala-exchange/sala/services/onboarding"
	"github.com/sala-exchange/sala/test/world"
)

func refusal(id string) func(context.Context, *store.Op) error {
	return func(ctx context.Context, op *store.Op) error { return onboarding.Refuse(ctx, op, id) }
}

// signsIn reports whether somebody of an issuer is somebody of an agency.
func signsIn(t *testing.T, w *world.World, url string) bool {
	t.Helper()
	_, err := onboarding.Find(t.Context(), w.Store, url, "intruder", "", from(elsewhere))
	if err != nil && errs.KindOf(err) != errs.Unauthenticated {
		t.Fatal(err)
	}
	return err == nil
}

// TestASuspensionTakesNoTimeToObject: who proposes another issuer and another administrator
// for an agency in use suspends it meanwhile, so that it cannot object, and has it let in
// again when the 72 hours are over. They begin anew then: it objects, and where it does not
// the change counts 72 hours later. Without the suspension the change counts by time, which
// shows that the time is what the attack is about.
func TestASuspensionTakesNoTimeToObject(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		w.Register("ngo", "Canary Mine")
		ngo := w.Agencies["ngo"].ID
		program := enter(t, w, "lwu", "program", viewer.PlatformOperator)
		url := w.IssuerURL("ngo") + "-intruder"
		approve := func(ids ...string) {
			for _, id := range ids {
				w.Must(w.AsPlatform("atd"), approval(id))
				w.Must(w.AsPlatform("iom"), approval(id))
			}
		}
		resume := func() {
			approve(run(t, w, program, func(ctx context.Context, op *store.Op) (string, error) { return onboarding.ProposeResume(ctx, op, ngo) }))
		}
		propose := func() (invited, issuer string) {
			i := run(t, w, program, func(ctx context.Context, op *store.Op) (*onboarding.Invited, error) {
				return onboarding.Invite(ctx, op, ngo)
			})
			issuer = run(t, w, program, func(ctx context.Context, op *store.Op) (string, error) {
				return onboarding.ProposeSignIn(ctx, op, ngo, onboarding.SignInInput{Add: []*onboarding.IssuerInput{{URL: url}}})
			})
			return i.ProposalID, issuer
		}
		invited, issuer := propose()
		w.Must(program, func(ctx context.Context, op *store.Op) error {
			_, err := onboarding.SuspendAgency(ctx, op, ngo)
			return err
		})
		approve(invited, issuer)
		w.Advance(73 * time.Hour)
		resume()
		if signsIn(t, w, url) {
			t.Fatal("a suspension used up the time to object")
		}
		w.Must(w.AsAdmin("ngo"), refusal(invited))
		w.Must(w.AsAdmin("ngo"), refusal(issuer))
		w.Advance(100 * time.Hour)
		if signsIn(t, w, url) {
			t.Error("what the agency refused is in effect")
		}

		// One that was approved before, and came into effect meanwhile.
		invited, issuer = propose()
		approve(invited, issuer)
		w.Advance(71 * time.Hour)
		w.Must(program, func(ctx context.Context, op *store.Op) error {
			_, err := onboarding.SuspendAgency(ctx, op, ngo)
			return err
		})
		w.Advance(2 * time.Hour)
		resume()
		w.Advance(71 * time.Hour)
		if signsIn(t, w, url) {
			t.Error("an hour before the suspension and 71 after it count for 72")
		}
		w.Advance(2 * time.Hour)
		if !signsIn(t, w, url) {
			t.Error("nobody objected for 72 hours, and it is not in effect")
		}
	})
}

// TestHerLastWordOnNetworksStands: a wider list that was approved before the agency's own
// administrator decided, and begins later, does not undo what she decided; and what she
// decides counts at once, also where the same is proposed by others already.
func TestHerLastWordOnNetworksStands(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		w.Register("lwu", "Canary")
		allow(w, "lwu", officeNetworks...)
		her := w.AsAdmin("lwu")
		her.From = from(hq)
		waits := func(networks ...string) {
			id := run(t, w, w.AsPlatform("atd"), proposing(w, "lwu", networks...))
			w.Must(w.AsPlatform("atd"), approval(id))
			w.Must(w.AsPlatform("iom"), approval(id))
		}
		late := func(is rule.Scope, networks ...string) {
			t.Helper()
			run(t, w, is, proposing(w, "lwu", networks...))
			if letIn(t, w, elsewhere) || !letIn(t, w, hq) {
				t.Error("her word does not count at once")
			}
			w.Advance(80 * time.Hour)
			if letIn(t, w, elsewhere) || !letIn(t, w, hq) {
				t.Error("an older list undid her word")
			}
		}
		waits("0.0.0.0/0")
		w.Advance(time.Hour)
		late(her, officeNetworks...) // as they are: she says so again
		waits("0.0.0.0/0")
		late(her, hq+"/32", "2001:db8:1::/48")

		// Without her, the list that waits counts by time.
		waits("0.0.0.0/0")
		w.Advance(73 * time.Hour)
		if !letIn(t, w, elsewhere) {
			t.Error("a list that nobody took back is not in effect: this test shows nothing")
		}
		run(t, w, w.AsPlatform("atd"), proposing(w, "lwu", officeNetworks...)) // proposed, approved by nobody
		late(her, officeNetworks...)
	})
}

// TestTheProgramThrottlesNobodyWhoDecides: limits of an agency that administers the platform
// are a person's to change: one request in a minute keeps those from approving and objecting
// whom it takes two people to suspend.
func TestTheProgramThrottlesNobodyWhoDecides(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		one := 1
		throttle := func(by rule.Scope, code string) error {
			return w.Do(by, func(ctx context.Context, op *store.Op) error {
				return onboarding.UpdateAgency(ctx, op, w.Agencies[code].ID, onboarding.UpdateAgencyInput{Settings: &onboarding.SettingsInput{RequestsPerMinute: &one}})
			})
		}
		program := enter(t, w, "lwu", "program", viewer.PlatformOperator)
		wantKind(t, "another's that administers the platform", throttle(program, "atd"), errs.Forbidden)
		wantKind(t, "its own", throttle(program, "lwu"), errs.Forbidden)
		if err := throttle(program, "ngo"); err != nil {
			t.Error(err)
		}
		if err := throttle(w.AsPlatform("lwu"), "atd"); err != nil {
			t.Error(err)
		}
	})
}

// TestUnitsAreBounded: whoever reads the agencies reads their units, so that one agency's
// without end would keep everybody from it, also who suspends it.
func TestUnitsAreBounded(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		add := func(prefix string, n int) error {
			var in onboarding.UpdateAgencyInput
			for i := range n {
				in.Units = append(in.Units, &onboarding.UnitInput{Code: prefix + string(rune('a'+i/26)) + string(rune('a'+i%26)), Name: "Unit"})
			}
			return w.Do(w.AsAdmin("ngo"), func(ctx context.Context, op *store.Op) error {
				return onboarding.UpdateAgency(ctx, op, w.Agencies["ngo"].ID, in)
			})
		}
		if err := add("x", 300); err != nil {
			t.Fatal(err)
		}
		wantKind(t, "600 units, in two steps", add("y", 300), errs.Limited)
		if err := add("x", 300); err != nil { // renamed, not more
			t.Error(err)
		}
	})
}
