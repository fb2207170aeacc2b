package region

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/sala-exchange/sala/services/publication"
	"github.com/sala-exchange/sala/services/region"
	"github.com/sala-exchange/sala/test/counterpart"
)

const audience = counterpart.Audience

// authority publishes one country's releases into a folder.
type authority struct {
	country string
	path    string
	store   publication.Store
	signer  note.Signer
	key     string // the verifier key
	keys    note.Verifiers
}

func newAuthority(t testing.TB, country string) *authority {
	t.Helper()
	skey, vkey, err := note.GenerateKey(rand.Reader, strings.ToLower(country)+".example/releases")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	a := &authority{country: country, path: t.TempDir(), signer: signer, key: vkey, keys: note.VerifierList(verifier)}
	a.store, err = publication.OpenFolder(a.path)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// corridors is a release of corridors of an authority.
func (a *authority) corridors(version int, rows ...[]string) publication.Content {
	dimension := func(name string) publication.Column {
		return publication.Column{Name: name, Role: publication.Dimension, Type: publication.Text, Title: name, Description: "of the person"}
	}
	return publication.Content{
		Manifest: publication.Manifest{
			ID: "corridors", Version: version, Supersedes: version - 1, Title: "Corridors", Publisher: "Ministry of " + a.country, Country: a.country,
			Kind: publication.Figures, Population: "assisted persons", Period: publication.Period{From: "2023-01-01", To: "2024-12-31"},
			Corridor: &publication.Corridor{Origin: "origin", Destination: "destination"}, Method: "k-anonymity",
			Parameters: []publication.Parameter{{Name: "k", Value: "11"}}, Audience: publication.Counterparts, IssuedOn: "2026-03-31",
		},
		Codebook: publication.Codebook{
			Title: "Corridors", Unit: "PERSON", ReferenceDate: "2026-03-01", Geography: a.country, Status: "IDENTIFIED", Counted: "BOTH",
			SexOrGender: "SEX", Unknowns: "blank", Revision: "edition", Methods: []string{"suppression below 11"}, Sources: []string{"cases"},
			Columns: []publication.Column{dimension("year"), dimension("sex"), dimension("origin"), dimension("destination"),
				{Name: "persons", Role: publication.Measure, Type: publication.Count, Title: "Persons", Description: "assisted"}},
		},
		Rows: over(rows), Reports: map[string][]byte{"utility.html": []byte("<p>plots</p>")},
	}
}

func (a *authority) publish(t testing.TB, c publication.Content) {
	t.Helper()
	_, err := publication.Write(t.Context(), a.store, c, a.signer)
	if err != nil {
		t.Fatal(err)
	}
}

func over(rows [][]string) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// door is a running server and a counterpart that asks it.
type door struct {
	*counterpart.Door
	log *bytes.Buffer
}

func open(t testing.TB, change func(*region.Configuration), from ...*authority) *door {
	t.Helper()
	sources := ""
	for _, a := range from {
		sources += "- {country: " + a.country + ", store: " + a.path + ", keys: [\"" + a.key + "\"]}\n"
	}
	d := &door{log: &bytes.Buffer{}}
	d.Door = counterpart.Open(t, sources, d.log, change)
	return d
}

func (d *door) expect(t testing.TB, text, want string) {
	t.Helper()
	if got := d.Ask(t, text); got != want {
		t.Errorf("%s\n got %s\nwant %s", text, got, want)
	}
}

var laoRows = [][]string{
	{"2023", "F", "LA", "TH", "31"}, {"2023", "M", "LA", "TH", "12"}, {"2023", "_T", "LA", "TH", "43"},
	{"2024", "F", "LA", "TH", ""}, {"2024", "", "LA", "TH", "15"}, {"2024", "F", "LA", "MM", "20"},
}

// TestFiguresAndFilters: published cells, by the codes of their dimensions; a blank is
// null, and asked for by null.
func TestFiguresAndFilters(t *testing.T) {
	la := newAuthority(t, "LA")
	la.publish(t, la.corridors(1, laoRows...))
	d := open(t, nil, la)
	figures := func(args string) string {
		return `{ release(country: "LA", id: "corridors") { figures(` + args + `) { nodes { measures { value } } pageInfo { hasNextPage } } } }`
	}
	answer := func(more string, values ...string) string {
		nodes := make([]string, len(values))
		for i, v := range values {
			nodes[i] = `{"measures":[{"value":` + v + `}]}`
		}
		return `{"data":{"release":{"figures":{"nodes":[` + strings.Join(nodes, ",") + `],"pageInfo":{"hasNextPage":` + more + `}}}}}`
	}
	d.expect(t, figures(`first: 4`), answer("true", "31", "12", "43", "null"))
	d.expect(t, figures(`where: [{dimension: "year", in: ["2024"]}]`), answer("false", "null", "15", "20"))
	d.expect(t, figures(`where: [{dimension: "sex", in: [null]}]`), answer("false", "15"))
	d.expect(t, figures(`where: [{dimension: "sex", in: ["_T", "M"]}]`), answer("false", "12", "43"))
	d.expect(t, figures(`where: [{dimension: "sex", in: ["F"]}, {dimension: "destination", in: ["MM"]}]`), answer("false", "20"))
	d.expect(t, figures(`where: [{dimension: "sex", in: ["X"]}]`), answer("false"))
	for _, bad := range []string{`where: [{dimension: "persons", in: ["31"]}]`, `where: [{dimension: "canary", in: ["F"]}]`, `where: [{dimension: "sex", in: []}]`, `first: 51`, `first: 0`, `after: "canary"`} {
		if got := d.Ask(t, figures(bad)); !strings.Contains(got, `"code":"INVALID"`) || strings.Contains(got, "canary") {
			t.Errorf("%s: %s", bad, got)
		}
	}
	d.pages(t)
	d.expect(t, `{ release(country: "LA", id: "corridors") { title kind supersedes codebook { unit blank columns { name role type } } files { name path } } }`,
		`{"data":{"release":{"title":"Corridors","kind":"FIGURES","supersedes":null,"codebook":{"unit":"PERSON","blank":"a blank cell is no information: it is neither zero nor no","columns":[{"name":"year","role":"DIMENSION","type":"TEXT"},{"name":"sex","role":"DIMENSION","type":"TEXT"},{"name":"origin","role":"DIMENSION","type":"TEXT"},{"name":"destination","role":"DIMENSION","type":"TEXT"},{"name":"persons","role":"MEASURE","type":"COUNT"}]},"files":[{"name":"codebook.html","path":"/releases/LA/corridors/1/codebook.html"},{"name":"codebook.json","path":"/releases/LA/corridors/1/codebook.json"},{"name":"data.csv","path":"/releases/LA/corridors/1/data.csv"},{"name":"data.parquet","path":"/releases/LA/corridors/1/data.parquet"},{"name":"utility.html","path":"/releases/LA/corridors/1/utility.html"}]}}}`)
}

// pages walks a release's cells page by page: each once.
func (d *door) pages(t *testing.T) {
	t.Helper()
	var all []string
	for after := ""; ; {
		var out struct {
			Data struct {
				Release struct {
					Figures struct {
						Nodes    []struct{ Dimensions []struct{ Code *string } }
						PageInfo struct {
							HasNextPage bool
							EndCursor   string
						}
					}
				}
			}
		}
		text := d.Ask(t, `{ release(country: "LA", id: "corridors") { figures(first: 2`+after+`) { nodes { dimensions { code } } pageInfo { hasNextPage endCursor } } } }`)
		if err := json.Unmarshal([]byte(text), &out); err != nil {
			t.Fatal(err)
		}
		f := out.Data.Release.Figures
		for _, n := range f.Nodes {
			row := ""
			for _, c := range n.Dimensions {
				if c.Code != nil {
					row += *c.Code
				}
				row += ","
			}
			all = append(all, row)
		}
		if !f.PageInfo.HasNextPage {
			break
		}
		after = `, after: "` + f.PageInfo.EndCursor + `"`
	}
	if len(all) != len(laoRows) || all[4] != "2024,,LA,TH," {
		t.Errorf("%q", all)
	}
}

// TestWhoMayAsk: a token of a registered issuer for this very audience, and nothing else,
// by both doors.
func TestWhoMayAsk(t *testing.T) {
	la := newAuthority(t, "LA")
	la.publish(t, la.corridors(1, laoRows...))
	registered := counterpart.NewIssuer(t)
	d := open(t, func(c *region.Configuration) { c.Issuers[0].URL = registered.URL }, la)
	for name, c := range map[string]struct {
		token  string
		status int
	}{
		"right":                    {registered.Token(t, audience), 200},
		"none":                     {"", 401},
		"of the API of cases":      {registered.Token(t, "https://sala.example/api"), 401},
		"of another issuer":        {counterpart.NewIssuer(t).Token(t, audience), 401},
		"altered in its signature": {registered.Token(t, audience)[:200] + "AAAA", 401},
	} {
		for path, ask := range map[string]func() (int, string){
			"graphql": func() (int, string) {
				return d.Do(t, "POST", "/graphql", c.token, counterpart.Query("{ releases { nodes { id } } }"))
			},
			"download": func() (int, string) { return d.Do(t, "GET", "/releases/LA/corridors/1/data.csv", c.token, "") },
		} {
			if status, text := ask(); status != c.status || status == 401 && strings.Contains(text, "corridors") {
				t.Errorf("%s, %s: %d %s", name, path, status, text)
			}
		}
	}
}

// TestWhatDoesNotVerifyIsNotServed: each tampering takes the version away, at the start
// and while the server runs, by both doors; the one beside it stays.
func TestWhatDoesNotVerifyIsNotServed(t *testing.T) {
	change := func(t *testing.T, path string, by func([]byte) []byte) {
		t.Helper()
		text, err := os.ReadFile(path)
		if err == nil {
			err = os.WriteFile(path, by(text), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, spoil := range map[string]func(t *testing.T, dir string){
		"unsigned": func(t *testing.T, dir string) {
			change(t, filepath.Join(dir, "manifest.note"), func(b []byte) []byte { return b[:bytes.LastIndex(b, []byte("\n—"))+1] })
		},
		"altered": func(t *testing.T, dir string) {
			change(t, filepath.Join(dir, "data.csv"), func(b []byte) []byte { return append(b, "2024,M,LA,TH,99\n"...) })
		},
		"altered manifest": func(t *testing.T, dir string) {
			change(t, filepath.Join(dir, "manifest.json"), func(b []byte) []byte { return bytes.Replace(b, []byte("assisted"), []byte("identified"), 1) })
		},
		"another key's": func(t *testing.T, dir string) {
			other := newAuthority(t, "LA")
			other.publish(t, other.corridors(1, []string{"2024", "F", "LA", "TH", "99"}))
			if err := errors.Join(os.RemoveAll(dir), os.CopyFS(dir, os.DirFS(filepath.Join(other.path, "corridors", "1")))); err != nil {
				t.Fatal(err)
			}
		},
		"swapped files": func(t *testing.T, dir string) {
			a, b := filepath.Join(dir, "data.csv"), filepath.Join(dir, "utility.html")
			if err := errors.Join(os.Rename(a, a+"x"), os.Rename(b, a), os.Rename(a+"x", b)); err != nil {
				t.Fatal(err)
			}
		},
		"a link out of the store": func(t *testing.T, dir string) {
			outside := filepath.Join(t.TempDir(), "data.csv")
			text, err := os.ReadFile(filepath.Join(dir, "data.csv"))
			if err := errors.Join(err, os.WriteFile(outside, text, 0o600), os.Remove(filepath.Join(dir, "data.csv")), os.Symlink(outside, filepath.Join(dir, "data.csv"))); err != nil {
				t.Fatal(err)
			}
		},
		"a file too many": func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, "more.csv"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			la := newAuthority(t, "LA")
			la.publish(t, la.corridors(1, laoRows...))
			beside := la.corridors(1, laoRows...)
			beside.Manifest.ID = "beside"
			la.publish(t, beside)
			d := open(t, nil, la)
			both := `{"data":{"releases":{"nodes":[{"id":"beside"},{"id":"corridors"}]}}}`
			d.expect(t, `{ releases { nodes { id } } }`, both)
			spoil(t, filepath.Join(la.path, "corridors", "1"))
			if err := d.Region.Look(t.Context()); err != nil {
				t.Fatal(err)
			}
			for _, d := range []*door{d, open(t, nil, la)} {
				d.expect(t, `{ releases(all: true) { nodes { id } } }`, `{"data":{"releases":{"nodes":[{"id":"beside"}]}}}`)
				if status, text := d.Do(t, "GET", "/releases/LA/corridors/1/data.csv", d.Token, ""); status != 404 {
					t.Errorf("%d %s", status, text)
				}
				if !strings.Contains(d.log.String(), ": LA corridors/1: ") {
					t.Error("the log does not say so")
				}
			}
		})
	}
}

// TestACountrysKeyIsGoodForThatCountryAlone: a neighbour cannot publish in another's name.
func TestACountrysKeyIsGoodForThatCountryAlone(t *testing.T) {
	th := newAuthority(t, "TH")
	posing := th.corridors(1, laoRows...)
	posing.Manifest.Country = "LA"
	th.publish(t, posing)
	d := open(t, nil, th)
	d.expect(t, `{ releases(all: true) { nodes { id } } }`, `{"data":{"releases":{"nodes":[]}}}`)
}

// TestOthersReleases: what is prescribed for administration, or for researchers by
// agreement, is not for counterparts (J5).
func TestOthersReleases(t *testing.T) {
	la := newAuthority(t, "LA")
	for id, audience := range map[string]publication.Audience{"totals": publication.Administration, "records": publication.Researchers, "open": publication.Public} {
		c := la.corridors(1, laoRows...)
		c.Manifest.ID, c.Manifest.Audience = id, audience
		la.publish(t, c)
	}
	d := open(t, nil, la)
	d.expect(t, `{ releases(all: true) { nodes { id } } }`, `{"data":{"releases":{"nodes":[{"id":"open"}]}}}`)
	if status, _ := d.Do(t, "GET", "/releases/LA/totals/1/data.csv", d.Token, ""); status != 404 {
		t.Errorf("%d", status)
	}
}

// TestWithdrawn: a withdrawn version is told as one, gives no figure and no table, and
// proves its withdrawal; the version before stands again.
func TestWithdrawn(t *testing.T) {
	la := newAuthority(t, "LA")
	la.publish(t, la.corridors(1, laoRows...))
	la.publish(t, la.corridors(2, laoRows[0]))
	d := open(t, nil, la)
	d.expect(t, `{ releases { nodes { version } } }`, `{"data":{"releases":{"nodes":[{"version":2}]}}}`)
	err := publication.Withdraw(t.Context(), la.store, publication.Ref{ID: "corridors", Version: 2},
		publication.Withdrawal{On: "2026-05-02", Reason: "a year was counted twice"}, la.signer, la.keys)
	if err == nil {
		err = d.Region.Look(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	d.expect(t, `{ releases { nodes { version supersededBy } } }`, `{"data":{"releases":{"nodes":[{"version":1,"supersededBy":null}]}}}`)
	d.expect(t, `{ releases(all: true) { nodes { version withdrawal { on reason } } } }`,
		`{"data":{"releases":{"nodes":[{"version":1,"withdrawal":null},{"version":2,"withdrawal":{"on":"2026-05-02","reason":"a year was counted twice"}}]}}}`)
	if got := d.Ask(t, `{ release(country: "LA", id: "corridors", version: 2) { figures { nodes { measures { value } } } } }`); !strings.Contains(got, `"code":"CONFLICT"`) || strings.Contains(got, "31") {
		t.Error(got)
	}
	for name, want := range map[string]int{"data.csv": 410, "data.parquet": 410, "manifest.json": 200, "manifest.note": 200, "withdrawal.note": 200} {
		if status, _ := d.Do(t, "GET", "/releases/LA/corridors/2/"+name, d.Token, ""); status != want {
			t.Errorf("%s: %d", name, status)
		}
	}
}

// TestAnAnswerIsOfItsMoment: the same question, asked again and again, has the answer of
// the catalogue of that moment, for whoever has a token alone; other variables and other
// counterparts are other questions.
func TestAnAnswerIsOfItsMoment(t *testing.T) {
	la := newAuthority(t, "LA")
	la.publish(t, la.corridors(1, laoRows...))
	d := open(t, nil, la)
	question := `{ release(country: "LA", id: "corridors") { version figures(first: 1) { nodes { measures { value } } } } }`
	answer := func(version int, value string) string {
		return fmt.Sprintf(`{"data":{"release":{"version":%d,"figures":{"nodes":[{"measures":[{"value":%s}]}]}}}}`, version, value)
	}
	look := func(err error) {
		t.Helper()
		if err == nil {
			err = d.Region.Look(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		d.expect(t, question, answer(1, "31"))
	}
	if status, text := d.Do(t, "POST", "/graphql", "", counterpart.Query(question)); status != 401 || strings.Contains(text, "31") {
		t.Errorf("without a token %d %s", status, text)
	}
	la.publish(t, la.corridors(2, laoRows[1]))
	look(nil)
	for range 3 {
		d.expect(t, question, answer(2, "12"))
	}
	look(publication.Withdraw(t.Context(), la.store, publication.Ref{ID: "corridors", Version: 2},
		publication.Withdrawal{On: "2026-05-02", Reason: "a year was counted twice"}, la.signer, la.keys))
	for range 3 {
		d.expect(t, question, answer(1, "31"))
	}
	for _, want := range []string{"31", "12"} { // one document, other variables
		sex := map[string]string{"31": "F", "12": "M"}[want]
		_, got := d.Do(t, "POST", "/graphql", d.Token, `{"query":"query Q($s: String!) { release(country: \"LA\", id: \"corridors\") { figures(first: 1, where: [{dimension: \"sex\", in: [$s]}]) { nodes { measures { value } } } } }","variables":{"s":"`+sex+`"}}`)
		if !strings.Contains(got, `"value":`+want) {
			t.Errorf("sex %s: %s", sex, got)
		}
	}
	for range 2 { // an error is made anew, and says the same
		if got := d.Ask(t, `{ release(country: "LA", id: "corridors", version: 9) { version } }`); !strings.Contains(got, `"code":"WITHHELD"`) {
			t.Error(got)
		}
	}
}

// TestCorridorsSideBySide: what two countries published of one corridor stands side by
// side under one name, whatever code they use, and is never one figure.
func TestCorridorsSideBySide(t *testing.T) {
	la, th := newAuthority(t, "LA"), newAuthority(t, "TH")
	la.publish(t, la.corridors(1, laoRows...))
	th.publish(t, th.corridors(1, []string{"2023", "F", "LAO", "THA", "57"}, []string{"2023", "F", "KHM", "THA", "40"}, []string{"2023", "F", "", "THA", "90"}, []string{"2023", "F", "_T", "THA", "187"}))
	d := open(t, nil, la, th)
	d.expect(t, `{ corridors { nodes { origin destination } } }`,
		`{"data":{"corridors":{"nodes":[{"origin":"KH","destination":"TH"},{"origin":"LA","destination":"MM"},{"origin":"LA","destination":"TH"}]}}}`)
	d.expect(t, `{ corridors(origin: "LAO", destination: "TH") { nodes { origin ends { country side figures(first: 2) { nodes { measures { value } } } } } } }`,
		`{"data":{"corridors":{"nodes":[{"origin":"LA","ends":[`+
			`{"country":"LA","side":"ORIGIN","figures":{"nodes":[{"measures":[{"value":31}]},{"measures":[{"value":12}]}]}},`+
			`{"country":"TH","side":"DESTINATION","figures":{"nodes":[{"measures":[{"value":57}]}]}}]}]}}}`)
	if got := d.Ask(t, `{ corridors(origin: "LA", destination: "TH") { nodes { reading } } }`); !strings.Contains(got, "never added up") {
		t.Error(got)
	}
}

// TestDownloadsVerify: what is downloaded over HTTP is what was published, and verifies
// from a folder of any name.
func TestDownloadsVerify(t *testing.T) {
	la := newAuthority(t, "LA")
	la.publish(t, la.corridors(1, laoRows...))
	d := open(t, nil, la)
	folder := t.TempDir()
	for _, name := range []string{"data.csv", "data.parquet", "codebook.json", "codebook.html", "utility.html", "manifest.json", "manifest.note"} {
		status, text := d.Do(t, "GET", "/releases/LA/corridors/1/"+name, d.Token, "")
		if status != 200 {
			t.Fatalf("%s: %d", name, status)
		}
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, ref, err := publication.Download(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	r, err := publication.Open(t.Context(), s, ref, la.keys)
	if err == nil {
		err = r.Verify(t.Context())
	}
	if err != nil {
		t.Error(err)
	}
	for _, path := range []string{"/releases/LA/corridors/1/../../../../etc/passwd", "/releases/LA/corridors/1/%2e%2e%2fmanifest.json", "/releases/LA/corridors/01/data.csv", "/releases/la/corridors/1/data.csv", "/releases/LA/corridors/1/", "/releases/LA/corridors/2/data.csv"} {
		if status, _ := d.Do(t, "GET", path, d.Token, ""); status == 200 {
			t.Errorf("%s is answered", path)
		}
	}
}

// TestLimitsAndDocuments: as in the main API.
func TestLimitsAndDocuments(t *testing.T) {
	la := newAuthority(t, "LA")
	la.publish(t, la.corridors(1, laoRows...))
	d := open(t, nil, la)
	for _, costly := range []string{
		`{ releases(first: 50) { nodes { figures(first: 50) { nodes { dimensions { name code } measures { name value } } } } } }`,
		`{ ` + strings.Repeat(`release(country: "LA", id: "corridors") { id } `, 200) + `}`,
	} {
		if got := d.Ask(t, costly); !strings.Contains(got, `"code":"LIMITED"`) {
			t.Errorf("%.200s", got)
		}
	}
	if status, _ := d.Do(t, "GET", "/graphql?query={releases{nodes{id}}}", d.Token, ""); status != 405 {
		t.Errorf("GET: %d", status)
	}
	documents := filepath.Join(t.TempDir(), "documents.json")
	text := filepath.Join(t.TempDir(), "q.graphql")
	if err := os.WriteFile(text, []byte("{ releases { nodes { id } } }"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errOut bytes.Buffer
	if code := region.Execute(t.Context(), []string{"register", "--documents", documents, text}, &out, &errOut); code != 0 {
		t.Fatal(errOut.String())
	}
	d = open(t, func(c *region.Configuration) { c.AnyDocument, c.Documents = false, documents }, la)
	d.expect(t, "{ releases { nodes { id } } }", `{"data":{"releases":{"nodes":[{"id":"corridors"}]}}}`)
	if status, got := d.Do(t, "POST", "/graphql", d.Token, counterpart.Query("{ releases { nodes { title } } }")); status != 400 || !strings.Contains(got, "not registered") {
		t.Errorf("%d %s", status, got)
	}
}

// TestConfiguration: one that lacks what safety needs does not start.
func TestConfiguration(t *testing.T) {
	la := newAuthority(t, "LA")
	good := "audience: a\nissuers: [{url: 'https://issuer.example', counterpart: TH}]\nsources: [{country: LA, store: /releases, keys: ['" + la.key + "']}]\n"
	if _, err := region.ParseConfiguration([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{
		"no audience":  strings.Replace(good, "audience: a\n", "", 1),
		"no key":       strings.Replace(good, "'"+la.key+"'", "", 1),
		"no issuer":    strings.Replace(good, "{url: 'https://issuer.example', counterpart: TH}", "", 1),
		"broken key":   strings.Replace(good, la.key, "canary+key", 1),
		"unknown key":  good + "canary: 1\n",
		"beyond":       good + "address: 0.0.0.0:8090\n",
		"half of TLS":  good + "tlsKeyFile: /key\n",
		"part of one":  good + "maxOperations: 1.5\n",
		"looks always": good + "lookInterval: 1ms\n",
	} {
		if _, err := region.ParseConfiguration([]byte(bad)); err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestHealth: ready once the releases are read, and the versions that do not verify are a
// figure that somebody can watch.
func TestHealth(t *testing.T) {
	la := newAuthority(t, "LA")
	la.publish(t, la.corridors(1, laoRows...))
	la.publish(t, la.corridors(2, laoRows...))
	if err := os.WriteFile(filepath.Join(la.path, "corridors", "2", "data.csv"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	d := open(t, nil, la)
	for path, want := range map[string]string{"/livez": "alive", "/readyz": "ready", "/metrics": "sala_region_releases_unverified 1"} {
		w := httptest.NewRecorder()
		d.Region.Operations().ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if w.Code != 200 || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}
