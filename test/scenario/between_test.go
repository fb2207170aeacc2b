package scenario

import (
	"strings"
	"testing"

	"github.com/sala-exchange/sala/services/apply"
	"github.com/sala-exchange/sala/test/world"
)

const betweenOthers = `apiVersion: sala.exchange/v1alpha1
kind: DataSharingAgreement
metadata: {name: mops-iom}
spec:
  title: Return
  parties: [{agency: mops}, {agency: iom}]
  purposes: [RETURN]
  categories: [IDENTITY]
  period: {from: 2026-01-01T00:00:00Z, until: 2028-01-01T00:00:00Z}
`

// between proposes the agreement of a text as who administers the platform at lwu, which
// is no party of it.
func between(t *testing.T, s *world.Server, text string) (*apply.Between, error) {
	t.Helper()
	seen, err := apply.Look(t.Context(), s.Client("lwu", "platform"))
	if err != nil {
		t.Fatal(err)
	}
	return seen.Between(t.Context(), documents(t, text)[0].Terms)
}

// TestAgreementBetweenOthers: who administers the platform lays an agreement before its
// parties, once, and signs for none; it learns who has signed, and not why nothing flows
// (C8, D6).
func TestAgreementBetweenOthers(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		for i, code := range []string{"mops", "iom"} {
			for range 2 { // again is the same
				got, err := between(t, s, betweenOthers)
				if err != nil || got.InForce || len(got.Unsigned()) != 2-i {
					t.Fatalf("before %s signs: %+v %v", code, got, err)
				}
			}
			if err := apply.OfAgreement(t.Context(), s.Client(code, "admin"), "sign", "mops-iom"); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := between(t, s, betweenOthers); err != nil || !got.InForce || got.Ended {
			t.Fatalf("signed by all: %+v %v", got, err)
		}
		for what, text := range map[string]string{
			"other terms":   strings.Replace(betweenOthers, "[IDENTITY]", "[IDENTITY, CONTACT]", 1),
			"a counterpart": strings.Replace(strings.Replace(betweenOthers, "{agency: iom}", "{agency: thailand}", 1), "mops-iom", "mops-thailand", 1),
		} {
			if got, err := between(t, s, text); err == nil {
				t.Errorf("%s: %+v", what, got)
			}
		}
		if err := apply.OfAgreement(t.Context(), s.Client("mops", "admin"), "suspend", "mops-iom"); err != nil {
			t.Fatal(err)
		}
		if got, err := between(t, s, betweenOthers); err != nil || got.InForce || got.Ended || len(got.Unsigned()) != 0 {
			t.Errorf("suspended: %+v %v", got, err)
		}
	})
}

// TestStandingByManifest: spec.state suspends at once, and lets in again, or sends away,
// by two people of different agencies.
func TestStandingByManifest(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		manifest := func(state string) string {
			return "apiVersion: sala.exchange/v1alpha1\nkind: Agency\nmetadata: {name: ngo}\nspec: {displayName: ngo, kind: NGO, state: " + state + "}\n"
		}
		standing := func() string {
			seen, err := apply.Look(t.Context(), s.Client("lwu", "platform"))
			if err != nil {
				t.Fatal(err)
			}
			return seen.Standing("ngo")
		}
		for _, step := range []struct{ by, state, said, stands string }{
			{"lwu", "SUSPENDED", "change (state: SUSPENDED, at once)", "SUSPENDED"},
			{"lwu", "ACTIVE", "change (state: ACTIVE", "SUSPENDED"},
			{"lwu", "ACTIVE", "waiting (state", "SUSPENDED"},
			{"atd", "ACTIVE", "approve (state", "ACTIVE"},
			{"atd", "OFFBOARDING", "change (state: OFFBOARDING", "ACTIVE"},
			{"lwu", "OFFBOARDING", "approve (state", "OFFBOARDING"},
			{"lwu", "ACTIVE", "refused (state: the agency is leaving", "OFFBOARDING"},
		} {
			if said := applied(t, s, step.by, "platform", manifest(step.state)); !strings.Contains(said, step.said) {
				t.Errorf("%s says %s: %s", step.by, step.state, said)
			}
			if now := standing(); now != step.stands {
				t.Fatalf("after %s by %s: %s", step.state, step.by, now)
			}
		}
	})
}
