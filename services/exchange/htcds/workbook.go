package htcds

import (
	"archive/zip"
	"bufio"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

const badWorkbook = "it is not a workbook that can be read; save it as .xlsx again"

// openWorkbook gives the lines of the one sheet that bears the header. Other sheets,
// such as the standard's lists, are left alone.
//
// It reads the sheet as it unpacks it, cell by cell, and does so itself: the library
// that writes workbooks holds all of a sheet in memory, or unpacks it to disk.
func openWorkbook(r io.ReaderAt, size int64, opt Options) (lines, error) {
	if err := guard(r, size, opt); err != nil {
		return nil, whole(err.Error())
	}
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, whole(badWorkbook)
	}
	b := &book{parts: map[string]*zip.File{}}
	for _, f := range z.File {
		b.parts[partName(f.Name)] = f
	}
	if err := b.read(); err != nil {
		return nil, whole(badWorkbook) // the cause may quote the file
	}
	var found *sheet
	for _, name := range b.sheets {
		s, err := b.open(name)
		if err != nil {
			continue // a chart; a damaged sheet bears no header either
		}
		first, err := take(s, 2)
		_ = s.Close()
		if err != nil {
			continue
		}
		if _, _, _, ok := headerRows(first); !ok {
			continue
		}
		if found != nil {
			return nil, whole("more than one sheet bears the header of HTCDS; leave one in the workbook")
		}
		found = s
	}
	if found == nil {
		return &sheet{over: true}, nil
	}
	again, err := b.open(found.name)
	if err != nil {
		return nil, whole(badWorkbook)
	}
	return again, nil
}

// partName is how parts are told apart: without regard to case, slashes and a leading
// one, as programs do.
func partName(name string) string {
	return strings.TrimPrefix(strings.ToLower(strings.ReplaceAll(name, "\\", "/")), "/")
}

// book is what the cells of all sheets need: texts that they share, and which styles
// show a date.
type book struct {
	parts    map[string]*zip.File
	sheets   []string // names of parts, in order
	from1904 bool
	texts    texts
	dates    []bool // by style number
}

// texts are the shared texts, one behind the other.
type texts struct {
	all  []byte
	ends []int
}

func (t *texts) add(s string) {
	t.all = append(t.all, s...)
	t.ends = append(t.ends, len(t.all))
}

func (t *texts) at(i int) (string, bool) {
	if i < 0 || i >= len(t.ends) {
		return "", false
	}
	from := 0
	if i > 0 {
		from = t.ends[i-1]
	}
	return string(t.all[from:t.ends[i]]), true
}

// walk calls start, end and text for what stands in a part.
func (b *book) walk(part string, start func(xml.StartElement), end func(string), text func(string)) error {
	f := b.parts[part]
	if f == nil {
		return errors.New("no such part")
	}
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	d := xml.NewDecoder(bufio.NewReader(r))
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch e := t.(type) {
		case xml.StartElement:
			start(e)
		case xml.EndElement:
			end(e.Name.Local)
		case xml.CharData:
			text(string(e))
		}
	}
}

func ignored(string) {}

func (b *book) read() error {
	targets := map[string]string{}
	workbook := "xl/workbook.xml"
	err := b.walk("_rels/.rels", func(e xml.StartElement) {
		if strings.HasSuffix(attribute(e, "Type"), "/officeDocument") {
			workbook = partName(attribute(e, "Target"))
		}
	}, ignored, ignored)
	if err != nil {
		return err
	}
	folder, file := path.Split(workbook)
	shared, styles := folder+"sharedstrings.xml", folder+"styles.xml"
	err = b.walk(folder+"_rels/"+file+".rels", func(e xml.StartElement) {
		target := partName(attribute(e, "Target"))
		if !strings.HasPrefix(attribute(e, "Target"), "/") {
			target = path.Join(folder, target)
		}
		targets[attribute(e, "Id")] = target
		switch kind := attribute(e, "Type"); {
		case strings.HasSuffix(kind, "/sharedStrings"):
			shared = target
		case strings.HasSuffix(kind, "/styles"):
			styles = target
		}
	}, ignored, ignored)
	if err != nil {
		return err
	}
	err = b.walk(workbook, func(e xml.StartElement) {
		switch e.Name.Local {
		case "workbookPr":
			b.from1904 = truth(attribute(e, "date1904"))
		case "sheet":
			for _, a := range e.Attr {
				if a.Name.Local == "id" && targets[a.Value] != "" {
					b.sheets = append(b.sheets, targets[a.Value])
				}
			}
		}
	}, ignored, ignored)
	if err != nil {
		return err
	}
	if b.parts[shared] != nil {
		if err := b.readTexts(shared); err != nil {
			return err
		}
	}
	if b.parts[styles] == nil {
		return nil
	}
	return b.readStyles(styles)
}

