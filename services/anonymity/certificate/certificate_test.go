package certificate

import (
	"strings"
	"testing"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/anonymity/model"
	"github.com/sala-exchange/sala/services/anonymity/table"
)

// file has two classes of three rows; in class a s is x, x, y, in class b x, y, z.
const file = "q,s,n\na,x,1\na,x,2\na,y,3\nb,x,1\nb,y,2\nb,z,3\n"

// TestOf: each model at its bound holds, and a little beyond it does not.
func TestOf(t *testing.T) {
	of, err := table.Read(strings.NewReader(file), table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := []string{"s"}
	for name, c := range map[string]struct{ holds, breaks model.Requirements }{
		"k":         {model.Requirements{K: 3}, model.Requirements{K: 4}},
		"distinct":  {with(model.Sensitive{Columns: s, Distinct: 2}), with(model.Sensitive{Columns: s, Distinct: 3})},
		"joint":     {with(model.Sensitive{Columns: []string{"s", "n"}, Distinct: 3}), with(model.Sensitive{Columns: []string{"s", "n"}, Distinct: 4})},
		"entropy":   {with(model.Sensitive{Columns: s, Entropy: 1.88}), with(model.Sensitive{Columns: s, Entropy: 1.89})}, // 3/4^(1/3)
		"recursive": {with(model.Sensitive{Columns: s, Recursive: &model.Recursive{C: 2.01, L: 2}}), with(model.Sensitive{Columns: s, Recursive: &model.Recursive{C: 2, L: 2}})},
		"equal":     {with(model.Sensitive{Columns: s, Equal: 0.17}), with(model.Sensitive{Columns: s, Equal: 0.16})},
		"ordered":   {with(model.Sensitive{Columns: s, Ordered: 0.17}), with(model.Sensitive{Columns: s, Ordered: 0.16})},
	} {
		got, err := Of(of, []string{"q"}, c.holds)
		if err != nil || got.K != 3 || got.Rows != 6 || got.Classes != 2 || len(got.Sensitive) != len(c.holds.Sensitive) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if _, err := Of(of, []string{"q"}, c.breaks); errs.KindOf(err) != errs.Conflict {
			t.Errorf("%s beyond its bound: %v", name, err)
		}
	}
	if _, err := Of(of, []string{"other"}, model.Requirements{K: 2}); errs.KindOf(err) != errs.Invalid {
		t.Errorf("an absent column: %v", err)
	}
	if _, err := Of(of, []string{"q"}, model.Requirements{}); errs.KindOf(err) != errs.Invalid {
		t.Errorf("nothing required: %v", err)
	}
}

func with(s model.Sensitive) model.Requirements {
	return model.Requirements{K: 2, Sensitive: []model.Sensitive{s}}
}
