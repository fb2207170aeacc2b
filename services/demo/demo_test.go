package demo

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/policy"
	"github.com/sala-exchange/sala/services/exchange/client"
	"github.com/sala-exchange/sala/services/region"
	"github.com/sala-exchange/sala/services/revisions"
	"github.com/sala-exchange/sala/test/world"
)

// started is a demonstration of so few cases that its persons must be registered.
func started(t *testing.T, cases int) (*session, *bytes.Buffer) {
	t.Helper()
	p, err := policy.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	s, err := start(t.Context(), &Options{Dir: t.TempDir(), Addr: "127.0.0.1:0", Seed: 1, Cases: cases, Policies: revisions.NewBook(p, 1), Out: &out})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stop)
	if err := s.seed(t.Context()); err != nil {
		t.Fatalf("seeding: %v\n%s", err, &out)
	}
	return s, &out
}

// TestDemonstration counts what the seed left, by the API, and then walks through the
// eight steps in it: what is seeded must not disturb them.
func TestDemonstration(t *testing.T) {
	s, out := started(t, 14)
	t.Run("agreements", func(t *testing.T) { everyAgreement(t, s) })
	t.Run("referrals", func(t *testing.T) { everyReferral(t, s) })
	t.Run("statements", func(t *testing.T) { everyStatement(t, s) })
	if said := out.String(); !strings.Contains(said, "14 to the NGO") || !strings.Contains(said, "more persons were registered") {
		t.Errorf("with too few cases it says:\n%s", said)
	}
	out.Reset()
	if err := s.check(t.Context()); err != nil || strings.Contains(out.String(), "NOT AS PROMISED") {
		t.Errorf("the walk-through: %v\n%s", err, out)
	}
	t.Run("a lax server", func(t *testing.T) { laxServer(t, s, out) })
}

// TestAnotherPolicyIsNotAnsweredUnder: where somebody applies a policy to the demonstration's
// database, it answers nothing under it unless it has the key that signed it, as a server.
func TestAnotherPolicyIsNotAnsweredUnder(t *testing.T) {
	s, _ := started(t, 1)
	own, err := policy.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	signer := world.NewSigner(t)
	book := revisions.NewBook(own, 1, signer.Public)
	st, err := store.OpenSQLite(filepath.Join(s.dir, "sala.db"), store.Options{Existing: true, Evaluator: book})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	book.Attach(st)
	altered := world.Altered(t, "access/words.rego", `supervisor_categories := {"CASE", "PROFILE", "TRAFFICKING", "ASSISTANCE"}`, `supervisor_categories := {"CASE", "PROFILE", "ASSISTANCE"}`)
	if _, err := book.Apply(t.Context(), st, [][]byte{signer.Bundle(t, altered)}, nil); err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{`{ me { roles } }`, anyCase} {
		if _, err := clientOf(t, s, "lwu", "worker").Do(t.Context(), query, nil, nil); err == nil || !strings.Contains(err.Error(), "does not hold the policy that the database lives under") {
			t.Errorf("%s under a policy that it cannot verify: %v", query, err)
		}
	}
}

