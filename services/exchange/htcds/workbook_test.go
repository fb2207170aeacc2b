package htcds

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// repack changes the parts of a workbook; a part made nil is left out, and parts
// that it lacks are added.
func repack(t *testing.T, data []byte, change map[string]func([]byte) []byte) []byte {
	t.Helper()
	in, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	check(t, err)
	var b bytes.Buffer
	out := zip.NewWriter(&b)
	put := func(name string, content []byte) {
		w, err := out.Create(name)
		check(t, err)
		_, err = w.Write(content)
		check(t, err)
	}
	done := map[string]bool{}
	for _, part := range in.File {
		r, err := part.Open()
		check(t, err)
		content, err := io.ReadAll(r)
		check(t, err)
		if f := change[part.Name]; f != nil {
			content = f(content)
			done[part.Name] = true
		}
		if content != nil {
			put(part.Name, content)
		}
	}
	for name, f := range change {
		if !done[name] {
			put(name, f(nil))
		}
	}
	check(t, out.Close())
	return b.Bytes()
}

const sheet1 = "xl/worksheets/sheet1.xml"

func replace(old, new string) func([]byte) []byte {
	return func(b []byte) []byte {
		if !bytes.Contains(b, []byte(old)) {
			panic("the workbook does not hold what the test replaces")
		}
		return bytes.Replace(b, []byte(old), []byte(new), 1)
	}
}

func TestDamagedAndHostileWorkbooks(t *testing.T) {
	good := workbook(t, nil, person(map[string]string{"First Name": canary, "Second Name": "B"}))
	fixed := func(content string) func([]byte) []byte { return func([]byte) []byte { return []byte(content) } }
	for name, c := range map[string]struct {
		data []byte
		word string
	}{
		"not a zip":           {append([]byte("PK\x03\x04"), canary...), "unpacked"},
		"cut short":           {good[:len(good)-40], "unpacked"},
		"a far row":           {repack(t, good, map[string]func([]byte) []byte{sheet1: replace(`</sheetData>`, `<row r="1048576"><c r="A1048576"><v>1</v></c></row></sheetData>`)}), "beyond row"},
		"a far column":        {repack(t, good, map[string]func([]byte) []byte{sheet1: replace(`</sheetData>`, `<row r="4"><c r="XFD4"><v>1</v></c></row></sheetData>`)}), "beyond row"},
		"a hidden far row":    {repack(t, good, map[string]func([]byte) []byte{sheet1: replace(`</sheetData>`, `<row x:r="1048576" r="4"><c/></row></sheetData>`)}), "out of order"},
		"a row placed twice":  {repack(t, good, map[string]func([]byte) []byte{sheet1: replace(`</sheetData>`, `<row r="4" x:r="1048576"><c/></row></sheetData>`)}), "out of order"},
		"rows backwards":      {repack(t, good, map[string]func([]byte) []byte{sheet1: replace(`</sheetData>`, `<row r="3"><c r="D3" t="str"><v>X</v></c></row></sheetData>`)}), "out of order"},
		"cell of another row": {repack(t, good, map[string]func([]byte) []byte{sheet1: replace(`</sheetData>`, `<row r="4"><c r="D9" t="str"><v>X</v></c></row></sheetData>`)}), "out of order"},
		"lost text":           {repack(t, good, map[string]func([]byte) []byte{sheet1: replace(`</sheetData>`, `<row r="4"><c r="D4" t="s"><v>99999</v></c></row></sheetData>`)}), "refers to a text"},
		"no result":           {repack(t, good, map[string]func([]byte) []byte{sheet1: replace(`</sheetData>`, `<row r="4"><c r="F4" t="b"><f>TRUE()</f></c></row></sheetData>`)}), "row 4, column F has no result"},
		"not well formed":     {repack(t, good, map[string]func([]byte) []byte{sheet1: replace(`</sheetData>`, ``)}), "not sound XML"},
		"other encoding":      {repack(t, good, map[string]func([]byte) []byte{sheet1: replace(`encoding="UTF-8"`, `encoding="ISO-8859-1"`)}), "not sound XML"},
		"malformed UTF-8":     {repack(t, good, map[string]func([]byte) []byte{"xl/sharedStrings.xml": replace(canary, canary+"\xff")}), "not sound XML"},
		"deep nesting":        {repack(t, good, map[string]func([]byte) []byte{"xl/x.bin": fixed(strings.Repeat("<a>", 5_000_000))}), "not sound XML"},
		"a huge tag":          {repack(t, good, map[string]func([]byte) []byte{"xl/x.xml": fixed("<a" + strings.Repeat(" b=''", 500_000) + "/>")}), "not sound XML"},
		"zip bomb":            {repack(t, good, map[string]func([]byte) []byte{"xl/media/a.png": fixed(strings.Repeat("\x00", MaxUnpacked))}), "larger than 64 MB"},
		"no sheet at all":     {repack(t, good, map[string]func([]byte) []byte{sheet1: fixed(`<worksheet><sheetData/></worksheet>`)}), "not the header"},
		"two parts alike":     {repack(t, good, map[string]func([]byte) []byte{"XL/Worksheets/Sheet1.xml": fixed("x")}), "one part twice"},
		"escaped NUL":         {repack(t, good, map[string]func([]byte) []byte{"xl/sharedStrings.xml": replace(canary, canary+"_x0000_")}), "row 3, column D prs_FirstName"},
	} {
		t.Run(name, func(t *testing.T) { refused(t, c.data, options(), c.word) })
	}
}

