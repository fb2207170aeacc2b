package auditor_test

import (
	"context"
	"reflect"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/services/anonymity/auditor"
)

const k = 11

var attributes = []auditor.Attribute{
	{Name: "year", Values: []string{"2019", "2020", "2021", "2022"}, Groups: map[string][]string{
		"2019–2020": {"2019", "2020"}, "2019–2021": {"2019", "2020", "2021"}, "2020–2022": {"2020", "2021", "2022"}, "2021–2022": {"2021", "2022"}}},
	{Name: "sex", Values: []string{"female", "male", "other"}},
	{Name: "age", Values: []string{"0–8", "9–17", "18–29", "30+"}, Groups: map[string][]string{"child": {"0–8", "9–17"}, "adult": {"18–29", "30+"}}},
	{Name: "province", Values: []string{"P1", "P2", "P3", "P4", "P5"}, Groups: map[string][]string{
		"north": {"P1", "P2"}, "south": {"P3", "P4", "P5"}, "border": {"P2", "P3", "P4"}, "river": {"P2", "P3"}}},
	{Name: "form", Values: []string{"labour", "sexual", "both", "none"}},
}

// at reads "year=2019 sex=female"; "" is all.
func at(s string) []auditor.Value {
	var out []auditor.Value
	for _, part := range strings.Fields(s) {
		a, v, _ := strings.Cut(part, "=")
		out = append(out, auditor.Value{Attribute: a, Value: v})
	}
	return out
}

func cell(where string, count auditor.Count) auditor.Cell {
	return auditor.Cell{Where: at(where), Count: count}
}

func table(name string, cells ...auditor.Cell) auditor.Table {
	return auditor.Table{Name: name, Population: "assisted persons", Cells: cells}
}

func exactly(where string, n int64) auditor.Cell { return cell(where, auditor.Exactly(n)) }
func withheld(where string) auditor.Cell         { return cell(where, auditor.Withheld()) }

func input(tables ...auditor.Table) auditor.Input {
	return auditor.Input{Attributes: attributes, Tables: tables, K: k}
}

