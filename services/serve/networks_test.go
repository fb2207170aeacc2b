package serve

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/origin"
	"github.com/sala-exchange/sala/services/onboarding"
	"github.com/sala-exchange/sala/test/world"
)

// TestWhereItComesFromIsNeverTold: a server behind a trusted proxy lets an agency's members
// in from its networks alone, counts who was refused by a word of the program, and tells
// neither an address nor a network: not in the log at its most talkative, nor in metrics,
// traces, answers or PostgreSQL's own log.
func TestWhereItComesFromIsNeverTold(t *testing.T) {
	const office, elsewhere, network = "198.51.100.77", "203.0.113.177", "198.51.100.64/26"
	w := world.OnPostgres(t, pg, world.Options{})
	traces := &collector{}
	backend := httptest.NewServer(traces)
	t.Cleanup(backend.Close)
	r := start(t, w.Serve(false), map[string]string{"traceEndpoint": backend.URL + "/v1/traces", "traceShare": "1", "logLevel": "debug",
		"trustedProxy": "127.0.0.0/8"}, nil)
	s := w.AsAdmin("lwu")
	s.From = origin.Of(netip.MustParseAddr(office))
	w.Must(s, func(ctx context.Context, op *store.Op) error {
		_, err := onboarding.ProposeSignIn(ctx, op, w.Agencies["lwu"].ID, onboarding.SignInInput{AllowedNetworks: []string{network}})
		return err
	})
	token := r.world.Token("lwu", "worker")
	var answers strings.Builder
	for forwarded, want := range map[string]int{office: http.StatusOK, elsewhere: http.StatusUnauthorized, office + ", " + elsewhere: http.StatusUnauthorized,
		"::ffff:" + office: http.StatusOK, "unknown": http.StatusUnauthorized, "": http.StatusUnauthorized} {
		status, header, body := r.post(r.plain(), "/graphql", token, me, "X-Forwarded-For", forwarded)
		if status != want {
			t.Errorf("forwarded for %q: %d, want %d", forwarded, status, want)
		}
		answers.WriteString(body)
		_ = header.Write(&answers)
	}
	// A change that shuts out whoever asks it, and one that cannot be read.
	for _, networks := range []string{elsewhere + "/32", elsewhere + "/24"} {
		_, _, body := r.post(r.plain(), "/graphql", r.world.Token("lwu", "admin"), inquiry(`mutation($id: ID!, $in: SignInInput!) { proposeSignIn(agencyID: $id, input: $in) { userErrors { code message field } } }`,
			map[string]any{"id": w.Agencies["lwu"].ID, "in": map[string]any{"allowedNetworks": []string{networks}}}), "X-Forwarded-For", office)
		if !strings.Contains(body, `"allowedNetworks"`) {
			t.Errorf("%s: %s", networks, body)
		}
		answers.WriteString(body)
	}
	_, metrics := r.operate("/metrics")
	if !strings.Contains(metrics, `sala_sign_in_refusals_total{reason="network"} 4`) {
		t.Error("the refusals are not counted")
	}
	r.stop()
	if err := <-r.ended; err != nil {
		t.Fatal(err)
	}
	for range r.ended { // until the traces are sent
	}
	if !strings.Contains(r.log.String(), `"outcome":"UNAUTHENTICATED"`) || !strings.Contains(traces.String(), "sala.outcome") {
		t.Error("neither log nor traces hold a refused request: the test shows nothing")
	}
	for where, text := range map[string]string{"metrics": metrics, "the log": r.log.String(), "traces": traces.String(), "PostgreSQL's log": pg.Log(), "the answers": answers.String()} {
		for _, told := range []string{office, elsewhere, "198.51.100", "203.0.113"} {
			if i := strings.Index(text, told); i >= 0 {
				t.Errorf("%s: %s is told: …%s…", where, told, text[max(0, i-100):min(len(text), i+60)])
			}
		}
	}
}
