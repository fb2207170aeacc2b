package htcds

import (
	"bytes"
	"crypto/sha256"
	"io"
	"time"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
)

// What is read at most. A workbook is unpacked in memory, never to disk.
const (
	MaxBytes     = 16 << 20 // of the file
	MaxUnpacked  = 64 << 20 // of all parts of a workbook together
	DefaultRows  = 5_000
	MaxRows      = 20_000
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

// Read reads a workbook or CSV of size bytes, told apart by how it begins. The
// error is an *errs.Error: Limited for a file too large, Invalid else, and then
// errors.As finds the *Problems. With an error there is no File.
func Read(r io.ReaderAt, size int64, opt Options) (*File, error) {
	opt, err := opt.checked()
	if err != nil {
		return nil, err
	}
	if size < 0 || size > MaxBytes {
		return nil, errs.New(errs.Limited, "reading an HTCDS file: it is larger than %d MB; split it", MaxBytes>>20)
	}
	data := make([]byte, size)
	if n, err := r.ReadAt(data, 0); int64(n) != size {
		return nil, errs.Wrap(err, errs.Invalid, "reading an HTCDS file: it ended early; send it again")
	}
	lines, err := open(data, opt)
	if err != nil {
		return nil, err
	}
	rows, err := convert(lines, opt)
	if err != nil {
		return nil, err
	}
	return &File{Rows: rows, Digest: sha256.Sum256(data)}, nil
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

// open tells the formats apart and gives the lines of the sheet.
func open(data []byte, opt Options) ([]line, error) {
	switch {
	case len(data) == 0:
		return nil, whole("it is empty; export it again")
	case bytes.HasPrefix(data, []byte("PK")):
		return readWorkbook(data, opt)
	case bytes.HasPrefix(data, []byte{0xd0, 0xcf, 0x11, 0xe0}):
		return nil, whole("it is an old or password-protected Excel file; save it as .xlsx without a password")
	}
	return readCSV(data, opt)
}

// convert reads the header and every row under it. Any problem leaves no row.
func convert(lines []line, opt Options) ([]Row, error) {
	problems := &Problems{}
	head, lines := readHeader(lines, problems)
	if err := problems.refusal(); err != nil {
		return nil, err // the cells cannot be trusted to any column
	}
	var rows []Row
	for _, l := range lines {
		if head.blank(l) {
			continue
		}
		if len(rows) == opt.MaxRows {
			return nil, errs.New(errs.Limited, "reading an HTCDS file: it has more than %d rows with data; split it", opt.MaxRows)
		}
		rows = append(rows, head.read(l, opt, problems))
		if problems.full() {
			break
		}
	}
	if err := problems.refusal(); err != nil {
		return nil, err
	}
	return rows, nil
}
