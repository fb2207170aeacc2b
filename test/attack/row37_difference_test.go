package attack

import (
	"context"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/services/release"
)

const (
	presumed   = valueset.CaseKindPresumedVictim
	identified = valueset.CaseKindIdentifiedVictim
	female     = valueset.SexFemale
	male       = valueset.SexMale
	labour     = valueset.ExploitationForcedLabour
	sexual     = valueset.ExploitationSexualExploitation
)

// Test37TwoReleasesSubtracted: two tables, each sound by itself, whose difference is three
// women: where nobody weighs them up together both are published and the subtraction gives
// the three; with the auditor the second is refused, whichever comes second.
func Test37TwoReleasesSubtracted(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		groups      []persons
		first, then []byte
	}{
		"all kinds less one kind": {
			[]persons{{40, 2023, presumed, female, labour}, {45, 2023, presumed, male, labour}, {3, 2023, identified, female, labour}, {15, 2023, identified, male, labour}},
			declaration("all", "", "{from: 2023, to: 2023}", "{name: sex}, {name: state}", exactRows),
			declaration("presumed", ", kinds: [PRESUMED_VICTIM]", "{from: 2023, to: 2023}", "{name: sex}, {name: state}", exactRows),
		},
		"two years less one": {
			[]persons{{40, 2023, presumed, female, labour}, {45, 2023, presumed, male, labour}, {3, 2024, presumed, female, labour}, {15, 2024, presumed, male, labour}},
			declaration("long", "", "{from: 2023, to: 2024}", "{name: sex}, {name: state}", exactRows),
			declaration("short", "", "{from: 2023, to: 2023}", "{name: sex}, {name: state}", exactRows),
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			w, _ := population(t, c.groups...)
			for _, order := range [][2][]byte{{c.first, c.then}, {c.then, c.first}} {
				earlier, later := built(t, w, order[0]), built(t, w, order[1])
				if three := tally(earlier)["FEMALE OPEN"] - tally(later)["FEMALE OPEN"]; three != 3 && three != -3 {
					t.Fatalf("the subtraction gives %d", three)
				}
				s := newSecretariat(t)
				if _, err := w.Root().ExecContext(t.Context(), "TRUNCATE releases, budget_entries"); err != nil {
					t.Fatal(err)
				}
				if err := s.publish(t, w.Store, earlier, release.Bounds{}); err != nil {
					t.Fatal(err)
				}
				refusedBy(t, w, "auditor", s.publish(t, w.Store, later, release.Bounds{}), 1)
				if err := s.publish(t, w.Store, later, blind{}); err != nil {
					t.Errorf("without the auditor the attack should work: %v", err)
				}
			}
		})
	}
}

// Test37BeforeAndAfterOneCase: one person says no to statistics between two editions. By
// the figures of the year before and after she would be the difference (J2).
func Test37BeforeAndAfterOneCase(t *testing.T) {
	t.Parallel()
	w, ids := population(t, persons{40, 2023, presumed, female, labour}, persons{45, 2023, presumed, male, labour})
	raw := declaration("persons", "", "{from: 2023, to: 2023}", "{name: sex}, {name: state}", exactRows)
	s := newSecretariat(t)
	before := built(t, w, raw)
	if err := s.publish(t, w.Store, before, release.Bounds{}); err != nil {
		t.Fatal(err)
	}
	w.Advance(time.Minute)
	w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
		_, err := casework.RecordConsent(ctx, op, casework.RecordConsentInput{CaseID: ids[0], Kind: valueset.ConsentKindRecording,
			Interpretation: valueset.InterpretationNoneNeeded, Setting: valueset.SettingSafePlace,
			Provisions: []*casework.ProvisionInput{{Decision: valueset.DecisionDeny, Purposes: []category.Purpose{category.Statistics}, Categories: []category.Category{category.Profile}}}})
		return err
	})
	after := built(t, w, raw)
	if gone := tally(before)["FEMALE OPEN"] - tally(after)["FEMALE OPEN"]; gone != 1 {
		t.Fatalf("the subtraction gives %d", gone)
	}
	refusedBy(t, w, "pairs", s.publish(t, w.Store, after, release.Bounds{}), 1)
	// As if no row had changed: the auditor sees that the counts contradict each other.
	honest := after.Snapshot
	after.Snapshot = before.Snapshot
	refusedBy(t, w, "auditor", s.publish(t, w.Store, after, release.Bounds{}), 1)
	if err := s.publish(t, w.Store, after, blind{}); err != nil {
		t.Errorf("with neither gate the attack should work: %v", err)
	}
	after.Snapshot = honest
	// With a further year she leaves among others.
	for range 30 {
		oneMore(t, w, persons{1, 2022, presumed, female, labour})
		oneMore(t, w, persons{1, 2022, presumed, male, labour})
	}
	exec(t, w.Root(), "TRUNCATE releases, budget_entries")
	s = newSecretariat(t)
	pooled := built(t, w, declaration("persons", "", "{from: 2022, to: 2023}", "{name: sex}, {name: state}", exactRows))
	for _, b := range []*release.Built{before, pooled} {
		if err := s.publish(t, w.Store, b, release.Bounds{}); err != nil {
			t.Errorf("pooled with a further year: %v", err)
		}
	}
}
