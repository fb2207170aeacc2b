package htcds

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/sala-exchange/sala/internal/errs"
)

// The bounds of CSV beside those of the file.
const (
	maxLineBytes = 512 << 10 // of one line
	maxColumns   = 96        // of the template's 39, and the extended layout's 69
)

var utf8Mark = []byte{0xef, 0xbb, 0xbf}

// readCSV reads comma-separated text in UTF-8, with or without its byte order mark.
// Nothing in it is evaluated: "=1+1" is a text, and the apostrophe that keeps a
// spreadsheet from evaluating it is taken away.
func readCSV(data []byte, opt Options) ([]line, error) {
	data = bytes.TrimPrefix(data, utf8Mark)
	if looksUTF16(data) {
		return nil, whole("it is UTF-16 text; save it as CSV UTF-8")
	}
	for i, l := 1, data; len(l) > 0; i++ {
		one, rest, _ := bytes.Cut(l, []byte{'\n'})
		if len(one) > maxLineBytes {
			return nil, whole(fmt.Sprintf("line %d is longer than %d KB; check its quotes", i, maxLineBytes>>10))
		}
		l = rest
	}
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma, r.FieldsPerRecord, r.ReuseRecord = opt.Comma, -1, true
	return records(r, opt)
}

func records(r *csv.Reader, opt Options) ([]line, error) {
	var lines []line
	row, after := 0, 1 // the row before, and the line after it
	for {
		rec, err := r.Read()
		var syntax *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return lines, nil
		case errors.As(err, &syntax):
			return nil, whole(fmt.Sprintf("the quotes of line %d are not closed or stand inside a cell; mend them", syntax.Line))
		case err != nil:
			return nil, whole("it cannot be read as CSV; check what separates the cells")
		}
		// A spreadsheet shows the empty lines that the reader leaves out.
		first, _ := r.FieldPos(0)
		row += 1 + first - after
		last, _ := r.FieldPos(len(rec) - 1)
		after = last + strings.Count(rec[len(rec)-1], "\n") + 1
		switch {
		case len(rec) > maxColumns:
			return nil, whole(fmt.Sprintf("row %d has more than %d columns; remove what is not of the template", row, maxColumns))
		case len(lines) >= opt.MaxRows+spareRows:
			return nil, errs.New(errs.Limited, "reading an HTCDS file: it has more than %d rows; split it", opt.MaxRows)
		}
		l := line{row: row}
		for _, s := range rec {
			l.cells = append(l.cells, cell{text: genuine(strings.TrimSpace(s))})
		}
		lines = append(lines, l)
	}
}

// looksUTF16 knows UTF-16 by its mark, or by a first character of which half is
// nothing.
func looksUTF16(data []byte) bool {
	return len(data) > 1 && (data[0] == 0xff && data[1] == 0xfe || data[0] == 0xfe && data[1] == 0xff ||
		data[0] == 0 && data[1] != 0 || data[0] != 0 && data[1] == 0)
}
