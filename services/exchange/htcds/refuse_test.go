package htcds

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/sala-exchange/sala/internal/errs"
)

func TestBadCellsAreNamedByRowAndColumnOnly(t *testing.T) {
	for name, c := range map[string]struct{ label, value, column string }{
		"malformed UTF-8":     {"First Name", canary + "\xff", "D prs_FirstName"},
		"overlong UTF-8":      {"First Name", canary + "\xc0\xaf", "D prs_FirstName"},
		"surrogate":           {"First Name", canary + "\xed\xa0\x80", "D prs_FirstName"},
		"NUL":                 {"Second Name", canary + "\x00", "E prs_SecondName"},
		"control":             {"Second Name", canary + "\x1b[2J", "E prs_SecondName"},
		"bidi":                {"First Name", canary + "\u202e", "D prs_FirstName"},
		"two lines of a name": {"First Name", canary + "\n" + canary, "D prs_FirstName"},
		"too long a name":     {"First Name", strings.Repeat(canary, 400), "D prs_FirstName"},
		"too long a text":     {"Incoming Referral Details", strings.Repeat(canary, 20_000), "AG cas_IncomingReferralDetails"},
		"gender":              {"Gender", canary, "H prs_Gender"},
		"status":              {"Trafficking Status", canary, "S vic_TraffickingStatus"},
		"one of several":      {"Type of Exploitation", "Forced labour;" + canary, "X vic_TypeOfExploitation"},
		"only semicolons":     {"Methods of Control", ";;", "W vic_MethodsOfControl"},
		"citizenship":         {"Citizenship", "LA;" + canary, "I prs_Citizenship"},
		"country":             {"Mailing Country", canary, "R prs_MailingCountry"},
		"e-mail":              {"Email", canary, "K prs_Email"},
		"e-mail with a name":  {"Email", canary + " <a@example.org>", "K prs_Email"},
		"local number":        {"Mobile Phone", "020 5555 1234", "M prs_MobilePhone"},
		"words for a number":  {"Home Phone", canary, "L prs_HomePhone"},
		"scientific number":   {"Home Phone", "8.56205555E+11", "L prs_HomePhone"},
		"consent":             {"Consent", canary, "F con_Consent"},
		"sheet error":         {"First Name", "#REF!", "D prs_FirstName"},
		"referral date":       {"Incoming Referral Date", canary, "AD cas_IncomingReferralDate"},
	} {
		t.Run(name, func(t *testing.T) {
			good := person(fullCase)
			p := refused(t, template(good, person(map[string]string{c.label: c.value}), good), options(), "row 4, column "+c.column)
			if len(p.List) != 1 || p.List[0].Row != 4 || p.List[0].Column != c.column {
				t.Errorf("got %v", p)
			}
		})
	}
}

func TestAllProblemsAreListedUpToAHundred(t *testing.T) {
	bad := person(map[string]string{"Gender": canary, "Email": canary, "Consent": canary})
	if p := refused(t, template(bad, bad), options(), "row 3", "row 4"); len(p.List) != 6 || p.More {
		t.Errorf("%d problems, want 6", len(p.List))
	}
	rows := slices.Repeat([][]string{bad}, 50)
	p := refused(t, template(rows...), options(), "and 90 more")
	if len(p.List) != maxProblems || !p.More {
		t.Errorf("%d problems", len(p.List))
	}
	_, err := read(template(bad), options())
	var e *errs.Error
	if !errors.As(err, &e) || !slices.Equal(e.Fields, []string{"row 3 F con_Consent", "row 3 H prs_Gender", "row 3 K prs_Email"}) {
		t.Errorf("fields %v", e.Fields)
	}
	var one *Problem
	if !errors.As(err, &one) || one.Row != 3 {
		t.Error("a single problem cannot be found in the error")
	}
}

