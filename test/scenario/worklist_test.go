package scenario

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/policy"
	"github.com/sala-exchange/sala/services/api"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/services/onboarding"
	"github.com/sala-exchange/sala/test/world"
)

const work = `query($first: Int!, $after: Cursor, $order: WorkOrder) @purpose(of: ASSISTANCE) {
  worklist(first: $first, after: $after, orderBy: $order) { edges { node { id reason subjectID since dueOn reference
    case { id reference kind state assignments { holderID since } identities { id } } referral { id service urgency state } notice { kind subjectID } } }
    pageInfo { hasNextPage endCursor } } }`

type workPage struct {
	Worklist struct {
		Edges []struct {
			Node struct {
				ID, Reason, SubjectID, Reference string
				DueOn                            *string
				Case                             *struct {
					ID          string
					Assignments []struct{ HolderID string }
					Identities  []struct{ ID string }
				}
				Referral *struct{ ID, State string }
			}
		}
		PageInfo struct {
			HasNextPage bool
			EndCursor   *string
		}
	}
}

// busy makes a world with something for every role of LWU, and returns its cases by name.
func busy(w *world.World) map[string]string {
	lwu, supervisor := w.As("lwu", category.ForAssistance), w.As("lwu", category.ForAssistance)
	supervisor.Member, supervisor.Supervisor = w.Agencies["lwu"].Supervisor, true
	c := map[string]string{}
	for _, name := range []string{"mine", "offered", "nobody's", "closed", "erased"} {
		c[name] = w.Register("lwu", "Kanaree")
	}
	w.Share("lwu", c["offered"], "ngo", category.ForAssistance, category.Identity)
	w.Refer("lwu", c["offered"], "ngo", category.ForAssistance, category.Identity)
	w.Must(supervisor, func(ctx context.Context, op *store.Op) error {
		return casework.Unassign(ctx, op, c["nobody's"], w.Agencies["lwu"].Worker)
	})
	w.Must(lwu, func(ctx context.Context, op *store.Op) error {
		state, reason := valueset.CaseStateClosed, valueset.ClosingReasonGoalsMet
		return casework.ChangeCase(ctx, op, casework.ChangeCaseInput{CaseID: c["closed"], Version: 1, State: &state, ClosingReason: &reason})
	})
	w.Must(lwu, func(ctx context.Context, op *store.Op) error {
		_, err := casework.AskErasure(ctx, op, c["erased"])
		return err
	})
	w.Must(lwu, func(ctx context.Context, op *store.Op) error {
		no := world.Recording(category.ForAssistance)
		no.CaseID, no.Provisions[0].Decision = c["mine"], valueset.DecisionDeny
		no.Provisions[0].Categories = []category.Category{category.Narrative}
		_, err := casework.RecordConsent(ctx, op, no)
		return err
	})
	return c
}