// laxServer: what step 9 promises is not taken as kept by a region's server that takes the
// API's tokens, nor by one that gives out whatever lies in the folder.
func laxServer(t *testing.T, s *session, out *bytes.Buffer) {
	config := "audience: " + audience + "\nanyDocument: true\nissuers:\n"
	for _, a := range agencies {
		config += "- {url: " + s.issuer.IssuerURL(a.code) + ", counterpart: TH}\n"
	}
	c, err := region.ParseConfiguration(fmt.Appendf([]byte(config), "sources: [{country: LA, store: %q, keys: [%q]}]\n", s.region.store, s.region.key))
	if err != nil {
		t.Fatal(err)
	}
	takes, err := region.New(t.Context(), c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer takes.Close()
	gives := http.NewServeMux()
	gives.Handle("/releases/LA/", http.StripPrefix("/releases/LA", http.FileServer(http.Dir(s.region.store))))
	for _, lax := range []struct {
		handler http.Handler
		step    func(*walk, *client.Client) error
		says    string
	}{
		{takes, (*walk).twoDoors, "lwu's worker is let in"},
		{gives, (*walk).spoil, "data.csv with byte 0 changed is taken"},
	} {
		server := httptest.NewServer(lax.handler)
		defer server.Close()
		w := &walk{session: s, ctx: t.Context()}
		token, err := w.readerToken()
		if err != nil {
			t.Fatal(err)
		}
		before := s.region.url
		s.region.url = server.URL
		err = lax.step(w, &client.Client{Endpoint: server.URL + "/graphql", Token: token})
		s.region.url = before
		if err != nil || w.failures != 1 || !strings.Contains(out.String(), lax.says) {
			t.Errorf("%s: %d failures, %v\n%s", lax.says, w.failures, err, out)
		}
	}
}

func clientOf(t *testing.T, s *session, agency, subject string) *client.Client {
	t.Helper()
	c, err := s.as(agency, subject)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func everyAgreement(t *testing.T, s *session) {
	states := map[string]string{}
	for _, a := range agencies {
		if a.code == "thailand" {
			continue
		}
		all, err := agreements(t.Context(), clientOf(t, s, a.code, "admin"))
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range all {
			states[one.Code] = one.state(time.Now())
		}
	}
	count := map[string]int{}
	for _, state := range states {
		count[state]++
	}
	want := map[string]int{"": 6, proposed: 1, halfSigned: 1, notBegun: 1, suspended: 1, shutDown: 1, over: 1, ended: 1}
	if !maps.Equal(count, want) {
		t.Errorf("agreements by state: %v, want %v", count, want)
	}
}

func everyReferral(t *testing.T, s *session) {
	count := func(agency, box string) map[string]int {
		var out struct {
			Referrals edges[struct{ State, AcceptedOn string }]
		}
		_, err := clientOf(t, s, agency, "worker").Do(t.Context(), `query @purpose(of: ASSISTANCE) { referrals(first: 50, box: `+box+`) { edges { node { state acceptedOn } } } }`, nil, &out)
		if err != nil {
			t.Fatal(err)
		}
		states := map[string]int{}
		for _, e := range out.Referrals.Edges {
			if state := e.Node.State; state == "ENDED" && e.Node.AcceptedOn != "" {
				states["ENDED after acceptance"]++
			} else {
				states[state]++
			}
		}
		return states
	}
	for _, of := range []struct {
		agency, box string
		want        map[string]int
	}{
		{"lwu", "OUTBOX", map[string]int{"OFFERED": 1, "INFORMATION_ASKED": 1, "WAITING": 1, "ACCEPTED": 2, "ACCEPTED_IN_PART": 1, "DECLINED": 1, "COMPLETED": 1, "REVOKED": 3, "EXPIRED": 2}},
		{"mlsw", "OUTBOX", map[string]int{"ACCEPTED": 1}},
		// Revoked, expired and accepted ones that ended are one state (D3).
		{"ngo", "INBOX", map[string]int{"OFFERED": 1, "INFORMATION_ASKED": 1, "WAITING": 1, "ACCEPTED": 1, "ACCEPTED_IN_PART": 1, "DECLINED": 1, "COMPLETED": 1, "ENDED": 2, "ENDED after acceptance": 5}},
	} {
		if got := count(of.agency, of.box); !maps.Equal(got, of.want) {
			t.Errorf("%s's %s: %v, want %v", of.agency, of.box, got, of.want)
		}
	}
}

type saidProvision struct {
	Decision, RecipientClass string
	Recipient                struct{ Code string }
	Purposes                 []string
	Onward                   bool
	ValidFrom, ValidUntil    time.Time
}

type said struct {
	Kind, Basis, Voice, Interpretation, Setting string
	GivenOn                                     time.Time
	Provisions                                  []saidProvision
}

func (c said) all(decision string) bool {
	return !slices.ContainsFunc(c.Provisions, func(p saidProvision) bool { return p.Decision != decision })
}

// sortOf tells the sort of a statement from what the API shows of it; before are the
// earlier ones of its case.
func (c said) sortOf(before []said, now time.Time) string {
	p := c.Provisions[0]
	full := c.Interpretation == "NONE_NEEDED" || c.Interpretation == "VETTED"
	switch {
	case c.Voice == "CAREGIVER":
		return "by a caregiver"
	case c.Kind == "TRANSFER":
		return "about a transfer"
	case c.Kind == "RECORDING" && c.Basis == "LEGAL_OBLIGATION":
		return "recording on a typed basis"
	case c.Kind == "RECORDING" && p.Decision == "DENY":
		return "recording refused"
	case c.Kind == "RECORDING":
		return ""
	case c.all("DENY") && slices.ContainsFunc(before, func(b said) bool {
		return b.Kind == "SHARING" && b.Provisions[0].Recipient == p.Recipient && b.Provisions[0].Decision == "PERMIT"
	}) && p.Recipient.Code != "ngo":
		return "withdrawn"
	case c.all("DENY") && p.Recipient.Code != "ngo":
		return "refused"
	case len(c.Provisions) > 1 && !c.all("DENY"):
		return "partial"
	case c.Setting == "CUSTODY":
		return "given in custody"
	case !full && now.Sub(c.GivenOn) > 7*day:
		return "never confirmed"
	case !full:
		return "provisional"
	case p.RecipientClass != "":
		return "by class"
	case p.Onward:
		return "with onward sharing"
	case p.ValidFrom.After(now):
		return "not begun"
	case p.ValidUntil.Before(now) && p.Recipient.Code != "ngo":
		return "expired"
	}
	return ""
}

func everyStatement(t *testing.T, s *session) {
	lwu, count := clientOf(t, s, "lwu", "worker"), map[string]int{}
	var out struct {
		Cases edges[struct{ Consents []said }]
	}
	_, err := lwu.Do(t.Context(), `query @purpose(of: ASSISTANCE) { cases(first: 50) { edges { node { consents { kind basis voice interpretation setting givenOn
    provisions { decision recipientClass recipient { code } purposes onward validFrom validUntil } } } } } }`, nil, &out)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range out.Cases.Edges {
		all := slices.SortedStableFunc(slices.Values(e.Node.Consents), func(a, b said) int { return a.GivenOn.Compare(b.GivenOn) })
		for i, c := range all {
			count[c.sortOf(all[:i], time.Now())]++
		}
	}
	for _, st := range statements {
		if count[st.sort] != 1 {
			t.Errorf("%d statements are %s, want 1", count[st.sort], st.sort)
		}
	}
}

// TestWalkFails: an observation that is not as promised counts as a failure, each of
// the sorts that the steps make.
func TestWalkFails(t *testing.T) {
	var out bytes.Buffer
	w := &walk{session: &session{Options: Options{Out: &out}}, ctx: context.Background(), table: tabwriter.NewWriter(&out, 0, 4, 2, ' ', 0)}
	fails := func(what string, do func()) {
		t.Helper()
		before := w.failures
		if do(); w.failures == before {
			t.Errorf("%s: taken as promised", what)
		}
	}
	fails("a row too many", func() { w.line("1", "ngo", "JUSTICE", sight{parts: "CASE"}, sight{}) })
	fails("a statement to somebody else", func() { w.line("1", "ngo", "JUSTICE", sight{"CASE", "atd"}, sight{parts: "CASE"}) })
	fails("what a counterpart should not be given", func() { w.holds([]string{"a file answers"}, "no file answers") })
	fails("damage that is not found", func() { w.told("a byte changed", 1, "") })
	look := func(agency, kind, purpose string, categories ...string) seenLook {
		l := seenLook{Kind: kind, Purpose: purpose, Categories: categories}
		l.Agency.Code = agency
		return l
	}
	whole := []seenLook{look("atd", "PREVIEW", "JUSTICE"), look("atd", "READ", "JUSTICE", "CASE", "PROFILE", "TRAFFICKING"), look("atd", "READ", "ASSISTANCE", "CASE"),
		look("ngo", "PREVIEW", "ASSISTANCE"), look("ngo", "READ", "ASSISTANCE", "CASE", "IDENTITY", "CONTACT"), look("ngo", "READ", "JUSTICE", "CASE")}
	before := w.failures
	if w.looked(whole); w.failures != before {
		t.Errorf("the whole record fails:\n%s", &out)
	}
	for i := range whole {
		fails(fmt.Sprintf("a record without look %d", i), func() { w.looked(slices.Delete(slices.Clone(whole), i, i+1)) })
	}
	fails("a look of somebody else", func() { w.looked(append(whole, look("mops", "READ", "JUSTICE", "CASE"))) })
	fails("a look at another category", func() { w.looked(append(whole, look("atd", "READ", "JUSTICE", "IDENTITY"))) })
}

// TestEveryBitFlips: a flip changes the value, else a check of it would show nothing.
func TestEveryBitFlips(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, v := range []any{int64(7), []byte{0, 255}, []byte(`["case_1","case_2"]`), "READ", "case_0"} {
		if changed, ok := withBit(v, r); !ok || reflect.DeepEqual(changed, v) || reflect.TypeOf(changed) != reflect.TypeOf(v) {
			t.Errorf("%v becomes %v", v, changed)
		}
	}
	for _, v := range []any{"", []byte{}, []byte("[]"), nil} {
		if changed, ok := withBit(v, r); ok {
			t.Errorf("%v becomes %v, though there is nothing to flip", v, changed)
		}
	}
}
