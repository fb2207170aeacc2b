package release

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/anonymity/auditor"
)

// reading turns published tables into cells over attributes. Columns that are made of one
// fact, as years and quarters or bands of age, are one attribute: so their cells overlap for
// the auditor as they do for a reader.
type reading struct {
	attributes map[string]*attribute
	quarters   bool // some table tells quarters apart
	ages       bool // tables tell ages apart in several ways
	genders    bool // gender and CTDC's gender are both told
}

func newReading(all []Published) *reading {
	used := map[string]bool{}
	for i := range all {
		p := &all[i]
		if p.Known || p.Private {
			continue
		}
		for _, c := range p.Columns {
			used[meaning(p, c)] = true
		}
		used["majority"] = used["majority"] || p.Population.Adults
	}
	r := &reading{attributes: map[string]*attribute{}, quarters: used["quarter"], genders: used["gender"] && used["ctdcGender"]}
	n := 0
	for _, c := range ageColumns {
		if used[c] {
			n++
		}
	}
	r.ages = n > 1
	return r
}

// attribute collects what tables are broken down by in one respect.
type attribute struct {
	values map[string]bool
	groups map[string][]string
}

func (a *attribute) add(values ...string) {
	for _, v := range values {
		a.values[v] = true
	}
}

// group names a set of finest values.
func (a *attribute) group(name string, members []string) string {
	a.groups[name] = members
	return name
}

func (a *attribute) members(name string) []string {
	if m, is := a.groups[name]; is {
		return m
	}
	return []string{name}
}

// both names what two values have in common.
func (a *attribute) both(v, w string) (string, error) {
	of, in := a.members(v), a.members(w)
	common := slices.DeleteFunc(slices.Clone(of), func(m string) bool { return !slices.Contains(in, m) })
	switch len(common) {
	case 0:
		return "", errs.New(errs.Invalid, "a published cell is of nobody: two of its columns contradict each other")
	case len(of):
		return v, nil
	case len(in):
		return w, nil
	}
	return a.group(v+" and "+w, common), nil
}

func (a *attribute) whole(name string) auditor.Attribute {
	for _, members := range a.groups {
		a.add(members...)
	}
	switch name {
	case "year", "series year", "age": // each has a value
	default:
		a.add("") // no information is a group of its own
	}
	return auditor.Attribute{Name: name, Groups: a.groups, Values: sortedKeys(a.values)}
}

// of is the attribute of a name.
func (r *reading) of(name string) *attribute {
	if r.attributes[name] == nil {
		r.attributes[name] = &attribute{values: map[string]bool{}, groups: map[string][]string{}}
	}
	return r.attributes[name]
}

// meaning is what a column says, whatever it is called: CTDC's year is the same as ours.
func meaning(p *Published, name string) string {
	if known, err := releasable(name, p.Population.Unit); err == nil && known.derive == nil && !p.Known {
		return known.from
	}
	return name
}

// attributeOf is the attribute that a column is of. What a series says is of other people.
func (r *reading) attributeOf(p *Published, column string) string {
	switch m := meaning(p, column); {
	case p.Known:
		return "series " + m
	case m == "quarter":
		return "year"
	case r.ages && slices.Contains(ageColumns, m):
		return "age"
	case r.genders && m == "ctdcGender":
		return "gender"
	default:
		return m
	}
}

func (r *reading) table(p *Published) (*auditor.Table, error) {
	// Series count what was before Sala, or the accused: none is of these cases.
	t := &auditor.Table{Name: p.Name, Population: p.Population.Unit, Known: p.Known}
	if p.Known {
		t.Population = "series " + p.Population.Name
	}
	columns, cells := p.Groups()
	if p.Private { // noise bounds nothing, and may make somebody a child and an adult
		t.Cells = slices.Repeat([]auditor.Cell{{Count: auditor.Noised()}}, len(cells))
		return t, nil
	}
	for _, c := range cells {
		where, err := r.where(p, columns, c.Values)
		if err != nil {
			return nil, err
		}
		t.Cells = append(t.Cells, auditor.Cell{Count: p.count(c), Where: where})
	}
	return t, nil
}

