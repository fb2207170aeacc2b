package table

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/sala-exchange/sala/internal/errs"
)

func TestRead(t *testing.T) {
	for name, file := range map[string]struct {
		text string
		o    Options
	}{
		"commas":          {"sex,age\nF,12\n,13\nF,\n", Options{}},
		"semicolons":      {"sex;age\nF;12\n;13\nF;\n", Options{Separator: ';'}},
		"tabs":            {"sex\tage\nF\t12\n\t13\nF\t\n", Options{Separator: '\t'}},
		"byte order mark": {"\ufeffsex,age\nF,12\n,13\nF,\n", Options{}},
		"of Windows":      {"\ufeffsex,age\r\n\"F\",12\r\n,13\r\nF,\"\"\r\n", Options{}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Read(iotest.OneByteReader(strings.NewReader(file.text)), file.o)
			if err != nil {
				t.Fatal(err)
			}
			want := []Column{
				{Name: "sex", Codes: []uint32{1, Blank, 1}, Values: []string{"", "F"}},
				{Name: "age", Codes: []uint32{1, 2, Blank}, Values: []string{"", "12", "13"}},
			}
			if !reflect.DeepEqual(got.Columns(), want) || got.Rows() != 3 {
				t.Errorf("read %d rows, %v", got.Rows(), got.Columns())
			}
		})
	}
}

// TestBadFiles: each error tells what is wrong and where, and shows no cell.
func TestBadFiles(t *testing.T) {
	for name, file := range map[string]struct{ text, want string }{
		"nothing":          {"", "the file is empty"},
		"a mark alone":     {"\ufeff", "the file is empty"},
		"two marks":        {"\ufeff\ufeffKanaree\n", "begins with a byte order mark"},
		"quote in header":  {"a,Kana\"ree\n", "the header: what begins on line 1"},
		"ragged":           {"a,b\n1,2\nKanaree\n", "row 2 (line 3) has 1 cells and the header 2"},
		"too wide":         {"a,b\n1,2\n\n1,2,Kanaree\n", "row 2 (line 4) has 3 cells"},
		"doubled header":   {"a,Kanaree,c,Kanaree\n", "columns 2 and 4 have the same name"},
		"nameless":         {"a,,c\n", "column 2 has no name"},
		"open quote":       {"a,b\n1,\"Kanaree\n2,3\n", "row 1: what begins on line 2 has a quotation mark out of place"},
		"quote in a cell":  {"a,b\n1,Kana\"ree\n", "row 1: what begins on line 2 has a quotation mark"},
		"Latin-1":          {"a,b\n1,Kanaree\n2,Kanar\xe9\n", "row 2: line 3, column 2 is not UTF-8"},
		"Latin-1 header":   {"a,Kanar\xe9\n", "the header: line 1, column 2 is not UTF-8"},
		"open quote, long": {"a,b\n1,\"" + strings.Repeat("Kanaree\n", MaxRow/4), "row 1: a row is longer"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(strings.NewReader(file.text), Options{})
			if err == nil || !strings.Contains(err.Error(), file.want) || strings.Contains(err.Error(), "Kana") {
				t.Errorf("the error is %v", err)
			}
			if k := errs.KindOf(err); k != errs.Invalid && k != errs.Limited {
				t.Errorf("the kind is %s", k.Code())
			}
		})
	}
	if _, err := Read(io.MultiReader(strings.NewReader("a\n1\n"), iotest.ErrReader(errors.New("Kanaree"))), Options{}); err == nil ||
		err.Error() != "row 2: reading the file failed" {
		t.Errorf("a reader that fails gives %v", err)
	}
	if _, err := ReadFile(filepath.Join(t.TempDir(), "absent.csv"), Options{}); err == nil || !strings.Contains(err.Error(), "absent.csv cannot be read") {
		t.Errorf("a file that is not there gives %v", err)
	}
	if _, err := Read(strings.NewReader("a|b\n"), Options{Separator: '|'}); err == nil {
		t.Error("any separator is taken")
	}
}