func TestHeadersThatAreNotTheStandards(t *testing.T) {
	change := func(i int, code, label string) []byte {
		codes, labels := slices.Clone(templateCodes), slices.Clone(templateLabels)
		codes[i], labels[i] = code, label
		return asCSV(codes, labels, person(map[string]string{"First Name": canary}))
	}
	for name, c := range map[string]struct {
		data  []byte
		words []string
	}{
		"nothing known":       {asCSV([]string{"name", canary}, []string{canary, "x"}), []string{"not the header"}},
		"only a header":       {asCSV([]string{"a"}), []string{"not the header"}},
		"no header":           {asCSV(person(fullCase)), []string{"not the header"}},
		"unknown column":      {change(8, "prs_"+canary, canary), []string{"row 1, column I", "not a column"}},
		"unknown code":        {change(8, "prs_Religion", "Citizenship"), []string{"row 1, column I", "not a column"}},
		"duplicate":           {change(8, "prs_Gender", "Gender"), []string{"row 1, column I prs_Gender", "second column"}},
		"code against label":  {change(8, "prs_Gender", "Citizenship"), []string{"row 1, column I", "different fields"}},
		"address unlabelled":  {change(13, "prs_MailingCity", ""), []string{"row 1, column N", "label in row 2"}},
		"required is missing": {change(6, "", ""), []string{"prs_Birthdate", "no such column"}},
	} {
		t.Run(name, func(t *testing.T) { refused(t, c.data, options(), c.words...) })
	}
}

func TestValuesOutsideTheColumns(t *testing.T) {
	row := person(fullCase)
	refused(t, template(append(row, canary)), options(), "row 3, column AN", "no header")
	row[0] = canary
	refused(t, template(row), options(), "row 3, column A", "no header")
	row[0] = "17"
	if r := single(t, template(row), options()); r.Number != 3 {
		t.Error("the running number is not passed over")
	}
	wide := append(slices.Clone(row), make([]string, maxColumns)...)
	refused(t, template(wide), options(), "row 3", "columns")
}

func TestEncodings(t *testing.T) {
	good := template(person(fullCase))
	same(t, single(t, append([]byte("\xef\xbb\xbf"), good...), options()), wantFull())
	units := utf16.Encode([]rune(string(good)))
	var le, be bytes.Buffer
	_, _ = binary.Write(&le, binary.LittleEndian, units), binary.Write(&be, binary.BigEndian, units)
	for name, data := range map[string][]byte{
		"LE": append([]byte{0xff, 0xfe}, le.Bytes()...), "BE": append([]byte{0xfe, 0xff}, be.Bytes()...),
		"LE bare": le.Bytes()[2:], "BE bare": be.Bytes()[2:],
	} {
		t.Run(name, func(t *testing.T) { refused(t, data, options(), "UTF-16") })
	}
}

func TestWhatLooksLikeAFormulaIsText(t *testing.T) {
	for _, s := range []string{"=1+1", "+cmd", "@SUM(A1)", "=HYPERLINK(\"x\")", "-2"} {
		if r := single(t, template(person(map[string]string{"First Name": s})), options()); r.FirstName != s {
			t.Errorf("%q is changed", s)
		}
	}
}

func TestRowsAreNumberedAsASpreadsheetShowsThem(t *testing.T) {
	head := template()
	two := asCSV(person(map[string]string{"First Name": "A", "Incoming Referral Details": "1\n2\n3", "Reason for Case Closure": "x\ny"}))
	data := slices.Concat(head, two, []byte("\r\n\n"), asCSV(person(map[string]string{"Gender": canary})))
	refused(t, data, options(), "row 6, column H") // the lines 4 and 5 are empty
	data = slices.Concat(head, two, asCSV(make([]string, 39)), asCSV(person(map[string]string{"First Name": "B"})))
	f, err := read(data, options())
	check(t, err)
	if len(f.Rows) != 2 || f.Rows[0].Number != 3 || f.Rows[1].Number != 5 {
		t.Errorf("rows %v", f.Rows)
	}
}

