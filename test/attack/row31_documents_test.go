package attack

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/internal/document"
)

// sent is a handler's answer to a request as it is.
func sent(t *testing.T, h http.Handler, method, target, kind, body string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(signedIn(t.Context()), method, target, strings.NewReader(body))
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	a := httptest.NewRecorder()
	h.ServeHTTP(a, r)
	return a
}

// Test31PersistedQueries: the plain server keeps what anybody sends under its hash and
// runs it for whoever names the hash; ours keeps nothing, and where documents are
// registered runs no other (TestOnlyRegisteredDocuments, TestWithoutAListAnyDocument).
func Test31PersistedQueries(t *testing.T) {
	t.Parallel()
	const text = "{ __typename }"
	hash := fmt.Sprintf(`"extensions":{"persistedQuery":{"version":1,"sha256Hash":"%x"}}`, sha256.Sum256([]byte(text)))
	register, use := `{"query":"`+text+`",`+hash+`}`, `{`+hash+`}`
	others := plain()
	post := func(h http.Handler, body string) string {
		return sent(t, h, http.MethodPost, "/graphql", "application/json", body).Body.String()
	}
	post(others, register)
	if got := post(others, use); !strings.Contains(got, `"data":{`) {
		t.Errorf("the plain server does not run what it was sent before: %s", got)
	}
	for name, registered := range map[string]func() *document.Set{
		"without a list":     nil,
		"with a list":        func() *document.Set { return document.Of("{ me { id } }") },
		"with an empty list": func() *document.Set { return document.Of() },
	} {
		ours := guarded(t, registered)
		if registered != nil {
			if got := post(ours, register); codeOf(got) != "INVALID" || strings.Contains(got, `"data":{`) {
				t.Errorf("%s: a text that is not registered: %s", name, got)
			}
		}
		if got := post(ours, use); codeOf(got) == "" || strings.Contains(got, `"data":{`) {
			t.Errorf("%s: by its hash: %s", name, got)
		}
		if got := post(ours, "["+register+","+register+"]"); codeOf(got) != "INVALID" {
			t.Errorf("%s: several at once: %s", name, got)
		}
	}
}
