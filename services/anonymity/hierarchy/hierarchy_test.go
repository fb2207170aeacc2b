package hierarchy

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/services/anonymity/table"
)

// labels are a value's labels, from level 1 on.
func labels(t *testing.T, h Hierarchy, value string) []string {
	t.Helper()
	c := table.Encode("c", []string{value})
	l, err := h.Apply(&c)
	if err != nil {
		t.Fatalf("%q: %v", value, err)
	}
	var out []string
	for level := 1; level < l.Height(); level++ {
		out = append(out, l.Values[level][l.Codes[level][c.Codes[0]]])
	}
	return out
}

func must(h Hierarchy, err error) Hierarchy {
	if err != nil {
		panic(err)
	}
	return h
}

func TestBuiltIn(t *testing.T) {
	widths := must(Widths(5, 10, 20))
	for _, c := range []struct {
		of    Hierarchy
		value string
		want  string
	}{
		{widths, "23", "20-24 20-29 20-39 *"},
		{widths, "0", "0-4 0-9 0-19 *"},
		{widths, "-1", "-5--1 -10--1 -20--1 *"},
		{Ages(), "0", "0-5 0-11 0-17 *"},
		{Ages(), "14", "12-14 12-17 0-17 *"},
		{Ages(), "17", "15-17 12-17 0-17 *"},
		{Ages(), "18", "18-24 18-34 18+ *"},
		{Ages(), "99", "60+ 60+ 18+ *"},
		{Dates(), "2021-05-17", "2021-05 2021-Q2 2021 2020-2024 2020-2029 *"},
		{Dates(), "2019-12", "2019-12 2019-Q4 2019 2015-2019 2010-2019 *"},
		{Dates(), "2020", "2020 2020 2020 2020-2024 2020-2029 *"},
		{Countries(), "LA", "South-eastern Asia Asia *"},
		{Countries(), "LAO", "South-eastern Asia Asia *"},
		{Countries(), "TH", "South-eastern Asia Asia *"},
		{Countries(), "CN", "Eastern Asia Asia *"},
		{Countries(), "UA", "Eastern Europe Europe *"},
		{Countries(), "GB", "Northern Europe Europe *"},
		{Countries(), "US", "Northern America Americas *"},
		{Countries(), "MX", "Central America Americas *"},
		{Countries(), "MG", "Eastern Africa Africa *"},
		{Countries(), "NZ", "Australia and New Zealand Oceania *"},
		{LaoProvinces(), "13", "Centre *"},
		{LaoProvinces(), "LA-SV", "Centre *"},
		{LaoProvinces(), "16", "South *"},
		{LaoProvinces(), "05", "North *"},
		{Industries(), "0311", "031 03 A *"},
		{Industries(), "9700", "970 97 T *"},
		{Industries(), "56", "56 56 I *"},
		{Industries(), "141", "141 14 C *"},
		{None(), "anything", ""},
	} {
		if got := strings.Join(labels(t, c.of, c.value), " "); got != c.want {
			t.Errorf("%q becomes %q, want %q", c.value, got, c.want)
		}
	}
}

// TestBlankStaysBlank until everything is joined.
func TestBlankStaysBlank(t *testing.T) {
	for name, h := range map[string]Hierarchy{
		"ages": Ages(), "dates": Dates(), "countries": Countries(), "provinces": LaoProvinces(), "industries": Industries(),
		"a file": must(Read(strings.NewReader("a;x;*\nb;y;*\n"), table.Options{})),
	} {
		got := labels(t, h, "")
		for _, label := range got[:len(got)-1] {
			if label != "" {
				t.Errorf("%s: a blank becomes %v", name, got)
			}
		}
		if got[len(got)-1] != "*" {
			t.Errorf("%s: a blank becomes %v", name, got)
		}
	}
	own := must(Read(strings.NewReader("a;x;*\n;unknown;*\n"), table.Options{}))
	if got := labels(t, own, ""); !slices.Equal(got, []string{"unknown", "*"}) {
		t.Errorf("a hierarchy that has the blank gives %v", got)
	}
	open := must(Read(strings.NewReader("a;x\nb;y\n"), table.Options{}))
	if got := labels(t, open, ""); !slices.Equal(got, []string{""}) {
		t.Errorf("a hierarchy without a joining level gives %v", got)
	}
}