func truth(s string) bool { return s == "1" || strings.EqualFold(s, "true") }

func (b *book) readTexts(part string) error {
	var r rich
	return b.walk(part, func(e xml.StartElement) {
		if e.Name.Local == "si" {
			r = rich{}
		}
		r.start(e.Name.Local)
	}, func(name string) {
		r.end(name)
		if name == "si" {
			b.texts.add(r.String())
		}
	}, func(s string) { r.text(s) })
}

func (b *book) readStyles(part string) error {
	formats, inCells := map[int]string{}, false
	return b.walk(part, func(e xml.StartElement) {
		switch e.Name.Local {
		case "numFmt":
			if n, err := strconv.Atoi(attribute(e, "numFmtId")); err == nil {
				formats[n] = attribute(e, "formatCode")
			}
		case "cellXfs":
			inCells = true
		case "xf":
			if !inCells {
				return
			}
			n, _ := strconv.Atoi(attribute(e, "numFmtId"))
			var custom *string
			if code, ok := formats[n]; ok {
				custom = &code
			}
			b.dates = append(b.dates, dateFormat(n, custom))
		}
	}, func(name string) { inCells = inCells && name != "cellXfs" }, ignored)
}

// rich gathers the text of a cell or shared text, without what is only for reading it
// aloud.
type rich struct {
	b      strings.Builder
	in     bool
	spoken int
}

func (r *rich) start(name string) {
	switch name {
	case "t":
		r.in = r.spoken == 0
	case "rPh":
		r.spoken++
	}
}

func (r *rich) end(name string) {
	switch name {
	case "t":
		r.in = false
	case "rPh":
		r.spoken--
	}
}

func (r *rich) text(s string) {
	if r.in {
		r.b.WriteString(s)
	}
}

var escaped = regexp.MustCompile(`_x[0-9a-fA-F]{4}_`)

// String undoes how workbooks write what XML cannot hold.
func (r *rich) String() string {
	s := r.b.String()
	if !strings.Contains(s, "_x") {
		return s
	}
	return escaped.ReplaceAllStringFunc(s, func(e string) string {
		n, err := strconv.ParseUint(e[2:6], 16, 16)
		if err != nil {
			return e
		}
		return string(rune(n))
	})
}

// sheet reads the lines of one sheet.
type sheet struct {
	b        *book
	name     string
	part     io.ReadCloser
	d        *xml.Decoder
	row      int
	rowStyle int
	columns  []columnStyle
	over     bool
}

type columnStyle struct{ from, to, style int }

func (b *book) open(name string) (*sheet, error) {
	f := b.parts[name]
	if f == nil {
		return nil, errors.New("no such part")
	}
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	return &sheet{b: b, name: name, part: r, d: xml.NewDecoder(bufio.NewReaderSize(r, 64<<10))}, nil
}

func (s *sheet) Close() error {
	if s.part == nil {
		return nil
	}
	return s.part.Close()
}

