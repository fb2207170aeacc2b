// Package pubid makes the public ids of rows: a prefix that names the kind of row
// and 128 random bits. They are made by the client, because a database under
// row-level security does not return the row that was just written.
//
// It promises that an id tells nothing but its kind, cannot be guessed, and has
// one spelling only. It will not order ids by time nor repair a misspelt one.
package pubid

import (
	"crypto/rand"
	"encoding/base32"
	"strings"
)

// alphabet is Crockford's in lower case: no i, l, o, u.
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// size is the length of the part behind the underscore: 128 bits in base 32.
const size = 26

var encoding = base32.NewEncoding(alphabet).WithPadding(base32.NoPadding)

// New returns a new id: prefix, underscore and 26 characters, for example
// case_ and so on. It panics unless prefix is 1 to 32 lower-case ASCII letters:
// a prefix is part of the program and never input.
func New(prefix string) string {
	if !legalPrefix(prefix) {
		panic("pubid: a prefix is 1 to 32 lower-case letters")
	}
	var b [16]byte
	_, _ = rand.Read(b[:]) // crypto/rand.Read ends the program rather than fail
	return prefix + "_" + encoding.EncodeToString(b[:])
}

// Prefix returns what stands before the underscore, or the empty string where id
// is not an id. Variants in case, and those whose unused last bits are set, are
// not ids: one row has one spelling.
func Prefix(id string) string {
	prefix, rest, ok := strings.Cut(id, "_")
	if !ok || !legalPrefix(prefix) || len(rest) != size {
		return ""
	}
	// The decoder skips line breaks and ignores unused bits, so look at each
	// character first and then compare with the one true spelling.
	if strings.Trim(rest, alphabet) != "" {
		return ""
	}
	b, err := encoding.DecodeString(rest)
	if err != nil || encoding.EncodeToString(b) != rest {
		return ""
	}
	return prefix
}

// Valid reports whether id is an id with the prefix.
func Valid(id, prefix string) bool { return prefix != "" && Prefix(id) == prefix }

func legalPrefix(s string) bool {
	return len(s) >= 1 && len(s) <= 32 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz") == ""
}
