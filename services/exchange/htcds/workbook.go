package htcds

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

const badWorkbook = "it is not a workbook that can be read; save it as .xlsx again"

// readWorkbook gives the rows of the one sheet that bears the header. Other sheets,
// such as the standard's lists, are left alone.
func readWorkbook(data []byte, opt Options) (lines []line, err error) {
	if err := guard(data, opt); err != nil {
		return nil, whole(err.Error())
	}
	// The library has panicked on damaged files before; that must not end a server.
	defer func() {
		if recover() != nil {
			lines, err = nil, whole(badWorkbook)
		}
	}()
	f, err := unpack(data)
	if err != nil {
		return nil, whole(badWorkbook) // the cause may quote the file
	}
	defer func() { _ = f.Close() }()
	found := 0
	for _, sheet := range f.GetSheetList() {
		these, err := sheetLines(f, sheet)
		if err != nil {
			continue // a chart; a damaged sheet bears no header either
		}
		if _, _, _, ok := headerRows(these); ok {
			lines = these
			found++
		}
	}
	if found > 1 {
		return nil, whole("more than one sheet bears the header of HTCDS; leave one in the workbook")
	}
	return lines, nil
}

// unpack gives the library the workbook. Equal limits keep it from unpacking a case
// file to disk.
func unpack(data []byte) (*excelize.File, error) {
	return excelize.OpenReader(bytes.NewReader(data), excelize.Options{
		RawCellValue: true, UnzipSizeLimit: MaxUnpacked, UnzipXMLSizeLimit: MaxUnpacked,
	})
}

func sheetLines(f *excelize.File, sheet string) ([]line, error) {
	rows, err := f.GetRows(sheet)
	if err != nil {
		return nil, err
	}
	props, err := f.GetWorkbookProps()
	if err != nil {
		return nil, err
	}
	b := &book{f: f, sheet: sheet, styles: map[int]bool{}, from1904: props.Date1904 != nil && *props.Date1904}
	lines := make([]line, 0, len(rows))
	for i, row := range rows {
		l := line{row: i + 1, cells: make([]cell, len(row))}
		for j, s := range row {
			if l.cells[j], err = b.cell(released(strings.TrimSpace(s)), j+1, i+1); err != nil {
				return nil, err
			}
		}
		lines = append(lines, l)
	}
	return lines, nil
}

// book reads the cells of one sheet.
type book struct {
	f        *excelize.File
	sheet    string
	from1904 bool
	styles   map[int]bool // style number to whether it shows a date
}

// cell tells numbers from text, and dates from other numbers: "1990" as text is a
// year, as a date it is a day of 1905.
func (b *book) cell(text string, col, row int) (cell, error) {
	c := cell{text: text, from1904: b.from1904}
	if _, err := strconv.ParseFloat(text, 64); err != nil {
		return c, nil
	}
	at, err := excelize.CoordinatesToCellName(col, row)
	if err != nil {
		return c, err
	}
	kind, err := b.f.GetCellType(b.sheet, at)
	if err != nil || kind != excelize.CellTypeUnset && kind != excelize.CellTypeNumber && kind != excelize.CellTypeFormula {
		return c, err
	}
	style, err := b.f.GetCellStyle(b.sheet, at)
	if err != nil {
		return c, err
	}
	c.kind = bare
	if b.showsDate(style) {
		c.kind = shown
	}
	return c, nil
}

func (b *book) showsDate(style int) bool {
	known, ok := b.styles[style]
	if !ok {
		s, err := b.f.GetStyle(style)
		known = err == nil && s != nil && dateFormat(s.NumFmt, s.CustomNumFmt)
		b.styles[style] = known
	}
	return known
}

// dateFormat knows the built-in numbers of date formats, the region's among them,
// and own formats by their letters for day, year or Buddhist year.
func dateFormat(builtin int, custom *string) bool {
	if custom == nil {
		return builtin >= 14 && builtin <= 17 || builtin == 22 || builtin >= 27 && builtin <= 36 ||
			builtin >= 50 && builtin <= 58 || builtin >= 71 && builtin <= 76 || builtin == 81
	}
	quoted, bracket := false, false
	for _, r := range strings.ToLower(*custom) {
		switch {
		case r == '"':
			quoted = !quoted
		case quoted:
		case r == '[' || r == ']':
			bracket = r == '['
		case !bracket && strings.ContainsRune("dyb", r):
			return true
		}
	}
	return false
}
