package mondrian

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/anonymity/certificate"
	"github.com/sala-exchange/sala/services/anonymity/hierarchy"
	"github.com/sala-exchange/sala/services/anonymity/model"
	"github.com/sala-exchange/sala/services/anonymity/risk"
	"github.com/sala-exchange/sala/services/anonymity/table"
)

func levels(t interface{ Fatal(...any) }, of *table.Table, widths ...int) (out []*hierarchy.Levels) {
	h, err := hierarchy.Widths(widths...)
	if err != nil {
		t.Fatal(err)
	}
	for i := range of.Columns() {
		c := &of.Columns()[i]
		if !strings.HasPrefix(c.Name, "q") {
			continue
		}
		l, err := h.Apply(c)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, l)
	}
	return out
}

// TestLocal: where there are many, values stay; where there are few, they are joined.
func TestLocal(t *testing.T) {
	of, err := table.Read(strings.NewReader("q,s\n1,a\n9,e\n1,b\n4,c\n5,d\n8,f\n"), table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	out, err := Generalise(t.Context(), of, levels(t, of, 2, 4), model.Requirements{K: 2})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := out.Write(&b, table.Options{}); err != nil || b.String() != "q,s\n1,a\n8-9,e\n1,b\n4-5,c\n4-5,d\n8-9,f\n" {
		t.Errorf("made\n%s", b.String())
	}
}

// TestFulfils: whatever is made is certified, for each model, and with all rows; where
// nothing is made, not even one class would do.
func TestFulfils(t *testing.T) {
	for name, s := range map[string][]model.Sensitive{
		"k":         nil,
		"distinct":  {{Columns: []string{"s"}, Distinct: 2}},
		"entropy":   {{Columns: []string{"s"}, Entropy: 1.7}},
		"recursive": {{Columns: []string{"s"}, Recursive: &model.Recursive{C: 2, L: 2}}},
		"equal":     {{Columns: []string{"s"}, Equal: 0.3}},
		"ordered":   {{Columns: []string{"s"}, Ordered: 0.25}},
	} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				n := rapid.IntRange(1, 40).Draw(t, "rows")
				number := rapid.Map(rapid.IntRange(0, 9), strconv.Itoa)
				of, err := table.New(
					table.Encode("q0", rapid.SliceOfN(number, n, n).Draw(t, "q0")), table.Encode("q1", rapid.SliceOfN(number, n, n).Draw(t, "q1")),
					table.Encode("s", rapid.SliceOfN(rapid.SampledFrom([]string{"1", "2", "3", ""}), n, n).Draw(t, "s")))
				if err != nil {
					t.Fatal(err)
				}
				require := model.Requirements{K: rapid.IntRange(2, 4).Draw(t, "k"), Sensitive: s}
				out, err := Generalise(t.Context(), of, levels(t, of, 2, 4), require)
				if err != nil {
					one := levels(t, of, 2, 4)
					if _, certified := certificate.Of(atTop(t, of, one), []string{"q0", "q1"}, require); errs.KindOf(err) != errs.Conflict || certified == nil {
						t.Fatalf("nothing is made: %v; of one class: %v", err, certified)
					}
					return
				}
				c, err := certificate.Of(out, []string{"q0", "q1"}, require)
				if err != nil || c.Rows != n {
					t.Fatalf("certified as %+v, %v", c, err)
				}
			})
		})
	}
}

// atTop is the table at the highest levels.
func atTop(t *rapid.T, of *table.Table, quasi []*hierarchy.Levels) *table.Table {
	columns := append([]table.Column(nil), of.Columns()...)
	for i, l := range quasi {
		cells := make([]string, of.Rows())
		for row := range cells {
			cells[row] = l.Values[l.Height()-1][l.Codes[l.Height()-1][columns[i].Codes[row]]]
		}
		columns[i] = table.Encode(l.Name, cells)
	}
	out, err := table.New(columns...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestRefusals(t *testing.T) {
	of, err := table.Read(strings.NewReader("q\n1\n2\n"), table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Generalise(t.Context(), of, levels(t, of, 2), model.Requirements{K: 3}); errs.KindOf(err) != errs.Conflict {
		t.Errorf("two rows are three: %v", err)
	}
	if _, err := Generalise(t.Context(), of, nil, model.Requirements{K: 2}); errs.KindOf(err) != errs.Invalid {
		t.Errorf("nothing to generalise: %v", err)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if _, err := Generalise(stopped, of, levels(t, of, 2), model.Requirements{K: 2}); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
}

// TestAdult: local recoding keeps more classes apart than one level a column does, and no
// row is left out.
func TestAdult(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "..", "shared", "data", "arx")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the public data of ../shared are not here")
	}
	of, err := table.ReadFile(filepath.Join(dir, "adult.csv"), table.Options{Separator: ';'})
	if err != nil {
		t.Fatal(err)
	}
	var quasi []*hierarchy.Levels
	var names []string
	for i := range of.Columns() {
		c := &of.Columns()[i]
		h, err := hierarchy.ReadFile(filepath.Join(dir, "adult_hierarchy_"+c.Name+".csv"), table.Options{})
		if err != nil {
			t.Fatal(err)
		}
		l, err := h.Apply(c)
		if err != nil {
			t.Fatal(err)
		}
		quasi, names = append(quasi, l), append(names, c.Name)
	}
	out, err := Generalise(t.Context(), of, quasi, model.Requirements{K: 5})
	if err != nil {
		t.Fatal(err)
	}
	columns, err := out.Select(names...)
	if err != nil {
		t.Fatal(err)
	}
	r, err := risk.Measure(columns, nil, risk.Options{})
	const atOneLevelEach = 1046 // classes at the optimum of package lattice, 906 rows suppressed
	if err != nil || r.Smallest < 5 || r.Rows != of.Rows() || r.Classes <= atOneLevelEach {
		t.Errorf("%d rows in %d classes from %d, %v", r.Rows, r.Classes, r.Smallest, err)
	}
	t.Logf("%d classes", r.Classes)
}
