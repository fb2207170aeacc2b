package htcds

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// scan walks one XML part. It refuses rows and cells out of bounds or out of order,
// cells whose text is not to be found, and formulas without a result: these would be
// read as blank.
type scan struct {
	*sentry
	in       *gate
	row, col int
	inRow    bool
	shared   bool // the cell holds the index of a shared text
	formula  bool // the cell has a formula and no result yet
	value    bool // inside the cell's value
	index    string
}

var errXML = errors.New("a part of the workbook is not sound XML in UTF-8; save it as .xlsx again")

func (s *scan) run() error {
	d := xml.NewDecoder(s.in)
	for depth := 0; ; s.in.used = 0 {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return errXML
		}
		switch e := t.(type) {
		case xml.StartElement:
			if depth++; depth > maxDepth {
				return errXML
			}
			err = s.start(e)
		case xml.EndElement:
			depth--
			err = s.end(e)
		case xml.CharData:
			if s.value && s.shared {
				s.index += string(e)
			}
		}
		if err != nil {
			return err
		}
	}
}

func (s *scan) start(e xml.StartElement) error {
	switch e.Name.Local {
	case "row":
		s.inRow = true
	case "c":
		s.shared, s.formula, s.index = attribute(e, "t") == "s", false, ""
	case "si":
		s.strings++
	case "f":
		s.formula = true
	case "v", "is":
		s.formula, s.value = false, true
	}
	if e.Name.Local != "row" && (e.Name.Local != "c" || !s.inRow) {
		return nil
	}
	if twice(e) || !s.step(e) || s.row > s.rows || s.col > maxColumns {
		return fmt.Errorf("a sheet has cells out of order or beyond row %d or column %d; delete what is not of the template", s.rows, maxColumns)
	}
	return nil
}

func (s *scan) end(e xml.EndElement) error {
	switch e.Name.Local {
	case "row":
		s.inRow = false
	case "v", "is":
		s.value = false
	case "c":
		if !s.inRow {
			return nil
		}
		if s.formula {
			return fmt.Errorf("a formula in row %d, column %s has no result; replace it by its value", s.row, letter(s.col-1))
		}
		if s.shared && s.index != "" {
			n, err := strconv.Atoi(strings.TrimSpace(s.index))
			if err != nil || n < 0 {
				return errXML
			}
			s.highest = max(s.highest, n)
		}
	}
	return nil
}

// step moves to the row or cell, and reports whether that leads forward. One
// without a reference is the next.
func (s *scan) step(e xml.StartElement) bool {
	ref, row, col := attribute(e, "r"), s.row, s.col
	if e.Name.Local == "row" {
		s.row, s.col = row+1, 0
		if ref == "" {
			return true
		}
		n, err := strconv.Atoi(ref)
		s.row = n
		return err == nil && n > row
	}
	s.col = col + 1
	if ref == "" {
		return true
	}
	c, r, err := excelize.CellNameToCoordinates(ref)
	s.col = c
	return err == nil && c > col && r == s.row
}

// attribute goes by the local name, as the library does.
func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// twice reports whether two attributes share a local name that places a cell.
func twice(e xml.StartElement) bool {
	n := map[string]int{}
	for _, a := range e.Attr {
		n[a.Name.Local]++
	}
	return n["r"] > 1 || n["t"] > 1
}
