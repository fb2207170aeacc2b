package graph_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/graph/limit"
	"github.com/sala-exchange/sala/test/world"
)

// request is one HTTP request, sent as it is.
type request struct {
	method, path, body string
	header             map[string][]string
}

type response struct {
	status int
	body   string
	code   string // extensions.code of the first error
}

func send(t testing.TB, s *world.Server, r request) response {
	t.Helper()
	if r.method == "" {
		r.method = http.MethodPost
	}
	q, err := http.NewRequestWithContext(t.Context(), r.method, s.URL+r.path, strings.NewReader(r.body))
	if err != nil {
		t.Fatal(err)
	}
	q.Header = http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + s.Token("lwu", "worker")}}
	for name, values := range r.header {
		q.Header[name] = values
	}
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Body.Close() }()
	raw, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	out := response{status: a.StatusCode, body: string(raw)}
	var e struct {
		Errors []struct{ Extensions struct{ Code string } }
	}
	if json.Unmarshal(raw, &e) == nil && len(e.Errors) > 0 {
		out.code = e.Errors[0].Extensions.Code
	}
	return out
}

func document(text string, variables map[string]any) string {
	b, _ := json.Marshal(map[string]any{"query": text, "variables": variables})
	return string(b)
}

func ask(t testing.TB, s *world.Server, text string, variables map[string]any) response {
	t.Helper()
	return send(t, s, request{body: document(text, variables)})
}

// TestOnlyPostWithJSON: threats.md 33, 11. Each is refused, and the one that is right
// is answered.
func TestOnlyPostWithJSON(t *testing.T) { both(t, onlyPostWithJSON) }

func onlyPostWithJSON(t *testing.T, w *world.World) {
	s := w.Serve(false)
	good := document("{ me { agency { code } } }", nil)
	token := s.Token("lwu", "worker")
	for what, c := range map[string]struct {
		request
		status int
	}{
		"as it should be":        {request{body: good}, 200},
		"charset in capitals":    {request{body: good, header: map[string][]string{"Content-Type": {"application/json; charset=UTF-8"}}}, 200},
		"GET":                    {request{method: "GET", path: "?query=%7Bme%7Bid%7D%7D"}, 405},
		"GET with a body":        {request{method: "GET", body: good}, 405},
		"PUT":                    {request{method: "PUT", body: good}, 405},
		"text/plain":             {request{body: good, header: map[string][]string{"Content-Type": {"text/plain"}}}, 415},
		"a form":                 {request{body: "query=%7Bme%7Bid%7D%7D", header: map[string][]string{"Content-Type": {"application/x-www-form-urlencoded"}}}, 415},
		"multipart":              {request{body: "--x--", header: map[string][]string{"Content-Type": {"multipart/form-data; boundary=x"}}}, 415},
		"no type":                {request{body: good, header: map[string][]string{"Content-Type": nil}}, 415},
		"another charset":        {request{body: good, header: map[string][]string{"Content-Type": {"application/json; charset=utf-16"}}}, 415},
		"no token":               {request{body: good, header: map[string][]string{"Authorization": nil}}, 401},
		"two tokens":             {request{body: good, header: map[string][]string{"Authorization": {"Bearer " + token, "Bearer " + token}}}, 401},
		"a broken token":         {request{body: good, header: map[string][]string{"Authorization": {"Bearer x.y.z"}}}, 401},
		"a token in the URL":     {request{body: good, path: "?access_token=" + token, header: map[string][]string{"Authorization": nil}}, 401},
		"no JSON":                {request{body: "{Canary"}, 400},
		"an array":               {request{body: "[" + good + "]"}, 400},
		"two documents":          {request{body: good + good}, 400},
		"malformed UTF-8":        {request{body: "{\"query\":\"{ me \xff }\"}"}, 400},
		"nothing":                {request{body: ""}, 400},
		"too much":               {request{body: `{"query":"` + strings.Repeat(" ", limit.MaxBody) + `"}`}, 413},
		"headers that say who":   {request{body: good, header: map[string][]string{"X-Agency": {"atd"}, "X-Tenant": {"atd"}, "X-Forwarded-User": {"atd"}}}, 200},
		"a page of elsewhere":    {request{method: "OPTIONS", header: map[string][]string{"Origin": {"https://evil.example"}, "Access-Control-Request-Method": {"POST"}}}, 405},
		"an operation by hash":   {request{body: `{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"x"}}}`}, 200},
		"a query that is a list": {request{body: `{"query":["{ me { id } }"]}`}, 400},
	} {
		t.Run(what, func(t *testing.T) {
			got := send(t, s, c.request)
			if got.status != c.status || strings.Contains(got.body, "Canary") || strings.Contains(got.body, token) {
				t.Errorf("%d %s, want %d", got.status, got.body, c.status)
			}
			if c.status == 200 && what != "an operation by hash" && !strings.Contains(got.body, `"code":"lwu"`) {
				t.Errorf("not answered as LWU: %s", got.body)
			}
		})
	}
}

