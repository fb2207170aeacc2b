package graph_test

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/test/world"
)

// TestOneObjectAndNothingAfter: a body that another reader might understand otherwise
// is refused, whatever follows the object.
func TestOneObjectAndNothingAfter(t *testing.T) {
	s := world.OnSQLite(t, world.Options{}).Serve(false)
	good := document("{ me { agency { code } } }", nil)
	for _, after := range []string{"]", "}", ",", "null", "\x00", "{}", " 1", "]]", "x", "//"} {
		if got := send(t, s, request{body: good + after}); got.status != 400 || got.code != "INVALID" {
			t.Errorf("with %q behind it: %d %s", after, got.status, got.body)
		}
	}
	for _, before := range []string{"\ufeff", "[", "0", ")]}',\n"} {
		if got := send(t, s, request{body: before + good}); got.status != 400 || got.code != "INVALID" {
			t.Errorf("with %q before it: %d %s", before, got.status, got.body)
		}
	}
	for _, body := range []string{"null", `"{ me { id } }"`, "1", `{"query":1}`, `{"query":"{ me { id } }","variables":[]}`, `{"query":"{ me { id } }","variables":"x"}`} {
		if got := send(t, s, request{body: body}); got.code != "INVALID" || strings.Contains(got.body, `"me"`) {
			t.Errorf("%s: %d %s", body, got.status, got.body)
		}
	}
	if got := send(t, s, request{body: " \n" + good + "\r\n\t "}); got.status != 200 || got.code != "" {
		t.Errorf("with white space around it: %d %s", got.status, got.body)
	}
}

// TestNoOtherProtocol: neither an upgrade nor an event stream is spoken, so that there
// is no second door beside the one that is watched (threats.md 34).
func TestNoOtherProtocol(t *testing.T) {
	s := world.OnSQLite(t, world.Options{}).Serve(true) // development opens most
	good := document("{ me { agency { code } } }", nil)
	upgrade := map[string][]string{
		"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"},
		"Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="}, "Sec-Websocket-Protocol": {"graphql-transport-ws"},
	}
	if got := send(t, s, request{method: "GET", header: upgrade}); got.status == 101 || got.status == 200 {
		t.Errorf("an upgrade: %d %s", got.status, got.body)
	}
	if got := send(t, s, request{body: good, header: upgrade}); got.status != 200 || !strings.HasPrefix(got.body, `{"data":`) {
		t.Errorf("a POST that would upgrade: %d %s", got.status, got.body)
	}
	stream := map[string][]string{"Accept": {"text/event-stream"}}
	if got := send(t, s, request{body: good, header: stream}); got.status != 200 || !strings.HasPrefix(got.body, `{"data":`) {
		t.Errorf("an event stream: %d %s", got.status, got.body)
	}
	mixed := map[string][]string{"Accept": {"multipart/mixed"}}
	if got := send(t, s, request{body: good, header: mixed}); got.status != 200 || !strings.HasPrefix(got.body, `{"data":`) {
		t.Errorf("parts: %d %s", got.status, got.body)
	}
}

// TestHashesAreNotKept: an operation is never run by its hash alone, also after it
// was sent with it (threats.md 31).
func TestHashesAreNotKept(t *testing.T) {
	s := world.OnSQLite(t, world.Options{}).Serve(false)
	text := "{ me { agency { code } } }"
	hash := fmt.Sprintf(`"extensions":{"persistedQuery":{"version":1,"sha256Hash":"%x"}}`, sha256.Sum256([]byte(text)))
	if got := send(t, s, request{body: `{"query":"` + text + `",` + hash + `}`}); got.status != 200 || got.code != "" {
		t.Fatalf("with its text: %d %s", got.status, got.body)
	}
	if got := send(t, s, request{body: `{` + hash + `}`}); got.code == "" || strings.Contains(got.body, "lwu") {
		t.Errorf("by its hash alone: %d %s", got.status, got.body)
	}
}

// TestOnlyItsOwnToken: other schemes, another deployment's token and headers that a
// proxy might set let nobody in (threats.md 4, 11).
func TestOnlyItsOwnToken(t *testing.T) {
	s, other := world.OnSQLite(t, world.Options{}).Serve(false), world.OnSQLite(t, world.Options{}).Serve(false)
	good, token := document("{ me { agency { code } } }", nil), s.Token("lwu", "worker")
	for what, h := range map[string]map[string][]string{
		"another deployment's": {"Authorization": {"Bearer " + other.Token("lwu", "worker")}},
		"another scheme":       {"Authorization": {"Basic " + token}},
		"the scheme alone":     {"Authorization": {"Bearer"}},
		"two in one":           {"Authorization": {"Bearer " + token + ", Bearer " + token}},
		"in a cookie":          {"Authorization": nil, "Cookie": {"access_token=" + token}},
		"in another header":    {"Authorization": nil, "X-Forwarded-Access-Token": {token}, "X-Forwarded-User": {"worker"}},
		"in no header":         {"Authorization": nil, "X-Agency": {"lwu"}, "X-Tenant": {"lwu"}, "X-Forwarded-User": {"worker"}},
	} {
		if got := send(t, s, request{body: good, header: h}); got.status != 401 || got.code != "UNAUTHENTICATED" || strings.Contains(got.body, token) {
			t.Errorf("%s: %d %s", what, got.status, got.body)
		}
	}
	if got := send(t, s, request{body: good, header: map[string][]string{"Authorization": {"bearer " + token}}}); got.status != 200 {
		t.Errorf("its own: %d %s", got.status, got.body)
	}
}
