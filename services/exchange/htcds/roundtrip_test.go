package htcds_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/demo/fiction"
	"github.com/sala-exchange/sala/services/exchange/htcds"
)

// TestTheGeneratorsWorkbooksAreReadWhole checks the importer with files that were
// made without any of its code.
func TestTheGeneratorsWorkbooksAreReadWhole(t *testing.T) {
	books, err := fiction.Workbooks(11, []string{"Shelter A", "Police B", "Ministry C", "Union D"}, 1200)
	if err != nil {
		t.Fatal(err)
	}
	total, children, partial := 0, 0, 0
	for _, b := range books {
		f, err := htcds.Read(bytes.NewReader(b.XLSX), int64(len(b.XLSX)), htcds.Options{
			Calendar: valueset.Calendar(b.Calendar), Location: time.UTC,
			Now: func() time.Time { return time.Date(2026, 1, 15, 0, 0, 0, 0, time.UTC) },
		})
		if err != nil {
			t.Fatalf("%s: %v", b.Agency, err)
		}
		if len(f.Rows) != b.Cases {
			t.Errorf("%s: %d rows of %d", b.Agency, len(f.Rows), b.Cases)
		}
		compareNames(t, b.XLSX, f.Rows)
		total += len(f.Rows)
		for _, r := range f.Rows {
			if r.Birth.Valid() && (r.Birth.Year < 1980 || r.Birth.Year > 2021) {
				t.Errorf("row %d: nobody was born then", r.Number)
			}
			if r.Birth.Year > 2008 {
				children++
			}
			if r.Birth.Precision == valueset.PrecisionYear {
				partial++
			}
			if r.Mailing.Country == "" || len(r.Mailing.Country) != 2 || len(r.Exploitations) == 0 {
				t.Errorf("row %d: address or exploitation is lost", r.Number)
			}
		}
	}
	if total != 1200 || children == 0 || partial == 0 {
		t.Errorf("%d cases, %d children, %d partial dates", total, children, partial)
	}
}

// compareNames looks at the cells of the names directly.
func compareNames(t *testing.T, xlsx []byte, rows []htcds.Row) {
	t.Helper()
	x, err := excelize.OpenReader(bytes.NewReader(xlsx))
	if err != nil {
		t.Fatal(err)
	}
	cells, err := x.GetRows("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range rows {
		if c := cells[i+2]; r.Number != i+3 || r.FirstName != c[3] || r.SecondName != c[4] || (r.Consent != nil) != (c[5] != "") {
			t.Errorf("row %d: names or consent differ from the sheet", r.Number)
		}
	}
}