// TestCostlyDocuments: each is refused before anything runs, soon (threats.md 28 to
// 31). What is honest and large passes.
func TestCostlyDocuments(t *testing.T) { both(t, costlyDocuments) }

func costlyDocuments(t *testing.T, w *world.World) {
	s := w.Serve(false)
	const p = "query @purpose(of: ASSISTANCE) "
	repeat := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(strings.ReplaceAll(format, "#", fmt.Sprint(i)))
		}
		return b.String()
	}
	deep := strings.Repeat("{ referrals { case ", 25) + "{ id }" + strings.Repeat(" } }", 25)
	bomb := p + "{ cases(first: 1) { edges { node { ...f0 } } } } " + repeat(30, "fragment f# on Case { ...g# ...g# } ")
	for i := range 30 {
		bomb = strings.ReplaceAll(bomb, fmt.Sprintf("...g%d ", i), fmt.Sprintf("...f%d ", i+1))
	}
	bomb += "fragment f30 on Case { id }"
	for what, c := range map[string]struct {
		text      string
		variables map[string]any
		code      string
	}{
		"honest and large":            {p + "{ cases(first: 50) { edges { node { id reference kind state " + honest + " } } pageInfo { hasNextPage endCursor } } }", nil, ""},
		"a hundred aliases":           {p + "{" + repeat(100, "a#: cases(first: 1) { edges { node { id } } } ") + "}", nil, ""},
		"50 deep":                     {p + "{ cases(first: 1) { edges { node " + deep + " } } }", nil, "LIMITED"},
		"a fragment cycle":            {p + "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }", nil, "INVALID"},
		"a fragment bomb":             {bomb, nil, "LIMITED"},
		"10^5 directives":             {"query { me " + strings.Repeat("@include(if: true) ", 100000) + "{ id } }", nil, "LIMITED"},
		"60 directives":               {"query { me {" + repeat(60, "a#: id @include(if: true) ") + "} }", nil, "LIMITED"},
		"10^5 tokens":                 {"{ me {" + strings.Repeat(" id", 100000) + "} }", nil, "LIMITED"},
		"the most tokens":             {"{ me {" + strings.Repeat(" id", limit.MaxTokens-6) + "} }", nil, "LIMITED"},
		"repeated as often as may be": {"{" + strings.Repeat(" agencies(first: 1) {"+strings.Repeat(" edges {"+strings.Repeat(" cursor", 2)+" }", limit.MaxSame)+"}", limit.MaxSame) + "}", nil, ""},
		"too many tokens":             {"{ me {" + repeat(limit.MaxTokens, " a#: id") + "} }", nil, "INVALID"},
		"a document of 1 MB":          {"{ me { id } } #" + strings.Repeat("x", 1<<20), nil, "LIMITED"},
		"10^4 aliases":                {"{ me {" + repeat(10000, " a#: id") + "} }", nil, "LIMITED"},
		"200 aliases":                 {"{ me {" + repeat(200, " a#: id") + "} }", nil, "LIMITED"},
		"10^4 root fields":            {"{" + repeat(10000, " a#: me { id }") + "}", nil, "LIMITED"},
		"130 root fields":             {"{" + strings.Repeat(" me { id }", 130) + "}", nil, "LIMITED"},
		"a page of 10^6":              {p + "{ cases(first: 1000000) { edges { node { id } } } }", nil, "INVALID"},
		"a page of 51":                {p + "{ cases(first: 51) { edges { node { id } } } }", nil, "INVALID"},
		"a page of none":              {p + "{ cases(first: 0) { edges { node { id } } } }", nil, "INVALID"},
		"a negative page":             {p + "{ cases(first: -1) { edges { node { id } } } }", nil, "INVALID"},
		"a page of null":              {p + "{ cases(first: null) { edges { node { id } } } }", nil, "INVALID"},
		"no page":                     {p + "{ cases { edges { node { id } } } }", nil, "INVALID"},
		"a page as text":              {p + `{ cases(first: "5") { edges { node { id } } } }`, nil, "INVALID"},
		"a page by variable":          {"query($n: Int!) @purpose(of: ASSISTANCE) { cases(first: $n) { edges { node { id } } } }", map[string]any{"n": 1000000}, "INVALID"},
		"a page by a float":           {"query($n: Int!) @purpose(of: ASSISTANCE) { cases(first: $n) { edges { node { id } } } }", map[string]any{"n": 1.5}, "INVALID"},
		"a good page by number":       {"query($n: Int!) @purpose(of: ASSISTANCE) { cases(first: $n) { edges { node { id } } } }", map[string]any{"n": 5}, ""},
		"pages times children":        {p + "{" + repeat(60, " a#: cases(first: 50) { edges { node { id kind state reference openedOn version } } }") + "}", nil, "LIMITED"},
		"@defer":                      {p + "{ ... @defer { cases(first: 1) { edges { node { id } } } } }", nil, "INVALID"},
		"@stream":                     {p + "{ cases(first: 1) { edges @stream { node { id } } } }", nil, "INVALID"},
		"an unknown directive":        {"{ me @canary { id } }", nil, "INVALID"},
		"a subscription":              {"subscription { me { id } }", nil, "INVALID"},
		"the schema":                  {"{ __schema { types { name } } }", nil, "FORBIDDEN"},
		"a type of the schema":        {`{ __type(name: "Case") { name } }`, nil, "FORBIDDEN"},
		"the name of the root":        {"{ __typename }", nil, ""},
	} {
		t.Run(what, func(t *testing.T) {
			begun := time.Now()
			got := ask(t, s, c.text, c.variables)
			took := time.Since(begun)
			if got.code != c.code {
				t.Errorf("%q, want %q: %.300s", got.code, c.code, got.body)
			}
			// 50 ms on a quiet machine; the bound here is for a busy one.
			if t.Logf("%v", took); c.code != "" && took > time.Second {
				t.Errorf("refusing took %v", took)
			}
			if strings.Contains(got.body, "Did you mean") {
				t.Errorf("a hint: %s", got.body)
			}
		})
	}
}

