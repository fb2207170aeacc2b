package release_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/services/publication"
	"github.com/sala-exchange/sala/services/release"
	"github.com/sala-exchange/sala/test/counterpart"
	"github.com/sala-exchange/sala/test/world"
)

// detected is so many identified victims of one kind; with one group each, no column says
// more of another than the counts do.
type detected struct {
	n                   int
	year                int
	sex                 valueset.Sex
	form                valueset.Exploitation
	origin, destination string
}

var survey = []detected{
	{24, 2023, valueset.SexFemale, valueset.ExploitationForcedLabour, "LA", "TH"}, {26, 2023, valueset.SexFemale, valueset.ExploitationSexualExploitation, "LA", "CN"},
	{25, 2023, valueset.SexMale, valueset.ExploitationForcedLabour, "LA", "TH"}, {23, 2023, valueset.SexMale, valueset.ExploitationSexualExploitation, "VN", "LA"},
	{27, 2024, valueset.SexFemale, valueset.ExploitationForcedLabour, "LA", "TH"}, {25, 2024, valueset.SexFemale, valueset.ExploitationSexualExploitation, "LA", "CN"},
	{26, 2024, valueset.SexMale, valueset.ExploitationForcedLabour, "LA", "TH"}, {24, 2024, valueset.SexMale, valueset.ExploitationSexualExploitation, "VN", "LA"},
	{3, 2024, valueset.SexIntersex, valueset.ExploitationForcedLabour, "MM", "LA"},
}

// surveyed is a world with the cases of the survey.
func surveyed(t *testing.T) *world.World {
	t.Helper()
	w := world.OnPostgres(t, server, world.Options{})
	for _, g := range survey {
		at := time.Date(g.year, 6, 15, 3, 0, 0, 0, time.UTC).UnixMicro()
		for range g.n {
			w.Must(w.As("lwu", category.ForAssistance), func(ctx context.Context, op *store.Op) error {
				_, err := casework.RegisterCase(ctx, op, casework.RegisterCaseInput{
					Kind: valueset.CaseKindIdentifiedVictim, OccurredOn: &at, Recording: world.Recording(category.ForAssistance),
					Identity: world.Adult("Canary Released"), Profile: &casework.ProfileInput{Sex: &g.sex, Citizenships: []string{g.origin}},
					Trafficking: &casework.TraffickingInput{ExploitationTypes: []valueset.Exploitation{g.form}, ExploitationPlace: world.Ptr("Canary Place"),
						ExploitationCountry: &g.destination},
				})
				return err
			})
		}
	}
	w.InForce([]string{"lwu", "iom"}, []category.Purpose{category.Statistics}, []category.Category{category.Profile, category.Trafficking}, 24*time.Hour, 1000*24*time.Hour)
	return w
}

// edition is a published release as a reader gets it.
type edition struct {
	*publication.Release
	codebook *publication.Codebook
	header   []string
	rows     [][]string
	pages    string
	method   release.Method
	keys     note.Verifiers
}

