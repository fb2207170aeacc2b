package htcds_test

import (
	"bytes"
	"io"
	"reflect"
	"testing"
	"time"

	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/demo/fiction"
	"github.com/sala-exchange/sala/services/exchange/htcds"
)

var forms = map[string]func(io.Writer, valueset.Calendar, htcds.Layout) (*htcds.Writer, error){
	"workbook": htcds.NewWorkbook, "CSV": htcds.NewCSV,
}

func readBack(t *testing.T, raw []byte, cal valueset.Calendar) []htcds.Row {
	t.Helper()
	f, err := htcds.Read(bytes.NewReader(raw), int64(len(raw)), htcds.Options{
		Calendar: cal, Location: time.UTC, Now: func() time.Time { return time.Date(2026, 1, 15, 0, 0, 0, 0, time.UTC) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return f.Rows
}

func written(t *testing.T, form string, cal valueset.Calendar, rows []htcds.Row) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := forms[form](&b, cal, htcds.WithExtensions)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestWrittenRowsAreReadBackCellByCell: files of the generator, which shares no code
// with the writer, in both forms and calendars.
func TestWrittenRowsAreReadBackCellByCell(t *testing.T) {
	books, err := fiction.Workbooks(5, []string{"Shelter A", "Police B", "Ministry C"}, 210)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range books {
		cal := valueset.Calendar(b.Calendar)
		rows := readBack(t, b.XLSX, cal)
		for form := range forms {
			once := written(t, form, cal, rows)
			again := readBack(t, once, cal)
			if !reflect.DeepEqual(again, rows) {
				t.Errorf("%s of %s: the rows differ", form, b.Agency)
			}
			if !bytes.Equal(written(t, form, cal, again), once) {
				t.Errorf("%s of %s: written again it differs", form, b.Agency)
			}
			other := valueset.CalendarBuddhist
			if cal == other {
				other = valueset.CalendarGregorian
			}
			for i, r := range readBack(t, written(t, form, other, rows), other) {
				if r.Birth.Year != rows[i].Birth.Year || r.Birth.Month != rows[i].Birth.Month || r.Birth.Precision != rows[i].Birth.Precision {
					t.Errorf("%s row %d: another date in the other calendar", form, r.Number)
				}
			}
		}
	}
}

// TestFormulasStayText: nothing that is written begins like a formula in CSV, and
// what was given comes back.
func TestFormulasStayText(t *testing.T) {
	for _, text := range []string{
		"=1+1", "+856", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "'=1", "''=1", "'quoted'", "a=b", "=\n=", "-", "'", "\tx", "'\tx", "\nx", "\rx", "''\r=1",
	} {
		rows := []htcds.Row{{Number: 3, FirstName: "Kanaree", ClosureReason: text, ExploitationPlace: text}}
		for form := range forms {
			raw := written(t, form, valueset.CalendarGregorian, rows)
			if got := readBack(t, raw, valueset.CalendarGregorian); !reflect.DeepEqual(got, rows) {
				t.Errorf("%s: %q comes back as %q", form, text, got[0].ClosureReason)
			}
			if form == "CSV" {
				for _, bad := range []string{",=", ",+", ",-", ",@", "\"=", "\"+", "\"-", "\"@"} {
					if bytes.Contains(raw, []byte(bad)) {
						t.Errorf("%q stands in the file as a formula", text)
					}
				}
			}
		}
	}
}
