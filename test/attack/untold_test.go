package attack

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/services/notify"
	"github.com/sala-exchange/sala/services/onboarding"
	"github.com/sala-exchange/sala/test/world"
)

// toldOfEnd counts the notices to ngo that access by a referral ended.
func toldOfEnd(t *testing.T, w *world.World, referral string) int {
	t.Helper()
	return one[int](t, w.Root(), fmt.Sprintf("SELECT count(*) FROM notices WHERE agency_id = '%s' AND kind = 'ACCESS_ENDED' AND subject_id = '%s'", w.Agencies["ngo"].ID, referral))
}

// hasSaid has the owner record her word about an agency and assistance.
func hasSaid(w *world.World, caseID, agency string, decision valueset.Decision, categories ...category.Category) {
	w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
		_, err := casework.RecordConsent(ctx, op, casework.RecordConsentInput{
			CaseID: caseID, Kind: valueset.ConsentKindSharing, Interpretation: valueset.InterpretationNoneNeeded, Setting: valueset.SettingSafePlace,
			Provisions: []*casework.ProvisionInput{{Decision: decision, RecipientID: &w.Agencies[agency].ID, Purposes: []category.Purpose{assistance}, Categories: categories}}})
		return err
	})
}

// An end is told where what ended is gone before the job looked for it: it ran out, or a
// policy shut it, and then the case changed, or the next policy came (C8).
func TestAnEndIsToldBeforeItIsForgotten(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		tell := func(teller *notify.Teller) {
			t.Helper()
			if _, err := teller.Tell(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		c := changes(t, w, store.Options{}, 1)
		apply := func(modules map[string]string) {
			t.Helper()
			if _, err := c.book.Apply(t.Context(), c.st, [][]byte{c.signer.Bundle(t, modules)}, nil); err != nil {
				t.Fatal(err, world.Cause(err))
			}
		}
		changed, twice := share(w, "Canary Changed"), share(w, "Canary Twice")
		apply(shut(t))
		err := c.st.Run(t.Context(), as(w, "lwu"), false, func(ctx context.Context, op *store.Op) error {
			_, err := casework.RecordConsent(ctx, op, casework.RecordConsentInput{
				CaseID: changed.Case, Kind: valueset.ConsentKindSharing, Interpretation: valueset.InterpretationNoneNeeded, Setting: valueset.SettingSafePlace,
				Provisions: []*casework.ProvisionInput{{Decision: valueset.DecisionPermit, RecipientID: &w.Agencies["atd"].ID,
					Purposes: []category.Purpose{assistance}, Categories: []category.Category{category.Profile}}}})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		again := shut(t)
		again["access/access.rego"] += "\n# once more\n"
		apply(again)
		tell(notify.NewTeller(c.st))
		for name, s := range map[string]shared{"shut by a policy, then changed": changed, "shut by two policies": twice} {
			if got := toldOfEnd(t, w, s.Referral); got != 1 {
				t.Errorf("%s: told %d times", name, got)
			}
		}
	})
}

func TestWhatRanOutIsToldThoughItIsWithdrawn(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		s, teller := share(w, "Canary Expired"), notify.NewTeller(w.Store)
		w.Advance(400 * 24 * time.Hour)
		w.Withdraw("lwu", s.Case, "ngo")
		if _, err := teller.Tell(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := toldOfEnd(t, w, s.Referral); got != 1 {
			t.Errorf("ran out, then withdrawn: told %d times", got)
		}
	})
}

// What is shut by a gate is not open: where it is all that is left, the end is told.
func TestAnEndBesideAShutGateIsTold(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		w.InForce([]string{"lwu", "ngo"}, []category.Purpose{assistance}, []category.Category{category.Identity}, time.Hour, 1000*time.Hour)
		s, teller := share(w, "Canary Sibling"), notify.NewTeller(w.Store)
		tell := func() {
			t.Helper()
			w.Advance(20 * time.Second)
			if _, err := teller.Tell(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		tell()
		w.Must(w.AsAdmin("lwu"), func(ctx context.Context, op *store.Op) error {
			return onboarding.SuspendAgreement(ctx, op, w.Agreements["lwu+ngo"])
		})
		tell()
		if got := toldOfEnd(t, w, s.Referral); got != 0 {
			t.Fatalf("told %d times while the other agreement opens her name", got)
		}
		hasSaid(w, s.Case, "ngo", valueset.DecisionDeny, category.Identity)
		tell()
		if got := toldOfEnd(t, w, s.Referral); got != 1 {
			t.Errorf("nothing is open: told %d times", got)
		}
	})
}

// Processes whose clocks differ tell once; and what a policy ended does not end again.
func TestAnEndIsToldOnce(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		suspend := func(ctx context.Context, op *store.Op) error {
			return onboarding.SuspendAgreement(ctx, op, w.Agreements["lwu+ngo"])
		}
		c := changes(t, w, store.Options{}, 1)
		s := share(w, "Canary Clocks")
		now := time.UnixMicro(w.Store.Now())
		w.At(now.Add(30 * time.Second)) // who suspends is ahead
		w.Must(w.AsAdmin("lwu"), suspend)
		w.At(now.Add(time.Second))
		for range 3 {
			if _, err := notify.Tell(t.Context(), w.Store); err != nil {
				t.Fatal(err)
			}
		}
		w.At(now.Add(time.Hour))
		if _, err := notify.Tell(t.Context(), w.Store); err != nil {
			t.Fatal(err)
		}
		if got := toldOfEnd(t, w, s.Referral); got != 1 {
			t.Errorf("clocks differ: told %d times", got)
		}
		w.Must(w.AsAdmin("lwu"), func(ctx context.Context, op *store.Op) error {
			return onboarding.ResumeAgreement(ctx, op, w.Agreements["lwu+ngo"])
		})
		w.Advance(time.Minute)
		if _, err := c.book.Apply(t.Context(), c.st, [][]byte{c.signer.Bundle(t, shut(t))}, nil); err != nil {
			t.Fatal(err)
		}
		w.Advance(time.Minute)
		if _, err := notify.Tell(t.Context(), w.Store); err != nil {
			t.Fatal(err)
		}
		err := c.st.Run(t.Context(), w.AsAdmin("lwu"), false, suspend)
		if err != nil {
			t.Fatal(err)
		}
		w.Advance(time.Minute)
		if _, err := notify.Tell(t.Context(), w.Store); err != nil {
			t.Fatal(err)
		}
		if got := toldOfEnd(t, w, s.Referral); got != 2 {
			t.Errorf("shut by a policy, then its agreement suspended: told %d times in all, want 2", got)
		}
	})
}

