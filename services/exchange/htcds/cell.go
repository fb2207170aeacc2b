package htcds

import (
	"errors"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sala-exchange/sala/internal/canon"
)

// setter stores a cell that is not blank and returns what is wrong with it, or "".
type setter func(*Row, cell, Options) string

var sheetErrors = []string{"#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"}

const dateAsText = "it is a date in a column of text; write it as text"

// sound says what is wrong with a cell whatever its column, or "".
func sound(s string) string {
	switch {
	case len(s) > maxCellBytes:
		return "the text is too long; shorten it"
	case !utf8.ValidString(s):
		return "the text is not valid UTF-8; save the file as UTF-8 and send it again"
	case slices.Contains(sheetErrors, s):
		return "the cell shows an error of the spreadsheet; mend its formula or write the value"
	}
	return reason(canon.Text(s))
}

// reason says what canon has against a text, without the text.
func reason(err error) string {
	var t *canon.TextError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &t):
		return "the text " + string(t.Problem)
	}
	return "the text cannot be read; write it anew"
}

// name keeps one line of text as written (I4). What looks like a formula is text.
func name(get func(*Row) *string) setter {
	return func(r *Row, c cell, _ Options) string {
		if c.kind == shown {
			return dateAsText
		}
		wrong := reason(canon.Name(c.text))
		if wrong == "" {
			*get(r) = c.text
		}
		return wrong
	}
}

// text keeps free text, with its line breaks, as written.
func text(get func(*Row) *string) setter {
	return func(r *Row, c cell, _ Options) string {
		if c.kind == shown {
			return dateAsText
		}
		*get(r) = c.text // sound has looked at it
		return ""
	}
}

// checkbox takes only a clear yes or no.
func checkbox(get func(*Row) **bool) setter {
	return func(r *Row, c cell, _ Options) string {
		var yes bool
		switch strings.ToLower(c.text) {
		case "true", "yes", "1":
			yes = true
		case "false", "no", "0":
		default:
			return "it is neither TRUE nor FALSE; write one of them or leave it blank"
		}
		*get(r) = &yes
		return ""
	}
}

var (
	phoneMarks = strings.NewReplacer(" ", "", "\u00a0", "", "-", "", ".", "", "(", "", ")", "")
	e164       = regexp.MustCompile(`^\+?[1-9][0-9]{6,14}$`)
)

// phone reads an E.164 number of 7 to 15 digits, with or without its plus sign, as
// the standard allows, or with 00 instead.
func phone(get func(*Row) *string) setter {
	return func(r *Row, c cell, _ Options) string {
		n := phoneMarks.Replace(c.text)
		if strings.HasPrefix(n, "00") {
			n = "+" + n[2:]
		}
		if !e164.MatchString(n) {
			return "it is not an international telephone number; write it with the country code, as +856"
		}
		*get(r) = "+" + strings.TrimPrefix(n, "+")
		return ""
	}
}

func email(r *Row, c cell, _ Options) string {
	a, err := mail.ParseAddress(c.text)
	if err != nil || a.Address != c.text {
		return "it is not an e-mail address; write one address alone"
	}
	r.Email = c.text
	return ""
}
