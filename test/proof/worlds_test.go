package proof

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/graph"
	"github.com/sala-exchange/sala/graph/operation"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/origin"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/internal/viewer"
	"github.com/sala-exchange/sala/policy"
	"github.com/sala-exchange/sala/services/api"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/services/onboarding"
	"github.com/sala-exchange/sala/test/world"
)

// How many queries each pair of worlds is asked in CI, and in short tests. Both pairs on
// both databases together are 20,000.
const (
	queriesOnSQLite   = 8500
	queriesOnPostgres = 1500
	queriesInShort    = 40
)

// disclosedVolume is what is left out of the comparison, and so is no promise: the size of
// the ledger's tree and its root tell everybody how much is done on the platform. They are
// in checkpoints, which the API does not give.
var disclosedVolume = []string{"the tree size and root of the ledger's signed checkpoints"}

// TestTwoWorlds: two databases that differ only in what a viewer may not see answer that
// viewer byte for byte alike, whatever is asked (threats.md 12, 13, 15 to 17, 20). Both
// have the same ids and clock. Left out: disclosedVolume.
func TestTwoWorlds(t *testing.T) {
	for _, p := range pairs {
		for name, fresh := range map[string]func(*testing.T) *world.World{
			"sqlite": func(t *testing.T) *world.World {
				return world.OnSQLite(t, world.Options{Base: "https://sala.example", More: 3})
			},
			"postgres": func(t *testing.T) *world.World {
				server.Need(t)
				return world.OnPostgres(t, server, world.Options{Base: "https://sala.example", More: 3})
			},
		} {
			n := size(queriesInShort, queriesOnSQLite)
			if *queries > 0 {
				n = *queries
			}
			if name == "postgres" && *queries == 0 {
				n = size(queriesInShort, queriesOnPostgres)
			}
			t.Run(p.hiddenFrom+" "+name, func(t *testing.T) {
				t.Parallel()
				random(t, 3)
				poor, rich := p.world(t, fresh, false, false), p.world(t, fresh, true, false)
				began := time.Now()
				told := compare(t, p, poor, rich, n, func(q, a, b string) bool {
					t.Errorf("%s\ntells of what is hidden: %s\nwithout it: %s", q, b, a)
					return true
				})
				t.Logf("%d queries of both worlds in %v: %d answers with data, %d of them with rows, %d next pages, refused %v; left out: %v", told.asked, time.Since(began).Round(time.Millisecond),
					told.data, told.rows, told.pages, told.refused, disclosedVolume)
				// Of few queries it is chance how many find something.
				if told.asked >= 1000 && (told.data*3 < told.asked || told.rows*20 < told.asked) || told.data == 0 {
					t.Errorf("only %d of %d answers hold anything, %d rows", told.data, told.asked, told.rows)
				}
				if a, b := p.seen(poor), p.seen(rich); a == b {
					t.Errorf("whoever may see the difference sees none: %s", a)
				}
			})
		}
	}
}

// TestTwoWorldsDifferWithoutWalls: where neither wall stands the same queries tell the two
// worlds apart, and soon: what TestTwoWorlds does not find is not there.
func TestTwoWorldsDifferWithoutWalls(t *testing.T) {
	const within = 150 // queries
	for _, p := range pairs {
		t.Run(p.hiddenFrom, func(t *testing.T) {
			t.Parallel()
			random(t, 4)
			fresh := func(t *testing.T) *world.World {
				return world.OnSQLite(t, world.Options{Base: "https://sala.example", More: 3, Walls: store.Walls{WithoutApplication: true}})
			}
			found := ""
			told := compare(t, p, p.world(t, fresh, false, true), p.world(t, fresh, true, true), within, func(q, _, _ string) bool { found = q; return false })
			if found == "" {
				t.Errorf("%d queries tell nothing of what is hidden even where nothing stands", told.asked)
			}
			t.Logf("found by query %d: %s", told.asked, found)
		})
	}
}

// asking is one who asks, by agency and subject.
type asking struct{ code, subject string }

// pair is two worlds of one story: the rich one has in it what is hidden from some.
type pair struct {
	hiddenFrom string
	viewers    []asking
	story      func(*telling)
	// seer may see the difference.
	seer asking
}

