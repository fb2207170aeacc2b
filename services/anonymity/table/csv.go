package table

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/sala-exchange/sala/internal/errs"
)

// MaxRow is the longest row that is read, in bytes.
const MaxRow = 1 << 20

// MaxColumns is how many columns a file may have.
const MaxColumns = 10_000

// Options say how a file is written. The zero value is csv with commas.
type Options struct {
	Separator rune // ',' where 0; else ',', ';' or a tab
}

func (o Options) separator() (rune, error) {
	switch o.Separator {
	case 0:
		return ',', nil
	case ',', ';', '\t':
		return o.Separator, nil
	}
	return 0, errs.New(errs.Invalid, "the separator of a file is a comma, a semicolon or a tab")
}

// ReadFile reads the csv file of that name; see [Read]. One column whose name holds another
// separator is refused: it would be taken for a table of one column without anybody's
// noticing.
func ReadFile(path string, o Options) (*Table, error) {
	f, err := os.Open(path) //nolint:gosec // the caller names the file
	if err != nil {
		return nil, errs.Wrap(err, errs.Invalid, "%s cannot be read: is it there, and may you read it?", filepath.Base(path))
	}
	defer func() { _ = f.Close() }()
	t, err := Read(f, o)
	if err != nil {
		return nil, err
	}
	if used, _ := o.separator(); len(t.columns) == 1 {
		for other, name := range separators {
			if other != used && strings.ContainsRune(t.columns[0].Name, other) {
				return nil, errs.New(errs.Invalid, "the header of %s is one column with a %s in it: the file is written with that separator, so name it", filepath.Base(path), name)
			}
		}
	}
	return t, nil
}

// separators by what they are called.
var separators = map[rune]string{',': "comma", ';': "semicolon", '\t': "tab"}

// Read reads csv (RFC 4180) in UTF-8, with or without byte order mark: a header, then
// rows of as many cells. In a cell, carriage returns before the end of a line are left out.
// Empty lines are skipped; a file of a header alone is a table
// without rows. Errors are of kind Invalid or Limited and name line and row.
func Read(r io.Reader, o Options) (*Table, error) {
	in, err := NewReader(r, o)
	if err != nil {
		return nil, err
	}
	header, err := in.Next()
	switch {
	case errors.Is(err, io.EOF):
		return nil, errs.New(errs.Invalid, "the file is empty: its first line must name the columns")
	case err != nil:
		return nil, placed(err, "the header")
	case len(header) > MaxColumns:
		return nil, errs.New(errs.Limited, "the header has %d columns; at most %d are read", len(header), MaxColumns)
	}
	if err := checkHeader(header); err != nil {
		return nil, err
	}
	builders := make([]*Builder, len(header))
	for i, name := range header {
		builders[i] = NewBuilder(strings.Clone(name))
	}
	for row := 1; ; row++ {
		cells, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, placed(err, fmt.Sprintf("row %d", row))
		}
		if len(cells) != len(builders) {
			return nil, errs.New(errs.Invalid, "row %d (line %d) has %d cells and the header %d: is the separator right, and are cells that hold it quoted?", row, in.Line(), len(cells), len(builders))
		}
		for i, cell := range cells {
			builders[i].Add(cell)
		}
	}
	t := &Table{rows: len(builders[0].column.Codes)}
	for _, b := range builders {
		t.columns = append(t.columns, b.column)
	}
	return t, nil
}

// placed puts before a safe message where it happened.
func placed(err error, where string) error {
	e := errs.Public(err)
	return errs.Wrap(err, e.Kind, "%s: %s", where, e.Message)
}

// Reader reads csv row by row, of whatever widths. It takes a byte order mark off, and
// refuses what is not UTF-8 and rows longer than [MaxRow].
type Reader struct {
	bounded *boundedReader
	in      *csv.Reader
}

// NewReader reads from r.
func NewReader(r io.Reader, o Options) (*Reader, error) {
	comma, err := o.separator()
	if err != nil {
		return nil, err
	}
	bounded := &boundedReader{in: r, left: MaxRow}
	buffered := bufio.NewReaderSize(bounded, 1<<16)
	if mark, _ := buffered.Peek(3); string(mark) == "\ufeff" {
		_, _ = buffered.Discard(3)
	}
	in := csv.NewReader(buffered)
	in.Comma, in.ReuseRecord, in.FieldsPerRecord = comma, true, -1
	return &Reader{bounded, in}, nil
}

var returns = regexp.MustCompile("\r+\n")

// Next returns the cells of the next row, which hold until the row after it is read;
// io.EOF after the last. Other errors name the line.
func (r *Reader) Next() ([]string, error) {
	r.bounded.left = MaxRow
	cells, err := r.in.Read()
	var own *errs.Error
	var wrong *csv.ParseError
	switch {
	case err == nil:
	case errors.Is(err, io.EOF) || errors.As(err, &own):
		return nil, err
	case errors.As(err, &wrong):
		return nil, errs.New(errs.Invalid, "what begins on line %d has a quotation mark out of place on line %d: quote the whole cell and double the marks in it", wrong.StartLine, wrong.Line)
	default:
		return nil, errs.Wrap(err, errs.Unavailable, "reading the file failed")
	}
	for i, cell := range cells {
		if !utf8.ValidString(cell) {
			return nil, errs.New(errs.Invalid, "line %d, column %d is not UTF-8: save the file as UTF-8", r.Line(), i+1)
		}
		// Of carriage returns before the end of a line encoding/csv takes off the last. Whoever
		// reads the file that is written would take off another, and see another cell.
		if strings.Contains(cell, "\r\n") {
			cells[i] = returns.ReplaceAllString(cell, "\n")
		}
	}
	return cells, nil
}

// Line is the line, from 1, on which the last row begins.
func (r *Reader) Line() int {
	line, _ := r.in.FieldPos(0)
	return line
}

// boundedReader refuses to read more than what is left, which is set anew at each row.
type boundedReader struct {
	in   io.Reader
	left int
}

func (b *boundedReader) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errs.New(errs.Limited, "a row is longer than %d bytes: is a quotation mark not closed?", MaxRow)
	}
	n, err := b.in.Read(p)
	b.left -= n
	return n, err
}

// Write writes the table as csv with a header, in UTF-8 without byte order mark. What it
// returns as an error is the writer's.
func (t *Table) Write(w io.Writer, o Options) error {
	comma, err := o.separator()
	if err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.Comma = comma
	cells := make([]string, len(t.columns))
	for i := range t.columns {
		cells[i] = t.columns[i].Name
	}
	if err := out.Write(cells); err != nil {
		return err
	}
	for row := range t.rows {
		for i := range t.columns {
			cells[i] = t.columns[i].Value(row)
		}
		if len(cells) == 1 && cells[0] == "" {
			// An empty line would be skipped by whoever reads it; two marks are a blank cell.
			out.Flush()
			if _, err := io.WriteString(w, "\"\"\n"); err != nil {
				return err
			}
			continue
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}
