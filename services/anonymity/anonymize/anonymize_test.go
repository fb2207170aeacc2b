package anonymize

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
