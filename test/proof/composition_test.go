package proof

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/viewer"
	"github.com/sala-exchange/sala/policy"
	"github.com/sala-exchange/sala/services/api"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/services/onboarding"
	"github.com/sala-exchange/sala/test/proof/model"
	"github.com/sala-exchange/sala/test/world"
)

// narrowing adds to a case what may only close; false where there is nothing to add it to.
type narrowing func(*maker, *model.Case) bool

// refusal adds a no of a voice, last of all that was said about one agency.
func refusal(voice string) narrowing {
	return func(g *maker, c *model.Case) bool {
		if len(c.Statements) == 0 {
			return false
		}
		// Whoever has permitted something refuses it, where there is anybody: of others' words
		// a guardian's no rarely meets one that is open.
		permitted := slices.DeleteFunc(slices.Clone(c.Statements), func(s model.Statement) bool { return s.Voice != voice || s.No })
		s := one(g, c.Statements)
		if len(permitted) > 0 {
			s = one(g, permitted)
		} else {
			s.Voice, s.Guardian, s.Decision = voice, "", ""
			g.speaks(c, &s)
		}
		s.Consent, s.No = g.id("consent"), true
		s.Given, s.From, s.Until, s.ByClass = g.now, g.now, model.Forever, g.odds(3)
		if s.ByClass {
			s.Unit = ""
		}
		c.Statements = append(slices.Clone(c.Statements), s)
		return true
	}
}

var narrowings = map[string]narrowing{
	"a refusal of hers":     refusal(model.Person),
	"a guardian's refusal":  refusal(model.Caregiver),
	"a decision against it": refusal(model.BestInterests),
	"a refusal of its recording": func(g *maker, c *model.Case) bool {
		if len(c.Recordings) == 0 {
			return false
		}
		s := one(g, c.Recordings)
		s.Consent, s.No, s.Voice, s.Guardian, s.Given, s.From, s.Basis = g.id("consent"), true, model.Person, "", g.now, g.now, "CONSENT"
		c.Recordings = append(slices.Clone(c.Recordings), s)
		return true
	},
	"an agreement's end": func(g *maker, c *model.Case) bool {
		c.Agreements = slices.Clone(c.Agreements)
		c.Agreements[g.IntN(len(c.Agreements))].Until = g.now
		return true
	},
	"an agreement's suspension": func(g *maker, c *model.Case) bool {
		c.Agreements = slices.Clone(c.Agreements)
		c.Agreements[g.IntN(len(c.Agreements))].Suspended = true
		return true
	},
	// A guardian in conflict counts for nothing, so that what he refused stands no longer:
	// only of one who has refused nothing does a conflict never show more (E4).
	"a conflict of a guardian who refuses nothing": func(g *maker, c *model.Case) bool {
		for id, w := range c.Guardians {
			refuses := func(s model.Statement) bool { return s.Guardian == id && s.No }
			if w.Conflict || slices.ContainsFunc(c.Statements, refuses) || slices.ContainsFunc(c.Recordings, refuses) {
				continue
			}
			all := map[string]model.Guardian{}
			for k, v := range c.Guardians {
				all[k] = v
			}
			w.Conflict = true
			all[id] = w
			c.Guardians = all
			return true
		}
		return false
	},
	"a referral's end": func(g *maker, c *model.Case) bool {
		if len(c.Referrals) == 0 {
			return false
		}
		c.Referrals = slices.Clone(c.Referrals)
		c.Referrals[g.IntN(len(c.Referrals))].State = "REVOKED"
		return true
	},
	"a period of recovery": func(g *maker, c *model.Case) bool {
		c.Recoveries = append(slices.Clone(c.Recoveries), model.Span{From: g.now, Until: g.ahead(90)})
		return true
	},
	"her death": func(g *maker, c *model.Case) bool {
		if c.Died >= 0 {
			return false
		}
		c.Died = g.now
		return true
	},
}