// file is what a table of rows tells of what is sensitive.
func (r *reading) file(p *Published) (*auditor.File, error) {
	within, err := r.where(p, nil, nil)
	if err != nil {
		return nil, err
	}
	f := &auditor.File{Name: p.Name, L: max(leastL, p.L), Within: within}
	var quasi, sensitive []int
	var columns []string
	for i, name := range p.Columns {
		if slices.Contains(p.Sensitive, name) {
			sensitive, f.Sensitive = append(sensitive, i), append(f.Sensitive, meaning(p, name))
			continue
		}
		quasi, columns = append(quasi, i), append(columns, name)
		if a := r.attributeOf(p, name); !slices.Contains(f.Quasi, a) {
			r.of(a)
			f.Quasi = append(f.Quasi, a)
		}
	}
	pick := func(values []string, at []int) []string {
		out := make([]string, len(at))
		for i, a := range at {
			out[i] = values[a]
		}
		return out
	}
	for _, c := range p.Cells {
		where, err := r.where(p, columns, pick(c.Values, quasi))
		if err != nil {
			return nil, err
		}
		f.Classes = append(f.Classes, auditor.Class{Where: where, Sensitive: pick(c.Values, sensitive), Count: c.Count})
	}
	return f, nil
}

func (p *Published) count(c Cell) auditor.Count {
	if p.Base > 0 {
		return auditor.RoundedDown(c.Count, int64(p.Base))
	}
	return auditor.Exactly(c.Count)
}

// where says of whom a figure or a class is: what its columns say, and whom the table's
// population takes in.
func (r *reading) where(p *Published, columns, values []string) (out []auditor.Value, err error) {
	restrict := func(attribute, value string) {
		at := slices.IndexFunc(out, func(v auditor.Value) bool { return v.Attribute == attribute })
		if at < 0 {
			out = append(out, auditor.Value{Attribute: attribute, Value: value})
			return
		}
		both, e := r.of(attribute).both(out[at].Value, value)
		if err == nil {
			err = e
		}
		out[at].Value = both
	}
	for i, c := range columns {
		a := r.attributeOf(p, c)
		v, free, err := r.value(p, a, c, values[i])
		if err != nil {
			return nil, err
		}
		if !free {
			restrict(a, v)
		}
	}
	if p.Known {
		return out, err
	}
	restrict("year", r.years(p.Period.From, p.Period.To))
	if kinds := p.Population.Kinds; len(kinds) > 0 {
		of := r.of("kind")
		of.add(valueset.CaseKind("").Values()...)
		kinds = slices.Sorted(slices.Values(kinds))
		label := kinds[0]
		if len(kinds) > 1 {
			label = of.group(strings.Join(kinds, " or "), kinds)
		}
		restrict("kind", label)
	}
	if p.Population.Adults {
		a := r.attributeOf(p, "majority")
		v, _, err := r.value(p, a, "majority", "ADULT")
		if err != nil {
			return nil, err
		}
		if a == "majority" {
			r.of(a).add("CHILD")
		}
		restrict(a, v)
	}
	return out, err
}

// years names the years from one to another.
func (r *reading) years(from, to int) string {
	a := r.of("year")
	var members []string
	for y := from; y <= to; y++ {
		if !r.quarters {
			members = append(members, strconv.Itoa(y))
			continue
		}
		for q := 1; q <= 4; q++ {
			members = append(members, fmt.Sprintf("%d-Q%d", y, q))
		}
	}
	a.add(members...)
	switch {
	case len(members) == 1:
		return members[0]
	case from == to:
		return a.group(strconv.Itoa(from), members)
	}
	return a.group(fmt.Sprintf("%d to %d", from, to), members)
}

var quarterForm = regexp.MustCompile(`^([12][0-9]{3})-Q[1-4]$`)

