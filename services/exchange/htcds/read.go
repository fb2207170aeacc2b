package htcds

import (
	"crypto/sha256"
	"errors"
	"io"
	"time"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
)

// What is read at most. A workbook is unpacked in memory, never to disk; its sheets are
// read as they are unpacked, and only what all of them share is held.
const (
	MaxBytes     = 256 << 20 // of the file
	MaxUnpacked  = 64 << 20  // of all parts of a workbook together, but for its sheets
	MaxSheets    = 2 << 30   // of all its sheets together
	DefaultRows  = 100_000
	MaxRows      = 100_000
	maxCellBytes = 32_767 * 3 // Excel's own bound in characters, in bytes of Lao
)

// Options say how a file is to be read. Calendar and Location have no default:
// a wrong one makes a child an adult.
type Options struct {
	Calendar valueset.Calendar // of all dates written as text, declared once (I3)
	Location *time.Location    // the deployment's zone, to know today
	Now      func() time.Time  // nil means time.Now
	MaxRows  int               // rows with data taken at most; 0 means DefaultRows
	Comma    rune              // what separates the cells of CSV; 0 means a comma
}

// File is a file read without any problem.
type File struct {
	Rows   []Row
	Digest [32]byte // SHA-256 of the file's bytes
}

// Read reads a workbook or CSV of size bytes, told apart by how it begins, with all its
// rows. The error is an *errs.Error: Limited for a file too large, Invalid else, and
// then errors.As finds the *Problems. With an error there is no File.
func Read(r io.ReaderAt, size int64, opt Options) (*File, error) {
	in, err := Open(r, size, opt)
	if err != nil {
		return nil, err
	}
	defer func() { _ = in.Close() }()
	out := &File{}
	for {
		row, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		out.Rows = append(out.Rows, row)
	}
	out.Digest, err = Digest(r, size)
	return out, err
}

// Digest is the SHA-256 of a file's bytes, by which it is known again.
func Digest(r io.ReaderAt, size int64) (sum [32]byte, err error) {
	h := sha256.New()
	if n, err := io.Copy(h, io.NewSectionReader(r, 0, size)); err != nil || n != size {
		return sum, errs.Wrap(err, errs.Invalid, "reading an HTCDS file: it ended early; send it again")
	}
	return [32]byte(h.Sum(nil)), nil
}

func (o Options) checked() (Options, error) {
	switch {
	case !o.Calendar.Valid():
		return o, errs.New(errs.Invalid, "reading an HTCDS file: no calendar is declared; declare --calendar GREGORIAN or --calendar BUDDHIST")
	case o.Location == nil:
		return o, errs.New(errs.Invalid, "reading an HTCDS file: no time zone is given; give the deployment's")
	case o.MaxRows < 0 || o.MaxRows > MaxRows:
		return o, errs.New(errs.Invalid, "reading an HTCDS file: the bound of rows is out of range; give 1 to %d", MaxRows)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.MaxRows == 0 {
		o.MaxRows = DefaultRows
	}
	if o.Comma == 0 {
		o.Comma = ','
	}
	return o, nil
}

// line is one row of the sheet before its header is understood.
type line struct {
	row   int // of the sheet, from 1
	cells []cell
}

// cell is a cell's text and, for workbooks, what kind of number it is.
type cell struct {
	text     string
	kind     kind
	from1904 bool // the workbook counts days from 1904
}

type kind int

const (
	written kind = iota // text, and every cell of CSV
	shown               // a number that is shown as a date
	bare                // any other number
)