func audit(t testing.TB, in auditor.Input) *auditor.Report {
	t.Helper()
	r, err := auditor.Audit(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Complete {
		t.Fatal("the report is not complete")
	}
	return r
}

// finds fails the test unless a finding is of that kind, and its group and bounds are so.
func finds(t *testing.T, r *auditor.Report, kind auditor.Kind, group string, least, most int64) auditor.Finding {
	t.Helper()
	for _, f := range r.Findings {
		if f.Kind == kind && f.Group == group && f.Least == least && f.Most == most {
			return f
		}
	}
	t.Errorf("no finding that %q is %s, from %d to %d, among %d:", group, kind, least, most, len(r.Findings))
	show(t, r)
	return auditor.Finding{}
}

func show(t *testing.T, r *auditor.Report) {
	t.Helper()
	for i, f := range r.Findings {
		if i == 20 {
			t.Log("…")
			return
		}
		t.Logf("%+v", f)
	}
}

func passes(t *testing.T, in auditor.Input) {
	t.Helper()
	if r := audit(t, in); !r.Passed() {
		t.Errorf("%d findings in what is safe", len(r.Findings))
		show(t, r)
	}
}

func TestPlainSmallCell(t *testing.T) {
	r := audit(t, input(table("by sex", exactly("sex=female", 40), exactly("sex=male", 3))))
	finds(t, r, auditor.Small, "by sex: sex=male", 3, 3)
	if len(r.Findings) != 1 || r.Passed() {
		t.Error("there is one small cell")
	}
}

func TestTotalMinusParts(t *testing.T) {
	r := audit(t, input(
		table("key figures", exactly("", 100)),
		table("by sex", exactly("sex=female", 60), exactly("sex=male", 33))))
	f := finds(t, r, auditor.Small, "[key figures: all] without the smaller cells in it", 7, 7)
	want := []auditor.Term{{Cell: "key figures: all", Times: 1}, {Cell: "by sex: sex=female", Times: -1}, {Cell: "by sex: sex=male", Times: -1}}
	if !reflect.DeepEqual(f.MostBy, want) || !reflect.DeepEqual(f.LeastBy, want) {
		t.Errorf("it is the total less the parts: %v, %v", f.LeastBy, f.MostBy)
	}
	if !reflect.DeepEqual(f.Tables, []string{"key figures", "by sex"}) {
		t.Error(f.Tables)
	}
}

// TestSuppressedAlone: one withheld cell in a row comes back by subtraction; a second one
// in the same row and column protects both.
func TestSuppressedAlone(t *testing.T) {
	total := []auditor.Cell{exactly("year=2019", 100), exactly("year=2020", 120), exactly("sex=female year=2019–2020", 90), exactly("sex=male year=2019–2020", 80), exactly("sex=other year=2019–2020", 50)}
	alone := audit(t, input(table("margins", total...), table("crossed",
		withheld("year=2019 sex=female"), exactly("year=2019 sex=male", 57), exactly("year=2019 sex=other", 38),
		exactly("year=2020 sex=female", 85), exactly("year=2020 sex=male", 23), exactly("year=2020 sex=other", 12))))
	finds(t, alone, auditor.Small, "crossed: year=2019, sex=female", 5, 5)
	passes(t, input(table("margins", total...), table("crossed",
		withheld("year=2019 sex=female"), withheld("year=2019 sex=male"), exactly("year=2019 sex=other", 38),
		withheld("year=2020 sex=female"), withheld("year=2020 sex=male"), exactly("year=2020 sex=other", 12))))
}

// TestOverlappingPeriods: what two reports of overlapping periods do not share is a year,
// which the rest of the second tells. Periods that do not overlap are safe.
func TestOverlappingPeriods(t *testing.T) {
	r := audit(t, input(
		table("report 2021", exactly("year=2019–2021", 60)),
		table("report 2022", exactly("year=2020–2022", 58), exactly("year=2021–2022", 40), exactly("year=2019–2020", 27))))
	f := finds(t, r, auditor.Small, "[report 2022: year=2020–2022] without [report 2021: year=2019–2021]", 7, 7)
	if !reflect.DeepEqual(f.Tables, []string{"report 2021", "report 2022"}) {
		t.Error(f)
	}
	passes(t, input(
		table("report 2020", exactly("year=2019–2020", 27)),
		table("report 2022", exactly("year=2021–2022", 40))))
}

// TestOverlappingRegions: two divisions of the country into regions, each with large groups,
// whose pieces are small.
func TestOverlappingRegions(t *testing.T) {
	r := audit(t, input(
		table("by region", exactly("province=north", 30), exactly("province=south", 60)),
		table("along the river", exactly("province=river", 20), exactly("province=border", 25), exactly("province=P1", 15))))
	finds(t, r, auditor.Small, "those in [by region: province=south] and [along the river: province=border], without the smaller cells in these", 5, 5)
}

// TestTwoEditionsAndOnePersonBetween is J2: a consent was withdrawn, and the figures of the
// next day tell by how many each cell fell.
func TestTwoEditionsAndOnePersonBetween(t *testing.T) {
	before := table("key figures, 1 March", exactly("", 90), exactly("sex=female", 50), exactly("sex=male", 40))
	after := table("key figures, 2 March", exactly("", 89), exactly("sex=female", 49), exactly("sex=male", 40))
	before.Edition, after.Edition = "1 March", "2 March"
	for _, change := range []auditor.Change{auditor.Anything, auditor.OnlyLeft} {
		in := input(before, after)
		in.Editions = []auditor.Edition{{Name: "1 March"}, {Name: "2 March", Change: change}}
		r := audit(t, in)
		f := finds(t, r, auditor.Changed, "[key figures, 2 March: sex=female] since [key figures, 1 March: sex=female]", -1, -1)
		if !reflect.DeepEqual(f.Tables, []string{"key figures, 1 March", "key figures, 2 March"}) {
			t.Error(f.Tables)
		}
		small := false
		for _, f := range r.Findings {
			small = small || f.Kind == auditor.Small
		}
		if small != (change == auditor.OnlyLeft) {
			t.Errorf("who knows that nobody came knows that one left, and else does not: %v", small)
			show(t, r)
		}
	}
}

// TestPooledEditions: the next edition has lost and gained enough in each cell.
func TestPooledEditions(t *testing.T) {
	before := table("2019–2020", exactly("", 90), exactly("sex=female", 50), exactly("sex=male", 40))
	after := table("2019–2022", exactly("", 140), exactly("sex=female", 80), exactly("sex=male", 60))
	before.Edition, after.Edition = "1", "2"
	in := input(before, after)
	in.Editions = []auditor.Edition{{Name: "1"}, {Name: "2"}}
	passes(t, in)
}

// TestEditionsThatAreNotDeclared: without editions, figures that changed cannot all be true.
func TestEditionsThatAreNotDeclared(t *testing.T) {
	r := audit(t, input(table("a", exactly("", 90)), table("b", exactly("", 89))))
	if len(r.Findings) != 1 || r.Findings[0].Kind != auditor.Contradiction {
		t.Error(r.Findings)
	}
}

// TestRoundingWithAKnownTotal: what was cut off by rounding down comes back where the
// total is known as it is.
func TestRoundingWithAKnownTotal(t *testing.T) {
	rounded := table("rounded to tens", cell("sex=female", auditor.RoundedDown(20, 10)), cell("sex=male", auditor.RoundedDown(30, 10)), cell("sex=other", auditor.Suppressed(10)))
	passes(t, input(rounded))
	r := audit(t, input(rounded, table("annual report", exactly("", 77))))
	f := finds(t, r, auditor.Small, "rounded to tens: sex=other", 9, 9)
	want := []auditor.Term{{Cell: "annual report: all", Times: 1}, {Cell: "rounded to tens: sex=female", Times: -1}, {Cell: "rounded to tens: sex=male", Times: -1}}
	if !reflect.DeepEqual(f.LeastBy, want) {
		t.Error(f.LeastBy)
	}
	if t.Failed() {
		show(t, r)
	}
}

// TestKnownToEverybody is J4: official figures are taken as known. They are no finding of
// themselves, and what they give away of ours is.
func TestKnownToEverybody(t *testing.T) {
	official := table("justice outcomes", exactly("sex=female", 4), exactly("sex=male", 60))
	official.Known = true
	passes(t, input(official))
	ours := table("ours", exactly("", 64), exactly("sex=male age=adult", 55))
	r := audit(t, input(official, ours))
	finds(t, r, auditor.Small, "[justice outcomes: sex=male] without the smaller cells in it", 5, 5)
	for _, f := range r.Findings {
		if f.Group == "justice outcomes: sex=female" {
			t.Error("what is official is told as found")
		}
	}
	official.Known = false
	if audit(t, input(official)).Passed() {
		t.Error("the same figures pass where nobody knows them")
	}
}

// TestNoised: no subtraction is certain among private counts; they are left out and counted.
func TestNoised(t *testing.T) {
	private := table("private", cell("", auditor.Noised()), cell("sex=female", auditor.Noised()), cell("sex=male", auditor.Noised()))
	in := input(private, table("exact", exactly("", 100)))
	passes(t, in)
	if r := audit(t, in); r.Noised != 3 || r.Cells != 1 {
		t.Errorf("%+v", r)
	}
}

// TestNarrow: bounds that are too close tell a suppressed cell nearly.
func TestNarrow(t *testing.T) {
	in := input(
		table("margins", exactly("", 50), exactly("sex=male", 45)),
		table("crossed", cell("sex=female", auditor.Suppressed(k)), cell("sex=other", auditor.Suppressed(k))))
	r := audit(t, in)
	finds(t, r, auditor.Small, "[margins: all] less what is known of it", 5, 5)
	in.Width = 6
	finds(t, audit(t, in), auditor.Narrow, "crossed: sex=other", 0, 5)
	safe := input(table("crossed", exactly("sex=male", 45), cell("sex=female", auditor.Suppressed(k)), cell("sex=other", auditor.Suppressed(k))))
	safe.Width = 10
	passes(t, safe)
}

// TestAlike: a table of large cells tells of everybody in a group what happened to them.
func TestAlike(t *testing.T) {
	in := input(table("forms", exactly("province=P1", 20), exactly("province=P1 form=labour", 20), exactly("province=P2 form=labour", 15), exactly("province=P2 form=sexual", 12)))
	passes(t, in)
	in.Sensitive = []auditor.Sensitive{{Attributes: []string{"form"}, L: 2}}
	r := audit(t, in)
	if len(r.Findings) != 1 || r.Findings[0].Kind != auditor.Alike || r.Findings[0].Group != "forms: province=P1: 1 possible values of form, and 2 are asked for" {
		t.Error("all of P1 were exploited for labour, and nothing else was found")
		show(t, r)
	}
}

// TestDifferenceAlike: the forms of a group follow from those of the whole and of the rest.
func TestAlikeByDifference(t *testing.T) {
	in := input(
		table("country", exactly("form=labour", 50), exactly("form=sexual", 30)),
		table("men", exactly("sex=male", 40), exactly("sex=male form=labour", 20), exactly("sex=male form=sexual", 20)),
		table("women", exactly("sex=female", 30)),
		table("others", exactly("sex=other", 30)),
		table("all", exactly("", 100), exactly("form=both", 20), exactly("form=none", 0)),
		table("women again", exactly("sex=female form=both", 0), exactly("sex=female form=sexual", 0)))
	in.Sensitive = []auditor.Sensitive{{Attributes: []string{"form"}, L: 2}}
	r := audit(t, in)
	found := false
	for _, f := range r.Findings {
		found = found || f.Kind == auditor.Alike && f.Group == "women: sex=female: 1 possible values of form, and 2 are asked for"
	}
	if !found {
		t.Error("all women were exploited for labour")
		show(t, r)
	}
}

// TestTooLarge: what cannot be weighed up is refused, not passed.
func TestTooLarge(t *testing.T) {
	in := input(table("margins", exactly("", 100), exactly("sex=female", 50), exactly("age=child", 40), exactly("province=north", 30)))
	passes(t, in)
	in.Limits = auditor.Limits{Atoms: 3}
	refused(t, in, auditor.TooLarge)
	in.Limits = auditor.Limits{Regions: 2}
	refused(t, in, auditor.TooLarge)
	in.Limits = auditor.Limits{Rows: 1}
	refused(t, in, auditor.TooLarge)
	in.Limits = auditor.Limits{Steps: 1}
	refused(t, in, auditor.Undecided)
	in.Limits = auditor.Limits{Work: 1}
	refused(t, in, auditor.Undecided)
}

func refused(t *testing.T, in auditor.Input, kind auditor.Kind) {
	t.Helper()
	r := audit(t, in)
	if len(r.Findings) == 0 || r.Findings[0].Kind != kind || r.Passed() {
		t.Errorf("it is not refused as %s: %+v", kind, r.Findings)
	}
}

func TestZeroReportPassesNothing(t *testing.T) {
	var none *auditor.Report
	if none.Passed() || (&auditor.Report{}).Passed() {
		t.Error("a report of nothing passes")
	}
}
