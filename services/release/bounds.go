package release

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
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
	attributes := map[string]*attribute{}
	for i := range all {
		if p := &all[i]; !p.Known && p.K >= 2 {
			in.K = min(in.K, int64(p.K))
		}
	}
	editions := editionsOf(all)
	for i := range all {
		t, err := tableOf(&all[i], attributes)
		if err != nil {
			return nil, err
		}
		t.Edition = "edition " + strconv.Itoa(editions[i])
		in.Tables = append(in.Tables, *t)
	}
	for n := range slices.Max(editions) + 1 {
		in.Editions = append(in.Editions, auditor.Edition{Name: "edition " + strconv.Itoa(n)})
	}
	for _, name := range sortedKeys(attributes) {
		in.Attributes = append(in.Attributes, attributes[name].whole(name))
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

// attribute collects what a column is broken down by, over all tables.
type attribute struct {
	values map[string]bool
	groups map[string][]string
}

func (a *attribute) add(values ...string) {
	for _, v := range values {
		a.values[v] = true
	}
}

func (a *attribute) whole(name string) auditor.Attribute {
	out := auditor.Attribute{Name: name, Groups: a.groups}
	for _, members := range a.groups {
		a.add(members...)
	}
	if name != "year" {
		a.add("") // no information is a group of its own
	}
	out.Values = sortedKeys(a.values)
	return out
}

func sortedKeys[T any](m map[string]T) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func of(attributes map[string]*attribute, name string) *attribute {
	if attributes[name] == nil {
		attributes[name] = &attribute{values: map[string]bool{}, groups: map[string][]string{}}
	}
	return attributes[name]
}

// meaning is what a column says, whatever it is called: CTDC's year is the same as ours.
func meaning(p *Published, name string) string {
	if known, err := releasable(name, p.Population.Unit); err == nil && known.derive == nil && !p.Known {
		return known.from
	}
	return name
}

func tableOf(p *Published, attributes map[string]*attribute) (*auditor.Table, error) {
	// Series count what was before Sala, or the accused: none is of these cases.
	t := &auditor.Table{Name: p.Name, Population: p.Population.Unit, Known: p.Known}
	if p.Known {
		t.Population = "series " + p.Population.Name
	}
	columns, cells := p.Groups()
	fixed := p.conditions(columns, attributes)
	for _, c := range cells {
		cell := auditor.Cell{Count: p.count(c), Where: slices.Clone(fixed)}
		for i, name := range columns {
			of := of(attributes, meaning(p, name))
			v, err := p.value(of, meaning(p, name), c.Values[i])
			if err != nil {
				return nil, err
			}
			if v != "" || c.Values[i] == "" {
				cell.Where = append(cell.Where, auditor.Value{Attribute: meaning(p, name), Value: v})
			}
		}
		t.Cells = append(t.Cells, cell)
	}
	return t, nil
}

func (p *Published) count(c Cell) auditor.Count {
	switch {
	case p.Private:
		return auditor.Noised()
	case p.Base > 0:
		return auditor.RoundedDown(c.Count, int64(p.Base))
	}
	return auditor.Exactly(c.Count)
}

// conditions are what all cells of a table have in common: whom its population takes in.
func (p *Published) conditions(columns []string, attributes map[string]*attribute) (out []auditor.Value) {
	if p.Known {
		return nil
	}
	has := func(name string) bool {
		return slices.ContainsFunc(columns, func(c string) bool { return meaning(p, c) == name })
	}
	if !has("year") {
		of := of(attributes, "year")
		out = append(out, auditor.Value{Attribute: "year", Value: of.years(p.Period.From, p.Period.To)})
	}
	if kinds := p.Population.Kinds; len(kinds) > 0 && !has("kind") {
		of := of(attributes, "kind")
		of.add(valueset.CaseKind("").Values()...)
		kinds = slices.Sorted(slices.Values(kinds))
		label := kinds[0]
		if len(kinds) > 1 {
			label = strings.Join(kinds, " or ")
			of.groups[label] = kinds
		}
		out = append(out, auditor.Value{Attribute: "kind", Value: label})
	}
	if p.Population.Adults && !has("majority") {
		of(attributes, "majority").add("ADULT", "CHILD")
		out = append(out, auditor.Value{Attribute: "majority", Value: "ADULT"})
	}
	return out
}

// years names the years from one to another.
func (a *attribute) years(from, to int) string {
	var members []string
	for y := from; y <= to; y++ {
		members = append(members, strconv.Itoa(y))
	}
	a.add(members...)
	if len(members) == 1 {
		return members[0]
	}
	label := fmt.Sprintf("%d to %d", from, to)
	a.groups[label] = members
	return label
}

// value is a cell's value as the auditor names it: a year or a band within the table's
// period, the countries of a region. Blank with a value given means anything.
func (p *Published) value(a *attribute, name, v string) (string, error) {
	switch {
	case name == "year" && !p.Known:
		from, to := p.Period.From, p.Period.To
		if low, high, band := strings.Cut(v, "-"); v != Total && v != "*" && v != "" {
			if !band {
				high = low
			}
			l, e1 := strconv.Atoi(low)
			h, e2 := strconv.Atoi(high)
			if e1 != nil || e2 != nil || l > to || h < from {
				return "", errs.New(errs.Invalid, "a published year is none, or not of its table's period")
			}
			from, to = max(from, l), min(to, h)
		}
		return a.years(from, to), nil
	case v == Total || v == "*":
		return "", nil
	case (name == "citizenship" || name == "exploitation_country") && !p.Known:
		return v, a.region(v)
	}
	a.add(v)
	return v, nil
}

// region lists the countries of a region, or takes in a country.
func (a *attribute) region(v string) error {
	switch members := regions()[v]; {
	case members != nil:
		a.groups[v] = members
	case len(v) <= 2:
		a.add(v)
	default:
		return errs.New(errs.Invalid, "a published region has no countries")
	}
	return nil
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