// reasons are those of a worklist, with the names of the cases, in order of both.
func reasons(t *testing.T, a answer, cases map[string]string) string {
	t.Helper()
	var p workPage
	a.into(t, &p)
	var out []string
	for _, e := range p.Worklist.Edges {
		if e.Node.Reason == "NOTICE_UNREAD" {
			continue
		}
		line := e.Node.Reason
		for name, id := range cases {
			if e.Node.Case != nil && e.Node.Case.ID == id {
				line += " " + name
			}
		}
		out = append(out, line)
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// TestWorklists: each role sees its own work, with why and until when; managers without
// IDENTITY (D5); who reads no case the reference alone; another agency nothing of it.
func TestWorklists(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		c := busy(w)
		w.Must(onboarding.Scope(), func(ctx context.Context, op *store.Op) error {
			_, err := onboarding.AddMember(ctx, op, onboarding.MemberInput{Agency: w.Agencies["lwu"].ID, Issuer: w.IssuerURL("lwu"), Subject: "new"})
			return err
		})
		change(t, s, "ngo", "admin", `mutation($in: AgreementInput!) { done: proposeAgreement(input: $in) { agreement { id } userErrors { code message } } }`, map[string]any{"in": map[string]any{
			"code": "second", "title": "Second", "purposes": []string{"ASSISTANCE"}, "categories": []string{"PROFILE"},
			"from":    time.UnixMicro(w.Store.Now()).Add(24 * time.Hour).UTC().Format(time.RFC3339),
			"until":   time.UnixMicro(w.Store.Now()).Add(240 * time.Hour).UTC().Format(time.RFC3339),
			"parties": []any{map[string]any{"agencyID": w.Agencies["ngo"].ID}, map[string]any{"agencyID": w.Agencies["lwu"].ID}}}})
		var breached string
		change(t, s, "ngo", "dataprotection", `mutation($id: ID!, $at: Time!) { done: reportBreach(agreementID: $id, foundOn: $at) { agreement { id } userErrors { code message } } }`,
			map[string]any{"id": w.Agreements["lwu+ngo"], "at": time.UnixMicro(w.Store.Now()).Add(-100 * time.Hour).UTC().Format(time.RFC3339)})
		all := map[string]any{"first": 50}
		for who, want := range map[string]string{
			"lwu worker":         "ASSIGNED_TO_ME erased, ASSIGNED_TO_ME mine, ASSIGNED_TO_ME offered, REPLY_AWAITED",
			"lwu colleague":      "",
			"lwu supervisor":     "CLOSED_TO_REVIEW closed, ERASURE_TO_CONFIRM erased, HELD erased, HELD mine, HELD offered, RETENTION_DECISION mine, UNASSIGNED nobody's",
			"lwu dataprotection": "BREACH, COUNTERSIGNATURE, ERASURE_TO_CONFIRM, RETENTION_DECISION",
			"lwu admin":          "COUNTERSIGNATURE, MEMBER_WITHOUT_ROLES",
			"lwu analyst":        "",
			"ngo worker":         "REFERRAL_TO_ANSWER",
			"ngo supervisor":     "",
			"atd worker":         "",
		} {
			agency, subject, _ := strings.Cut(who, " ")
			a := as(s, agency, subject).ask(work, all)
			if got := reasons(t, a, c); got != want {
				t.Errorf("%s: %s, want %s", who, got, want)
			}
			if subject == "supervisor" && strings.Contains(a.raw, "identity_") {
				t.Errorf("%s sees IDENTITY: %s", who, a.raw)
			}
			if subject == "dataprotection" && agency == "lwu" && strings.Count(a.raw, `"case":null`) < 4 {
				t.Errorf("the focal point sees a case: %s", a.raw)
			}
			if subject == "supervisor" && agency == "lwu" && !strings.Contains(a.raw, w.Agencies["lwu"].Worker) {
				t.Errorf("the supervisor does not see who holds what: %s", a.raw)
			}
		}
		// Without a purpose there is nothing about a case.
		if a := as(s, "lwu", "worker").ask(strings.Replace(work, "@purpose(of: ASSISTANCE)", "", 1), all); strings.Contains(a.raw, "ASSIGNED") || strings.Contains(a.raw, "REPLY") {
			t.Errorf("without a purpose: %s", a.raw)
		}
		// What is withdrawn is no work of its receiver any more; what is acknowledged, of nobody.
		w.Withdraw("lwu", c["offered"], "ngo")
		if got := reasons(t, as(s, "ngo", "worker").ask(work, all), c); got != "" {
			t.Errorf("after the withdrawal: %s", got)
		}
		var told struct {
			Notices struct {
				Edges []struct{ Node struct{ ID, Kind string } }
			}
		}
		as(s, "lwu", "dataprotection").ask(`{ notices(first: 50, unacknowledged: true) { edges { node { id kind } } } }`, nil).into(t, &told)
		for _, e := range told.Notices.Edges {
			if e.Node.Kind == "BREACH_REPORTED" {
				breached = e.Node.ID
			}
		}
		change(t, s, "lwu", "dataprotection", `mutation($id: ID!) { done: acknowledgeNotice(noticeID: $id) { notice { id acknowledgedOn acknowledgedBy } userErrors { code message } } }`, map[string]any{"id": breached})
		if got := reasons(t, as(s, "lwu", "dataprotection").ask(work, all), c); strings.Contains(got, "BREACH") {
			t.Errorf("an acknowledged breach is still work: %s", got)
		}
		a := as(s, "ngo", "admin").ask(`{ agreements(first: 9) { edges { node { breaches { agency { code } overdue } } } } }`, nil)
		if !strings.Contains(a.raw, `{"agency":{"code":"ngo"},"overdue":true}`) {
			t.Errorf("that it was told late is not seen: %s", a.raw)
		}
	})
}

