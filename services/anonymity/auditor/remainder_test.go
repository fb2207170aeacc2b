package auditor

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sala-exchange/sala/internal/errs"
)

// somebody is one row of the tests' population.
type somebody struct{ year, sex, place, form string }

func somebodies(t *rapid.T) (out []somebody) {
	for range rapid.IntRange(1, 25).Draw(t, "persons") {
		out = append(out, somebody{
			rapid.SampledFrom([]string{"1", "2"}).Draw(t, "year"), rapid.SampledFrom([]string{"F", "M"}).Draw(t, "sex"),
			rapid.SampledFrom([]string{"a", "b", ""}).Draw(t, "place"), rapid.SampledFrom([]string{"labour", "sexual", "other"}).Draw(t, "form"),
		})
	}
	return out
}

// file is one of everybody of some years, by some of year, sex and place.
func file(name, edition, years string, by []string, l int, all []somebody) File {
	f := File{Name: name, Population: "persons", Edition: edition, Within: []Value{{"year", years}}, Quasi: by, Sensitive: []string{"form"}, L: l}
	for _, p := range all {
		if years != "both" && years != p.year {
			continue
		}
		var where []Value
		if !slices.Contains(by, "year") {
			where = append(where, Value{"year", years})
		}
		for _, a := range by {
			where = append(where, Value{a, p.of(a)})
		}
		f.Classes = append(f.Classes, Class{Where: where, Sensitive: []string{p.form}, Count: 1})
	}
	return f
}

func (p somebody) of(attribute string) string {
	return map[string]string{"year": p.year, "sex": p.sex, "place": p.place}[attribute]
}

func two(files ...File) *Input {
	return &Input{K: 2, Files: files, Editions: []Edition{{Name: "1"}, {Name: "2"}}, Attributes: []Attribute{
		{Name: "year", Values: []string{"1", "2"}, Groups: map[string][]string{"both": {"1", "2"}}},
		{Name: "sex", Values: []string{"F", "M"}}, {Name: "place", Values: []string{"a", "b", ""}},
	}}
}

// TestRemaindersByHand: of one edition, a file of two years less one of one year tells where
// whoever is left has too few values, as rows looked at one by one say; and else not.
func TestRemaindersByHand(t *testing.T) {
	told := 0
	rapid.Check(t, func(t *rapid.T) {
		all, l := somebodies(t), rapid.IntRange(2, 3).Draw(t, "l")
		choices := [][]string{{"sex"}, {"place"}, {"sex", "place"}, {"year", "sex"}, {}}
		long := file("long", "1", "both", rapid.SampledFrom(choices).Draw(t, "by"), l, all)
		short := file("short", "1", "1", rapid.SampledFrom(choices).Draw(t, "less by"), l, all)
		report, err := Audit(t.Context(), *two(long, short))
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]bool{}
		for _, f := range report.Findings {
			if f.Kind != Alike || !slices.Contains(f.Tables, "long") || !slices.Contains(f.Tables, "short") {
				t.Fatalf("another finding: %+v", f)
			}
			of, _, _ := strings.Cut(strings.TrimPrefix(f.Group, "what is left of ["), "]")
			got[of] = true
		}
		want := map[string]bool{}
		maps.Copy(want, byHand(all, long, short, l))
		maps.Copy(want, byHand(all, short, long, l))
		if !maps.Equal(got, want) {
			t.Fatalf("found %v, by hand %v", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
		}
		told += len(want)
	})
	if told == 0 {
		t.Error("nothing was ever told: the test shows nothing")
	}
}

// byHand names the groups of a file that tell too little when another is taken away.
func byHand(all []somebody, x, y File, l int) map[string]bool {
	out := map[string]bool{}
	years := func(f File) string { return f.Within[0].Value }
	in := func(f File, p somebody) bool { return years(f) == "both" || years(f) == p.year }
	var both []string
	for _, a := range []string{"year", "sex", "place"} {
		if slices.Contains(x.Quasi, a) && slices.Contains(y.Quasi, a) {
			both = append(both, a)
		}
	}
	for choice := range 1 << len(both) {
		name := func(f File, p somebody) string { // of the group that shows a person
			var parts []string
			for _, a := range []string{"year", "sex", "place"} {
				switch i := slices.Index(both, a); {
				case i >= 0 && choice>>i&1 == 1:
					parts = append(parts, a+"="+p.of(a))
				case a == "year" && years(f) != "both":
					parts = append(parts, a+"="+years(f))
				}
			}
			if len(parts) == 0 {
				return f.Name + ": all"
			}
			return f.Name + ": " + strings.Join(parts, ", ")
		}
		left, less := map[string]map[string]bool{}, map[string]bool{}
		for _, p := range all {
			if !in(x, p) {
				continue
			}
			g := name(x, p)
			if left[g] == nil {
				left[g] = map[string]bool{}
			}
			// A year's group of the file of both lies in none of the file of one year where
			// that is a group of both years.
			within := years(x) == "both" || strings.Contains(name(y, p), "year=1")
			switch {
			case in(y, p) && within:
				less[g] = true
			default:
				left[g][p.form] = true
			}
		}
		for g, forms := range left {
			if less[g] && len(forms) > 0 && len(forms) < l {
				out[g] = true
			}
		}
	}
	return out
}

