package htcds

import (
	"archive/zip"
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// spareRows are what a sheet may have beyond its rows with data: the header, and
// the thousand numbered rows of the empty template.
const spareRows = 1_002

// maxParts bounds how many files a workbook packs.
const maxParts = 1_000

// What one part may ask of the XML decoder.
const (
	maxDepth      = 64      // elements inside each other
	maxTokenBytes = 1 << 20 // of one tag or one text
)

// guard unpacks every part of the workbook once, within bounds, before a sheet of it is
// read: a few bytes can ask for a million rows, or for gigabytes (threats 52). It also
// finds what would be passed over in silence.
func guard(r io.ReaderAt, size int64, opt Options) error {
	z, err := zip.NewReader(r, size)
	if err != nil || len(z.File) > maxParts {
		return errors.New("it is not a workbook that can be unpacked; save it as .xlsx again")
	}
	g := &sentry{left: MaxUnpacked, sheets: MaxSheets, rows: opt.MaxRows + spareRows, highest: -1}
	seen := map[string]bool{}
	for _, part := range z.File {
		name := partName(part.Name)
		if seen[name] {
			return errors.New("it packs one part twice; save it as .xlsx again")
		}
		seen[name] = true
		if part.FileInfo().IsDir() {
			continue
		}
		if err := g.part(part); err != nil {
			return err
		}
	}
	if g.highest >= g.strings {
		return errors.New("a sheet refers to a text that is not in the workbook; save it as .xlsx again")
	}
	return nil
}

// sentry is what guard knows of the parts so far.
type sentry struct {
	left    int64 // bytes that may still be unpacked
	sheets  int64 // and of sheets, which are not held in memory
	rows    int   // the last row allowed
	strings int   // shared texts there are
	highest int   // index of the last shared text that a cell asks for
}

func (g *sentry) part(part *zip.File) error {
	r, err := part.Open()
	if err != nil {
		return errors.New("a part of the workbook cannot be unpacked; save it as .xlsx again")
	}
	defer func() { _ = r.Close() }()
	left := &g.left
	if strings.HasPrefix(partName(part.Name), "xl/worksheets/") {
		left = &g.sheets
	}
	limited := &io.LimitedReader{R: r, N: *left + 1}
	in := bufio.NewReader(limited)
	// Whatever begins like XML could be named as a sheet, so all of it is looked
	// at; what cannot be looked at is refused.
	if start, _ := in.Peek(64); bytes.HasPrefix(bytes.TrimLeft(bytes.TrimPrefix(start, utf8Mark), " \t\r\n"), []byte("<")) {
		err = (&scan{sentry: g, in: &gate{r: in}}).run()
	}
	if _, rest := io.Copy(io.Discard, in); err == nil && rest != nil {
		err = errors.New("a part of the workbook is damaged; save it as .xlsx again")
	}
	if limited.N <= 0 {
		bound := MaxUnpacked
		if left == &g.sheets {
			bound = MaxSheets
		}
		return fmt.Errorf("unpacked it is larger than %d MB; remove pictures and empty rows, or split it", bound>>20)
	}
	*left = limited.N - 1
	return err
}

// gate gives the decoder so many bytes for one token and then fails.
type gate struct {
	r    *bufio.Reader
	used int
}

var errToken = errors.New("token too long")

func (g *gate) ReadByte() (byte, error) {
	if g.used++; g.used > maxTokenBytes {
		return 0, errToken
	}
	return g.r.ReadByte()
}

func (g *gate) Read(p []byte) (int, error) { // the decoder takes single bytes
	if len(p) == 0 {
		return 0, nil
	}
	b, err := g.ReadByte()
	if err != nil {
		return 0, err
	}
	p[0] = b
	return 1, nil
}