var pairs = []pair{
	{"recipient, previewer and strangers", []asking{
		{"ngo", "worker"}, {"ngo", "worker"}, {"ngo", "worker"}, {"ngo", "worker"}, {"ngo", "worker"}, {"ngo", "worker"}, {"ngo", "worker"}, {"ngo", "worker"}, {"ngo", "worker"}, {"ngo", "worker"}, {"ngo", "worker"}, {"ngo", "worker"}, {"ngo", "worker"}, {"ngo", "worker"}, {"ngo", "colleague"}, {"ngo", "supervisor"}, {"ngo", "dataprotection"}, {"ngo", "admin"}, {"ngo", "analyst"}, {"ngo", "auditor"},
		{"atd", "worker"}, {"atd", "worker"}, {"atd", "supervisor"}, {"atd", "platform"}, {"mops", "worker"}, {"mops", "supervisor"}, {"thailand", "worker"},
	}, hiddenFromOthers, asking{"lwu", "worker"}},
	{"owner", []asking{
		{"lwu", "worker"}, {"lwu", "worker"}, {"lwu", "worker"}, {"lwu", "worker"}, {"lwu", "worker"}, {"lwu", "worker"}, {"lwu", "worker"}, {"lwu", "worker"}, {"lwu", "worker"}, {"lwu", "worker"}, {"lwu", "worker"}, {"lwu", "worker"}, {"lwu", "worker"}, {"lwu", "worker"}, {"lwu", "colleague"}, {"lwu", "supervisor"}, {"lwu", "dataprotection"}, {"lwu", "admin"}, {"lwu", "analyst"},
		{"lwu", "auditor"}, {"lwu", "platform"}, {"mops", "worker"},
	}, hiddenFromTheOwner, asking{"ngo", "worker"}},
}

// telling is a story as it happens to one world: each step at its time and with its ids,
// whether the steps between are told or not.
type telling struct {
	*world.World
	rich  bool
	n     int
	known []string // cases of both worlds
}

var storyBegins = time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC)

func (s *telling) step(do func()) {
	s.n++
	randomness.begin(fmt.Sprint("step ", s.n))
	defer randomness.end()
	s.At(storyBegins.Add(time.Duration(s.n) * time.Minute))
	do()
}

// hidden is a step of the rich world alone.
func (s *telling) hidden(do func()) {
	if s.rich {
		s.step(do)
		return
	}
	s.n++
}

const assistance, justice = category.ForAssistance, category.ForJustice

// common is what both worlds of each pair have: a case of lwu that ngo reads and adds to
// and that is offered to atd, and one that nobody else is told of.
func (s *telling) common() (shared, kept string) {
	s.step(func() { shared = s.Register("lwu", "Kanaree") })
	s.step(func() { s.Share("lwu", shared, "ngo", assistance, category.Profile, category.Contact) })
	var ref string
	s.step(func() {
		ref = s.Refer("lwu", shared, "ngo", assistance, category.Profile, category.Contact)
	})
	s.step(func() { s.Accept("ngo", assistance, ref) })
	s.step(func() { s.Share("lwu", shared, "atd", justice, category.Profile) })
	s.step(func() { s.Refer("lwu", shared, "atd", justice, category.Profile) })
	s.step(func() { kept = s.Register("lwu", "Somsak") })
	s.step(func() {
		s.do("ngo", func(ctx context.Context, op *store.Op) error {
			in := world.Recording(assistance)
			in.CaseID = shared
			_, err := casework.RecordConsent(ctx, op, in)
			return err
		})
	})
	s.step(func() {
		s.do("ngo", func(ctx context.Context, op *store.Op) error {
			_, err := casework.RecordProfile(ctx, op, shared, casework.ProfileInput{Sex: world.Ptr(valueset.SexFemale)})
			return err
		})
	})
	s.step(func() { s.Register("mops", "Bouavanh") })
	s.known = []string{shared, shared, kept}
	return shared, kept
}

func (s *telling) do(code string, fn func(context.Context, *store.Op) error) {
	s.Must(s.As(code, assistance), fn)
}

func narrative(id, text string) func(context.Context, *store.Op) error {
	return func(ctx context.Context, op *store.Op) error {
		_, err := casework.RecordNarrative(ctx, op, id, casework.NarrativeInput{Kind: "COMMENT", Text: text})
		return err
	}
}

func (s *telling) member(code string) {
	s.Must(onboarding.Scope(), func(ctx context.Context, op *store.Op) error {
		_, err := onboarding.AddMember(ctx, op, onboarding.MemberInput{Agency: s.Agencies[code].ID, Issuer: s.IssuerURL(code), Subject: "another", Roles: []viewer.Role{viewer.CaseWorker}})
		return err
	})
}

