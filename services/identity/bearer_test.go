package identity_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/origin"
	"github.com/sala-exchange/sala/internal/viewer"
	"github.com/sala-exchange/sala/services/identity"
)

// members is a directory of accounts by issuer and subject.
type members map[[2]string]identity.Membership

func (m members) Member(_ context.Context, issuer, subject, _ string, _ origin.Address) (identity.Membership, error) {
	if found, ok := m[[2]string{issuer, subject}]; ok {
		return found, nil
	}
	return identity.Membership{}, errs.NotHere()
}

type broken struct{}

func (broken) Member(context.Context, string, string, string, origin.Address) (identity.Membership, error) {
	return identity.Membership{}, errors.New("canary-directory")
}

func TestAuthenticate(t *testing.T) {
	k := key(t, "a", jose.ES256)
	i := serve(t, k)
	raw := i.token(t, k, jose.ES256)
	known := members{{i.URL, "canary-subject"}: {Agency: "agn_1", Member: "mem_1", Roles: []viewer.Role{viewer.Auditor}}}
	var refusals []error
	v := i.verifier(t, identity.WithRefusals(func(_ context.Context, err error) { refusals = append(refusals, err) }))
	for name, c := range map[string]struct {
		directory identity.Directory
		header    http.Header
		query     string
		status    int
	}{
		"good":              {known, http.Header{"Authorization": {"Bearer " + raw}}, "", 200},
		"scheme in caps":    {known, http.Header{"Authorization": {"BEARER " + raw}}, "", 200},
		"spoofed headers":   {known, http.Header{"Authorization": {"Bearer " + raw}, "X-Agency": {"agn_2"}, "X-Tenant": {"agn_2"}, "X-Forwarded-User": {"admin"}}, "", 200},
		"nothing":           {known, http.Header{}, "", 401},
		"spoofed alone":     {known, http.Header{"X-Agency": {"agn_1"}, "X-Forwarded-User": {"canary-subject"}}, "", 401},
		"query":             {known, http.Header{}, "?access_token=" + raw, 401},
		"cookie":            {known, http.Header{"Cookie": {"access_token=" + raw + "; Authorization=Bearer " + raw}}, "", 401},
		"proxy header":      {known, http.Header{"Proxy-Authorization": {"Bearer " + raw}, "X-Forwarded-Authorization": {"Bearer " + raw}}, "", 401},
		"two headers":       {known, http.Header{"Authorization": {"Bearer " + raw, "Bearer " + raw}}, "", 401},
		"two in one":        {known, http.Header{"Authorization": {"Bearer " + raw + ", Bearer " + raw}}, "", 401},
		"two blanks":        {known, http.Header{"Authorization": {"Bearer  " + raw}}, "", 401},
		"basic":             {known, http.Header{"Authorization": {"Basic " + raw}}, "", 401},
		"dpop":              {known, http.Header{"Authorization": {"DPoP " + raw}}, "", 401},
		"no token":          {known, http.Header{"Authorization": {"Bearer"}}, "", 401},
		"other issuer's":    {members{{"https://other.test", "canary-subject"}: {Agency: "a", Member: "m"}}, http.Header{"Authorization": {"Bearer " + raw}}, "", 401},
		"no agency":         {members{{i.URL, "canary-subject"}: {Member: "m"}}, http.Header{"Authorization": {"Bearer " + raw}}, "", 401},
		"no member":         {members{{i.URL, "canary-subject"}: {Agency: "a"}}, http.Header{"Authorization": {"Bearer " + raw}}, "", 401},
		"directory is away": {broken{}, http.Header{"Authorization": {"Bearer " + raw}}, "", 503},
	} {
		t.Run(name, func(t *testing.T) {
			refusals = nil
			var got *viewer.Viewer
			h := identity.Authenticate(v, c.directory)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				got, _ = viewer.FromContext(r.Context())
			}))
			r := httptest.NewRequest("POST", "/graphql"+c.query, nil)
			r.Header = c.header
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			body, _ := io.ReadAll(w.Body)
			if w.Code != c.status || (got != nil) != (c.status == 200) || (len(refusals) == 1) != (c.status != 200) {
				t.Fatalf("%d, viewer %v, refusals %d", w.Code, got != nil, len(refusals))
			}
			if c.status == 200 {
				if got.Agency != "agn_1" || got.Member != "mem_1" || got.Issuer != i.URL || got.Subject != "canary-subject" ||
					got.Client != "c" || !slices.Equal(got.Roles, []viewer.Role{viewer.Auditor}) || got.Purposes != nil {
					t.Errorf("not the viewer: %+v", got)
				}
				return
			}
			want := `{"errors":[{"extensions":{"code":"UNAUTHENTICATED"},"message":"the access token was not accepted: sign in again"}]}`
			if c.status == 503 {
				want = `{"errors":[{"extensions":{"code":"UNAVAILABLE"},"message":"signing in: the directory of members did not answer: try again"}]}`
			}
			if strings.TrimSpace(string(body)) != want || w.Header().Get("Cache-Control") != "no-store" ||
				c.status == 401 && w.Header().Get("WWW-Authenticate") != "Bearer" {
				t.Errorf("not the answer: %s %v", body, w.Header())
			}
			if all := causes(refusals[0]); strings.Contains(all, raw) || strings.Contains(all, "canary-subject") {
				t.Error("the refusal holds a part of the token")
			}
		})
	}
}