func TestSelect(t *testing.T) {
	got, err := Read(strings.NewReader("a,b,c\n1,2,3\n"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	columns, err := got.Select("c", "a")
	if err != nil || len(columns) != 2 || columns[0].Value(0) != "3" || columns[1].Value(0) != "1" {
		t.Errorf("selected %v, %v", columns, err)
	}
	if _, err := got.Select("a", "B"); err == nil || !strings.Contains(err.Error(), `no column "B"`) {
		t.Errorf("an absent column gives %v", err)
	}
	if _, err := got.Select("a", "b", "a"); err == nil || !strings.Contains(err.Error(), `"a" is named twice`) {
		t.Errorf("a column named twice gives %v", err)
	}
}

func TestNew(t *testing.T) {
	one, two := Encode("a", []string{"x", "", "x"}), Encode("b", []string{"", "", "y"})
	whole, err := New(one, two)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := whole.Write(&b, Options{}); err != nil || b.String() != "a,b\nx,\n,\nx,y\n" {
		t.Errorf("written %q, %v", b.String(), err)
	}
	for name, columns := range map[string][]Column{
		"none":              {},
		"unequal":           {one, Encode("b", []string{"y"})},
		"same name":         {one, one},
		"no name":           {Encode("", nil)},
		"code out of range": {{Name: "a", Codes: []uint32{1}, Values: []string{""}}},
		"no blank":          {{Name: "a", Codes: []uint32{0}, Values: []string{"x"}}},
		"a value twice":     {{Name: "a", Values: []string{"", "x", "x"}}},
	} {
		if _, err := New(columns...); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// FuzzRead: whatever is read is whole, and comes back the same once it was written.
func FuzzRead(f *testing.F) {
	f.Add("a,b\n1,2\n,\n", false)
	f.Add("a\n\"\"\n\n1\n", false)
	f.Add("\ufeff\ufeffa\n", false)
	f.Add("\ufeffa;b\r\n\"x\"\"y\";\"1\n2\"\r\n", true)
	f.Fuzz(func(t *testing.T, text string, semicolon bool) {
		var o Options
		if semicolon {
			o.Separator = ';'
		}
		first, err := Read(strings.NewReader(text), o)
		if err != nil {
			return
		}
		if _, err := New(first.Columns()...); err != nil {
			t.Fatalf("what was read is not whole: %v", err)
		}
		var b bytes.Buffer
		if err := first.Write(&b, o); err != nil {
			t.Fatal(err)
		}
		again, err := Read(&b, o)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		if !slices.EqualFunc(first.Columns(), again.Columns(), func(a, b Column) bool { return reflect.DeepEqual(a, b) }) {
			t.Errorf("written and read again it is another table: %v, %v", first.Columns(), again.Columns())
		}
	})
}

// TestCarriageReturns: however many stand before the end of a line in a cell, the cell is
// the same, and it takes no time.
func TestCarriageReturns(t *testing.T) {
	for _, n := range []int{0, 1, 2, 7, MaxRow / 2} {
		got, err := Read(strings.NewReader("a\n\"x"+strings.Repeat("\r", n)+"\ny\"\n"), Options{})
		if err != nil || got.Columns()[0].Value(0) != "x\ny" {
			t.Errorf("%d: %.80v, %v", n, got, err)
		}
	}
}

// A file that is written with another separator than was named is no table of one column.
func TestAnotherSeparatorIsNoticed(t *testing.T) {
	for text, says := range map[string]string{
		"sex;age\nF;12\n": "semicolon", "sex\tage\nF\t12\n": "tab", "sex\nF\n": "", "sex,age;group\nF,12\n": "",
	} {
		path := filepath.Join(t.TempDir(), "in.csv")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := ReadFile(path, Options{})
		if (err != nil) != (says != "") || err != nil && !strings.Contains(err.Error(), "one column with a "+says+" in it") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestRealFiles(t *testing.T) {
	for name, want := range map[string]struct {
		rows, columns int
		separator     rune
	}{
		"arx/adult.csv":                              {30162, 9, ';'},
		"ctdc/ctdc-global-k11-extract.csv":           {48773, 7, ','},
		"ctdc/ctdc-victim-perpetrator-synthetic.csv": {21195, 16, ','},
	} {
		path := filepath.Join("..", "..", "..", "..", "shared", "data", name)
		if _, err := os.Stat(path); err != nil {
			t.Skip("the public data of ../shared are not here")
		}
		got, err := ReadFile(path, Options{Separator: want.separator})
		if err != nil || got.Rows() != want.rows || len(got.Columns()) != want.columns {
			t.Errorf("%s: %v", name, err)
		}
	}
}