// TestWorklistPages: page by page, in every order, the list is the same as whole; and it
// shows no case that the list of cases does not.
func TestWorklistPages(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		busy(w)
		for _, who := range []string{"worker", "supervisor", "dataprotection"} {
			o := as(s, "lwu", who)
			shown := o.ask(`query @purpose(of: ASSISTANCE) { cases(first: 50) { edges { node { id } } } }`, nil).raw
			for _, field := range []string{"DUE_ON", "SINCE"} {
				for _, direction := range []string{"ASC", "DESC"} {
					order := map[string]any{"field": field, "direction": direction}
					var whole, paged workPage
					o.ask(work, map[string]any{"first": 50, "order": order}).into(t, &whole)
					var after *string
					for pages := 0; ; pages++ {
						var p workPage
						o.ask(work, map[string]any{"first": 2, "order": order, "after": after}).into(t, &p)
						paged.Worklist.Edges = append(paged.Worklist.Edges, p.Worklist.Edges...)
						if after = p.Worklist.PageInfo.EndCursor; !p.Worklist.PageInfo.HasNextPage || pages > 50 {
							break
						}
					}
					a, b := fmt.Sprintf("%+v", ids(whole)), fmt.Sprintf("%+v", ids(paged))
					if a != b || len(whole.Worklist.Edges) < 3 {
						t.Errorf("%s by %s %s: whole %s\nby pages %s", who, field, direction, a, b)
					}
					for _, e := range whole.Worklist.Edges {
						if c := e.Node.Case; c != nil && !strings.Contains(shown, c.ID) {
							t.Errorf("%s: the worklist shows a case that the list of cases does not", who)
						}
					}
				}
			}
			if a := o.ask(work, map[string]any{"first": 51}); a.code() == "" {
				t.Error("51 rows a page are given")
			}
		}
		for flag, want := range map[string]int{"MINE": 4, "TEAM": 0, "UNASSIGNED": 1} {
			a := as(s, "lwu", "supervisor").ask(`query($f: CaseFilter) @purpose(of: ASSISTANCE) { cases(first: 50, filter: $f) { edges { node { id } } } }`, map[string]any{"f": map[string]any{"assigned": flag}})
			if flag == "MINE" {
				a = as(s, "lwu", "worker").ask(`query($f: CaseFilter) @purpose(of: ASSISTANCE) { cases(first: 50, filter: $f) { edges { node { id } } } }`, map[string]any{"f": map[string]any{"assigned": flag}})
			}
			if n := strings.Count(a.raw, "case_"); n != want {
				t.Errorf("%s: %d cases, want %d: %s", flag, n, want, a.raw)
			}
		}
	})
}

func ids(p workPage) (out []string) {
	for _, e := range p.Worklist.Edges {
		out = append(out, e.Node.ID)
	}
	return out
}

// TestWorklistCosts: a page of 50 takes as many statements as one of 5, and stays under
// 50 KB (I9).
func TestWorklistCosts(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		p, err := policy.Embedded()
		if err != nil {
			t.Fatal(err)
		}
		handler, err := api.New(api.Config{Store: w.Store, Policy: p, Verifier: s.Verifier, CursorKey: make([]byte, 32)})
		if err != nil {
			t.Fatal(err)
		}
		page := func(who string, first int) (size, items int, statements int64) {
			body, err := json.Marshal(map[string]any{"query": work, "variables": map[string]any{"first": first}})
			if err != nil {
				t.Fatal(err)
			}
			tally := &store.Tally{}
			r := httptest.NewRequestWithContext(store.WithTally(t.Context(), tally), http.MethodPost, "/graphql", bytes.NewReader(body))
			r.Header.Set("Authorization", "Bearer "+s.Token("lwu", who))
			r.Header.Set("Content-Type", "application/json")
			a := httptest.NewRecorder()
			handler.ServeHTTP(a, r)
			if a.Code != http.StatusOK || bytes.Contains(a.Body.Bytes(), []byte(`"errors"`)) {
				t.Fatalf("%d %s", a.Code, a.Body)
			}
			return a.Body.Len(), bytes.Count(a.Body.Bytes(), []byte(`"reason":`)), tally.Of(rule.Request).Reads
		}
		busy(w)
		few := map[string]int64{}
		for _, who := range []string{"worker", "supervisor"} {
			_, _, few[who] = page(who, 5)
		}
		for range 9 {
			busy(w)
		}
		for _, who := range []string{"worker", "supervisor"} {
			size, items, statements := page(who, 50)
			t.Logf("%s: %d entries in %d bytes by %d statements; 5 by %d", who, items, size, statements, few[who])
			if items != 50 && who == "supervisor" || size > 50_000 {
				t.Errorf("%s: %d entries in %d bytes, want 50 in at most 50,000", who, items, size)
			}
			if statements > few[who]+2 {
				t.Errorf("%s: %d statements for many, %d for few", who, statements, few[who])
			}
		}
	})
}