func TestMissingValues(t *testing.T) {
	for name, c := range map[string]struct {
		of    Hierarchy
		value string
	}{
		"age":      {Ages(), "Kanaree"},
		"age -1":   {Ages(), "-1"},
		"date":     {Dates(), "2021-02-30"},
		"country":  {Countries(), "035"},
		"lower":    {Countries(), "la"},
		"no man's": {Countries(), "AQ"},
		"province": {LaoProvinces(), "19"},
		"industry": {Industries(), "04"},
		"letter":   {Industries(), "A"},
		"file":     {must(Read(strings.NewReader("a;*\n"), table.Options{})), "Kanaree"},
	} {
		column := table.Encode("c", []string{"", "", c.value})
		_, err := c.of.Apply(&column)
		if err == nil || !strings.Contains(err.Error(), `column "c", row 3:`) || strings.Contains(err.Error(), c.value+" ") || strings.Contains(err.Error(), "Kana") {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
}

func TestBadHierarchies(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"empty":     {"", "is empty"},
		"ragged":    {"a;x;*\nKana;*\n", "line 2 has 2 levels and the first 3"},
		"twice":     {"a;x\nKana;x\nKana;x\n", "the value of line 3 has a line already"},
		"no tree":   {"a;x;1\nKana;x;2\n", "line 2 tells apart on level 2 what an earlier line joins on level 1"},
		"too high":  {strings.Repeat("Kana;", MaxHeight) + "\n", "at most 64"},
		"not UTF-8": {"a;Kana\xe9\n", "line 1, column 2 is not UTF-8"},
	} {
		_, err := Read(strings.NewReader(c.text), table.Options{})
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "Kana") {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
	for name, make := range map[string]func() (Hierarchy, error){
		"no multiple":     func() (Hierarchy, error) { return Widths(5, 12) },
		"descending":      func() (Hierarchy, error) { return Widths(10, 5) },
		"width 1":         func() (Hierarchy, error) { return Widths(1) },
		"bounds descend":  func() (Hierarchy, error) { return Bounds([]int{0, 18, 12}) },
		"foreign bound":   func() (Hierarchy, error) { return Bounds([]int{0, 12, 18}, []int{0, 15}) },
		"later beginning": func() (Hierarchy, error) { return Bounds([]int{0, 12, 18}, []int{12, 18}) },
		"no bound":        func() (Hierarchy, error) { return Bounds(nil) },
	} {
		if _, err := make(); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// TestLevelsAreChecked: a hierarchy that is none is found on the column, whatever made it.
func TestLevelsAreChecked(t *testing.T) {
	wrong := Hierarchy{height: 3, of: func(value string) ([]string, bool) { return []string{"x", value}, true }}
	c := table.Encode("c", []string{"a", "b"})
	if _, err := wrong.Apply(&c); err == nil || !strings.Contains(err.Error(), "level 2 of the hierarchy tells apart what level 1 joins") {
		t.Errorf("the error is %v", err)
	}
}

// FuzzRead: what is read is a hierarchy: it applies to its own values.
func FuzzRead(f *testing.F) {
	f.Add("a;x;*\nb;x;*\nc;y;*\n")
	f.Add("\ufeff1;0-4\r\n\"2;\";0-4\r\n")
	f.Add("a;x;1\nb;x;2\n")
	f.Fuzz(func(t *testing.T, text string) {
		h, err := Read(strings.NewReader(text), table.Options{})
		if err != nil {
			return
		}
		var values []string
		in, err := table.NewReader(strings.NewReader(text), table.Options{Separator: ';'})
		if err != nil {
			t.Fatal(err)
		}
		for {
			cells, err := in.Next()
			if err != nil {
				break
			}
			values = append(values, strings.Clone(cells[0]))
		}
		c := table.Encode("c", values)
		l, err := h.Apply(&c)
		if err != nil {
			t.Fatalf("what was read does not apply to its own values: %v", err)
		}
		for level := 1; level < l.Height(); level++ {
			if len(l.Values[level]) > len(values)+1 { // the blank has one too
				t.Errorf("level %d has more values than there are lines", level)
			}
		}
	})
}

func TestRealHierarchies(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "..", "shared", "data", "arx")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the public data of ../shared are not here")
	}
	adult, err := table.ReadFile(filepath.Join(dir, "adult.csv"), table.Options{Separator: ';'})
	if err != nil {
		t.Fatal(err)
	}
	nodes := 1
	for i := range adult.Columns() {
		c := &adult.Columns()[i]
		h, err := ReadFile(filepath.Join(dir, "adult_hierarchy_"+c.Name+".csv"), table.Options{})
		if err != nil {
			t.Fatal(err)
		}
		l, err := h.Apply(c)
		if err != nil {
			t.Fatal(err)
		}
		nodes *= l.Height()
	}
	if nodes != 12960 {
		t.Errorf("the lattice of adult has %d nodes", nodes)
	}
}
