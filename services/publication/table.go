package publication

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"iter"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"

	"github.com/sala-exchange/sala/internal/errs"
)

// maxCell is the longest cell, in bytes.
const maxCell = 1000

// groupRows is how many rows are held before they are written as one Parquet row group.
const groupRows = 50_000

// writers writes the same rows as csv and Parquet, one after the other; what is held in
// memory is one row group.
type writers struct {
	columns []Column
	codes   []map[string]bool // by column; nil: not listed
	csv     *csv.Writer
	parquet *parquet.GenericWriter[any]
	row     parquet.Row
	rows    int
	// cells are the dimensions seen so far, where a row is a figure: two figures of one
	// cell would contradict each other.
	cells map[string]struct{}
}

func newWriters(kind Kind, columns []Column, asCSV, asParquet io.Writer) (*writers, error) {
	w := &writers{columns: columns, csv: csv.NewWriter(asCSV), row: make(parquet.Row, len(columns))}
	if kind == Figures {
		w.cells = map[string]struct{}{}
	}
	names := make([]string, len(columns))
	fields := make([]reflect.StructField, len(columns))
	for i, c := range columns {
		names[i] = c.Name
		fields[i] = reflect.StructField{
			Name: fmt.Sprintf("C%d", i), Type: kinds[c.Type],
			Tag: reflect.StructTag(`parquet:"` + c.Name + `,optional"`),
		}
		var codes map[string]bool
		if c.Values != nil {
			codes = map[string]bool{}
			for _, v := range c.Values {
				codes[v.Code] = true
			}
		}
		w.codes = append(w.codes, codes)
	}
	// A struct keeps the order of columns, which parquet.Group does not.
	schema := parquet.NewSchema("release", parquet.SchemaOf(reflect.New(reflect.StructOf(fields)).Interface()))
	w.parquet = parquet.NewGenericWriter[any](asParquet, schema, parquet.MaxRowsPerRowGroup(groupRows),
		parquet.Compression(&parquet.Snappy), parquet.CreatedBy("sala", "", ""))
	return w, w.csv.Write(names)
}

var kinds = map[Type]reflect.Type{
	Text: reflect.TypeFor[string](), Count: reflect.TypeFor[int64](), Number: reflect.TypeFor[float64](),
}

// all writes every row. Errors name the row and the column, never a value.
func (w *writers) all(ctx context.Context, rows iter.Seq2[[]string, error]) error {
	for cells, err := range rows {
		if err != nil {
			return err
		}
		if err = ctx.Err(); err != nil {
			return err
		}
		err = w.add(cells)
		if err != nil {
			return err
		}
	}
	w.csv.Flush()
	err := w.csv.Error()
	if err != nil {
		return err
	}
	return w.parquet.Close()
}

func (w *writers) add(cells []string) error {
	w.rows++
	if len(cells) != len(w.columns) {
		return errs.New(errs.Invalid, "row %d has %d cells and the table %d columns", w.rows, len(cells), len(w.columns))
	}
	for i, c := range w.columns {
		v, ok := value(c.Type, cells[i])
		if ok && cells[i] != "" && w.codes[i] != nil {
			ok = w.codes[i][cells[i]]
		}
		if !ok {
			return errs.New(errs.Invalid, "row %d: the cell is not what the codebook says of column %s", w.rows, c.Name).WithFields(c.Name)
		}
		defined := 1
		if cells[i] == "" {
			defined = 0
		}
		w.row[i] = v.Level(0, defined, i)
	}
	err := w.once(cells)
	if err != nil {
		return err
	}
	err = w.csv.Write(cells)
	if err != nil {
		return err
	}
	_, err = w.parquet.WriteRows([]parquet.Row{w.row})
	return err
}

// once refuses a second figure of the same cell.
func (w *writers) once(cells []string) error {
	if w.cells == nil {
		return nil
	}
	var key strings.Builder
	for i, c := range w.columns {
		if c.Role == Dimension {
			key.WriteString(cells[i])
			key.WriteByte(0) // no cell holds it
		}
	}
	if _, there := w.cells[key.String()]; there {
		return errs.New(errs.Invalid, "row %d has the same dimensions as a row before it", w.rows)
	}
	w.cells[key.String()] = struct{}{}
	return nil
}

var (
	countForm  = regexp.MustCompile(`^(0|[1-9][0-9]{0,17})$`)
	numberForm = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,17})?$`)
)

// value reads a cell of a type; blank is no information, whatever the type.
func value(t Type, s string) (parquet.Value, bool) {
	if s == "" {
		return parquet.NullValue(), true
	}
	switch t {
	case Text:
		return parquet.ByteArrayValue([]byte(s)), cell(s)
	case Count:
		n, err := strconv.ParseInt(s, 10, 64)
		return parquet.Int64Value(n), err == nil && countForm.MatchString(s)
	case Number:
		f, err := strconv.ParseFloat(s, 64)
		return parquet.DoubleValue(f), err == nil && numberForm.MatchString(s)
	}
	return parquet.NullValue(), false
}

// cell reports whether a text may stand in a file that a spreadsheet opens: printable, in
// one line, and not taken for a formula (threats.md 51).
func cell(s string) bool {
	return len(s) <= maxCell && utf8.ValidString(s) && strings.TrimSpace(s) == s &&
		!strings.ContainsAny(s[:min(1, len(s))], "=+-@") && !strings.HasPrefix(s, "＝") && !strings.HasPrefix(s, "＋") && !strings.HasPrefix(s, "－") && !strings.HasPrefix(s, "＠") &&
		strings.IndexFunc(s, func(r rune) bool { return r != ' ' && !unicode.IsGraphic(r) }) < 0
}
