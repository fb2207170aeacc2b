package cells

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/anonymity/certificate"
	"github.com/sala-exchange/sala/services/anonymity/model"
	"github.com/sala-exchange/sala/services/anonymity/table"
)

func read(t *testing.T, text string) *table.Table {
	t.Helper()
	of, err := table.Read(strings.NewReader(text), table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return of
}

func text(t interface{ Fatal(...any) }, of *table.Table) string {
	var b bytes.Buffer
	if err := of.Write(&b, table.Options{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestSuppress: only rows of small classes lose cells, the fewest that make a class of
// them, and of two ways the column with more values; what makes none is left out.
func TestSuppress(t *testing.T) {
	of := read(t, "age,sex,land,n\n20,F,LA,1\n20,F,LA,2\n31,M,TH,3\n32,M,TH,4\n41,F,VN,5\n41,M,VN,6\n55,X,KH,7\n")
	r, err := Suppress(t.Context(), of, []string{"age", "sex", "land"}, model.Requirements{K: 2})
	if err != nil {
		t.Fatal(err)
	}
	const want = "age,sex,land,n\n20,F,LA,1\n20,F,LA,2\n*,M,TH,3\n*,M,TH,4\n41,*,VN,5\n41,*,VN,6\n"
	if text(t, r.Table) != want || r.Rows != 4 || r.Left != 1 || !maps.Equal(r.Cells, map[string]int{"age": 2, "sex": 2}) {
		t.Errorf("%+v\n%s", r, text(t, r.Table))
	}
	of = read(t, "few,many\na,1\na,2\nb,1\na,3\nb,4\nb,5\n")
	if r, err = Suppress(t.Context(), of, []string{"few", "many"}, model.Requirements{K: 3}); err != nil || r.Cells["many"] != 6 || r.Cells["few"] != 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestASuppressedCellMatchesNothingElse: counted as matching every value, as missing ones
// are by others, five rows would agree with the first; she is alone, and no certificate is
// given.
func TestASuppressedCellMatchesNothingElse(t *testing.T) {
	of := read(t, "age,sex\n71,F\n*,F\n*,F\n*,F\n*,F\n")
	matching := 0
	for row := range of.Rows() {
		if age := of.Columns()[0].Value(row); age == "71" || age == Suppressed {
			matching++
		}
	}
	if matching != 5 {
		t.Fatalf("%d rows match: the attack needs 5", matching)
	}
	if c, err := certificate.Of(of, []string{"age", "sex"}, model.Requirements{K: 5}); errs.KindOf(err) != errs.Conflict {
		t.Errorf("certified as %+v, %v", c, err)
	}
	r, err := Suppress(t.Context(), of, []string{"age", "sex"}, model.Requirements{K: 4})
	if err != nil || r.Left != 1 || r.Table.Rows() != 4 {
		t.Errorf("%+v, %v", r, err)
	}
}

var sensitive = map[string][]model.Sensitive{
	"k":         nil,
	"distinct":  {{Columns: []string{"s"}, Distinct: 2}},
	"entropy":   {{Columns: []string{"s"}, Entropy: 1.7}},
	"recursive": {{Columns: []string{"s"}, Recursive: &model.Recursive{C: 2, L: 2}}},
	"equal":     {{Columns: []string{"s"}, Equal: 0.3}},
	"ordered":   {{Columns: []string{"s"}, Ordered: 0.25}},
}

// TestFulfils: for each model and any table, what is made is certified from its text alone;
// every row is one of the table's, with its own cells or suppressed ones; rows of classes
// that fulfilled k are untouched where nothing else is asked; and the order of the rows
// changes nothing.
func TestFulfils(t *testing.T) {
	for name, asked := range sensitive {
		t.Run(name, func(t *testing.T) {
			made := 0
			rapid.Check(t, func(t *rapid.T) {
				of := drawn(t)
				require := model.Requirements{K: rapid.IntRange(2, 5).Draw(t, "k"), Sensitive: asked}
				r, err := Suppress(t.Context(), of, []string{"q0", "q1", "q2"}, require)
				if err != nil {
					if errs.KindOf(err) != errs.Conflict || asked == nil && of.Rows() >= require.K {
						t.Fatalf("of %d rows nothing is made: %v", of.Rows(), err)
					}
					return
				}
				made++
				again, err := table.Read(strings.NewReader(text(t, r.Table)), table.Options{})
				if err != nil {
					t.Fatal(err)
				}
				c, err := certificate.Of(again, []string{"q0", "q1", "q2"}, require)
				if err != nil || c.Rows+r.Left != of.Rows() {
					t.Fatalf("certified as %+v with %d left out, %v", c, r.Left, err)
				}
				untouched(t, of, again, r, require.K, asked == nil)
				if asked == nil && r.Left >= require.K {
					t.Fatalf("%d rows are left out, which would be a class with everything suppressed", r.Left)
				}
				other, err := Suppress(t.Context(), reversed(t, of), []string{"q0", "q1", "q2"}, require)
				if err != nil || !slices.Equal(lines(text(t, r.Table)), lines(text(t, other.Table))) {
					t.Fatalf("in another order another table: %v", err)
				}
			})
			if made == 0 {
				t.Error("no table was made: the property says nothing")
			}
		})
	}
}

func drawn(t *rapid.T) *table.Table {
	n := rapid.IntRange(1, 40).Draw(t, "rows")
	number := func(most int) *rapid.Generator[string] {
		return rapid.Map(rapid.IntRange(0, most), func(i int) string {
			if i == 0 {
				return ""
			}
			return strconv.Itoa(i)
		})
	}
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprint(i)
	}
	cells := func(name string, most int) table.Column {
		return table.Encode(name, rapid.SliceOfN(number(most), n, n).Draw(t, name))
	}
	of, err := table.New(cells("q0", 6), cells("q1", 2), cells("q2", 3), cells("s", 3), table.Encode("id", ids))
	if err != nil {
		t.Fatal(err)
	}
	return of
}

// untouched compares what was made with the table it was made of, row by row.
func untouched(t *rapid.T, of, made *table.Table, r *Result, k int, kept bool) {
	size := func(row int) (n int) {
		for other := range of.Rows() {
			same := true
			for _, c := range of.Columns()[:3] {
				same = same && c.Codes[row] == c.Codes[other]
			}
			if same {
				n++
			}
		}
		return n
	}
	suppressed, rows := 0, 0
	for row := range made.Rows() {
		from, err := strconv.Atoi(made.Columns()[4].Value(row))
		if err != nil {
			t.Fatal(err)
		}
		stars := 0
		for i, c := range made.Columns() {
			cell := c.Value(row)
			if i < 3 && cell == Suppressed {
				stars++
			} else if cell != of.Columns()[i].Value(from) {
				t.Fatalf("row %d: %s became %s", from, of.Columns()[i].Value(from), cell)
			}
		}
		if suppressed += stars; stars > 0 {
			rows++
		}
		if kept && size(from) >= k && stars > 0 {
			t.Fatalf("row %d was in a class of %d and lost cells", from, size(from))
		}
	}
	if rows != r.Rows || suppressed != r.Cells["q0"]+r.Cells["q1"]+r.Cells["q2"] {
		t.Fatalf("told are %+v; there are %d cells in %d rows", r, suppressed, rows)
	}
}

func reversed(t *rapid.T, of *table.Table) *table.Table {
	columns := make([]table.Column, len(of.Columns()))
	for i, c := range of.Columns() {
		cells := make([]string, of.Rows())
		for row := range cells {
			cells[row] = c.Value(of.Rows() - 1 - row)
		}
		columns[i] = table.Encode(c.Name, cells)
	}
	out, err := table.New(columns...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func lines(s string) []string { return slices.Sorted(strings.SplitSeq(s, "\n")) }

func TestRefusals(t *testing.T) {
	of := read(t, "q,s\n1,a\n2,a\n")
	for name, c := range map[string]struct {
		quasi   []string
		require model.Requirements
		kind    errs.Kind
	}{
		"too few":        {[]string{"q"}, model.Requirements{K: 3}, errs.Conflict},
		"all alike":      {[]string{"q"}, model.Requirements{K: 2, Sensitive: sensitive["distinct"]}, errs.Conflict},
		"absent column":  {[]string{"canary"}, model.Requirements{K: 2}, errs.Invalid},
		"none":           {nil, model.Requirements{K: 2}, errs.Limited},
		"too many":       {make([]string, maxQuasi+1), model.Requirements{K: 2}, errs.Limited},
		"nothing is due": {[]string{"q"}, model.Requirements{}, errs.Invalid},
	} {
		if r, err := Suppress(t.Context(), of, c.quasi, c.require); errs.KindOf(err) != c.kind {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if _, err := Suppress(stopped, of, []string{"q"}, model.Requirements{K: 2}); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
}
