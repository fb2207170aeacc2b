package htcds

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/xuri/excelize/v2"
)

// header says which field each column holds, nil where it has none.
type header []*field

// recognised is how many known cells make a row a row of codes or of labels. A
// person's row does not hold three of them by chance.
const recognised = 3

// readHeader finds the standard's two header rows, codes and labels, or one of
// them, and returns what is under them.
func readHeader(lines []line, problems *Problems) (header, []line) {
	codes, labels, rest, ok := headerRows(lines)
	if !ok {
		problems.add(0, "", "its first rows are not the header of HTCDS 2.0; use the standard's template")
		return nil, nil
	}
	head := make(header, max(len(codes.cells), len(labels.cells)))
	seen, survey := map[*field]bool{}, fromSurvey(codes)
	for i := range head {
		f, wrong := resolve(codes.at(i), labels.at(i), survey)
		switch {
		case wrong != "":
			problems.add(lines[0].row, letter(i), wrong)
		case f != nil && seen[f]:
			problems.add(lines[0].row, place(i, f), "a second column has this header; keep one")
		}
		head[i], seen[f] = f, true
		if survey {
			head[i] = f.asSurvey()
		}
	}
	for _, f := range fields {
		if f.required && !seen[f] {
			problems.add(lines[0].row, f.code, "the file has no such column; use the standard's template")
		}
	}
	if len(rest) > 0 && hashtags(rest[0]) {
		rest = rest[1:]
	}
	return head, rest
}

var hashtag = regexp.MustCompile(`^#[a-z][a-z0-9_]*( *\+[a-z][a-z0-9_]*)*$`)

// hashtags reports whether a row holds HXL hashtags alone, which tell a machine what
// the columns are. The standard has none of its own, so Sala reads the header instead.
func hashtags(l line) bool {
	n := 0
	for _, c := range l.cells {
		if c.text == "" {
			continue
		}
		if !hashtag.MatchString(c.text) {
			return false
		}
		n++
	}
	return n >= recognised
}

func headerRows(lines []line) (codes, labels line, rest []line, ok bool) {
	if len(lines) == 0 {
		return line{}, line{}, nil, false
	}
	inCodes, inLabels := count(lines[0], byCode), count(lines[0], byLabel)
	switch {
	case inCodes >= recognised && len(lines) > 1 && count(lines[1], byLabel) >= recognised:
		return lines[0], lines[1], lines[2:], true
	case inCodes >= recognised:
		return lines[0], line{}, lines[1:], true
	case inLabels >= recognised:
		return line{}, lines[0], lines[1:], true
	}
	return line{}, line{}, nil, false
}

func count(l line, known map[string]*field) (n int) {
	for _, c := range l.cells {
		if known[key(c.text)] != nil {
			n++
		}
	}
	return n
}

// resolve names the field of a column from its code and its label, or says what is
// wrong. The template's codes of the address stand in another order than the
// labels that people see and fill in, so only a label is believed there, except in the
// survey form, whose codes are right.
func resolve(code, label string, survey bool) (*field, string) {
	fromCode, fromLabel := byCode[key(code)], byLabel[key(label)]
	switch {
	case key(code) == "" && key(label) == "":
		return nil, ""
	case fromCode == nil && key(code) != "", fromCode == nil && fromLabel == nil:
		return nil, "it is not a column of HTCDS 2.0; remove it or use the standard's template"
	case fromCode == nil:
		return fromLabel, ""
	case fromLabel == nil && fromCode.address && !survey:
		return nil, "an address column needs the standard's label in row 2, as the codes of row 1 are in the wrong order; add it"
	case fromLabel == nil || fromLabel == fromCode:
		return fromCode, ""
	case fromCode.address && fromLabel.address:
		return fromLabel, ""
	case fromCode.code == "prs_Title" && fromLabel.code == "prs_SecondName":
		return fromCode, "" // mislabelled so in the standard's survey form
	}
	return nil, "its code in row 1 and its label in row 2 name different fields; use the standard's template"
}

// blank reports whether l holds nothing but a running number.
func (h header) blank(l line) bool {
	for i, c := range l.cells {
		if c.text != "" && !h.counts(i, c) {
			return false
		}
	}
	return true
}

// counts reports whether c is the running number of the template's first column.
func (h header) counts(i int, c cell) bool {
	return i == 0 && (len(h) == 0 || h[0] == nil) && digits(c.text)
}

// read fills a Row and notes every problem of it.
func (h header) read(l line, opt Options, problems *Problems) Row {
	row := Row{Number: l.row}
	for i, c := range l.cells {
		switch {
		case c.text == "" || h.counts(i, c):
		case i >= len(h) || h[i] == nil:
			problems.add(l.row, letter(i), "the column has no header but the cell holds something; move or remove it")
		default:
			wrong := sound(c.text)
			if wrong == "" {
				wrong = h[i].set(&row, c, opt)
			}
			if wrong != "" {
				problems.add(l.row, place(i, h[i]), wrong)
			}
		}
	}
	return row
}

func (l line) at(i int) string {
	if i >= len(l.cells) {
		return ""
	}
	return l.cells[i].text
}

func letter(i int) string {
	s, err := excelize.ColumnNumberToName(i + 1)
	if err != nil {
		return "beyond the last"
	}
	return s
}

func place(i int, f *field) string { return letter(i) + " " + f.code }

// key makes headers and values comparable: letters and digits only, in lower case,
// in one of the two spellings of English.
func key(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
	return strings.NewReplacer("labor", "labour", "organis", "organiz").Replace(strings.ReplaceAll(s, "labour", "labor"))
}

func digits(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}
