package release

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/sala-exchange/sala/services/anonymity/auditor"
	"github.com/sala-exchange/sala/services/anonymity/hierarchy"
	"github.com/sala-exchange/sala/services/anonymity/table"
)

// Bounds is the Auditor that weighs all published tables by linear bounds (package auditor).
// It asks for the least k of the tables: 20 is kept by each table that has to, and 11 by all
// of them together.
type Bounds struct{}

// Audit implements Auditor.
func (Bounds) Audit(ctx context.Context, all []Published) ([]string, error) {
	in, err := weighed(all)
	if err != nil {
		return nil, err
	}
	report, err := auditor.Audit(ctx, *in)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, f := range report.Findings {
		out = append(out, fmt.Sprintf("%s: %s (from %d to %d persons)", f.Kind, f.Group, f.Least, f.Most))
	}
	if len(out) == 0 && !report.Passed() {
		out = append(out, "not all tables could be weighed up")
	}
	return out, nil
}

// weighed are the published tables as the auditor reads them.
func weighed(all []Published) (*auditor.Input, error) {
	in := &auditor.Input{K: leastK}
	r := newReading(all)
	for i := range all {
		if p := &all[i]; !p.Known && p.K >= 2 {
			in.K = min(in.K, int64(p.K))
		}
	}
	editions := editionsOf(all)
	for i := range all {
		p := &all[i]
		t, err := r.table(p)
		if err != nil {
			return nil, err
		}
		t.Edition = "edition " + strconv.Itoa(editions[i])
		in.Tables = append(in.Tables, *t)
		if p.Records && !p.Private && len(p.Sensitive) > 0 {
			f, err := r.file(p)
			if err != nil {
				return nil, err
			}
			f.Population, f.Edition = t.Population, t.Edition
			in.Files = append(in.Files, *f)
		}
	}
	for n := range slices.Max(editions) + 1 {
		in.Editions = append(in.Editions, auditor.Edition{Name: "edition " + strconv.Itoa(n)})
	}
	for _, name := range sortedKeys(r.attributes) {
		in.Attributes = append(in.Attributes, r.attributes[name].whole(name))
	}
	return in, nil
}

// editionsOf numbers the states of the case database that tables were made from: tables that
// show the same years of the same rows are of one.
func editionsOf(all []Published) []int {
	out := make([]int, len(all))
	var states []map[string]string
	for i, p := range all {
		last := len(states) - 1
		if last < 0 || !agree(states[last], p.Snapshot) {
			states = append(states, map[string]string{})
			last++
		}
		for y, digest := range p.Snapshot {
			states[last][y] = digest
		}
		out[i] = last
	}
	return out
}

func agree(a, b map[string]string) bool {
	for y, digest := range b {
		if was, there := a[y]; there && was != digest {
			return false
		}
	}
	return true
}

func sortedKeys[T any](m map[string]T) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// regions are those that countries are pooled to, with their countries.
var regions = sync.OnceValue(func() map[string][]string {
	out := map[string][]string{}
	for first := 'A'; first <= 'Z'; first++ {
		for second := 'A'; second <= 'Z'; second++ {
			code := string([]rune{first, second})
			c := table.Encode("country", []string{code})
			levels, err := hierarchy.Countries().Apply(&c)
			if err != nil {
				continue // no country
			}
			for l := 1; l < levels.Height(); l++ {
				name := levels.Values[l][levels.Codes[l][c.Codes[0]]]
				out[name] = append(out[name], code)
			}
		}
	}
	delete(out, hierarchy.Any)
	return out
})
