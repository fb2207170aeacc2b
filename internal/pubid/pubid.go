// Package pubid makes the public ids of rows: a prefix that names the kind of row
// and 128 random bits. They are made by the client, because a database under
// row-level security does not return the row that was just written.
//
// It promises that an id tells nothing but its kind and cannot be guessed.
package pubid

import (
	"crypto/rand"
	"encoding/base32"
	"strings"
)

// Crockford's alphabet in lower case: no i, l, o, u.
var encoding = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// length of the part behind the underscore: 128 bits in base 32.
const length = 26

// New returns a new id, for example case_ and 26 characters.
func New(prefix string) string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // crypto/rand.Read never fails since Go 1.24
	return prefix + "_" + encoding.EncodeToString(b[:])
}

// Prefix returns what stands before the underscore, or the empty string where id
// is not an id. Variants in case are not ids: they are never merged.
func Prefix(id string) string {
	prefix, rest, ok := strings.Cut(id, "_")
	if !ok || prefix == "" || len(rest) != length {
		return ""
	}
	if _, err := encoding.DecodeString(rest); err != nil {
		return ""
	}
	return prefix
}

// Valid reports whether id is an id with the prefix.
func Valid(id, prefix string) bool { return prefix != "" && Prefix(id) == prefix }
