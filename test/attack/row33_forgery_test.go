package attack

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// Test33RequestForgery: what a page of another origin can make a browser send without
// asking first: a GET, a form, a form of parts. The plain server answers each; ours takes
// one form alone, which a browser asks about first, and answers no such question. It
// knows no cookie either (TestOnlyItsOwnToken), and every other form is refused
// (TestOnlyPostWithJSON).
func Test33RequestForgery(t *testing.T) {
	t.Parallel()
	const parts = "--x\r\nContent-Disposition: form-data; name=\"operations\"\r\n\r\n{\"query\":\"{ __typename }\"}\r\n" +
		"--x\r\nContent-Disposition: form-data; name=\"map\"\r\n\r\n{}\r\n--x--\r\n"
	ours, others := guarded(t, nil), plain()
	for name, c := range map[string]struct {
		method, target, kind, body string
		status                     int
	}{
		"a link":          {http.MethodGet, "/graphql?query=" + url.QueryEscape("{ __typename }"), "", "", 405},
		"a form":          {http.MethodPost, "/graphql", "application/x-www-form-urlencoded", "query=" + url.QueryEscape("{ __typename }"), 415},
		"a form of parts": {http.MethodPost, "/graphql", "multipart/form-data; boundary=x", parts, 415},
	} {
		if a := sent(t, others, c.method, c.target, c.kind, c.body, "Origin", "https://evil.example"); !strings.Contains(a.Body.String(), `"__typename":"Query"`) {
			t.Errorf("%s: the plain server refuses it too, so that nothing is shown: %d %s", name, a.Code, a.Body)
		}
		a := sent(t, ours, c.method, c.target, c.kind, c.body, "Origin", "https://evil.example")
		if a.Code != c.status || strings.Contains(a.Body.String(), "__typename") || a.Header().Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: %d %s", name, a.Code, a.Body)
		}
	}
	asked := sent(t, ours, http.MethodOptions, "/graphql", "", "", "Origin", "https://evil.example", "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "content-type,authorization")
	if asked.Code < 400 || asked.Header().Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("a browser that asks first: %d %v", asked.Code, asked.Header())
	}
}
