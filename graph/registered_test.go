package graph_test

import (
	"encoding/json"
	"strings"
	"sync/atomic"
	"testing"

	docs "github.com/sala-exchange/sala/internal/document"
	"github.com/sala-exchange/sala/test/world"
)

// TestOnlyRegisteredDocuments: where documents are registered, nothing else is parsed,
// and a registered one is answered by its id or byte for byte (threats.md 28, 31).
func TestOnlyRegisteredDocuments(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		const known, other = "query Mine { me { agency { code } } }", "query Mine { me { agency { id code } } }"
		var set atomic.Pointer[docs.Set]
		set.Store(docs.Of(known))
		s := w.ServeRegistered(set.Load)
		by := func(fields map[string]any) response {
			raw, err := json.Marshal(fields)
			if err != nil {
				t.Fatal(err)
			}
			return send(t, s, request{body: string(raw)})
		}
		for name, r := range map[string]map[string]any{
			"by its text": {"query": known},
			"by its id":   {"documentId": docs.ID(known), "variables": nil},
		} {
			if got := by(r); got.status != 200 || got.body != `{"data":{"me":{"agency":{"code":"lwu"}}}}`+"\n" {
				t.Errorf("%s: %d %s", name, got.status, got.body)
			}
		}
		for name, r := range map[string]map[string]any{
			"another text":           {"query": other},
			"another id":             {"documentId": docs.ID(other)},
			"white space behind it":  {"query": known + " "},
			"text and id":            {"query": known, "documentId": docs.ID(known)},
			"neither":                {},
			"an id that is none":     {"documentId": "mine"},
			"an id of another hash":  {"documentId": "sha512:" + strings.TrimPrefix(docs.ID(known), "sha256:")},
			"introspection":          {"query": "{ __schema { queryType { name } } }"},
			"what cannot be parsed":  {"query": "{{{ Canary"},
			"a persisted query's id": {"extensions": map[string]any{"persistedQuery": map[string]any{"version": 1, "sha256Hash": strings.TrimPrefix(docs.ID(known), "sha256:")}}},
		} {
			if got := by(r); got.status != 400 || got.code != "INVALID" || strings.Contains(got.body, "lwu") || strings.Contains(got.body, "Canary") {
				t.Errorf("%s: %d %s", name, got.status, got.body)
			}
		}
		// What is registered or taken out counts at the next request.
		set.Store(docs.Of(other))
		if got := by(map[string]any{"query": known}); got.status != 400 {
			t.Errorf("taken out: %d %s", got.status, got.body)
		}
		if got := by(map[string]any{"documentId": docs.ID(other)}); got.status != 200 || got.code != "" {
			t.Errorf("registered: %d %s", got.status, got.body)
		}
	})
}

// TestWithoutAListAnyDocument: what the guard takes away.
func TestWithoutAListAnyDocument(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		if got := send(t, s, request{body: `{"query":"{ me { agency { code } } }"}`}); got.status != 200 || got.code != "" {
			t.Errorf("%d %s", got.status, got.body)
		}
		if got := send(t, s, request{body: `{"documentId":"` + docs.ID("{ me { agency { code } } }") + `"}`}); got.status != 400 || got.code != "INVALID" {
			t.Errorf("by an id: %d %s", got.status, got.body)
		}
	})
}
