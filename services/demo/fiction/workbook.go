package fiction

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/xuri/excelize/v2"
)

// The calendars in which a workbook writes its dates, in the words that an
// import is told.
const (
	gregorian = "GREGORIAN"
	buddhist  = "BUDDHIST"
)

// maxCases bounds what is made at once: the names must fit in memory.
const maxCases = 100_000

// Workbook is one agency's file.
type Workbook struct {
	Agency   string
	Calendar string // GREGORIAN or BUDDHIST, for the whole file
	XLSX     []byte
	Cases    int
}

// Workbooks makes one workbook for each agency, cases in all (0 to 100,000),
// shared out evenly, the first agencies taking what remains. Every third
// agency writes Buddhist-era dates. From seven cases on every script of the
// region occurs. The same arguments give the same cell contents. No two persons
// have the same name. It fails for no agency, an empty name of one or a number
// out of range.
func Workbooks(seed uint64, agencies []string, cases int) ([]Workbook, error) {
	if len(agencies) == 0 || cases < 0 || cases > maxCases {
		return nil, fmt.Errorf("making up cases: give at least one agency and 0 to %d cases", maxCases)
	}
	used, told := names{}, 0
	var out []Workbook
	for i, agency := range agencies {
		if agency == "" {
			return nil, fmt.Errorf("making up cases: agency %d has no name; give one", i+1)
		}
		a := &author{
			r:    rand.New(rand.NewPCG(seed, uint64(i))), // a stream of its own for each agency
			used: used, calendar: gregorian, others: without(agencies, i),
		}
		if i%3 == 1 {
			a.calendar = buddhist
		}
		n := cases / len(agencies)
		if i < cases%len(agencies) {
			n++
		}
		records := make([]record, n)
		for j := range records {
			records[j] = a.tell(a.people(told))
			told++
		}
		xlsx, err := write(records)
		if err != nil {
			return nil, fmt.Errorf("writing the workbook of agency %d: %w", i+1, err)
		}
		out = append(out, Workbook{Agency: agency, Calendar: a.calendar, XLSX: xlsx, Cases: n})
	}
	return out, nil
}

// people gives each people its turn first and draws afterwards, Lao most often.
func (a *author) people(told int) people {
	if told < len(peoples) {
		return peoples[told]
	}
	if a.r.IntN(2) == 0 {
		return peoples[0]
	}
	return pick(a.r, peoples)
}

// write fills in the template: codes in the hidden row 1, labels in row 2,
// running numbers in column A and the cases from row 3 on.
func write(records []record) ([]byte, error) {
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	const sheet = "Sheet1"
	day, err := f.NewStyle(&excelize.Style{NumFmt: 14}) // the locale's short date
	if err != nil {
		return nil, err
	}
	codes, labels := []any{nil}, []any{nil}
	for _, c := range layout {
		labels = append(labels, c.label)
		if c.code == "" {
			codes = append(codes, nil)
			continue
		}
		codes = append(codes, c.code)
	}
	w, err := f.NewStreamWriter(sheet)
	if err != nil {
		return nil, err
	}
	if err := w.SetRow("A1", codes, excelize.RowOpts{Hidden: true}); err != nil {
		return nil, err
	}
	if err := w.SetRow("A2", labels); err != nil {
		return nil, err
	}
	for i, rec := range records {
		if err := w.SetRow(fmt.Sprintf("A%d", i+3), rec.cells(i+1, day)); err != nil {
			return nil, err
		}
	}
	if err := w.Flush(); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = f.Write(&b)
	return b.Bytes(), err
}

// cells lays the record out; number is the running number of column A.
func (c record) cells(number, dayStyle int) []any {
	row := []any{number}
	for _, col := range layout {
		switch v := c[col.field].(type) {
		case time.Time:
			row = append(row, excelize.Cell{StyleID: dayStyle, Value: v})
		case string:
			if v == "" { // a blank cell, not one that holds an empty text
				row = append(row, nil)
				continue
			}
			row = append(row, v)
		default:
			row = append(row, v)
		}
	}
	return row
}

func without(list []string, i int) []string {
	out := append([]string(nil), list[:i]...)
	return append(out, list[i+1:]...)
}
