package auditor_test

import (
	"encoding/csv"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/sala-exchange/sala/services/anonymity/auditor"
)

// shared is a file beside the project; the test is skipped where it is not there.
func shared(t testing.TB, name string) *os.File {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "..", "..", "shared", "data", filepath.FromSlash(name)))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("../shared/data/%s is not there", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// extract reads CTDC's k=11 extract, and its columns' values as attributes.
func extract(t testing.TB) (attributes []auditor.Attribute, header []string, records [][]string) {
	t.Helper()
	all, err := csv.NewReader(shared(t, "ctdc/ctdc-global-k11-extract.csv")).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	header, records = all[0], all[1:]
	for i, name := range header {
		a := auditor.Attribute{Name: name}
		seen := map[string]bool{}
		for _, r := range records {
			if !seen[r[i]] {
				seen[r[i]] = true
				a.Values = append(a.Values, r[i])
			}
		}
		slices.Sort(a.Values)
		attributes = append(attributes, a)
	}
	return attributes, header, records
}

var (
	ctdcQuasi     = []string{"yearOfRegistration", "gender", "ageBroad", "citizenship", "CountryOfExploitation"}
	ctdcSensitive = []string{"isForcedLabour", "isSexualExploit"}
)

// TestBreaksCTDCsExtract: no class of the k=11 file is small, and 770 of its 844 classes
// tell what happened to everybody in them (peers.md §3.4).
func TestBreaksCTDCsExtract(t *testing.T) {
	attributes, header, records := extract(t)
	release, err := auditor.Rows(auditor.Table{Name: "CTDC", Population: "records"}, attributes, header, records, ctdcQuasi, ctdcSensitive)
	if err != nil {
		t.Fatal(err)
	}
	in := auditor.Input{Attributes: attributes, Tables: []auditor.Table{release}, K: k}
	passes(t, in)
	in.Sensitive = []auditor.Sensitive{{Attributes: ctdcSensitive, L: 2}}
	r := audit(t, in)
	if n := len(r.Findings) + r.More; n != 770 {
		t.Errorf("%d classes are alike, not 770", n)
		show(t, r)
	}
	for _, f := range r.Findings {
		if f.Kind != auditor.Alike {
			t.Fatalf("%+v", f)
		}
	}
}

// TestCTDCsExtractAndOneFigureMore: a total that anybody would publish beside the file.
func TestCTDCsExtractAndOneFigureMore(t *testing.T) {
	attributes, header, records := extract(t)
	release, err := auditor.Rows(auditor.Table{Name: "CTDC", Population: "records"}, attributes, header, records, ctdcQuasi, ctdcSensitive)
	if err != nil {
		t.Fatal(err)
	}
	total := auditor.Table{Name: "overview", Population: "records", Cells: []auditor.Cell{
		{Where: []auditor.Value{{Attribute: "citizenship", Value: "LA"}}, Count: auditor.Exactly(126 + 4)}}}
	r := audit(t, auditor.Input{Attributes: attributes, Tables: []auditor.Table{release, total}, K: k})
	finds(t, r, auditor.Small, "[overview: citizenship=LA] without the smaller cells in it", 4, 4)
}
