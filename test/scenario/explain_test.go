package scenario

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/test/world"
)

// explainedCase is what a viewer is told by explain about an agency.
type explainedCase struct {
	Case *struct {
		Explain []struct {
			Category, State, Words string
			Basis, Said            *string
			Needs                  []string
		}
	}
}

func explained(t *testing.T, s *world.Server, code, id, about, purpose, declared string) (needs map[string]string, words string) {
	t.Helper()
	var a explainedCase
	as(s, code, "worker").ask(`query($id: ID!, $agency: ID!, $purpose: Purpose!) @purpose(of: `+declared+`) { case(id: $id) {
  explain(agency: $agency, purpose: $purpose, wordsIn: LAO) { category state words basis said needs } } }`,
		map[string]any{"id": id, "agency": s.Agencies[about].ID, "purpose": purpose}).into(t, &a)
	if a.Case == nil {
		return nil, ""
	}
	needs = map[string]string{}
	for _, e := range a.Case.Explain {
		needs[e.Category] = e.State
		if len(e.Needs) > 0 {
			needs[e.Category] += " " + strings.Join(e.Needs, " ")
		}
		if e.Said != nil {
			needs[e.Category] += ": " + *e.Said
		}
		if e.Basis != nil {
			needs[e.Category] += " " + *e.Basis
		}
		words += e.Words + "\n"
	}
	return needs, words
}

// TestExplain: the owner is told what a category rests on and what would open it, and what
// it is told comes true; whoever else sees the case is told about their own access alone,
// in words that are alike whatever the owner knows; a stranger nothing.
func TestExplain(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		id := w.Register("lwu", "Kanaree")
		tell := func(step, want string) {
			t.Helper()
			needs, words := explained(t, s, "lwu", id, "ngo", "ASSISTANCE", "ASSISTANCE")
			if got := needs["IDENTITY"]; got != want || strings.Contains(words, "Kanaree") {
				t.Errorf("%s: the owner is told %q, want %q", step, got, want)
			}
		}
		tell("at first", "WITHHELD CONSENT REFERRAL: UNASKED")
		w.Share("lwu", id, "ngo", category.ForAssistance, category.Identity, category.Contact)
		tell("once she consented", "WITHHELD REFERRAL")
		ref := w.Refer("lwu", id, "ngo", category.ForAssistance, category.Identity)
		tell("once it is offered", "WITHHELD REFERRAL")
		w.Accept("ngo", category.ForAssistance, ref)
		tell("once it is accepted", "OPEN CONSENT_REFERRAL")

		if needs, _ := explained(t, s, "lwu", id, "ngo", "STATISTICS", "ASSISTANCE"); needs["IDENTITY"] != "WITHHELD" {
			t.Errorf("figures: %v", needs)
		}
		// The receiver is told of itself alone, for its purpose, and no reason.
		needs, words := explained(t, s, "ngo", id, "ngo", "ASSISTANCE", "ASSISTANCE")
		if needs["IDENTITY"] != "OPEN" || needs["HEALTH"] != "WITHHELD" || strings.Contains(words, "Kanaree") {
			t.Errorf("the receiver is told %v", needs)
		}
		for _, q := range [][2]string{{"lwu", "ASSISTANCE"}, {"atd", "ASSISTANCE"}, {"ngo", "JUSTICE"}} {
			if needs, _ := explained(t, s, "ngo", id, q[0], q[1], "ASSISTANCE"); len(needs) != 0 {
				t.Errorf("the receiver is told of %s for %s: %v", q[0], q[1], needs)
			}
		}
		if needs, _ := explained(t, s, "atd", id, "atd", "ASSISTANCE", "ASSISTANCE"); needs != nil {
			t.Errorf("a stranger is told %v", needs)
		}
	})
}

// TestAnswersAreLabelled: obligations and confidentiality go along with each answer about a
// person, and with no other (C2, C9, D4, D6).
func TestAnswersAreLabelled(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		id := w.Register("lwu", "Kanaree")
		w.Share("lwu", id, "ngo", category.ForAssistance, category.Identity, category.Profile)
		w.Accept("ngo", category.ForAssistance, w.Refer("lwu", id, "ngo", category.ForAssistance, category.Identity, category.Profile))
		label := func(code, query string) (confidentiality string, obligations []string) {
			var out struct {
				Extensions struct {
					Security *struct {
						Confidentiality string
						Obligations     []string
					}
				}
			}
			raw := as(s, code, "worker").ask(query, map[string]any{"id": id}).raw
			if err := json.Unmarshal([]byte(raw), &out); err != nil {
				t.Fatal(err)
			}
			if out.Extensions.Security == nil {
				return "", nil
			}
			return out.Extensions.Security.Confidentiality, out.Extensions.Security.Obligations
		}
		const profile = `query($id: ID!) @purpose(of: ASSISTANCE) { case(id: $id) { profiles { sex } } }`
		const identity = `query($id: ID!) @purpose(of: ASSISTANCE) { case(id: $id) { identities { id } access { category obligations confidentiality words } } }`
		received := []string{"DELETE_AT_END", "NO_ONWARD_SHARING", "PURPOSE_ONLY", "REPORT_BREACHES"}
		for _, c := range []struct {
			code, query, want string
			obliged           []string
		}{
			{"ngo", profile, "RESTRICTED", received},
			{"ngo", identity, "VERY_RESTRICTED", received},
			{"lwu", identity, "VERY_RESTRICTED", []string{}},
			{"atd", identity, "", nil},
			{"ngo", `query { me { roles } notices(first: 1) { edges { node { id } } } }`, "", nil},
		} {
			if got, obliged := label(c.code, c.query); got != c.want || !slices.Equal(obliged, c.obliged) {
				t.Errorf("%s, %s: %q, %q; want %q, %q", c.code, c.query, got, obliged, c.want, c.obliged)
			}
		}
	})
}

// TestOwnersPeopleAreToldWhatIsForWhom: a supervisor of the owner, to whom names are closed,
// is told that those on the case read them, and not to ask her again (D5).
func TestOwnersPeopleAreToldWhatIsForWhom(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		id := w.Register("lwu", "Kanaree")
		words := func(role, category string) string {
			t.Helper()
			var out struct {
				Case *struct {
					Access []struct{ Category, State, Words string }
				}
			}
			as(s, "lwu", role).ask(`query($id: ID!) @purpose(of: ASSISTANCE) { case(id: $id) { access { category state words } } }`, map[string]any{"id": id}).into(t, &out)
			if out.Case == nil {
				t.Fatalf("no case for the %s", role)
			}
			for _, a := range out.Case.Access {
				if a.Category == category {
					return a.State + " " + a.Words
				}
			}
			return ""
		}
		for _, c := range []struct{ role, category, want string }{
			{"worker", "IDENTITY", "OPEN Open: your agency owns the case"},
			{"supervisor", "PROFILE", "OPEN Open: your agency owns the case"},
			{"supervisor", "IDENTITY", "WITHHELD Closed to you, and open to those of your agency who work on the case"},
		} {
			if got := words(c.role, c.category); !strings.HasPrefix(got, c.want) {
				t.Errorf("%s of %s: %q, want %q", c.role, c.category, got, c.want)
			}
		}
	})
}