// hiddenFromOthers is what of lwu and iom concerns nobody else.
func hiddenFromOthers(s *telling) {
	shared, kept := s.common()
	s.hidden(func() { s.do("lwu", narrative(shared, "Canary")) })
	s.hidden(func() { s.Further("lwu", shared, "Canary") })
	s.hidden(func() {
		s.do("lwu", func(ctx context.Context, op *store.Op) error {
			row, err := op.Identity.Query().Where().First(ctx)
			if err != nil {
				return err
			}
			return casework.CorrectIdentity(ctx, op, casework.CorrectInput{ID: row.ID, Version: 1}, *world.Adult("Canary"))
		})
	})
	s.hidden(func() { s.Share("lwu", shared, "iom", assistance, category.Identity, category.Profile) })
	var ref string
	s.hidden(func() { ref = s.Refer("lwu", shared, "iom", assistance, category.Identity) })
	s.hidden(func() { s.Accept("iom", assistance, ref) })
	s.hidden(func() { s.Share("lwu", kept, "iom", assistance, category.Identity) })
	s.hidden(func() { s.Refer("lwu", kept, "iom", assistance, category.Identity) })
	s.hidden(func() { s.Register("lwu", "Canary Other") })
	s.hidden(func() { s.Register("iom", "Canary Foreign") })
	s.hidden(func() { s.member("lwu") })
	s.hidden(func() {
		s.InForce([]string{"iom", "a01"}, []category.Purpose{assistance}, category.Shareable(), 0, 24*time.Hour)
	})
	s.hidden(func() { s.Withdraw("lwu", shared, "iom") })
	// And again something that all are told of.
	s.step(func() { s.Share("lwu", shared, "ngo", assistance, category.Trafficking) })
	s.step(func() { s.Refer("lwu", shared, "ngo", assistance, category.Trafficking) })
}

// hiddenFromTheOwner is what others have that lwu did not give them.
func hiddenFromTheOwner(s *telling) {
	shared, _ := s.common()
	s.hidden(func() { s.do("ngo", narrative(shared, "Canary")) })
	s.hidden(func() {
		s.do("ngo", func(ctx context.Context, op *store.Op) error {
			_, err := casework.RecordIdentity(ctx, op, shared, *world.Adult("Canary"))
			return err
		})
	})
	for _, code := range []string{"ngo", "iom", "a01"} {
		s.hidden(func() { s.Register(code, "Canary Foreign") })
	}
	s.hidden(func() { s.member("ngo") })
	s.hidden(func() {
		s.InForce([]string{"iom", "ngo"}, []category.Purpose{assistance}, category.Shareable(), 0, 24*time.Hour)
	})
	var id, ref string
	s.hidden(func() { id = s.Register("iom", "Canary Shared") })
	s.hidden(func() { s.Share("iom", id, "ngo", assistance, category.Identity) })
	s.hidden(func() { ref = s.Refer("iom", id, "ngo", assistance, category.Identity) })
	s.hidden(func() { s.Accept("ngo", assistance, ref) })
	s.step(func() { s.Share("lwu", shared, "ngo", assistance, category.Trafficking) })
	s.step(func() { s.Refer("lwu", shared, "ngo", assistance, category.Trafficking) })
}

// asked is a world behind the API, in this process and past sign-in.
type asked struct {
	*telling
	t         *testing.T
	directory *api.Desk
	handler   http.Handler
	as        map[asking]*viewer.Viewer
}

// bare lets answers leave without a second look.
type bare struct{ operation.Desk }

func (bare) Disclose(context.Context, *store.Op) error { return nil }

// world tells the story to a fresh world and opens the API over it.
func (p pair) world(t *testing.T, fresh func(*testing.T) *world.World, rich, withoutLook bool) *asked {
	t.Helper()
	randomness.begin("the world")
	w := fresh(t)
	randomness.end()
	s := &telling{World: w, rich: rich}
	p.story(s)
	decides, err := policy.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	a := &asked{telling: s, t: t, directory: api.NewDesk(w.Store, decides), as: map[asking]*viewer.Viewer{}}
	desk := operation.Desk(a.directory)
	if withoutLook {
		desk = bare{desk}
	}
	if a.handler, err = graph.NewHandler(graph.Config{Desk: desk, CursorKey: make([]byte, 32)}); err != nil {
		t.Fatal(err)
	}
	return a
}

// seen is what one sees who may see the difference.
func (p pair) seen(a *asked) string {
	return a.ask(p.seer, "the end", `query @purpose(of: ASSISTANCE) { cases(first: 50) { edges { node { id kind narratives { kind } identities { id } } } } }`)
}

func (a *asked) viewer(who asking) *viewer.Viewer {
	a.t.Helper()
	if v := a.as[who]; v != nil {
		return v
	}
	m, err := a.directory.Member(a.t.Context(), a.IssuerURL(who.code), who.subject, "", origin.Address{})
	if err != nil {
		a.t.Fatal(err)
	}
	a.as[who] = &viewer.Viewer{Issuer: a.IssuerURL(who.code), Subject: who.subject, Client: "client", Agency: m.Agency, AgencyKind: m.AgencyKind,
		AgencyActive: m.AgencyActive, AgencyFrozen: m.AgencyFrozen, Member: m.Member, Roles: m.Roles}
	return a.as[who]
}

