package serve

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/sala-exchange/sala/services/disclosure"
	"github.com/sala-exchange/sala/services/exchange/client"
	"github.com/sala-exchange/sala/test/world"
)

// TestTwoProcesses serve one database side by side: what one stores the other shows,
// the ledger has one gapless order, and when one stops the other goes on.
func TestTwoProcesses(t *testing.T) {
	w := world.OnPostgres(t, pg, world.Options{})
	ws := w.Serve(false)
	a, b := start(t, ws, nil, nil), start(t, ws, nil, nil)
	id := w.Register("lwu", "Kanaree")
	var asked, shown atomic.Int64
	var all sync.WaitGroup
	for _, r := range []*running{a, b} {
		c := r.client()
		for range 4 {
			all.Go(func() {
				for range 10 {
					asked.Add(1)
					if sees(t, c, id) {
						shown.Add(1)
					}
				}
			})
		}
	}
	all.Wait()
	if asked.Load() != shown.Load() {
		t.Errorf("%d of %d answers are right", shown.Load(), asked.Load())
	}
	a.stop()
	if err := <-a.ended; err != nil {
		t.Error(err)
	}
	if !sees(t, b.client(), id) {
		t.Error("the other process does not go on")
	}
	until(t, "every record has its place, by whichever process", func() bool {
		report, err := disclosure.Verify(context.Background(), w.Store)
		if err != nil || len(report.Findings) > 0 {
			t.Fatalf("the ledger: %v %v", report, err)
		}
		return report.Size > 80
	})
	var records, entries int
	until(t, "nothing waits", func() bool {
		if err := w.Root().QueryRow("SELECT (SELECT count(*) FROM disclosures), (SELECT count(*) FROM ledger_entries)").Scan(&records, &entries); err != nil {
			t.Fatal(err)
		}
		return records == entries
	})
	t.Logf("%d answers by two processes, %d records in one ledger", asked.Load()+1, entries)
}

func sees(t *testing.T, c *client.Client, id string) bool {
	var out struct {
		Case struct{ ID string }
	}
	_, err := c.Do(context.Background(), `query($id: ID!) @purpose(of: ASSISTANCE) { case(id: $id) { id } }`, map[string]any{"id": id}, &out)
	if err != nil {
		t.Error(err)
	}
	return out.Case.ID == id
}
