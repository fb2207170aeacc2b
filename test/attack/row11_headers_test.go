package attack

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/sala-exchange/sala/internal/origin"
	"github.com/sala-exchange/sala/internal/viewer"
	"github.com/sala-exchange/sala/services/identity"
)

// Test11Headers: who somebody is stands in the token alone. A server that trusts what a
// proxy would have set takes the same request for the chief's of another agency. Over the
// whole API: graph's TestOnlyItsOwnToken and TestOnlyPostWithJSON.
func Test11Headers(t *testing.T) {
	t.Parallel()
	i := ownIssuer(t)
	directory := twoAgencies{i.URL}
	var agency string
	ours := identity.Authenticate(i.verifier(t), directory)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if v, err := viewer.FromContext(r.Context()); err == nil {
			agency = v.Agency
		}
	}))
	trusting := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		m, err := directory.Member(r.Context(), i.URL, r.Header.Get("X-Forwarded-User"), "", origin.Address{})
		if err == nil {
			agency = m.Agency
		}
	})
	for name, token := range map[string]string{"with the own token": i.sign(t, i.claims(nil)), "with none": ""} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql?access_token=x&agency=lwu", nil)
		for _, h := range []string{"X-Tenant", "X-Agency"} {
			r.Header.Set(h, "lwu")
		}
		for _, h := range []string{"X-Forwarded-User", "X-Remote-User", "X-Forwarded-Preferred-Username"} {
			r.Header.Set(h, "chief")
		}
		r.Header.Set("Cookie", "agency=lwu; user=chief")
		want := ""
		if token != "" {
			want = "ngo"
			r.Header.Set("Authorization", "Bearer "+token)
		}
		agency = ""
		trusting.ServeHTTP(httptest.NewRecorder(), r)
		if agency != "lwu" {
			t.Errorf("%s: a server that trusts headers takes it for %q's, so that nothing is shown", name, agency)
		}
		agency = ""
		ours.ServeHTTP(httptest.NewRecorder(), r)
		if agency != want {
			t.Errorf("%s: taken for %q's", name, agency)
		}
	}
}