// line reads up to the end of the next row. A row that the sheet leaves out has no line.
func (s *sheet) line() (line, error) {
	for !s.over {
		t, err := s.d.Token()
		if errors.Is(err, io.EOF) {
			s.over = true
			break
		}
		if err != nil {
			return line{}, whole(badWorkbook)
		}
		e, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		switch e.Name.Local {
		case "col":
			s.columns = append(s.columns, columnStyle{numberOf(e, "min"), numberOf(e, "max"), numberOf(e, "style")})
		case "row":
			before := s.row
			s.row++
			if n := numberOf(e, "r"); n > 0 {
				s.row = n
			}
			s.rowStyle = numberOf(e, "s")
			l, err := s.cells()
			if err != nil {
				return line{}, whole(badWorkbook)
			}
			if before == 0 && s.row > 1 {
				// The header stands in the first row or nowhere.
				s.over = true
				break
			}
			return l, nil
		}
	}
	return line{}, io.EOF
}

func numberOf(e xml.StartElement, name string) int {
	n, _ := strconv.Atoi(attribute(e, name))
	return n
}

// cells reads the cells of a row up to its end.
func (s *sheet) cells() (line, error) {
	l := line{row: s.row}
	for col := 0; ; {
		t, err := s.d.Token()
		if err != nil {
			return l, err
		}
		switch e := t.(type) {
		case xml.EndElement:
			if e.Name.Local == "row" {
				return l, nil
			}
		case xml.StartElement:
			if e.Name.Local != "c" {
				continue
			}
			col++
			if ref := attribute(e, "r"); ref != "" {
				if col, _, err = excelize.CellNameToCoordinates(ref); err != nil {
					return l, err
				}
			}
			c, err := s.cell(e, col)
			if err != nil {
				return l, err
			}
			if c.text == "" {
				continue
			}
			for len(l.cells) < col-1 {
				l.cells = append(l.cells, cell{from1904: s.b.from1904})
			}
			l.cells = append(l.cells, c)
		}
	}
}

// cell reads one cell up to its end. It tells numbers from text, and dates from other
// numbers: "1990" as text is a year, as a date it is a day of 1905.
func (s *sheet) cell(e xml.StartElement, col int) (cell, error) {
	kind, style := attribute(e, "t"), numberOf(e, "s")
	var value strings.Builder
	var inline rich
	in, inlined := false, false
	for {
		t, err := s.d.Token()
		if err != nil {
			return cell{}, err
		}
		switch e := t.(type) {
		case xml.StartElement:
			in = e.Name.Local == "v"
			inlined = inlined || e.Name.Local == "is"
			inline.start(e.Name.Local)
		case xml.EndElement:
			in = false
			inline.end(e.Name.Local)
			if e.Name.Local == "c" {
				return s.read(kind, style, col, value.String(), inline.String(), inlined)
			}
		case xml.CharData:
			if in {
				value.Write(e)
			}
			inline.text(string(e))
		}
	}
}

func (s *sheet) read(kind string, style, col int, value, inline string, inlined bool) (cell, error) {
	c := cell{text: strings.TrimSpace(value), from1904: s.b.from1904}
	switch {
	case kind == "s" && value != "":
		n, err := strconv.Atoi(strings.TrimSpace(value))
		text, ok := s.b.texts.at(n)
		if err != nil || !ok {
			return c, errors.New("no such text")
		}
		c.text = released(strings.TrimSpace(text))
		return c, nil
	case kind == "inlineStr" && inlined:
		c.text = released(strings.TrimSpace(inline))
		return c, nil
	case kind == "s", kind == "inlineStr", kind == "b", kind == "d", kind == "e":
		return c, nil
	}
	if _, err := strconv.ParseFloat(c.text, 64); err != nil {
		return c, nil
	}
	c.kindOf(s.date(style, col))
	return c, nil
}

// kindOf says what kind of number the cell holds.
func (c *cell) kindOf(date bool) {
	c.kind = bare
	if date {
		c.kind = shown
	}
}

// date: the style of the cell, its row or its column shows a date.
func (s *sheet) date(style, col int) bool {
	if style == 0 {
		style = s.rowStyle
	}
	if style == 0 {
		i := slices.IndexFunc(s.columns, func(c columnStyle) bool { return c.from <= col && col <= c.to && c.style != 0 })
		if i >= 0 {
			style = s.columns[i].style
		}
	}
	return style >= 0 && style < len(s.b.dates) && s.b.dates[style]
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
