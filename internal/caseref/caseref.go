// Package caseref makes and reads the short case reference that people say over
// the phone and write on paper (I5): nine digits in three groups, such as
// 472-193-05C where C is a check digit.
//
// It promises that a reference is random and so reveals nothing, neither order nor
// agency nor place, and that one wrong digit or two neighbours swapped are noticed.
// A reference is no secret and no permission: it can be guessed. It does not know
// which references are taken; whoever stores one asks for another on a conflict.
package caseref

import (
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"unicode/utf8"
)

// size is the number of digits, the check digit included.
const size = 9

// longest is the most input in bytes that Parse looks at.
const longest = 128

// The two ways in which a reference can be wrong. Neither repeats it.
var (
	ErrForm  = errors.New("reading a case reference: it must be nine digits; ask for it again digit by digit")
	ErrCheck = errors.New("reading a case reference: the digits do not fit together; one was misheard or two were swapped, ask for it again")
)

// damm is the quasigroup of H. Michael Damm (2004): weakly totally anti-symmetric,
// of order 10, with a zero diagonal, so the check digit brings the state to zero.
var damm = [10][10]byte{
	{0, 3, 1, 7, 5, 9, 8, 6, 4, 2},
	{7, 0, 9, 2, 1, 5, 4, 8, 6, 3},
	{4, 2, 0, 6, 8, 7, 1, 3, 5, 9},
	{1, 7, 5, 0, 9, 8, 3, 4, 2, 6},
	{6, 1, 2, 3, 0, 4, 5, 9, 7, 8},
	{3, 6, 7, 4, 2, 0, 9, 5, 8, 1},
	{5, 8, 6, 9, 7, 2, 0, 1, 3, 4},
	{8, 9, 4, 5, 3, 6, 2, 0, 1, 7},
	{9, 4, 3, 8, 6, 1, 7, 2, 0, 5},
	{2, 5, 8, 1, 4, 3, 6, 7, 9, 0},
}

// check returns the Damm state after the ASCII digits: the check digit for what
// lacks one, and 0 for what holds a fitting one.
func check(digits string) byte {
	var state byte
	for i := range len(digits) {
		state = damm[state][digits[i]-'0']
	}
	return state
}

// New returns a random reference in its stored form, one of 100 million. With
// 100,000 cases one in a thousand is taken already.
func New() string {
	n, err := rand.Int(rand.Reader, big.NewInt(100_000_000))
	if err != nil {
		panic("caseref: the system gives no random numbers") // crypto/rand ends the program itself before this
	}
	body := fmt.Sprintf("%08d", n)
	return format(body + string('0'+check(body)))
}

// Parse reads a reference as typed or dictated and returns its stored form. It
// takes Latin, Lao, Thai, Khmer, Burmese and full-width digits, also mixed, and
// passes over spaces, dots and every kind of hyphen. The error is ErrForm or
// ErrCheck.
func Parse(s string) (string, error) {
	if len(s) > longest || !utf8.ValidString(s) {
		return "", ErrForm
	}
	digits := make([]byte, 0, size)
	for _, r := range s {
		if separator(r) {
			continue
		}
		d, ok := digit(r)
		if !ok || len(digits) == size {
			return "", ErrForm
		}
		digits = append(digits, d)
	}
	if len(digits) != size {
		return "", ErrForm
	}
	if check(string(digits)) != 0 {
		return "", ErrCheck
	}
	return format(string(digits)), nil
}

func format(digits string) string {
	return digits[:3] + "-" + digits[3:6] + "-" + digits[6:]
}

// separator reports whether people put r between digits: blanks, hyphens, dashes,
// dots, and the zero-width space that Lao and Thai keyboards leave behind.
func separator(r rune) bool {
	return strings.ContainsRune(" \t\u00a0\u2009\u202f\u200b-.\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d", r)
}

// zeros are the zeros of the scripts whose digits are read: Latin, Lao, Thai,
// Khmer, Burmese, full-width.
var zeros = [...]rune{'0', '\u0ed0', '\u0e50', '\u17e0', '\u1040', '\uff10'}

func digit(r rune) (byte, bool) {
	for _, zero := range zeros {
		if r >= zero && r <= zero+9 {
			return '0' + byte(r-zero), true
		}
	}
	return 0, false
}