// TestNothingAddedShowsMore: a refusal, an agreement's end, a guardian's conflict and
// whatever else is there to close never opens anything to anybody, whatever the case.
func TestNothingAddedShowsMore(t *testing.T) {
	t.Parallel()
	p, err := policy.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	g := &maker{Rand: random(t, 5), cast: strangers(), now: began}
	asked, closed, tried := 0, map[string]int{}, map[string]int{}
	cases := size(6, 60)
	for n := 0; n < cases || !testing.Short() && n < 6*cases && len(closed) < len(narrowings); n++ {
		before := g.make(g.agreements(), map[string]bool{})
		had, err := p.Access(t.Context(), facts(before))
		if err != nil {
			t.Fatal(err)
		}
		for _, what := range keys(narrowings) {
			after := *before
			if !narrowings[what](g, &after) {
				continue
			}
			tried[what]++
			has, err := p.Access(t.Context(), facts(&after))
			if err != nil {
				t.Fatal(err)
			}
			g.questions(&after, func(q model.Question) {
				asked++
				was, is := decided(had, before, q), decided(has, &after, q)
				if is && !was {
					t.Errorf("%s shows more: %s", what, told(&after, q, has, is))
				}
				if was && !is {
					closed[what]++
				}
			})
		}
	}
	t.Logf("%d decisions compared; tried %v, of them closed %v", asked, tried, closed)
	for what := range narrowings {
		if closed[what] == 0 && !testing.Short() {
			t.Errorf("%s never closed anything: nothing was tested", what)
		}
	}
}

// roles are all that can be granted.
var roles = []viewer.Role{viewer.CaseWorker, viewer.Supervisor, viewer.DataProtection, viewer.AgencyAdministrator, viewer.Analyst, viewer.Auditor, viewer.PlatformAdministrator, viewer.PlatformOperator}

// TestRolesAddUp: whoever has two roles may try nothing that neither may, for any purpose
// and any kind of agency.
func TestRolesAddUp(t *testing.T) {
	t.Parallel()
	p, err := policy.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	w := world.OnSQLite(t, world.Options{Base: "https://sala.example"})
	desk := api.NewDesk(w.Store, p)
	kept := map[string]reflect.Value{}
	permits := func(kind string, frozen bool, purpose category.Purpose, of ...viewer.Role) reflect.Value {
		key := fmt.Sprint(kind, frozen, purpose, of)
		if v, ok := kept[key]; ok {
			return v
		}
		may, err := desk.Permit(t.Context(), &viewer.Viewer{Agency: "a", AgencyKind: kind, AgencyActive: true, AgencyFrozen: frozen, Member: "m", Roles: of}, purpose)
		if err != nil {
			t.Fatal(err)
		}
		kept[key] = reflect.ValueOf(may)
		return kept[key]
	}
	compared := 0
	for _, kind := range []string{"UNION", "POLICE", "COORDINATION_BODY", "REGIONAL_COUNTERPART"}[:size(2, 4)] {
		for _, frozen := range []bool{false, true}[:size(1, 2)] {
			for _, purpose := range []category.Purpose{"", assistance, justice, category.ForProtection, category.Statistics}[:size(2, 5)] {
				for i, a := range roles {
					for _, b := range roles[i+1:] {
						x, y, both := permits(kind, frozen, purpose, a), permits(kind, frozen, purpose, b), permits(kind, frozen, purpose, a, b)
						for f := range both.NumField() {
							compared++
							if more(both.Field(f), x.Field(f), y.Field(f)) {
								t.Errorf("%s for %q: %s and %s together have %s: %v", kind, purpose, a, b, both.Type().Field(f).Name, both.Field(f))
							}
						}
					}
				}
			}
		}
	}
	t.Logf("%d permissions compared", compared)
}

// more reports whether a permission is in neither of two.
func more(both, x, y reflect.Value) bool {
	if both.Kind() == reflect.Bool {
		return both.Bool() && !x.Bool() && !y.Bool()
	}
	for i := range both.Len() {
		has := func(v reflect.Value) bool {
			return slices.Contains(v.Interface().([]string), both.Index(i).String())
		}
		if !has(x) && !has(y) {
			return true
		}
	}
	return false
}