// What a suspension ended is found in every case, however few are gone through at a time.
func TestEndsInManyCasesAreAllFound(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		var cases []string
		for i := range 23 { // ten are gone through at a time
			cases = append(cases, w.Register("lwu", fmt.Sprint("Canary ", i)))
		}
		slices.Sort(cases)
		want := []string{cases[0], cases[22]}
		for _, id := range want {
			w.Share("lwu", id, "ngo", assistance, category.Identity)
			w.Accept("ngo", assistance, w.Refer("lwu", id, "ngo", assistance, category.Identity))
		}
		w.Advance(time.Second)
		w.Must(w.AsAdmin("lwu"), func(ctx context.Context, op *store.Op) error {
			return onboarding.SuspendAgreement(ctx, op, w.Agreements["lwu+ngo"])
		})
		w.Advance(time.Second)
		var found []string
		err := w.Store.Run(t.Context(), rule.Scope{Mode: rule.Policy}, true, func(ctx context.Context, op *store.Op) error {
			closings, err := op.Closings(ctx, 0)
			if err != nil {
				return err
			}
			for last := (store.UntoldOf{}); ; {
				some, err := op.ClosedUntold(ctx, closings, last, 1)
				if err != nil || len(some) == 0 {
					return err
				}
				last = some[0]
				found = append(found, last.Case)
			}
		})
		if err != nil || !slices.Equal(found, want) {
			t.Errorf("ends are found in %d cases, want %d (%v)", len(found), len(want), err)
		}
	})
}

// While the next policy is prepared the ends by the one in force wait for it, and no longer
// than some minutes where it is never finished; a gate that is shut does not wait.
func TestEndsByAPolicyWaitForTheNext(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		c := changes(t, w, store.Options{}, 1)
		closings := func() string {
			t.Helper()
			var said []string
			err := w.Store.Run(t.Context(), rule.Scope{Mode: rule.Policy}, true, func(ctx context.Context, op *store.Op) error {
				all, err := op.Closings(ctx, 0)
				for _, one := range all {
					kind, _, _ := strings.Cut(one.Gate, "_")
					said = append(said, kind)
				}
				return err
			})
			if err != nil {
				t.Fatal(err, world.Cause(err))
			}
			return strings.Join(said, " ")
		}
		if _, err := c.book.Apply(t.Context(), c.st, [][]byte{c.signer.Bundle(t, shut(t))}, nil); err != nil {
			t.Fatal(err, world.Cause(err))
		}
		w.Must(w.AsAdmin("lwu"), func(ctx context.Context, op *store.Op) error {
			return onboarding.SuspendAgreement(ctx, op, w.Agreements["lwu+ngo"])
		})
		if got := closings(); got != "agreement policy" {
			t.Errorf("ended by %q", got)
		}
		exec(t, w.Root(), fmt.Sprintf("INSERT INTO revisions (id, sequence, revision, state, begun_on) VALUES ('revision_next', 1000000, 'next', 'PREPARING', %d)", w.Store.Now()))
		if got := closings(); got != "agreement" {
			t.Errorf("while the next policy is prepared, ended by %q", got)
		}
		w.Advance(6 * time.Minute)
		if got := closings(); got != "agreement policy" {
			t.Errorf("where it is never finished, ended by %q", got)
		}
	})
}