// TestTheLibraryAloneLosesCells shows why the guard is there.
func TestTheLibraryAloneLosesCells(t *testing.T) {
	good := workbook(t, nil, person(map[string]string{"First Name": "A"}), person(map[string]string{"First Name": "B"}))
	lost := repack(t, good, map[string]func([]byte) []byte{"xl/sharedStrings.xml": func([]byte) []byte {
		return []byte(`<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>only</t></si></sst>`)
	}})
	f, err := excelize.OpenReader(bytes.NewReader(lost))
	check(t, err)
	if rows, err := f.GetRows("Sheet1"); err != nil || len(rows) > 3 {
		t.Skipf("the library has mended this: %d rows, %v", len(rows), err)
	}
	refused(t, lost, options(), "refers to a text")
}

func TestALyingZipSize(t *testing.T) {
	var b bytes.Buffer
	out := zip.NewWriter(&b)
	var packed bytes.Buffer
	content := bytes.Repeat([]byte{0}, MaxUnpacked+1)
	w, err := out.CreateHeader(&zip.FileHeader{Name: "xl/a.bin", Method: zip.Deflate})
	check(t, err)
	_, err = w.Write(content)
	check(t, err)
	check(t, out.Close())
	in, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	check(t, err)
	raw, err := in.File[0].OpenRaw()
	check(t, err)
	_, err = io.Copy(&packed, raw)
	check(t, err)
	b.Reset()
	out = zip.NewWriter(&b)
	h := in.File[0].FileHeader
	h.UncompressedSize64 = 10
	w, err = out.CreateRaw(&h)
	check(t, err)
	_, err = w.Write(packed.Bytes())
	check(t, err)
	check(t, out.Close())
	refused(t, b.Bytes(), options())
}

func TestNothingIsUnpackedToDisk(t *testing.T) {
	rows := make([][]string, 600)
	for i := range rows {
		rows[i] = person(map[string]string{"First Name": fmt.Sprint("P", i), "Incoming Referral Details": strings.Repeat("detail ", 4_000) + fmt.Sprint(i)})
	}
	data := workbook(t, nil, rows...) // more than 16 MB of shared texts, where a library would begin to use files
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	in, err := Open(bytes.NewReader(data), int64(len(data)), options())
	check(t, err)
	_, err = in.Next()
	check(t, err)
	onDisk, err := os.ReadDir(dir) // before it tidies up
	check(t, err)
	check(t, in.Close())
	if len(onDisk) > 0 {
		t.Errorf("%d files are unpacked to disk", len(onDisk))
	}
	f, err := read(data, options())
	check(t, err)
	if len(f.Rows) != len(rows) || !strings.HasSuffix(f.Rows[599].Incoming.Details, " 599") {
		t.Errorf("%d rows of %d", len(f.Rows), len(rows))
	}
}

func TestCellsOfEverySort(t *testing.T) {
	r := single(t, workbook(t, func(f *excelize.File) {
		check(t, f.SetCellStr("Sheet1", "D3", "A"))
		check(t, f.SetCellBool("Sheet1", "F3", true))
		check(t, f.SetCellInt("Sheet1", "A3", 1))
		check(t, f.SetCellInt("Sheet1", "M3", 999205551234))
		check(t, f.SetCellInt("Sheet1", "Q3", 1600))
		check(t, f.SetCellRichText("Sheet1", "E3", []excelize.RichTextRun{{Text: "B"}, {Text: "C"}}))
	}), options())
	if r.FirstName != "A" || r.SecondName != "BC" || r.Consent == nil || !*r.Consent || r.MobilePhone != "+999205551234" || r.Mailing.PostalCode != "1600" {
		t.Errorf("first %q second %q mobile %q postal %q", r.FirstName, r.SecondName, r.MobilePhone, r.Mailing.PostalCode)
	}
}

func TestADateInAColumnOfText(t *testing.T) {
	data := workbook(t, func(f *excelize.File) {
		id, err := f.NewStyle(&excelize.Style{NumFmt: 14})
		check(t, err)
		check(t, f.SetCellValue("Sheet1", "D3", 35124))
		check(t, f.SetCellStyle("Sheet1", "D3", "D3", id))
	})
	refused(t, data, options(), "row 3, column D prs_FirstName", "date in a column of text")
}

func TestAFormulasResultIsRead(t *testing.T) {
	good := workbook(t, nil, person(map[string]string{"First Name": "A"}))
	data := repack(t, good, map[string]func([]byte) []byte{sheet1: replace(`</sheetData>`, `<row r="4"><c r="D4" t="str"><f>CONCAT("B")</f><v>B</v></c></row></sheetData>`)})
	f, err := read(data, options())
	check(t, err)
	if len(f.Rows) != 2 || f.Rows[1].FirstName != "B" {
		t.Error("the result of a formula is lost")
	}
}

func TestSheetsBesideTheCases(t *testing.T) {
	lists := workbook(t, func(f *excelize.File) {
		_, err := f.NewSheet("Validation")
		check(t, err)
		check(t, f.SetSheetRow("Validation", "A1", &[]string{"Gender", "Feminine", "Masculine"}))
	}, person(map[string]string{"First Name": "A"}))
	if r := single(t, lists, options()); r.FirstName != "A" {
		t.Error("a sheet of lists is in the way")
	}
	two := workbook(t, func(f *excelize.File) {
		n, err := f.NewSheet("More")
		check(t, err)
		check(t, f.CopySheet(0, n))
	}, person(map[string]string{"First Name": canary}))
	refused(t, two, options(), "more than one sheet")
}