// value is a cell's value as the auditor names it, in the column's attribute; free where it
// says nothing.
func (r *reading) value(p *Published, attribute, column, v string) (name string, free bool, err error) {
	a, m := r.of(attribute), meaning(p, column)
	switch {
	case !p.Known && attribute == "year":
		name, err = r.time(p, v)
		return name, false, err
	case v == Total || v == "*":
		return "", true, nil
	case p.Known:
	case attribute == "age":
		members := ages(m, v)
		if members == nil {
			return "", false, errs.New(errs.Invalid, "a published age is in no band of its column")
		}
		for _, all := range []string{"CHILD", "ADULT", ""} {
			a.add(ages("majority", all)...)
		}
		return a.group(m+" "+v, members), false, nil
	case m == "ctdcGender" && r.genders:
		a.add(valueset.Gender("").Values()...)
		return a.group(m+" "+v, genders(v)), false, nil
	case m == "citizenship" || m == "exploitation_country":
		return v, false, a.region(v)
	}
	a.add(v)
	return v, false, nil
}

// time is a year, a band of years or a quarter, within the table's period.
func (r *reading) time(p *Published, v string) (string, error) {
	from, to := p.Period.From, p.Period.To
	wrong := errs.New(errs.Invalid, "a published year or quarter is none, or not of its table's period")
	if q := quarterForm.FindStringSubmatch(v); q != nil {
		if y, err := strconv.Atoi(q[1]); err != nil || y < from || y > to || !r.quarters {
			return "", wrong
		}
		r.of("year").add(v)
		return v, nil
	}
	if low, high, band := strings.Cut(v, "-"); v != Total && v != "*" && v != "" {
		if !band {
			high = low
		}
		l, e1 := strconv.Atoi(low)
		h, e2 := strconv.Atoi(high)
		if e1 != nil || e2 != nil || l > to || h < from {
			return "", wrong
		}
		from, to = max(from, l), min(to, h)
	}
	return r.years(from, to), nil
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

// ageColumns are the columns that an age is told by.
var ageColumns = []string{"age_group", "age_broad", "majority"}

// band is ages from one to another in whole years, and its name.
type band struct {
	from, to int
	name     string
}

// oldest is beyond all ages.
const oldest = 999

var ageBands = map[string][]band{
	"age_group": {{0, 11, "0-11"}, {12, 17, "12-17"}, {18, 34, "18-34"}, {35, 59, "35-59"}, {60, oldest, "60+"}},
	"age_broad": {{0, 8, "0-8"}, {9, 17, "9-17"}, {18, 20, "18-20"}, {21, 23, "21-23"}, {24, 26, "24-26"}, {27, 29, "27-29"}, {30, 38, "30-38"}, {39, 47, "39-47"}, {48, oldest, "48+"}},
	"majority":  {{0, 17, "CHILD"}, {18, oldest, "ADULT"}},
}

// banded names the band that all ages from one to another are in; "" where there is none,
// as the view of releasable rows has it.
func banded(column string, from, to int) string {
	for _, b := range ageBands[column] {
		if b.from <= from && to <= b.to {
			return b.name
		}
	}
	return ""
}

// ages are the finest values that a value of one of the columns stands for: what may be
// known of somebody's age, as the three columns tell it.
func ages(column, value string) (out []string) {
	bounds := []int{oldest}
	for _, bands := range ageBands {
		for _, b := range bands {
			bounds = append(bounds, b.from)
		}
	}
	slices.Sort(bounds)
	bounds = slices.Compact(bounds)
	for i, from := range bounds[:len(bounds)-1] {
		for _, next := range bounds[i+1:] {
			to := next - 1
			if next == oldest {
				to = oldest
			}
			if banded(column, from, to) != value {
				continue
			}
			var all []string
			for _, c := range ageColumns {
				all = append(all, banded(c, from, to))
			}
			if v := strings.Join(all, "|"); !slices.Contains(out, v) {
				out = append(out, v)
			}
		}
	}
	return out
}

// genders are those that CTDC's word stands for.
func genders(ctdc string) (out []string) {
	c, err := releasable("ctdcGender", UnitCase)
	if err != nil {
		return nil
	}
	for _, g := range append(valueset.Gender("").Values(), "") {
		if c.derive(g) == ctdc {
			out = append(out, g)
		}
	}
	return out
}
