package scenario

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/test/world"
)

// TestHundredAliases: two agencies at once ask for a hundred aliases each, on a pool
// of two connections. Siblings are resolved at the same time and an operation has one
// transaction: without its lock they would mix up rows or wait for each other for
// ever. `make race` runs it under the race detector.
func TestHundredAliases(t *testing.T) {
	both(t, world.Options{MaxConns: 2}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		own := map[string]string{"lwu": w.Register("lwu", "Kanaree"), "ngo": w.Register("ngo", "Bounkham")}
		w.Share("lwu", own["lwu"], "atd", category.ForJustice, category.Profile)
		var wait sync.WaitGroup
		for _, agency := range []string{"lwu", "ngo", "lwu", "ngo"} {
			o := as(s, agency, "worker")
			wait.Go(func() { hundred(t, o, agency, own) })
		}
		wait.Wait()
	})
}

func hundred(t *testing.T, o officer, agency string, own map[string]string) {
	var b strings.Builder
	for i := range 50 {
		for _, owner := range []string{"lwu", "ngo"} {
			fmt.Fprintf(&b, "%s%d: case(id: %q) { owner { code } identities { contributor { code } } profiles { sex } }\n", owner, i, own[owner])
		}
	}
	a := o.ask("query @purpose(of: ASSISTANCE) {"+b.String()+"}", nil)
	if len(a.Errors) > 0 || len(a.Data) != 100 {
		t.Errorf("%s: %d answers: %.300s", agency, len(a.Data), a.raw)
		return
	}
	for alias, raw := range a.Data {
		var c *struct {
			Owner      struct{ Code string }
			Identities []part
		}
		if err := json.Unmarshal(raw, &c); err != nil {
			t.Error(err)
		}
		if mine := strings.HasPrefix(alias, agency); mine != (c != nil) || mine && (c.Owner.Code != agency || len(c.Identities) != 1) {
			t.Errorf("%s asks for %s and gets %s", agency, alias, raw)
		}
	}
}
