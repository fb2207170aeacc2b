package htcds

import (
	"bufio"
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
	maxColumns   = 112       // of the template's 39 and of those that the extended layout adds
)

var utf8Mark = []byte{0xef, 0xbb, 0xbf}

// table reads comma-separated text in UTF-8, with or without its byte order mark.
// Nothing in it is evaluated: "=1+1" is a text, and the apostrophe that keeps a
// spreadsheet from evaluating it is taken away.
type table struct {
	r          *csv.Reader
	opt        Options
	row, after int // the row before, and the line after it
	lines      int
}

func openCSV(r io.Reader, start []byte, opt Options) (lines, error) {
	in := bufio.NewReader(r)
	if bytes.HasPrefix(start, utf8Mark) {
		start = start[len(utf8Mark):]
		_, _ = in.Discard(len(utf8Mark))
	}
	if looksUTF16(start) {
		return nil, whole("it is UTF-16 text; save it as CSV UTF-8")
	}
	t := &table{r: csv.NewReader(&measured{r: in, line: 1}), opt: opt, after: 1}
	t.r.Comma, t.r.FieldsPerRecord, t.r.ReuseRecord = opt.Comma, -1, true
	return t, nil
}

func (t *table) Close() error { return nil }

func (t *table) line() (line, error) {
	rec, err := t.r.Read()
	var syntax *csv.ParseError
	var tooLong *longLine
	switch {
	case errors.Is(err, io.EOF):
		return line{}, io.EOF
	case errors.As(err, &tooLong):
		return line{}, whole(tooLong.Error())
	case errors.As(err, &syntax):
		return line{}, whole(fmt.Sprintf("the quotes of line %d are not closed or stand inside a cell; mend them", syntax.Line))
	case err != nil:
		return line{}, whole("it cannot be read as CSV; check what separates the cells")
	}
	// A spreadsheet shows the empty lines that the reader leaves out.
	first, _ := t.r.FieldPos(0)
	t.row += 1 + first - t.after
	last, _ := t.r.FieldPos(len(rec) - 1)
	t.after = last + strings.Count(rec[len(rec)-1], "\n") + 1
	t.lines++
	switch {
	case len(rec) > maxColumns:
		return line{}, whole(fmt.Sprintf("row %d has more than %d columns; remove what is not of the template", t.row, maxColumns))
	case t.lines > t.opt.MaxRows+spareRows:
		return line{}, errs.New(errs.Limited, "reading an HTCDS file: it has more than %d rows; split it", t.opt.MaxRows)
	}
	l := line{row: t.row, cells: make([]cell, 0, len(rec))}
	for _, s := range rec {
		l.cells = append(l.cells, cell{text: genuine(strings.TrimSpace(s))})
	}
	return l, nil
}

// longLine is a line beyond the bound.
type longLine struct{ line int }

func (e *longLine) Error() string {
	return fmt.Sprintf("line %d is longer than %d KB; check its quotes", e.line, maxLineBytes>>10)
}

// measured fails at a line that is too long.
type measured struct {
	r    io.Reader
	line int
	used int // bytes of the line so far
}

func (m *measured) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	for rest := p[:n]; len(rest) > 0; {
		i := bytes.IndexByte(rest, '\n')
		if i < 0 {
			m.used += len(rest)
			rest = nil
		} else {
			m.used += i
			rest = rest[i+1:]
		}
		if m.used > maxLineBytes {
			return 0, &longLine{m.line}
		}
		if i >= 0 {
			m.line, m.used = m.line+1, 0
		}
	}
	return n, err
}

// looksUTF16 knows UTF-16 by its mark, or by a first character of which half is
// nothing.
func looksUTF16(data []byte) bool {
	return len(data) > 1 && (data[0] == 0xff && data[1] == 0xfe || data[0] == 0xfe && data[1] == 0xff ||
		data[0] == 0 && data[1] != 0 || data[0] != 0 && data[1] == 0)
}
