package region

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestAnAnswerIsALookUp: 200 clients at once, without a pause between requests, ask a small
// release and one a hundred times as large for filtered pages, the same one and each time
// another. Latencies are printed: they are the machine's queue. Held is what is the
// program's own: the processor's time for an answer, which must not grow with the release,
// and is less where the same was asked before.
func TestAnAnswerIsALookUp(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: takes seconds")
	}
	few, many := manyRows(2, 4, 5), manyRows(50, 20, 25)
	small, large := load(t, few, false), load(t, many, false)
	if large > 2*small+time.Millisecond {
		t.Errorf("a new answer takes %v of the processor over 100,000 cells and %v over 160", large, small)
	}
	if again := load(t, many, true); again > large*3/4 {
		t.Errorf("an answer that was given before takes %v of the processor, and a new one %v", again, large)
	}
}

// load asks a release of some rows and returns the processor's time for one answer, the
// clients' part included. same: all ask the same.
func load(t *testing.T, rows [][]string, same bool) time.Duration {
	t.Helper()
	const clients, each = 200, 5
	la := newAuthority(t, "LA")
	la.publish(t, la.corridors(1, rows...))
	d := open(t, nil, la)
	transport := &http.Transport{MaxIdleConnsPerHost: clients}
	t.Cleanup(transport.CloseIdleConnections)
	client := &http.Client{Transport: transport}
	document := `query Page($years: [String]!) { release(country: "LA", id: "corridors") { figures(first: 20, where: [{dimension: "year", in: $years}, {dimension: "sex", in: ["F", null]}]) { nodes { dimensions { name code } measures { name value } } pageInfo { hasNextPage endCursor } } } }`
	asked := func(n int) string { // a year that no figure has makes it another question
		if same {
			n = 0
		}
		body, err := json.Marshal(map[string]any{"query": document, "variables": map[string]any{"years": []string{"1980", "1981", fmt.Sprint(3000 + n)}}})
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	took := make([][]time.Duration, clients)
	var all sync.WaitGroup
	began, used := time.Now(), processor(t)
	for c := range clients {
		all.Go(func() {
			for n := range each {
				start := time.Now()
				r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.URL+"/graphql", strings.NewReader(asked(c*each+n)))
				if err != nil {
					t.Error(err)
					return
				}
				r.Header.Set("Content-Type", "application/json")
				r.Header.Set("Authorization", "Bearer "+d.Token)
				resp, err := client.Do(r)
				if err != nil {
					t.Error(err)
					return
				}
				text, err := io.ReadAll(resp.Body)
				_ = resp.Body.Close()
				if err != nil || resp.StatusCode != http.StatusOK || strings.Count(string(text), "measures") != 20 {
					t.Errorf("%d %.100s %v", resp.StatusCode, text, err)
					return
				}
				took[c] = append(took[c], time.Since(start))
			}
		})
	}
	all.Wait()
	wall := time.Since(began)
	used = processor(t) - used
	sorted := slices.Concat(took...)
	if len(sorted) != clients*each {
		t.Fatalf("%d answers", len(sorted))
	}
	slices.Sort(sorted)
	p := func(share float64) time.Duration {
		return sorted[int(share*float64(len(sorted)-1))].Round(time.Millisecond / 10)
	}
	one := used / time.Duration(len(sorted))
	t.Logf("%d cells, %d clients, the same: %v: %.0f answers a second, p50 %v, p99 %v, longest %v; %v of the processor for one", len(rows), clients, same,
		float64(len(sorted))/wall.Seconds(), p(.5), p(.99), p(1), one.Round(time.Microsecond))
	return one
}

// processor is the time of the processor that this process has had.
func processor(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// manyRows are different cells, of years, origins and destinations, by four codes of sex.
func manyRows(years, origins, destinations int) [][]string {
	var rows [][]string
	for year := range years {
		for _, sex := range []string{"F", "M", "", "_T"} {
			for from := range origins {
				for to := range destinations {
					rows = append(rows, []string{fmt.Sprint(1980 + year), sex, fmt.Sprintf("A%02d", from), fmt.Sprintf("B%02d", to), fmt.Sprint(11 + year*from + to)})
				}
			}
		}
	}
	return rows
}