func TestBrokenCSV(t *testing.T) {
	head := template()
	refused(t, slices.Concat(head, []byte("1,\""+canary)), options(), "quotes of line")
	refused(t, slices.Concat(head, []byte("1,a\"b"+canary+"\n")), options(), "quotes of line 3")
	refused(t, slices.Concat(head, bytes.Repeat([]byte(canary), 100_000)), options(), "line 3 is longer")
	opt := options()
	opt.Comma = '"'
	refused(t, head, opt, "what separates the cells")
	opt.Comma = '\t'
	tabbed := bytes.ReplaceAll(asCSV(templateCodes, templateLabels, person(map[string]string{"First Name": "A"})), []byte(","), []byte("\t"))
	if r := single(t, tabbed, opt); r.FirstName != "A" {
		t.Error("tabs are not read")
	}
}

func TestFilesTooLargeOrEmpty(t *testing.T) {
	opt := options()
	opt.MaxRows = 3
	rows := slices.Repeat([][]string{person(map[string]string{"First Name": canary})}, 4)
	if _, err := read(template(rows...), opt); errs.KindOf(err) != errs.Limited {
		t.Errorf("four rows of three: %v", err)
	}
	if f, err := read(template(rows[:3]...), opt); err != nil || len(f.Rows) != 3 {
		t.Error("three rows of three are refused")
	}
	if _, err := Read(bytes.NewReader(nil), MaxBytes+1, options()); errs.KindOf(err) != errs.Limited {
		t.Error("a file too large is read")
	}
	if _, err := Read(bytes.NewReader([]byte("x")), 5, options()); errs.KindOf(err) != errs.Invalid {
		t.Error("a file that ends early is read")
	}
	refused(t, nil, options(), "empty")
	refused(t, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"+canary), options(), ".xlsx")
}

func TestOptionsHaveNoSilentDefaults(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"calendar": func(o *Options) { o.Calendar = "" },
		"zone":     func(o *Options) { o.Location = nil },
		"rows":     func(o *Options) { o.MaxRows = MaxRows + 1 },
	} {
		opt := options()
		change(&opt)
		if f, err := read(template(person(fullCase)), opt); f != nil || errs.KindOf(err) != errs.Invalid {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestTheDigestIsThatOfTheBytes(t *testing.T) {
	data := template(person(fullCase))
	f, err := read(data, options())
	check(t, err)
	if f.Digest != sha256.Sum256(data) {
		t.Error("another digest")
	}
}

func FuzzCSV(f *testing.F) {
	f.Add(template(person(fullCase)), false)
	f.Add(template(person(map[string]string{"Gender": "x", "First Name": "=1+1\x00"})), true)
	f.Add([]byte("\xff\xfea"), false)
	f.Add([]byte("prs_FirstName,prs_SecondName,con_Consent,prs_Birthdate\nA,B,TRUE,2541\n"), true)
	f.Fuzz(func(t *testing.T, data []byte, be bool) {
		if bytes.HasPrefix(data, []byte("PK")) {
			return // a workbook
		}
		opt := options()
		if be {
			opt = buddhist()
		}
		file, err := read(data, opt)
		if (file == nil) == (err == nil) {
			t.Fatal("neither or both of file and error")
		}
		if err != nil {
			if k := errs.KindOf(err); k != errs.Invalid && k != errs.Limited {
				t.Fatalf("kind %v", k)
			}
			return
		}
		for i, r := range file.Rows {
			if i > 0 && r.Number <= file.Rows[i-1].Number {
				t.Fatal("rows out of order")
			}
			if r.Birth.Precision != "" && !r.Birth.Valid() || strings.ContainsRune(fmt.Sprint(r), 0) || strings.ContainsRune(r.FirstName, 0) {
				t.Fatal("a value that is not sound")
			}
		}
	})
}
