package htcds

import (
	"bytes"
	"errors"
	"io"

	"github.com/sala-exchange/sala/internal/errs"
)

// Reader reads a file row by row, so that memory does not grow with the rows but for
// the texts that a workbook shares among its cells. It is not safe for concurrent use.
type Reader struct {
	head     header
	next     []line // read with the header, or before it was found to be over
	lines    lines
	opt      Options
	problems *Problems
	rows     int
	done     error
}

// lines gives the lines of the sheet one by one, and io.EOF at its end.
type lines interface {
	line() (line, error)
	Close() error
}

// Open reads the header of a workbook or CSV of size bytes. The errors are those of
// Read. The caller closes the Reader.
func Open(r io.ReaderAt, size int64, opt Options) (*Reader, error) {
	opt, err := opt.checked()
	if err != nil {
		return nil, err
	}
	if size < 0 || size > MaxBytes {
		return nil, errs.New(errs.Limited, "reading an HTCDS file: it is larger than %d MB; split it", MaxBytes>>20)
	}
	ls, err := sheetOf(r, size, opt)
	if err != nil {
		return nil, err
	}
	out := &Reader{lines: ls, opt: opt, problems: &Problems{}}
	if err := out.readHead(); err != nil {
		_ = ls.Close()
		return nil, err
	}
	return out, nil
}

// sheetOf tells the formats apart.
func sheetOf(r io.ReaderAt, size int64, opt Options) (lines, error) {
	start := make([]byte, min(size, 8))
	if _, err := r.ReadAt(start, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, errs.Wrap(err, errs.Invalid, "reading an HTCDS file: it cannot be read; send it again")
	}
	switch {
	case size == 0:
		return nil, whole("it is empty; export it again")
	case bytes.HasPrefix(start, []byte("PK")):
		return openWorkbook(r, size, opt)
	case bytes.HasPrefix(start, []byte{0xd0, 0xcf, 0x11, 0xe0}):
		return nil, whole("it is an old or password-protected Excel file; save it as .xlsx without a password")
	}
	return openCSV(io.NewSectionReader(r, 0, size), start, opt)
}

// readHead takes the first two lines for the header, or the first alone, and looks at one
// more, which may be of hashtags.
func (r *Reader) readHead() error {
	first, err := take(r.lines, 3)
	if err != nil {
		return err
	}
	r.head, r.next = readHeader(first, r.problems)
	return r.problems.refusal() // the cells cannot be trusted to any column
}

// take reads the first n lines, or all where there are fewer.
func take(ls lines, n int) ([]line, error) {
	var out []line
	for len(out) < n {
		l, err := ls.line()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, nil
}

// Next returns the next row without a problem, or at the end io.EOF; where any row had a
// problem the end is the refusal of the whole file, as Read gives it.
func (r *Reader) Next() (Row, error) {
	for r.done == nil {
		l, err := r.advance()
		switch {
		case errors.Is(err, io.EOF):
			if r.done = r.problems.refusal(); r.done == nil {
				r.done = io.EOF
			}
			continue
		case err != nil:
			r.done = err
			continue
		case r.head.blank(l):
			continue
		case r.rows == r.opt.MaxRows:
			r.done = errs.New(errs.Limited, "reading an HTCDS file: it has more than %d rows with data; split it", r.opt.MaxRows)
			continue
		}
		r.rows++
		before := len(r.problems.List)
		row := r.head.read(l, r.opt, r.problems)
		if r.problems.full() {
			r.done = r.problems.refusal()
			continue
		}
		if len(r.problems.List) == before {
			return row, nil
		}
	}
	return Row{}, r.done
}

func (r *Reader) advance() (line, error) {
	if len(r.next) > 0 {
		l := r.next[0]
		r.next = r.next[1:]
		return l, nil
	}
	return r.lines.line()
}

// Place is where a field stands in this file, as "G prs_Birthdate"; the code alone where
// the file has no such column.
func (r *Reader) Place(code string) string {
	for i, f := range r.head {
		if f != nil && f.code == code {
			return place(i, f)
		}
	}
	return code
}

// Close frees what the reader holds.
func (r *Reader) Close() error { return r.lines.Close() }