const honest = `identities { id names { text script kind } birth { year month day } contributor { code name } }
  contacts { id channel address city contributor { code } } profiles { id sex gender citizenships contributor { code } }
  traffickings { id exploitationTypes industries contributor { code } } narratives { id kind text contributor { code } }
  consents { id kind givenOn provisions { decision purposes categories recipient { code } } }
  referrals { id state service purpose from { code } to { code } } access { category state until } accessibleBy { agency { code } category purpose }`

// TestIntrospectionCycle: where the schema may be asked for, it cannot be made to
// repeat itself (threats.md 28).
func TestIntrospectionCycle(t *testing.T) {
	s := world.OnSQLite(t, world.Options{}).Serve(true)
	if got := ask(t, s, "{ __schema { types { name } } }", nil); got.code != "" || !strings.Contains(got.body, `"Case"`) {
		t.Errorf("in development the schema is not told: %.200s", got.body)
	}
	cycle := "{ __schema { types " + strings.Repeat("{ fields { type { fields { type ", 10) + "{ name }" + strings.Repeat("} } } }", 10) + " } }"
	if got := ask(t, s, cycle, nil); got.code == "" {
		t.Errorf("the schema repeats itself: %d bytes", len(got.body))
	}
}

// TestCursors: a cursor is good for the member, purpose, list, filter and order that
// it was given for, tells nothing, and is always the same (threats.md 17).
func TestCursors(t *testing.T) { both(t, cursors) }