// publish builds, checks and publishes, and reads what came of it.
func (d *desk) publish(t *testing.T, w *world.World, raw []byte, in release.Inputs) *edition {
	t.Helper()
	b, by := d.built(t, w, raw, in)
	done, err := d.as(w, d.publisher).Publish(t.Context(), b, by)
	if err != nil {
		t.Fatal(err, world.Cause(err))
	}
	r, err := publication.Open(t.Context(), d.folder, publication.Ref{ID: done.Name, Version: done.Edition}, d.keys)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Verify(t.Context()); err != nil {
		t.Fatal(err)
	}
	read := func(name string) string {
		text, err := r.Read(t.Context(), name)
		if err != nil {
			t.Fatal(name, err)
		}
		return string(text)
	}
	all, err := csv.NewReader(strings.NewReader(read("data.csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	book, err := r.Codebook(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	definition, err := release.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	e := &edition{r, book, all[0], all[1:], read("utility.html") + read("codebook.html"), definition.Method, d.keys}
	d.editions = append(d.editions, e)
	if strings.Contains(fmt.Sprint(all)+e.pages, "Canary") || strings.Contains(fmt.Sprint(all), "INTERSEX") {
		t.Errorf("%s shows a name, a place or three persons", done.Name)
	}
	return e
}

// comes is a definition that comes with Sala, over the survey's years.
func comes(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := release.ComesWith(name)
	if err != nil {
		t.Fatal(err)
	}
	return []byte(strings.Replace(string(raw), "{from: 2021, to: 2025}", "{from: 2023, to: 2024}", 1))
}

func has(t *testing.T, e *edition, row ...string) {
	t.Helper()
	if !slices.ContainsFunc(e.rows, func(r []string) bool { return slices.Equal(r, row) }) {
		t.Errorf("%s: %v is not among %v", e.Manifest.ID, row, e.rows)
	}
}

// TestEveryMethod: each is built from cases, or entered, checked together with all before
// it, published and read again.
func TestEveryMethod(t *testing.T) {
	t.Parallel()
	w, d := surveyed(t), newDesk(t)
	t.Run("rows", func(t *testing.T) { generalisedRows(t, w, d) })
	t.Run("corridors", func(t *testing.T) { corridors(t, w, d) })
	t.Run("rate", func(t *testing.T) { rates(t, w, d) })
	t.Run("private", func(t *testing.T) { privateCounts(t, w, d) })
	t.Run("synthetic", func(t *testing.T) { syntheticRows(t, w, d) })
	t.Run("history", func(t *testing.T) { history(t, w, d) })
	t.Run("justice", func(t *testing.T) { justice(t, w, d) })
	t.Run("region", func(t *testing.T) { atTheDoor(t, d) })
	if n := one[int](t, w.Root(), "SELECT count(*) FROM releases"); n != 7 {
		t.Errorf("%d releases are stored", n)
	}
	if n := one[int](t, w.Root(), "SELECT count(*) FROM budget_entries"); n != 2 {
		t.Errorf("%d paid of a budget: private counts and synthetic rows do", n)
	}
}

// atTheDoor: what was published of cases is what a counterpart reads at sala-region over
// HTTP: each release of figures cell by cell, each of records and every file byte by byte,
// and what is for researchers by neither way. A corridor has its end with the figure.
func atTheDoor(t *testing.T, d *desk) {
	door := counterpart.Open(t, fmt.Sprintf("- {country: LA, store: %q, keys: [%q, %q]}\n", d.path, d.public[0], d.public[1]), io.Discard, nil)
	methods := map[string]int{}
	for _, e := range d.editions {
		switch m := &e.Manifest; {
		case m.Audience == publication.Researchers:
			refused(t, door, e)
		case m.Kind == publication.Figures:
			if got := readBack(t, door, m); !slices.EqualFunc(got, e.rows, slices.Equal) {
				t.Errorf("%s: read are %v, published %v", m.Ref(), got, e.rows)
			}
			downloads(t, door, e)
		default:
			if got := ask(t, door, m, "figures { nodes { measures { value } } }"); !strings.Contains(got, `"errors"`) {
				t.Errorf("%s: records are told as figures: %s", m.Ref(), got)
			}
			downloads(t, door, e)
		}
		methods[string(e.method)]++
	}
	if len(methods) != 5 {
		t.Errorf("the methods read are %v: the test says nothing of the others", methods)
	}
	got := door.Ask(t, `{ corridors(origin: "LA", destination: "TH") { nodes { ends { side figures { nodes { measures { value } } } } } } }`)
	if got != `{"data":{"corridors":{"nodes":[{"ends":[{"side":"ORIGIN","figures":{"nodes":[{"measures":[{"value":99}]}]}}]}]}}}` {
		t.Errorf("the corridor: %s", got)
	}
}

func ask(t *testing.T, door *counterpart.Door, m *publication.Manifest, fields string) string {
	t.Helper()
	return door.Ask(t, fmt.Sprintf(`{ release(country: "LA", id: %q, version: %d) { %s } }`, m.ID, m.Version, fields))
}

// readBack reads a release's cells page by page, as rows of its table.
func readBack(t *testing.T, door *counterpart.Door, m *publication.Manifest) (rows [][]string) {
	t.Helper()
	for after := ""; ; {
		var out struct {
			Data struct {
				Release struct {
					Figures struct {
						Nodes []struct {
							Dimensions []struct{ Code *string }
							Measures   []struct{ Value *json.Number }
						}
						PageInfo struct {
							HasNextPage bool
							EndCursor   string
						}
					}
				}
			}
		}
		text := ask(t, door, m, "figures(first: 50"+after+") { nodes { dimensions { code } measures { value } } pageInfo { hasNextPage endCursor } }")
		if err := json.Unmarshal([]byte(text), &out); err != nil {
			t.Fatal(err)
		}
		page := out.Data.Release.Figures
		for _, n := range page.Nodes {
			var row []string
			for _, c := range n.Dimensions {
				row = append(row, or(c.Code))
			}
			for _, v := range n.Measures {
				row = append(row, or((*string)(v.Value)))
			}
			rows = append(rows, row)
		}
		if !page.PageInfo.HasNextPage {
			return rows
		}
		after = fmt.Sprintf(", after: %q", page.PageInfo.EndCursor)
	}
}

func or(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// downloads takes every file of a release over HTTP; together they verify without a network.
func downloads(t *testing.T, door *counterpart.Door, e *edition) {
	t.Helper()
	folder := t.TempDir()
	names := []string{publication.ManifestFile, publication.SignatureFile}
	for _, f := range e.Manifest.Files {
		names = append(names, f.Name)
	}
	for _, name := range names {
		status, text := door.Do(t, "GET", "/releases/LA/"+e.Manifest.Ref().String()+"/"+name, door.Token, "")
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil || status != 200 {
			t.Fatalf("%s of %s: HTTP %d, %v", name, e.Manifest.Ref(), status, err)
		}
	}
	s, ref, err := publication.Download(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	r, err := publication.Open(t.Context(), s, ref, e.keys)
	if err == nil {
		err = r.Verify(t.Context())
	}
	if err != nil {
		t.Errorf("%s as downloaded: %v", ref, err)
	}
}

// refused: a release for researchers is told of to no counterpart (J5).
func refused(t *testing.T, door *counterpart.Door, e *edition) {
	t.Helper()
	if got := ask(t, door, &e.Manifest, "title"); !strings.Contains(got, `"code":"WITHHELD"`) {
		t.Errorf("%s is told of: %s", e.Manifest.Ref(), got)
	}
	if status, text := door.Do(t, "GET", "/releases/LA/"+e.Manifest.Ref().String()+"/data.csv", door.Token, ""); status != 404 {
		t.Errorf("%s is given out: %s", e.Manifest.Ref(), text)
	}
}

// generalisedRows: no class below k or without two sensitive values, and who is in none is
// left out, and said to be.
func generalisedRows(t *testing.T, w *world.World, d *desk) {
	e := d.publish(t, w, []byte(strings.Replace(strings.Replace(string(changed("  - {name: sex}", "  - {name: sex}\n  - {name: exploitation_form}")),
		"method: counts", "method: rows", 1), "audience: COUNTERPARTS", "audience: RESEARCHERS", 1)), release.Inputs{})
	classes, forms := map[string]int{}, map[string]map[string]bool{}
	for _, r := range e.rows {
		class := r[0] + " " + r[1]
		if forms[class] == nil {
			forms[class] = map[string]bool{}
		}
		classes[class]++
		forms[class][r[2]] = true
	}
	if len(classes) != 4 || len(e.rows) != 200 {
		t.Errorf("%d rows in classes %v", len(e.rows), classes)
	}
	for class, n := range classes {
		if n < 11 || len(forms[class]) < 2 {
			t.Errorf("class %s has %d rows and forms %v", class, n, forms[class])
		}
	}
	if !slices.ContainsFunc(e.codebook.LeftOut, func(l publication.LeftOut) bool {
		return l.Count == "fewer than 11" && strings.Contains(l.Reason, "generalisation")
	}) {
		t.Errorf("what was left out: %+v", e.codebook.LeftOut)
	}
	if !strings.Contains(e.pages, "raised to level") || !strings.Contains(e.pages, "rows by exploitation_form") {
		t.Error("the utility report lacks levels or plots")
	}
	if _, err := e.Read(t.Context(), "risk.html"); err != nil {
		t.Error(err)
	}
}

// corridors: both ends are countries, and the manifest says which column is which.
func corridors(t *testing.T, w *world.World, d *desk) {
	e := d.publish(t, w, comes(t, "corridors"), release.Inputs{})
	if c := e.Manifest.Corridor; c == nil || c.Origin != "citizenship" || c.Destination != "destination" {
		t.Errorf("the manifest's corridor is %+v", c)
	}
	has(t, e, "LA", "TH", "99")
	has(t, e, "LA", "CN", "44")
	has(t, e, "VN", "LA", "44")
	for _, r := range e.rows {
		if r[0] == "MM" {
			t.Errorf("three persons of one country are told apart: %v", r)
		}
	}
}

// rates: of the published figure by the dated number of inhabitants, which the codebook
// names; blank where there is none.
func rates(t *testing.T, w *world.World, d *desk) {
	in, err := release.ReadInhabitants(strings.NewReader("year,sex,population,as_of,source\n2023,FEMALE,3800000,2023-07-01,Invented estimate\n2023,MALE,3850000,2023-07-01,Invented estimate\n" +
		"2024,_T,7700000,2024-07-01,Invented estimate\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := release.Build(t.Context(), w.Store, comes(t, "sdg-16-2-2"), release.Inputs{}); errs.KindOf(err) != errs.Invalid {
		t.Errorf("a rate without inhabitants: %v", err)
	}
	e := d.publish(t, w, comes(t, "sdg-16-2-2"), release.Inputs{Inhabitants: in})
	has(t, e, "2023", "FEMALE", "44", "1.158")
	has(t, e, "2023", "MALE", "44", "1.143")
	has(t, e, "2024", "FEMALE", "44", "")
	if n := len(e.codebook.Denominators); n != 3 || e.codebook.Denominators[0].AsOf != "2023-07-01" || e.codebook.Denominators[0].Source != "Invented estimate" {
		t.Errorf("denominators: %+v", e.codebook.Denominators)
	}
	if !strings.Contains(e.pages, "rate by year") || !strings.Contains(e.pages, "count by sex") {
		t.Error("the utility report lacks a plot of a measure")
	}
}

// privateCounts: near the counts, with noise of which the report tells, and paid from the
// budget.
func privateCounts(t *testing.T, w *world.World, d *desk) {
	raw := strings.Replace(string(changed("method: counts", "method: private\nparameters: {epsilon: 4, delta: 0.000001, length: 2}")), "name: persons\n", "name: noised\n", 1)
	e := d.publish(t, w, []byte(raw), release.Inputs{})
	for _, r := range e.rows {
		if n, err := strconv.Atoi(r[2]); r[0] == "2024" && r[1] == "_T" && (err != nil || n < 105-40 || n > 105+40) {
			t.Errorf("105 persons are %v", r)
		}
	}
	if len(e.rows) < 4 || !strings.Contains(e.pages, "ε 4") {
		t.Errorf("%d figures, or the report lacks the noise", len(e.rows))
	}
}

// syntheticRows: in some of CTDC's variables, paid from the budget, and about as many of a
// kind as there are. All of CTDC's need thousands of persons.
func syntheticRows(t *testing.T, w *world.World, d *desk) {
	raw := string(changed("  - {name: year}\n  - {name: sex}", "  - {name: yearOfRegistration}\n  - {name: CountryOfExploitation}\n  - {name: isForcedLabour}\n  - {name: isSexualExploit}"))
	raw = strings.Replace(strings.Replace(raw, "name: persons\n", "name: synthetic\n", 1), "method: counts", "method: synthetic\nparameters: {epsilon: 6, delta: 0.000001, length: 2}", 1)
	for _, method := range []string{"synthetic", "private"} { // 203 persons and a noise of thousands
		hidden := strings.Replace(strings.Replace(raw, "epsilon: 6", "epsilon: 0.01", 1), "method: synthetic", "method: "+method, 1)
		if b, err := release.Build(t.Context(), w.Store, []byte(hidden), release.Inputs{}); errs.KindOf(err) != errs.Conflict || !strings.Contains(err.Error(), "nothing to tell") {
			t.Errorf("%s rows that say nothing: %+v, %v", method, b, err)
		}
	}
	e := d.publish(t, w, []byte(raw), release.Inputs{})
	if e.Manifest.Kind != publication.Records || len(e.header) != 4 || len(e.rows) < 100 {
		t.Fatalf("%s of %d columns and %d rows", e.Manifest.Kind, len(e.header), len(e.rows))
	}
	labour, column := 0, slices.Index(e.header, "isForcedLabour")
	for _, r := range e.rows {
		if r[column] == "1" {
			labour++
		}
	}
	// 105 of 203; the noise on a count of one column is below ten.
	if labour < 55 || labour > 155 {
		t.Errorf("forced labour in %d of %d rows", labour, len(e.rows))
	}
	if !strings.Contains(e.pages, "Mean error") || !strings.Contains(e.pages, "ε 6") {
		t.Error("the utility report lacks noise or error")
	}
	epsilon := slices.IndexFunc(e.codebook.Privacy, func(p publication.Parameter) bool { return p.Name == "epsilon" })
	if epsilon < 0 || e.codebook.Privacy[epsilon].Value != "6" {
		t.Errorf("the codebook's parameters are %+v", e.codebook.Privacy)
	}
}

// history: the Lao fact sheet's shape, by sex from 2001 and by age from 2007, with sources.
func history(t *testing.T, w *world.World, d *desk) {
	var sheet strings.Builder
	sheet.WriteString("year,sex,age_group,count,source\n")
	for year := 2001; year <= 2018; year++ {
		fmt.Fprintf(&sheet, "%d,FEMALE,_T,%d,Invented fact sheet 2018\n%d,MALE,_T,%d,Invented fact sheet 2018\n", year, 100+year%7, year, year%5)
		if year >= 2007 {
			fmt.Fprintf(&sheet, "%d,_T,0-17,%d,Invented fact sheet 2018 table 2\n", year, 40+year%3)
		}
	}
	e := d.publish(t, w, comes(t, "key-figures-history"), release.Inputs{Series: series(t, sheet.String())})
	has(t, e, "2001", "FEMALE", "_T", strconv.Itoa(100+2001%7))
	has(t, e, "2018", "_T", "0-17", strconv.Itoa(40+2018%3))
	if len(e.rows) != 18*2+12 || len(e.codebook.Sources) != 2 || !strings.Contains(e.codebook.Sources[0], "(36 figures)") {
		t.Errorf("%d rows, sources %q", len(e.rows), e.codebook.Sources)
	}
}

// justice: proceedings and accused, exact, down to one, and no attribute of the assisted (J4).
func justice(t *testing.T, w *world.World, d *desk) {
	raw := comes(t, "justice-outcomes")
	e := d.publish(t, w, raw, release.Inputs{Series: series(t, "year,stage,sex,citizenship,offence,count,source\n2023,CONVICTED,MALE,LA,_T,1,Invented annual report\n2023,PROSECUTED,_T,_T,_T,17,Invented annual report\n")})
	has(t, e, "2023", "CONVICTED", "MALE", "LA", "_T", "1")
	if e.codebook.Unit != "EVENT" {
		t.Errorf("the unit is %s", e.codebook.Unit)
	}
	if _, err := release.Parse([]byte(strings.Replace(string(raw), "{name: offence}", "{name: exploitation_form}", 1))); err == nil || !strings.Contains(err.Error(), "J4") {
		t.Errorf("crossed with an attribute of the assisted: %v", err)
	}
}

func series(t *testing.T, text string) *release.SeriesTable {
	t.Helper()
	s, err := release.ReadSeries(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}
