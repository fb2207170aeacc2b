package anonymize

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sala-exchange/sala/internal/errs"
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

func parse(t *testing.T, text string) *Spec {
	t.Helper()
	s, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const persons = `name,age,form,weight
Kanaree,31,labour,1
Somchai,23,sexual,2
Noy,22,labour,3
Dao,34,sexual,4
Bua,35,labour,5
Keo,24,labour,6
Alone,71,other,7
`

const personsSpec = `columns:
  name: {role: drop}
  age: {role: quasi, hierarchy: {widths: [10]}}
  form: {role: sensitive}
  weight: {role: keep}
require: {k: 3, sensitive: [{columns: [form], distinct: 2}]}
suppress: 0.2
`

func TestRun(t *testing.T) {
	s := parse(t, personsSpec)
	out, made, err := s.Run(t.Context(), read(t, persons), nil)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := out.Write(&b, s.Options()); err != nil {
		t.Fatal(err)
	}
	const want = "age,form,weight\n20-29,labour,3\n20-29,labour,6\n20-29,sexual,2\n30-39,labour,1\n30-39,labour,5\n30-39,sexual,4\n"
	if b.String() != want || made.Suppressed != 1 || made.RowsRead != 7 || made.Levels["age"] != 1 {
		t.Errorf("made %+v\n%s", made, b.String())
	}
	c, err := s.Certify(out)
	if err != nil || c.K != 3 || c.Rows != 6 || c.Sensitive[0].Distinct != 2 {
		t.Errorf("certified as %+v, %v", c, err)
	}
	// The same rows in another order are the same result: order tells nothing.
	lines := strings.SplitAfter(persons, "\n")
	lines[1], lines[4] = lines[4], lines[1]
	again, _, err := s.Run(t.Context(), read(t, strings.Join(lines, "")), nil)
	if err != nil {
		t.Fatal(err)
	}
	b.Reset()
	if err := again.Write(&b, s.Options()); err != nil || b.String() != want {
		t.Errorf("in another order\n%s", b.String())
	}
}

// TestMondrian: by class, without a row left out.
func TestMondrian(t *testing.T) {
	s := parse(t, strings.Replace(personsSpec, "suppress: 0.2", "algorithm: mondrian", 1))
	out, made, err := s.Run(t.Context(), read(t, strings.Replace(persons, "Alone,71", "Alone,29", 1)), nil)
	if err != nil || made.Algorithm != Mondrian || made.Levels != nil {
		t.Fatalf("made %+v, %v", made, err)
	}
	c, err := s.Certify(out)
	if err != nil || c.Rows != 7 || c.Classes != 2 {
		t.Errorf("certified as %+v, %v", c, err)
	}
}

// TestCells: who would be left out stays, without what tells her apart.
func TestCells(t *testing.T) {
	s := parse(t, strings.Replace(strings.Replace(personsSpec, "suppress: 0.2", "suppress: 0.3\ncells: true", 1), "require: {k: 3", "require: {k: 2", 1))
	out, made, err := s.Run(t.Context(), read(t, persons+"Chan,82,sexual,8\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := out.Write(&b, s.Options()); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(b.String(), "age,form,weight\n*,other,7\n*,sexual,8\n20-29,labour,3\n") || made.Suppressed != 0 || made.RowsWithCells != 2 || made.CellsSuppressed["age"] != 2 {
		t.Errorf("made %+v\n%s", made, b.String())
	}
	if c, err := s.Certify(out); err != nil || c.Rows != 8 || c.Classes != 3 {
		t.Errorf("certified as %+v, %v", c, err)
	}
}

// TestCellsHoldTheirPromises: for each model, what is made with cells is certified, leaves
// no more rows out than without, and touches no more than the spec allows.
func TestCellsHoldTheirPromises(t *testing.T) {
	for _, asked := range []string{"", "distinct: 2", "entropy: 1.6", "recursive: {c: 2, l: 2}", "equal: 0.3"} {
		t.Run(asked, func(t *testing.T) {
			helped := 0
			rapid.Check(t, func(t *rapid.T) {
				require := "{k: 2}"
				if asked != "" {
					require = "{k: 2, sensitive: [{columns: [form], " + asked + "}]}"
				}
				text := "columns: {age: {role: quasi, hierarchy: {widths: [5, 10]}}, sex: {role: quasi}, form: {role: sensitive}}\nrequire: " + require + "\nsuppress: 0.4\n"
				file := "age,sex,form\n"
				for range rapid.IntRange(2, 30).Draw(t, "rows") {
					file += fmt.Sprintf("%d,%d,%d\n", rapid.IntRange(10, 24).Draw(t, "age"), rapid.IntRange(0, 2).Draw(t, "sex"), rapid.IntRange(0, 2).Draw(t, "form"))
				}
				without, with := run(t, text, file), run(t, text+"cells: true\n", file)
				if (without == nil) != (with == nil) {
					t.Fatal("one of the two makes nothing")
				}
				if with == nil {
					return
				}
				if with.Suppressed > without.Suppressed || with.Suppressed+with.RowsWithCells > int(0.4*float64(with.RowsRead)+1e-9) {
					t.Fatalf("with cells %+v, without %+v", with, without)
				}
				if with.Suppressed < without.Suppressed {
					helped++
				}
			})
			if helped == 0 {
				t.Error("cells never kept a row: the property says nothing")
			}
		})
	}
}

// run makes and certifies a table; nil where nothing fulfils.
func run(t *rapid.T, spec, file string) *Made {
	s, err := Parse([]byte(spec))
	if err != nil {
		t.Fatal(err)
	}
	of, err := table.Read(strings.NewReader(file), table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	out, made, err := s.Run(t.Context(), of, nil)
	if errs.KindOf(err) == errs.Conflict {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Certify(out); err != nil {
		t.Fatal(err)
	}
	return made
}

// TestCellsOfAdult: of the 906 rows that the optimum leaves out all stay but fewer than k,
// each without one cell.
func TestCellsOfAdult(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "..", "shared", "data", "arx")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the public data of ../shared are not here")
	}
	of, err := table.ReadFile(filepath.Join(dir, "adult.csv"), table.Options{Separator: ';'})
	if err != nil {
		t.Fatal(err)
	}
	text := "separator: ';'\nrequire: {k: 5}\nsuppress: 0.04\ncells: true\ncolumns:\n"
	for _, c := range of.Columns() {
		text += fmt.Sprintf("  %s: {role: quasi, hierarchy: {file: adult_hierarchy_%s.csv}}\n", c.Name, c.Name)
	}
	s := parse(t, text)
	s.folder = dir
	began := time.Now()
	out, made, err := s.Run(t.Context(), of, nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.Certify(out)
	if err != nil || c.K < 5 {
		t.Fatalf("certified as %+v, %v", c, err)
	}
	if made.Suppressed >= 5 || made.Suppressed+made.RowsWithCells != 906 || made.Cells() > 2*906 {
		t.Errorf("%d rows left out, %d cells of %d rows suppressed", made.Suppressed, made.Cells(), made.RowsWithCells)
	}
	t.Logf("%d rows, %d cells of %d rows suppressed: %v, in %v", c.Rows, made.Cells(), made.RowsWithCells, made.CellsSuppressed, time.Since(began))
}

// TestCertifyFindsWhatIsWrong: a table that was tampered with after it was made is not
// certified.
func TestCertifyFindsWhatIsWrong(t *testing.T) {
	s := parse(t, personsSpec)
	for name, text := range map[string]string{
		"k":       "age,form,weight\n20-29,labour,3\n20-29,sexual,6\n",
		"l":       "age,form,weight\n20-29,labour,3\n20-29,labour,6\n20-29,labour,6\n",
		"dropped": "name,age,form,weight\nx,20-29,labour,3\nx,20-29,sexual,6\nx,20-29,sexual,6\n",
	} {
		if c, err := s.Certify(read(t, text)); err == nil {
			t.Errorf("%s: certified as %+v", name, c)
		}
	}
}

func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct{ file, want string }{
		"absent column":     {"name,age,form\n", `no column "weight"`},
		"column without":    {"name,age,form,weight,Kanaree\n", "column 5 of the file has no role"},
		"no rows":           {"name,age,form,weight\n", "no row"},
		"value not in it":   {"name,age,form,weight\na,1,x,\nb,Kanaree,x,\n", `column "age", row 2:`},
		"cannot be reached": {"name,age,form,weight\na,1,x,\nb,2,y,\n", "no generalisation fulfils"},
	} {
		_, _, err := parse(t, personsSpec).Run(t.Context(), read(t, c.file), nil)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "Kanaree") || errs.KindOf(err) == errs.Internal {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
}

// TestCTDC: k = 11 is no protection of what is sensitive; with l-diversity asked for, no
// class tells a single pair of forms of exploitation.
func TestCTDC(t *testing.T) {
	path := filepath.Join("..", "..", "..", "..", "shared", "data", "ctdc", "ctdc-global-k11-extract.csv")
	if _, err := os.Stat(path); err != nil {
		t.Skip("the public data of ../shared are not here")
	}
	of, err := table.ReadFile(path, table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := parse(t, `columns:
  yearOfRegistration: {role: quasi, hierarchy: {widths: [2, 4, 8]}}
  gender: {role: quasi}
  ageBroad: {role: quasi}
  citizenship: {role: drop}
  CountryOfExploitation: {role: quasi}
  isForcedLabour: {role: sensitive}
  isSexualExploit: {role: sensitive}
require:
  k: 11
  sensitive:
    - {columns: [isForcedLabour, isSexualExploit], distinct: 2}
suppress: 0.3
`)
	out, made, err := s.Run(t.Context(), of, nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.Certify(out)
	if err != nil || c.K < 11 || c.Sensitive[0].Homogeneous != 0 || c.Sensitive[0].Distinct < 2 {
		t.Errorf("certified as %+v, %v", c, err)
	}
	t.Logf("%+v", made)
}
