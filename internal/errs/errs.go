// Package errs is the one kind of error that Sala shows outward: a kind, a safe
// message and a hidden cause.
//
// It promises that Error() never shows the cause, and that an error of any other
// type is presented as Internal without a word of its text. It will not carry
// personal data: a message names a row or a field, never a value.
package errs

import (
	"errors"
	"fmt"
)

// Kind says what sort of failure it is. The zero Kind is Internal.
type Kind int

// The kinds. Withheld is the single outward answer for "not there" and "not
// allowed".
const (
	Internal        Kind = iota // ours to mend; nothing is shown
	Unauthenticated             // no or no valid token
	Forbidden                   // refused on the viewer's account alone, before a row is read
	Withheld                    // not there, or not for this viewer: the same
	Invalid                     // the input is wrong; Fields say where
	Stale                       // the version is not the current one; Fields say what changed
	Conflict                    // the state does not allow it, or a key was used with other input
	Changed                     // what was read changed before the answer left; ask again
	Limited                     // too deep, too wide, too long
	Unavailable                 // a part needed for a safe answer is not there
)

var codes = map[Kind]string{
	Internal: "INTERNAL", Unauthenticated: "UNAUTHENTICATED", Forbidden: "FORBIDDEN",
	Withheld: "WITHHELD", Invalid: "INVALID", Stale: "STALE", Conflict: "CONFLICT",
	Changed: "CHANGED", Limited: "LIMITED", Unavailable: "UNAVAILABLE",
}

// Code is the word that the API gives for the kind.
func (k Kind) Code() string {
	if c, ok := codes[k]; ok {
		return c
	}
	return codes[Internal]
}

// Error is a failure with a message that may be shown to the caller.
type Error struct {
	Kind    Kind
	Message string   // safe to show: lower case, what was being done, what to do
	Fields  []string // input paths or field names concerned, never values
	cause   error
}

// New returns an error of kind k whose message may be shown. The arguments must
// not hold personal data.
func New(k Kind, format string, args ...any) *Error {
	return &Error{Kind: k, Message: fmt.Sprintf(format, args...)}
}

// Wrap is New with a hidden cause.
func Wrap(cause error, k Kind, format string, args ...any) *Error {
	e := New(k, format, args...)
	e.cause = cause
	return e
}

// WithFields returns e with the names of the fields concerned.
func (e *Error) WithFields(fields ...string) *Error {
	c := *e
	c.Fields = append([]string(nil), fields...)
	return &c
}

// NotHere is the one answer for an id that does not exist and for one that the
// viewer may not see.
func NotHere() *Error {
	return New(Withheld, "there is nothing to show under this id")
}

// Error shows the safe message only.
func (e *Error) Error() string { return e.Message }

// Unwrap gives the hidden cause, for the operators' own eyes.
func (e *Error) Unwrap() error { return e.cause }

// KindOf returns the kind of err, Internal where it is not an *Error.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// Public returns what may be shown of err. Whatever is not an *Error becomes
// an Internal one without its text.
func Public(err error) *Error {
	var e *Error
	if errors.As(err, &e) && e.Kind != Internal {
		return e
	}
	return &Error{Kind: Internal, Message: "something failed on our side; nothing was stored"}
}