// TestRemaindersOfEditions: from edition to edition it is told who came, where these are
// alike, and that somebody with a value left, whoever else came.
func TestRemaindersOfEditions(t *testing.T) {
	row := func(form string, n int64) Class {
		return Class{Where: []Value{{"year", "both"}}, Sensitive: []string{form}, Count: n}
	}
	of := func(edition string, classes ...Class) File {
		return File{Name: "edition " + edition, Population: "persons", Edition: edition, Within: []Value{{"year", "both"}}, Sensitive: []string{"form"}, L: 2, Classes: classes}
	}
	for name, c := range map[string]struct {
		then File
		want bool
	}{
		"nobody":                      {of("2", row("labour", 20), row("sexual", 20)), false},
		"came, of two":                {of("2", row("labour", 31), row("sexual", 25)), false},
		"came, of one":                {of("2", row("labour", 33), row("sexual", 20)), true},
		"came, of a third":            {of("2", row("labour", 20), row("sexual", 20), row("other", 12)), true},
		"left, of one":                {of("2", row("labour", 20), row("sexual", 8)), true},
		"left, of two":                {of("2", row("labour", 8), row("sexual", 8)), false},
		"one left, others came":       {of("2", row("labour", 19), row("sexual", 33)), true},
		"the same file, of edition 1": {of("1", row("labour", 19), row("sexual", 33)), false},
	} {
		t.Run(name, func(t *testing.T) {
			report, err := Audit(t.Context(), *two(of("1", row("labour", 20), row("sexual", 20)), c.then))
			if err != nil || report.Passed() == c.want {
				t.Errorf("found %+v, %v", report, err)
			}
		})
	}
}

// TestFilesRefused: what cannot be read is refused, and files with too much in common are
// not passed.
func TestFilesRefused(t *testing.T) {
	good := file("one", "1", "1", []string{"sex"}, 2, []somebody{{"1", "F", "a", "labour"}})
	for name, wrong := range map[string]func(f *File){
		"no l":                 func(f *File) { f.L = 0 },
		"nothing sensitive":    func(f *File) { f.Sensitive = nil },
		"no such attribute":    func(f *File) { f.Quasi = []string{"sex", "height"} },
		"no such year":         func(f *File) { f.Within = []Value{{"year", "9"}} },
		"no such value":        func(f *File) { f.Classes[0].Where = []Value{{"sex", "X"}} },
		"too few values":       func(f *File) { f.Classes[0].Sensitive = nil },
		"a class of nobody":    func(f *File) { f.Classes[0].Count = 0 },
		"more than there are":  func(f *File) { f.Classes[0].Count = MaxCount + 1 },
		"a class of fewer yet": func(f *File) { f.Classes[0].Count = -3 },
	} {
		t.Run(name, func(t *testing.T) {
			f := good
			f.Classes = slices.Clone(good.Classes)
			wrong(&f)
			if _, err := Audit(t.Context(), *two(f)); errs.KindOf(err) != errs.Invalid {
				t.Errorf("taken in: %v", err)
			}
		})
	}
	in, many := two(), good
	many.Quasi = nil
	for i := range maxCommon + 1 {
		name := fmt.Sprintf("a%d", i)
		in.Attributes = append(in.Attributes, Attribute{Name: name, Values: []string{"0", "1"}})
		many.Quasi = append(many.Quasi, name)
	}
	many.Within, many.Classes = nil, []Class{{Sensitive: []string{"labour"}, Count: 3}}
	in.Files = []File{many, many}
	if report, err := Audit(t.Context(), *in); err != nil || report.Passed() || report.Findings[0].Kind != TooLarge {
		t.Errorf("found %+v, %v", report, err)
	}
	// Nor are files with too many classes, however few columns they have in common.
	many.Quasi, many.Classes = many.Quasi[:maxCommon], slices.Repeat(many.Classes, maxJoined>>maxCommon)
	in.Files = []File{many, many}
	if report, err := Audit(t.Context(), *in); err != nil || report.Passed() || report.Findings[0].Kind != TooLarge {
		t.Errorf("found %+v, %v", report, err)
	}
}

// BenchmarkFiles is what it takes to subtract ten files of rows, of 2,000 classes in five
// attributes, from each other.
func BenchmarkFiles(b *testing.B) {
	in := Input{K: 11}
	for a := range 5 {
		x := Attribute{Name: fmt.Sprint("a", a)}
		for v := range 5 {
			x.Values = append(x.Values, fmt.Sprint(v))
		}
		in.Attributes = append(in.Attributes, x)
	}
	for n := range 10 {
		f := File{Name: fmt.Sprint("file ", n), Sensitive: []string{"s"}, L: 2, Quasi: []string{"a0", "a1", "a2", "a3", "a4"}}
		for c := range 1000 {
			for s := range 2 {
				of := Class{Sensitive: []string{fmt.Sprint(s)}, Count: int64(20 + c%7)}
				for a, left := 0, c; a < 5; a, left = a+1, left/5 {
					of.Where = append(of.Where, Value{fmt.Sprint("a", a), fmt.Sprint(left % 5)})
				}
				f.Classes = append(f.Classes, of)
			}
		}
		in.Files = append(in.Files, f)
	}
	for b.Loop() {
		r, err := newReading(&in)
		if err != nil {
			b.Fatal(err)
		}
		found, err := r.remainders(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(found)), "findings")
	}
}
