package aggregate_test

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/anonymity/aggregate"
	"github.com/sala-exchange/sala/services/anonymity/noise"
	"github.com/sala-exchange/sala/services/anonymity/table"
	"github.com/sala-exchange/sala/test/showcase"
)

var ctx = context.Background()

func read(t testing.TB, csv string) *table.Table {
	t.Helper()
	out, err := table.Read(strings.NewReader(csv), table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// named writes the counts as "A:a1;B:b1" = 2, the empty combination as "".
func named(a *aggregate.Aggregates) map[string]int64 {
	out := map[string]int64{"": a.Records}
	for _, counts := range a.Counts {
		for c, count := range counts {
			var parts []string
			for i := range c.Len() {
				x := a.Attributes[c[i]-1]
				parts = append(parts, a.Columns[x.Column]+":"+x.Value)
			}
			slices.Sort(parts)
			out[strings.Join(parts, ";")] = count
		}
	}
	return out
}

// counts reads "A:a1 3" lines.
func counts(t testing.TB, lines string) map[string]int64 {
	t.Helper()
	out := map[string]int64{}
	for line := range strings.Lines(lines) {
		name, count, _ := strings.Cut(strings.TrimSpace(line), " ")
		n, err := strconv.ParseInt(count, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		out[strings.Trim(name, "-")] = n
	}
	return out
}

func same(t *testing.T, got, want map[string]int64) {
	t.Helper()
	if maps.Equal(got, want) {
		return
	}
	for name, n := range want {
		if have, ok := got[name]; !ok || have != n {
			t.Errorf("%s is %d (there: %v), not %d", name, have, ok, n)
		}
	}
	for name, n := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s: %d is too much", name, n)
		}
	}
}

// The worked input of Synthetic Data Showcase's description of its method, and its counts.
const workedInput = "A,B,C\na1,b1,c1\na1,b2,c1\na2,,c2\na2,b2,c1\na1,b2,\n"

const workedCounts = `- 5
A:a1 3
A:a2 2
B:b1 1
B:b2 3
C:c1 3
C:c2 1
A:a1;B:b1 1
A:a1;B:b2 2
A:a1;C:c1 2
A:a2;B:b2 1
A:a2;C:c1 1
A:a2;C:c2 1
B:b1;C:c1 1
B:b2;C:c1 2
A:a1;B:b1;C:c1 1
A:a1;B:b2;C:c1 1
A:a2;B:b2;C:c1 1`

func TestWorkedCounts(t *testing.T) {
	a, err := aggregate.Exact(ctx, read(t, workedInput), aggregate.Options{Length: 3}, nil)
	if err != nil {
		t.Fatal(err)
	}
	same(t, named(a), counts(t, workedCounts))
}

// The example of Synthetic Data Showcase's command line, resolution 2. Its seven counts of F
// contradict its input, in which F is 0 throughout, and are left out.
const exampleInput = `A,B,C,F,G,D
a2,b2,c3,0,0,d2
a1,b1,c1,0,0,d1
a1,b1,c1,0,0,d1
a1,b2,c2,0,0,d2
a2,b2,c2,0,0,d2
a2,b1,c2,0,0,d2
a1,b1,c1,0,0,d1
a2,b3,c2,0,0,d2
a2,b2,c1,0,0,d1
a3,b2,c2,0,0,d2
a2,b2,c2,0,0,d3
`

const exampleCounts = `- 10
B:b2;D:d2 4
A:a1;B:b1;C:c1 2
A:a1 4
A:a2;B:b2;D:d2 2
C:c1;D:d1 4
B:b1;D:d1 2
C:c2;D:d2 4
D:d1 4
A:a2;B:b2;C:c2 2
A:a2 6
B:b1 4
B:b2 6
B:b1;C:c1 2
A:a2;C:c2 4
C:c1 4
A:a1;D:d1 2
A:a1;C:c1;D:d1 2
D:d2 6
B:b1;C:c1;D:d1 2
B:b2;C:c2 4
A:a2;D:d2 4
A:a1;B:b1;D:d1 2
A:a1;B:b1 2
A:a2;C:c2;D:d2 2
B:b2;C:c2;D:d2 2
A:a2;B:b2 4
A:a1;C:c1 2
C:c2 6`

func TestRoundedExample(t *testing.T) {
	a, withheld, err := aggregate.Rounded(ctx, read(t, exampleInput), aggregate.Options{Length: 3}, aggregate.Rounding{Resolution: 2, Primary: true}, nil)
	if err != nil {
		t.Fatal(err)
	}
	same(t, named(a), counts(t, exampleCounts))
	if withheld.Further != 0 || withheld.Small == 0 {
		t.Errorf("withheld: %+v", withheld)
	}
}

// complete makes a table without blanks, in which some values are rare.
func complete(t testing.TB, rows int, seed uint64) *table.Table {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 7))
	cells := make([][]string, 4)
	for range rows {
		for c := range cells {
			cells[c] = append(cells[c], strconv.Itoa(1+int(r.ExpFloat64()*1.2)))
		}
	}
	var columns []table.Column
	for c := range cells {
		columns = append(columns, table.Encode(string(rune('A'+c)), cells[c]))
	}
	out, err := table.New(columns...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// gotBack counts the small combinations that are shown to be there by subtraction: from a
// total that is told, those of its parts by one complete column that are told, each with as
// much as rounding can have taken off.
func gotBack(truth, told *aggregate.Aggregates, resolution int64) (n int) {
	have, all := named(told), named(truth)
	type family struct{ whole, column string }
	left, small := map[family]int64{}, map[family][]string{}
	for name := range all {
		parts := strings.Split(name, ";")
		for i, part := range parts {
			if name == "" {
				continue
			}
			column, _, _ := strings.Cut(part, ":")
			f := family{strings.Join(slices.Delete(slices.Clone(parts), i, i+1), ";"), column}
			whole, ok := have[f.whole]
			if !ok {
				continue
			}
			if _, known := left[f]; !known {
				left[f] = whole
			}
			if count, ok := have[name]; ok {
				left[f] -= count + resolution - 1
			} else {
				small[f] = append(small[f], name)
			}
		}
	}
	for f, names := range small {
		if len(names) == 1 && left[f] > 0 && all[names[0]] < resolution {
			n++
		}
	}
	return n
}

// TestSmallCountsAreGotBackFromTotals: by subtraction where only what is small is withheld,
// and not with the complement.
func TestSmallCountsAreGotBackFromTotals(t *testing.T) {
	o, without, with, further := aggregate.Options{Length: 3}, 0, 0, 0
	const tables, resolution = 40, 5
	for seed := range uint64(tables) {
		data := complete(t, 60+20*int(seed), seed)
		truth, err := aggregate.Exact(ctx, data, o, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, primary := range []bool{true, false} {
			told, withheld, err := aggregate.Rounded(ctx, data, o, aggregate.Rounding{Resolution: resolution, Primary: primary}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if n := gotBack(truth, told, resolution); primary {
				without += n
			} else {
				with += n
			}
			further += withheld.Further
			if withheld.Further > withheld.Small {
				t.Errorf("%d are withheld for the sake of %d", withheld.Further, withheld.Small)
			}
		}
	}
	t.Logf("%d small combinations of %d tables are got back without the complement, %d with it; %d further ones are withheld", without, tables, with, further)
	if without < 20 {
		t.Error("the attack does not work without the complement")
	}
	if with > 0 {
		t.Errorf("%d small combinations are got back from what is told", with)
	}
}

func TestZerosAreAttributesByOption(t *testing.T) {
	data := read(t, "A,B\n0,x\n1,\n0,x\n")
	for zeros, want := range map[bool]string{false: "- 3\nA:1 1\nB:x 2", true: "- 3\nA:0 2\nA:1 1\nB:x 2\nA:0;B:x 2"} {
		a, err := aggregate.Exact(ctx, data, aggregate.Options{Length: 2, Zeros: zeros}, nil)
		if err != nil {
			t.Fatal(err)
		}
		same(t, named(a), counts(t, want))
	}
}

// TestOrderChangesNothing: reordered rows give the same file, byte for byte; under privacy
// the same but for the noise, which differs from run to run.
func TestOrderChangesNothing(t *testing.T) {
	lines := strings.SplitAfter(exampleInput, "\n")
	head, rows := lines[0], lines[1:len(lines)-1]
	written := func(rows []string) string {
		a, _, err := aggregate.Rounded(ctx, read(t, head+strings.Join(rows, "")), aggregate.Options{Length: 3}, aggregate.Rounding{Resolution: 2}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return write(t, a)
	}
	first := written(rows)
	for range 5 {
		rand.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		if written(rows) != first {
			t.Fatal("another order of rows gives another file")
		}
	}
	data := showcase.Table(2000, 1)
	private := func() string {
		a, _, err := aggregate.Counted(ctx, data, aggregate.Options{Length: 2}, aggregate.Private{Budget: noise.Budget{Epsilon: 1}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return write(t, a)
	}
	if first, again := private(), private(); first == again {
		t.Error("the noise came twice the same: it must not be seeded, nor survive a restart")
	}
}

func write(t testing.TB, a *aggregate.Aggregates) string {
	t.Helper()
	var out bytes.Buffer
	if err := a.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// agreeing fails the test where counts do not agree with each other.
func agreeing(t *testing.T, a *aggregate.Aggregates) {
	t.Helper()
	type family struct {
		whole  aggregate.Combination
		column int
	}
	sums := map[family]int64{}
	for _, counts := range a.Counts {
		for c, count := range counts {
			if count < 1 {
				t.Fatalf("a count of %d is reported", count)
			}
			for i := range c.Len() {
				whole, ok := a.Count(c.Without(i))
				if !ok || whole < count {
					t.Fatalf("a combination has %d records and a part of it %d (reported: %v)", count, whole, ok)
				}
				sums[family{c.Without(i), a.Column(c[i])}] += count
			}
		}
	}
	for f, sum := range sums {
		if whole, _ := a.Count(f.whole); sum > whole {
			t.Fatalf("parts are %d together, the whole is %d", sum, whole)
		}
	}
}

func TestCountsAgree(t *testing.T) {
	for seed := range uint64(6) {
		data := showcase.Table(300+int(seed)*300, seed)
		a, _, err := aggregate.Rounded(ctx, data, aggregate.Options{Length: 3}, aggregate.Rounding{Resolution: 10}, nil)
		if err != nil {
			t.Fatal(err)
		}
		agreeing(t, a)
		for _, p := range []aggregate.Private{
			{Budget: noise.Budget{Epsilon: 0.5}},
			{Budget: noise.Budget{Epsilon: 4, Delta: 1e-6}, Priority: aggregate.Short, Threshold: 1},
			{Budget: noise.Budget{Epsilon: 4}, Records: int64(data.Rows()), Bound: 4, Priority: aggregate.Even, FalseDiscovery: 0.5},
		} {
			a, spent, err := aggregate.Counted(ctx, data, aggregate.Options{Length: 4}, p, nil)
			if err != nil {
				t.Fatal(err)
			}
			agreeing(t, a)
			if p.Records > 0 && (a.Records != p.Records || spent.RecordsEpsilon != 0 || spent.RecordsBins != 0) {
				t.Errorf("what is declared was asked: %+v", *spent)
			}
		}
	}
}

// TestSpendingAddsUp: the parts of the budget are together not more than it, by the same
// formulas as in the literature.
func TestSpendingAddsUp(t *testing.T) {
	for _, p := range []aggregate.Private{{Budget: noise.Budget{Epsilon: 4}}, {Budget: noise.Budget{Epsilon: 0.3, Delta: 1e-9}, Bound: 2}, {Budget: noise.Budget{Epsilon: 1}, Bound: 3, Records: 900}} {
		a, spent, err := aggregate.Counted(ctx, showcase.Table(900, 3), aggregate.Options{Length: 3}, p, nil)
		if err != nil {
			t.Fatal(err)
		}
		if spent.RecordsEpsilon+spent.CountsEpsilon > spent.Epsilon*(1+1e-12) || spent.NoiseDelta+spent.ThresholdDelta > spent.Delta*(1+1e-12) {
			t.Errorf("more is spent than there is: %+v", *spent)
		}
		squares := 0.0
		for _, l := range spent.Lengths {
			if want := math.Sqrt(float64(l.Terms)) / l.Sigma; math.Abs(l.Mu-want) > 1e-9 {
				t.Errorf("length %d costs %v, not %v", l.Length, want, l.Mu)
			}
			squares += l.Mu * l.Mu
		}
		if d := noise.DeltaOf(spent.CountsEpsilon, math.Sqrt(squares)); d > spent.NoiseDelta {
			t.Errorf("the noise costs a delta of %v, of %v", d, spent.NoiseDelta)
		}
		if p.Delta == 0 && p.Records > 0 && spent.Delta != noise.DefaultDelta(p.Records) {
			t.Errorf("delta is not that of the declared number: %v", spent.Delta)
		}
		if p.Bound > 0 && len(spent.Lengths) > p.Bound || a.Length() != 3 {
			t.Errorf("lengths that no record has cost something: %+v", spent.Lengths)
		}
	}
}

func TestHostileParametersAreRefused(t *testing.T) {
	data := showcase.Table(100, 1)
	good := aggregate.Private{Budget: noise.Budget{Epsilon: 1}}
	nan, inf, minus0 := math.NaN(), math.Inf(1), math.Copysign(0, -1)
	for name, spoil := range map[string]func(*aggregate.Private){
		"no epsilon":               func(p *aggregate.Private) { p.Epsilon = 0 },
		"minus zero":               func(p *aggregate.Private) { p.Epsilon = minus0 },
		"negative epsilon":         func(p *aggregate.Private) { p.Epsilon = -1 },
		"epsilon not a number":     func(p *aggregate.Private) { p.Epsilon = nan },
		"infinite epsilon":         func(p *aggregate.Private) { p.Epsilon = inf },
		"negative delta":           func(p *aggregate.Private) { p.Delta = -1e-6 },
		"delta minus zero":         func(p *aggregate.Private) { p.Delta = minus0 },
		"delta of one":             func(p *aggregate.Private) { p.Delta = 1 },
		"delta not a number":       func(p *aggregate.Private) { p.Delta = nan },
		"infinite delta":           func(p *aggregate.Private) { p.Delta = inf },
		"negative bound":           func(p *aggregate.Private) { p.Bound = -1 },
		"bound above the columns":  func(p *aggregate.Private) { p.Bound = 11 },
		"negative records":         func(p *aggregate.Private) { p.Records = -1 },
		"endless records":          func(p *aggregate.Private) { p.Records = math.MaxInt64 },
		"percentile too low":       func(p *aggregate.Private) { p.Percentile = 49 },
		"percentile too high":      func(p *aggregate.Private) { p.Percentile = 101 },
		"unknown priority":         func(p *aggregate.Private) { p.Priority = "mine" },
		"negative threshold":       func(p *aggregate.Private) { p.Threshold = -1 },
		"discovery not a number":   func(p *aggregate.Private) { p.FalseDiscovery = nan },
		"discovery of everything":  func(p *aggregate.Private) { p.FalseDiscovery = 1 },
		"discovery below anything": func(p *aggregate.Private) { p.FalseDiscovery = -0.1 },
	} {
		p := good
		spoil(&p)
		if a, _, err := aggregate.Counted(ctx, data, aggregate.Options{Length: 2}, p, nil); errs.KindOf(err) != errs.Invalid || a != nil {
			t.Errorf("%s is taken: %v", name, err)
		}
	}
	for _, length := range []int{-1, 0, 9, 11} {
		if _, _, err := aggregate.Counted(ctx, data, aggregate.Options{Length: length}, good, nil); errs.KindOf(err) != errs.Invalid {
			t.Errorf("length %d is taken: %v", length, err)
		}
	}
	for _, r := range []int64{math.MinInt64, -1, 0, 1, aggregate.MaxResolution + 1} {
		if _, _, err := aggregate.Rounded(ctx, data, aggregate.Options{Length: 2}, aggregate.Rounding{Resolution: r}, nil); errs.KindOf(err) != errs.Invalid {
			t.Errorf("resolution %d is taken: %v", r, err)
		}
	}
}

// TestNoLoneRecordShows: a value that one record alone has is reported with δ's probability
// at most, and then nothing of its name is kept.
func TestNoLoneRecordShows(t *testing.T) {
	csv := "A,B\nlone,rare\n" + strings.Repeat("x,y\n", 500)
	for range 20 {
		a, _, err := aggregate.Counted(ctx, read(t, csv), aggregate.Options{Length: 2}, aggregate.Private{Budget: noise.Budget{Epsilon: 4, Delta: 1e-9}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(a.Attributes) != 2 || strings.Contains(write(t, a), "lone") {
			t.Fatal("a value of one record alone is shown")
		}
	}
}

// TestPrivateCountsOfNothing: an empty table gives an answer like any other.
func TestPrivateCountsOfNothing(t *testing.T) {
	a, _, err := aggregate.Counted(ctx, read(t, "A,B\n"), aggregate.Options{Length: 2}, aggregate.Private{Budget: noise.Budget{Epsilon: 1}}, nil)
	if err != nil || len(a.Attributes) != 0 || a.Records < 1 {
		t.Errorf("%+v %v", a, err)
	}
}

func TestCancellationEndsTheRun(t *testing.T) {
	data := showcase.Table(4000, 1)
	for name, make := range map[string]func(context.Context, aggregate.Progress) error{
		"private": func(ctx context.Context, p aggregate.Progress) error {
			_, _, err := aggregate.Counted(ctx, data, aggregate.Options{Length: 3}, aggregate.Private{Budget: noise.Budget{Epsilon: 1}}, p)
			return err
		},
		"rounded": func(ctx context.Context, p aggregate.Progress) error {
			_, _, err := aggregate.Rounded(ctx, data, aggregate.Options{Length: 3}, aggregate.Rounding{Resolution: 10}, p)
			return err
		},
	} {
		stopped, stop := context.WithCancel(ctx)
		told := 0
		err := make(stopped, func(string, int, int) { told++; stop() })
		if !errors.Is(err, context.Canceled) || told != 1 {
			t.Errorf("%s: after the end it went on (%d times told): %v", name, told, err)
		}
	}
}

func TestWrittenAggregatesAreReadAgain(t *testing.T) {
	a, _, err := aggregate.Counted(ctx, showcase.Table(3000, 2), aggregate.Options{Length: 3}, aggregate.Private{Budget: noise.Budget{Epsilon: 4}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	text := write(t, a)
	b, err := aggregate.Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	same(t, named(b), named(a))
	if write(t, b) != text {
		t.Error("written again, it is another file")
	}
	lines := strings.SplitAfter(text, "\n")
	for name, spoilt := range map[string]string{
		"nothing":          "",
		"other columns":    "A,B\n1,2\n",
		"no records":       lines[0],
		"only records":     lines[0] + lines[1],
		"a row twice":      text + lines[2],
		"a part missing":   strings.Replace(text, lines[2], "", 1),
		"a negative count": strings.Replace(text, lines[2], strings.TrimRight(lines[2], "0123456789\n")+"-4\n", 1),
		"records twice":    text + lines[1],
		"a wrong length":   strings.Replace(text, ",1,", ",2,", 1),
	} {
		if _, err := aggregate.Read(strings.NewReader(spoilt)); errs.KindOf(err) != errs.Invalid {
			t.Errorf("%s: is read: %v", name, err)
		}
	}
	clash := read(t, "combination_count,B\n1,2\n1,2\n")
	c, _, err := aggregate.Rounded(ctx, clash, aggregate.Options{Length: 1}, aggregate.Rounding{Resolution: 2}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Write(&bytes.Buffer{}); errs.KindOf(err) != errs.Invalid {
		t.Errorf("a column of the table passes for a count: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	a, err := aggregate.Exact(ctx, read(f, workedInput), aggregate.Options{Length: 3}, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(write(f, a))
	f.Add("A,combination_length,combination_count\n,0,3\nx,1,2\n")
	f.Add("A,combination_length,combination_count\n,0,-3\nx,1,9999999999999999999\n")
	f.Add("\"A\n\",combination_length,combination_count\n,0,03\n0,1,1\n")
	f.Fuzz(func(t *testing.T, text string) {
		a, err := aggregate.Read(strings.NewReader(text))
		if err != nil {
			if len(err.Error()) > 300 {
				t.Errorf("the error is longer than a message: it may quote the input")
			}
			return
		}
		b, err := aggregate.Read(strings.NewReader(write(t, a)))
		if err != nil {
			t.Fatalf("what was read is not read again: %v", err)
		}
		same(t, named(b), named(a))
	})
}

// TestOfficialCounts: those that the dictionary of CTDC's victim–perpetrator set gives.
func TestOfficialCounts(t *testing.T) {
	path := filepath.Join("..", "..", "..", "../shared/data/ctdc/ctdc-victim-perpetrator-synthetic.csv")
	if _, err := os.Stat(path); err != nil {
		t.Skip("CTDC's set is not here: it is no part of the project")
	}
	data, err := table.ReadFile(path, table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	a, err := aggregate.Exact(ctx, data, aggregate.Options{Length: 1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	n, sums := named(a), map[string]int64{}
	for name, count := range n {
		column, _, _ := strings.Cut(name, ":")
		sums[column] += count
	}
	blank := func(column string) int64 { return a.Records - sums[column] }
	t.Log(n)
	for name, pair := range map[string][2]int64{
		"records": {a.Records, 21195}, "Female": {n["gender:Female"], 9589}, "Male": {n["gender:Male"], 7995}, "gender blank": {blank("gender"), 3611},
		"forced labour": {n["isForcedLabour:1"], 12248}, "sexual exploitation": {n["isSexualExploit:1"], 2775},
		"Asia": {n["UN_COO_Region:Asia"], 6139}, "Europe": {n["UN_COO_Region:Europe"], 5887}, "Africa": {n["UN_COO_Region:Africa"], 5282}, "region blank": {blank("UN_COO_Region"), 3610},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %d, not %d", name, pair[0], pair[1])
		}
	}
}