// TestRolesShowTheUnion: what one sees who has two roles is what those see who have one
// each, in what the API answers to queries made at random.
func TestRolesShowTheUnion(t *testing.T) {
	r := random(t, 6)
	p := pairs[0]
	a := p.world(t, func(t *testing.T) *world.World {
		return world.OnSQLite(t, world.Options{Base: "https://sala.example", More: 3})
	}, true, false)
	q := &asker{sdl: schema(t), ids: ids(t, a), cases: append(column(t, a, "SELECT id FROM case_files ORDER BY id"), a.known...), words: references(t, a), opening: []string{"ASSISTANCE"}, wide: true}
	queries := slices.Clone(plainQueries)
	for range size(40, 300) {
		queries = append(queries, q.query(r))
	}
	seen, personal := map[string]map[string]bool{}, []string{}
	shows := func(of ...viewer.Role) map[string]bool {
		subject := fmt.Sprint(of)
		if seen[subject] != nil {
			return seen[subject]
		}
		out := map[string]bool{}
		seen[subject] = out
		for i, text := range queries {
			for _, id := range idIn.FindAllString(a.ask(asking{"lwu", subject}, fmt.Sprint(subject, i), text), -1) {
				// Each reading is put on record and so seen by whoever sees the record; and all
				// see themselves, and what they alone were told.
				if !strings.HasPrefix(id, `"disclosure_`) && !strings.HasPrefix(id, `"member_`) && !slices.Contains(personal, strings.Trim(id, `"`)) {
					out[id] = true
				}
			}
		}
		return out
	}
	rows := 0
	for i, x := range roles[:5] { // all before anybody asks: who is assigned is told
		enter(t, a, fmt.Sprint([]viewer.Role{x}), []viewer.Role{x})
		for _, y := range roles[i+1 : 5] {
			enter(t, a, fmt.Sprint([]viewer.Role{x, y}), []viewer.Role{x, y})
		}
	}
	personal = column(t, a, "SELECT id FROM notices WHERE holder_id <> ''")
	for i, x := range roles[:5] {
		for _, y := range roles[i+1 : 5] {
			one, other, both := shows(x), shows(y), shows(x, y)
			rows += len(both)
			for id := range both {
				// A query that asks for what each may see of is refused to each whole: then the row
				// by itself.
				alone := func(x viewer.Role) bool {
					subject := fmt.Sprint([]viewer.Role{x})
					return strings.Contains(a.ask(asking{"lwu", subject}, subject+id, "query @purpose(of: ASSISTANCE) { node(id: "+id+") { id } }"), `"id":`+id)
				}
				if !one[id] && !other[id] && !alone(x) && !alone(y) {
					t.Errorf("%s and %s together see %s", x, y, id)
				}
			}
		}
	}
	t.Logf("%d queries by each; %d rows seen by those of two roles", len(queries), rows)
	if rows == 0 {
		t.Error("nobody saw anything")
	}
}

// plainQueries show in the plainest way what other queries come to by detours.
var plainQueries = []string{
	`query { me { id agency { id issuers { id } } } }`, `query { notices(first: 50) { edges { node { id } } } }`, `query { agreements(first: 50) { edges { node { id } } } }`, `query { agencies(first: 50) { edges { node { id } } } }`,
	`query @purpose(of: ASSISTANCE) { referrals(first: 50, box: INBOX) { edges { node { id preview { id } } } } }`, `query @purpose(of: ASSISTANCE) { referrals(first: 50, box: OUTBOX) { edges { node { id preview { id } } } } }`,
	`query @purpose(of: ASSISTANCE) { cases(first: 50) { edges { node { id person { id } profiles { id } identities { id } contacts { id } traffickings { id } narratives { id } } } } }`,
	`query @purpose(of: ASSISTANCE) { cases(first: 50) { edges { node { id consents { id } referrals { id preview { id } } guardianships { id } bestInterests { id } legalBases { id } permissions { id } externalReferrals { id } conferences { id } } } } }`,
}

// enter makes a member of lwu with the roles, who is assigned to the case that all know of.
func enter(t *testing.T, a *asked, subject string, of []viewer.Role) {
	t.Helper()
	var id string
	a.Must(onboarding.Scope(), func(ctx context.Context, op *store.Op) (err error) {
		id, err = onboarding.AddMember(ctx, op, onboarding.MemberInput{Agency: a.Agencies["lwu"].ID, Issuer: a.IssuerURL("lwu"), Subject: subject, Roles: of})
		return err
	})
	if !slices.Contains(of, viewer.CaseWorker) {
		return
	}
	s := a.As("lwu", assistance)
	s.Member, s.Supervisor = a.Agencies["lwu"].Worker, true
	a.Must(s, func(ctx context.Context, op *store.Op) error { return casework.Assign(ctx, op, a.known[0], id) })
}
