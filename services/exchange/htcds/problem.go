package htcds

import (
	"fmt"
	"strings"

	"github.com/sala-exchange/sala/internal/errs"
)

// maxProblems is how many problems are listed before reading stops.
const maxProblems = 100

// Problem is one thing wrong with the file. None of its parts holds what a cell
// holds.
type Problem struct {
	Row     int    // row of the sheet from 1, 0 where the whole file is meant
	Column  string // letter and field code, as "G prs_Birthdate", "" for the whole row
	Message string // what is wrong and what to do
}

// Error gives place and message.
func (p *Problem) Error() string {
	switch {
	case p.Row == 0:
		return "reading the file: " + p.Message
	case p.Column == "":
		return fmt.Sprintf("reading row %d: %s", p.Row, p.Message)
	}
	return fmt.Sprintf("reading row %d, column %s: %s", p.Row, p.Column, p.Message)
}

// Problems is everything found wrong with a file.
type Problems struct {
	List []*Problem // at most 100, in the order of the sheet
	More bool       // reading stopped at the bound
}

// Error lists the first ten.
func (p *Problems) Error() string {
	const shown = 10
	lines := make([]string, 0, shown+1)
	for i, one := range p.List {
		if i == shown {
			lines = append(lines, fmt.Sprintf("and %d more", len(p.List)-shown))
			break
		}
		lines = append(lines, one.Error())
	}
	return strings.Join(lines, "; ")
}

// Unwrap gives the single problems.
func (p *Problems) Unwrap() []error {
	out := make([]error, len(p.List))
	for i, one := range p.List {
		out[i] = one
	}
	return out
}

func (p *Problems) full() bool { return p.More }

// Add notes a problem that was found in the file elsewhere: by the server that it is for.
func (p *Problems) Add(row int, column, message string) { p.add(row, column, message) }

// Refusal is the outward error of everything in p, or nil where p is empty.
func (p *Problems) Refusal() error { return p.refusal() }

// add notes a problem. At the bound it says that there are more instead.
func (p *Problems) add(row int, column, message string) {
	if len(p.List) == maxProblems {
		p.More = true
		return
	}
	p.List = append(p.List, &Problem{Row: row, Column: column, Message: message})
}

// refusal is the outward error of everything in p, or nil where p is empty.
func (p *Problems) refusal() error {
	if len(p.List) == 0 {
		return nil
	}
	var fields []string
	for _, one := range p.List {
		if one.Row > 0 {
			fields = append(fields, strings.TrimSpace(fmt.Sprintf("row %d %s", one.Row, one.Column)))
		}
	}
	return errs.Wrap(p, errs.Invalid, "reading an HTCDS file, nothing was taken: %s", p.Error()).WithFields(fields...)
}

// whole is the refusal of the whole file for one reason.
func whole(message string) error {
	p := &Problems{}
	p.add(0, "", message)
	return p.refusal()
}