func cursors(t *testing.T, w *world.World) {
	s := w.Serve(false)
	var ids []string
	for range 3 {
		ids = append(ids, w.Register("lwu", "Kanaree"))
	}
	page := func(agency, subject, purpose, arguments string) response {
		return send(t, s, request{
			body:   document("query @purpose(of: "+purpose+") { cases("+arguments+") { edges { node { id } } pageInfo { endCursor hasNextPage } } }", nil),
			header: map[string][]string{"Authorization": {"Bearer " + s.Token(agency, subject)}},
		})
	}
	cursorOf := func(r response) string {
		var a struct {
			Data struct {
				Cases struct{ PageInfo struct{ EndCursor string } }
			}
		}
		if err := json.Unmarshal([]byte(r.body), &a); err != nil || a.Data.Cases.PageInfo.EndCursor == "" {
			t.Fatalf("no cursor: %s", r.body)
		}
		return a.Data.Cases.PageInfo.EndCursor
	}
	c := cursorOf(page("lwu", "worker", "ASSISTANCE", "first: 1"))
	if again := cursorOf(page("lwu", "worker", "ASSISTANCE", "first: 1")); again != c {
		t.Error("the same place has two cursors")
	}
	for _, id := range ids {
		if strings.Contains(c, strings.TrimPrefix(id, "case_")) {
			t.Error("the cursor holds an id")
		}
	}
	if next := page("lwu", "worker", "ASSISTANCE", `first: 2, after: "`+c+`"`); next.code != "" || strings.Count(next.body, "case_") != 2 {
		t.Errorf("the next page: %s", next.body)
	}
	flipped := []byte(c)
	flipped[len(flipped)/2] ^= 1
	for what, r := range map[string]response{
		"another member":  page("lwu", "colleague", "ASSISTANCE", `first: 1, after: "`+c+`"`),
		"another agency":  page("ngo", "worker", "ASSISTANCE", `first: 1, after: "`+c+`"`),
		"another purpose": page("lwu", "worker", "PROTECTION", `first: 1, after: "`+c+`"`),
		"another filter":  page("lwu", "worker", "ASSISTANCE", `first: 1, filter: {state: OPEN}, after: "`+c+`"`),
		"another order":   page("lwu", "worker", "ASSISTANCE", `first: 1, orderBy: {field: OPENED_ON}, after: "`+c+`"`),
		"one bit":         page("lwu", "worker", "ASSISTANCE", `first: 1, after: "`+string(flipped)+`"`),
		"cut":             page("lwu", "worker", "ASSISTANCE", `first: 1, after: "`+c[:len(c)-4]+`"`),
		"empty":           page("lwu", "worker", "ASSISTANCE", `first: 1, after: ""`),
		"10 kB":           page("lwu", "worker", "ASSISTANCE", `first: 1, after: "`+strings.Repeat("A", 10000)+`"`),
		"not base64":      page("lwu", "worker", "ASSISTANCE", `first: 1, after: "Canary!"`),
		"another list":    ask(t, s, `{ notices(first: 1, after: "`+c+`") { edges { cursor } } }`, nil),
	} {
		if r.code != "INVALID" || strings.Contains(r.body, "Canary") {
			t.Errorf("%s: %s", what, r.body)
		}
	}
}

// TestErrorsRepeatNothing: no value of a request comes back in an error.
func TestErrorsRepeatNothing(t *testing.T) { both(t, errorsRepeatNothing) }

func errorsRepeatNothing(t *testing.T, w *world.World) {
	s := w.Serve(false)
	id := w.Register("lwu", "Kanaree")
	v := "query($n: Int!, $c: CaseFilter) @purpose(of: ASSISTANCE) { cases(first: $n, filter: $c) { edges { node { id } } } }"
	for what, r := range map[string]response{
		"a literal":           ask(t, s, `query @purpose(of: Canary) { me { id } }`, nil),
		"a literal of a type": ask(t, s, `query @purpose(of: ASSISTANCE) { case(id: {Canary: 1}) { id } }`, nil),
		"an enum":             ask(t, s, `query @purpose(of: ASSISTANCE) { cases(first: 1, filter: {kind: Canary}) { edges { node { id } } } }`, nil),
		"a reference":         ask(t, s, `query @purpose(of: ASSISTANCE) { cases(first: 1, filter: {reference: "Canary"}) { edges { node { id } } } }`, nil),
		"a variable":          ask(t, s, v, map[string]any{"n": "Canary"}),
		"an enum by variable": ask(t, s, v, map[string]any{"n": 1, "c": map[string]any{"kind": "Canary"}}),
		"an unknown field":    ask(t, s, v, map[string]any{"n": 1, "c": map[string]any{"Canary": "Canary"}}),
		"a number":            ask(t, s, v, map[string]any{"n": 99999999999}),
		"malformed GraphQL":   ask(t, s, `{ me "Canary`, nil),
		"malformed JSON":      send(t, s, request{body: `{"query": Canary}`}),
		"a name for nothing":  ask(t, s, `query A { me { id } } query B { me { id } }`, nil),
		"a text for an input": ask(t, s, `mutation($id: ID!) @purpose(of: ASSISTANCE) { recordProfile(caseID: $id, input: "Canary") { userErrors { code } } }`, map[string]any{"id": id}),
		"a time":              ask(t, s, `mutation($id: ID!) @purpose(of: ASSISTANCE) { recordProfile(caseID: $id, input: {occurredOn: "Canary"}) { userErrors { code } } }`, map[string]any{"id": id}),
	} {
		if r.code != "INVALID" || strings.Contains(r.body, "Canary") || strings.Contains(r.body, "99999999999") {
			t.Errorf("%s: %s", what, r.body)
		}
	}
	for document, says := range map[string]string{
		`{ me { agency } }`: "must have a selection of subfields",
		`mutation @purpose(of: ASSISTANCE) { registerCase(input: {kind: OTHER, recording: {kind: RECORDING, setting: SAFE_PLACE, provisions: []}}) { userErrors { code } } }`: "RecordConsentInput.interpretation",
	} {
		if r := ask(t, s, document, nil); r.code != "INVALID" || !strings.Contains(r.body, says) {
			t.Errorf("what may be said about the document is not said: %s", r.body)
		}
	}
}
