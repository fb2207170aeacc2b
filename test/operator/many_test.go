package operator

import (
	"errors"
	"flag"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/operator/api/v1alpha1"
	"github.com/sala-exchange/sala/services/apply"
	api "github.com/sala-exchange/sala/services/exchange/client"
)

var agencies = flag.Int("agencies", 40, "how many agencies TestMany onboards")

// TestMany onboards many agencies at once and says what that cost.
// Once all are there the operator is quiet: it writes nothing.
func TestMany(t *testing.T) {
	n := *agencies
	e := founded(t).operate()
	begun, before := time.Now(), reconciled(t)
	var all []*v1alpha1.Agency
	for i := range n {
		code := fmt.Sprintf("many%03d", i)
		manifest := fmt.Sprintf("apiVersion: sala.exchange/v1alpha1\nkind: Agency\nmetadata: {name: %s}\nspec:\n  displayName: Agency %s\n  kind: NGO\n  signIn:\n    issuers:\n    - url: https://idp.example/%s\n", code, code, code)
		all = append(all, e.kubectl(manifest))
	}
	for _, a := range all {
		e.untilWithin(a, "proposed", time.Duration(n)*time.Second, func() bool { return is(a, "Approved", "Waiting") })
	}
	proposed := time.Since(begun)
	for _, by := range []string{"lwu", "atd"} {
		open, err := apply.Proposals(t.Context(), e.as(by, "platform"))
		if err != nil || len(open) != n {
			t.Fatalf("%d proposals: %v", len(open), err)
		}
		for _, p := range open {
			for {
				err := apply.Decide(t.Context(), e.as(by, "platform"), "approve", p.ID)
				var limited *api.Failure
				if err == nil {
					break
				}
				if !errors.As(err, &limited) || limited.Kind() != errs.Limited {
					t.Fatal(err)
				}
				time.Sleep(time.Second) // one person approves no more in a minute
			}
		}
	}
	approved := time.Now()
	for _, a := range all {
		e.untilWithin(a, "ready", time.Duration(n)*time.Second, func() bool { return is(a, "Ready", "AsDeclared") })
	}
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	t.Logf("%d agencies: proposed in %.1f s, ready %.1f s after the last approval, %.1f reconciles an agency (each is asked for again every 0.3 s while it waits), heap %d MiB with API and database",
		n, proposed.Seconds(), time.Since(approved).Seconds(), (reconciled(t)-before)/float64(n), memory.HeapInuse>>20)
	quiet := len(plane.Calls(t, account))
	for asked := reconciled(t); reconciled(t) < asked+float64(2*n); {
		time.Sleep(50 * time.Millisecond)
	}
	for _, c := range plane.Calls(t, account)[quiet:] {
		if c.Verb == "patch" && c.Resource == "agencies" {
			t.Errorf("an agency that is as declared was written: %s", c.Name)
		}
	}
}
