package risk

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sala-exchange/sala/services/anonymity/table"
)

func read(t *testing.T, text string) *table.Table {
	t.Helper()
	got, err := table.Read(strings.NewReader(text), table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func columns(t *testing.T, of *table.Table, names ...string) []*table.Column {
	t.Helper()
	got, err := of.Select(names...)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-12*max(1, math.Abs(want))) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// salaries is the table of 3-anonymous, 3-diverse patients in Li et al. (2007), table 3,
// salaries in thousands, with their distances as that paper gives them.
const salaries = `zip,salary,disease
476**,3,gastric ulcer
476**,4,gastritis
476**,5,stomach cancer
4790*,6,gastritis
4790*,11,flu
4790*,8,bronchitis
476-,7,bronchitis
476-,9,pneumonia
476-,10,stomach cancer
`

func TestOnPapersExample(t *testing.T) {
	of := read(t, salaries)
	got, err := Measure(columns(t, of, "zip"), columns(t, of, "salary", "disease"), Options{Ordered: []string{"salary"}, L: 3})
	if err != nil {
		t.Fatal(err)
	}
	if got.Classes != 3 || got.Smallest != 3 || got.Uniques != 0 || len(got.Sensitive) != 3 {
		t.Fatalf("the report is %+v", got)
	}
	salary := got.Sensitive[0]
	if salary.Distinct != 3 || salary.Homogeneous != 0 || salary.Values != 9 {
		t.Errorf("salary is %+v", salary)
	}
	near(t, "entropy l", salary.Entropy, 3)
	near(t, "c of (c,3)", *salary.RecursiveC, 1)
	near(t, "equal t", salary.Equal, 2.0/3)
	near(t, "ordered t", *salary.Ordered, 0.375) // D[P1,Q] of the paper
	near(t, "marketer", got.Prosecutor.Marketer, 1.0/3)
	near(t, "highest", got.Prosecutor.Highest, 1.0/3)
	if got.Prosecutor.AtRisk != 9 { // 1/3 is above 1/11
		t.Errorf("%d are at risk", got.Prosecutor.AtRisk)
	}
	if both := got.Sensitive[2]; both.Column != "salary + disease" || both.Values != 9 || both.Ordered != nil {
		t.Errorf("both are %+v", both)
	}
}

func TestDiversity(t *testing.T) {
	of := read(t, "q,s\na,x\na,x\na,x\na,y\na,z\nb,y\nb,y\nc,\n")
	got, err := Measure(columns(t, of, "q"), columns(t, of, "s"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := got.Sensitive[0]
	if s.Homogeneous != 2 || s.HomogeneousRows != 3 || s.Distinct != 1 || s.Entropy != 1 || s.RecursiveC != nil || got.Uniques != 1 {
		t.Errorf("the report is %+v, %+v", got, s)
	}
	near(t, "equal t", s.Equal, 1-1.0/8) // the blank alone
	one := read(t, "q,s\na,x\na,x\na,x\na,y\na,z\n")
	alone, err := Measure(columns(t, one, "q"), columns(t, one, "s"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "c of (c,2)", *alone.Sensitive[0].RecursiveC, 1.5)
	near(t, "t of the table itself", alone.Sensitive[0].Equal, 0)
}

func TestPopulation(t *testing.T) {
	of := read(t, "sex,age\nF,1\nF,1\nM,2\n")
	population := read(t, "age,sex,other\n1,F,a\n1,F,b\n1,F,c\n2,M,a\n2,M,b\n9,F,a\n")
	got, err := Measure(columns(t, of, "sex", "age"), nil, Options{Population: population, Threshold: 0.4})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "highest", got.Journalist.Highest, 0.5)
	near(t, "marketer", got.Journalist.Marketer, (2.0/3+1.0/2)/3)
	if got.Journalist.AtRisk != 1 || got.Prosecutor.AtRisk != 3 || got.Journalist.Basis != FromPopulation {
		t.Errorf("at risk: %+v, %+v", got.Journalist, got.Prosecutor)
	}
	if _, err := Measure(columns(t, of, "sex", "age"), nil, Options{Population: read(t, "sex,age\nF,1\nF,1\n")}); err == nil || !strings.Contains(err.Error(), "like row 3 ") {
		t.Errorf("a population without the person gives %v", err)
	}
	if _, err := Measure(columns(t, of, "sex", "age"), nil, Options{Population: read(t, "sex\nF\n")}); err == nil || !strings.Contains(err.Error(), `no column "age"`) {
		t.Errorf("a population without the column gives %v", err)
	}
	without, err := Measure(columns(t, of, "sex", "age"), nil, Options{})
	if err != nil || without.Journalist != nil {
		t.Errorf("without a population there is %v, %v", without.Journalist, err)
	}
}

// TestEstimated compares with the closed forms that Benedetti and Franconi give for 1, 2
// and 3 rows.
func TestEstimated(t *testing.T) {
	for _, p := range []float64{0.9, 0.5, 0.1, 0.01} {
		q := 1 - p
		for f, want := range map[int]float64{
			1: p / q * math.Log(1/p),
			2: p / (q * q) * (p*math.Log(p) + q),
			3: p / (2 * q * q * q) * (q*(3*q-2) - 2*p*p*math.Log(p)),
		} {
			if got := estimated(f, p); math.Abs(got-want) > 1e-9*want {
				t.Errorf("f=%d p=%v: %v, want %v", f, p, got, want)
			}
		}
		if got := estimated(2000, p); math.Abs(got-p/2000) > 0.01*p/2000 {
			t.Errorf("2000 rows at p=%v: %v, want about p/f", p, got)
		}
	}
	of := read(t, "q\na\na\nb\n")
	got, err := Measure(columns(t, of, "q"), nil, Options{Fraction: 0.5})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "highest", got.Journalist.Highest, math.Ln2)
}

func TestRefusals(t *testing.T) {
	of := read(t, "a,b\n1,2\n")
	a, b := columns(t, of, "a"), columns(t, of, "b")
	for name, err := range map[string]error{
		"no quasi-identifier": failure(Measure(nil, b, Options{})),
		"no row":              failure(Measure(columns(t, read(t, "a\n"), "a"), nil, Options{})),
		"both":                failure(Measure(a, a, Options{})),
		"ordered elsewhere":   failure(Measure(a, b, Options{Ordered: []string{"a"}})),
		"threshold":           failure(Measure(a, b, Options{Threshold: 1.1})),
		"fraction":            failure(Measure(a, b, Options{Fraction: 1})),
		"two populations":     failure(Measure(a, b, Options{Fraction: 0.1, Population: of})),
		"l":                   failure(Measure(a, b, Options{L: 1})),
	} {
		if err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func failure(_ *Report, err error) error { return err }

// TestAgainstPlainCounting compares the classes with a count of joined texts.
func TestAgainstPlainCounting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 30).Draw(t, "rows")
		cells := func(name string) []string {
			return rapid.SliceOfN(rapid.SampledFrom([]string{"", "x", "y"}), n, n).Draw(t, name)
		}
		a, b, s := table.Encode("a", cells("a")), table.Encode("b", cells("b")), table.Encode("s", cells("s"))
		counts, values := map[string]int{}, map[string]map[string]bool{}
		for row := range n {
			key := a.Value(row) + "|" + b.Value(row)
			counts[key]++
			if values[key] == nil {
				values[key] = map[string]bool{}
			}
			values[key][s.Value(row)] = true
		}
		smallest, distinct, single := n, n, 0
		for key, count := range counts {
			smallest, distinct = min(smallest, count), min(distinct, len(values[key]))
			if len(values[key]) == 1 {
				single++
			}
		}
		got, err := Measure([]*table.Column{&a, &b}, []*table.Column{&s}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got.Classes != len(counts) || got.Smallest != smallest || got.Sensitive[0].Distinct != distinct || got.Sensitive[0].Homogeneous != single {
			t.Fatalf("measured %+v, counted %d classes from %d", got, len(counts), smallest)
		}
		if got.Sensitive[0].Entropy > float64(distinct)+1e-9 {
			t.Fatalf("entropy l %v is above distinct l %d", got.Sensitive[0].Entropy, distinct)
		}
	})
}

// TestCTDC: what k-anonymity does not promise, on the published extract with k = 11.
func TestCTDC(t *testing.T) {
	path := filepath.Join("..", "..", "..", "..", "shared", "data", "ctdc", "ctdc-global-k11-extract.csv")
	if _, err := os.Stat(path); err != nil {
		t.Skip("the public data of ../shared are not here")
	}
	of, err := table.ReadFile(path, table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var all []*table.Column
	for i := range of.Columns() {
		all = append(all, &of.Columns()[i])
	}
	got, err := Measure(all, nil, Options{})
	if err != nil || got.Classes != 936 || got.Smallest != 11 || got.Prosecutor.AtRisk != 0 {
		t.Errorf("all columns: %d classes from %d, %v", got.Classes, got.Smallest, err)
	}
	got, err = Measure(columns(t, of, "yearOfRegistration", "gender", "ageBroad", "citizenship", "CountryOfExploitation"), columns(t, of, "isForcedLabour", "isSexualExploit"), Options{})
	if err != nil || got.Classes != 844 || got.Sensitive[2].Homogeneous != 770 {
		t.Errorf("five columns: %d classes, %+v, %v", got.Classes, got.Sensitive, err)
	}
}

// TestOracle: what ARX's TestRiskMetrics (arx-deidentifier/arx @8cdf3db) expects of adult
// before it is anonymised: average and highest risk, and the share of rows that are unique.
func TestOracle(t *testing.T) {
	path := filepath.Join("..", "..", "..", "..", "shared", "data", "arx", "adult.csv")
	if _, err := os.Stat(path); err != nil {
		t.Skip("the public data of ../shared are not here")
	}
	of, err := table.ReadFile(path, table.Options{Separator: ';'})
	if err != nil {
		t.Fatal(err)
	}
	var quasi []*table.Column
	for i := range of.Columns() {
		quasi = append(quasi, &of.Columns()[i])
	}
	got, err := Measure(quasi, nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "average risk", got.Prosecutor.Marketer, 0.6465751607983555)
	near(t, "highest risk", got.Prosecutor.Highest, 1)
	near(t, "uniques", float64(got.Uniques)/float64(got.Rows), 0.5142895033485844)
}