// ask is the answer to a document, at the same time and with the same numbers in each world.
func (a *asked) ask(who asking, step, text string) string {
	a.t.Helper()
	v := a.viewer(who)
	randomness.begin(step)
	defer randomness.end()
	return posted(viewer.NewContext(a.t.Context(), v), a.handler, text)
}

func posted(ctx context.Context, h http.Handler, text string) string {
	body, _ := json.Marshal(map[string]any{"query": text})
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/graphql", strings.NewReader(string(body)))
	r.Header.Set("Content-Type", "application/json")
	out := httptest.NewRecorder()
	h.ServeHTTP(out, r)
	return out.Body.String()
}

// tally is what a comparison came by.
type tally struct {
	asked, data, rows, pages int
	refused                  map[string]int // by code
}

func after(s, what string) string { _, s, _ = strings.Cut(s, what); return s }

var idIn = regexp.MustCompile(`"[a-z]+_[0-9a-z]{26}"`)

var firstPage = regexp.MustCompile(`(r0: [a-z]+\(first: \d+)`)

var cursorIn = regexp.MustCompile(`"([A-Za-z0-9_-]{60,})"`)

// compare asks both worlds the same and hands over each query that they answer
// differently, until that returns false.
func compare(t *testing.T, p pair, poor, rich *asked, n int, differ func(query, poor, rich string) bool) (out tally) {
	t.Helper()
	a := &asker{sdl: schema(t), ids: ids(t, rich), cases: append(column(t, rich, "SELECT id FROM case_files ORDER BY id"), slices.Repeat(rich.known, 5)...), words: append(references(t, rich), "000-000-000", "Kanaree"),
		opening: []string{"ASSISTANCE", "ASSISTANCE", "ASSISTANCE", "ASSISTANCE", "ASSISTANCE", "ASSISTANCE", "JUSTICE", "JUSTICE", "PROTECTION", "RETURN"}}
	failed := 0
	out.refused = map[string]int{}
	var next string // the page that follows the last answer
	var who asking
	for i := range n {
		q := next
		if q == "" {
			who = p.viewers[i*7%len(p.viewers)]
			q = a.query(rand.New(rand.NewPCG(*seed, uint64(i))))
		}
		at := storyBegins.Add(3*time.Hour + time.Duration(i)*time.Second)
		poor.At(at)
		rich.At(at)
		step := fmt.Sprint("query ", i)
		x, y := poor.ask(who, step, q), rich.ask(who, step, q)
		if out.asked++; next != "" {
			out.pages++
		}
		next = ""
		if strings.Contains(x, `"data":{`) {
			out.data++
		} else {
			code, _, _ := strings.Cut(after(x, `"code":"`), `"`)
			if out.refused[code]++; out.refused[code] == 1 && testing.Verbose() {
				t.Logf("%s %s: %.150s", who.code, who.subject, x)
			}
		}
		if idIn.MatchString(x) {
			out.rows++
		}
		if x != y {
			if failed++; !differ(who.code+" "+who.subject+": "+q, x, y) || failed > 4 {
				return out
			}
		}
		for _, m := range cursorIn.FindAllStringSubmatch(x, 3) {
			if strings.Contains(x, `"data":{`) && !strings.Contains(q, "after:") {
				next = firstPage.ReplaceAllString(q, `${1}, after: "`+m[1]+`"`)
			}
			if next == q {
				next = ""
			}
			if a.cursors = append(a.cursors, m[1]); len(a.cursors) > 60 {
				a.cursors = slices.Delete(a.cursors, 0, 20)
			}
		}
	}
	return out
}

// ids of rows of every kind that there are in a world, and of none.
func ids(t *testing.T, a *asked) []string {
	t.Helper()
	out := []string{"", "case_", "case_00000000000000000000000000", "x"}
	for _, table := range []string{"case_files", "identities", "contacts", "profiles", "traffickings", "narratives", "whereabouts", "families", "protections", "health",
		"health_restricted", "assistances", "proceedings", "suspects", "consents", "referrals", "notices", "agreements", "agencies", "members", "case_files", "case_files"} {
		out = append(out, column(t, a, "SELECT id FROM "+table+" ORDER BY id LIMIT 12")...)
	}
	return out
}

func references(t *testing.T, a *asked) []string {
	return column(t, a, "SELECT reference FROM case_files ORDER BY id")
}

func column(t *testing.T, a *asked, query string) (out []string) {
	t.Helper()
	rows, err := a.Root().QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	return out
}
