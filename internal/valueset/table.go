package valueset

import (
	"fmt"
	"io"
	"strconv"
)

// table is the data of one value set.
type table[T ~string] struct {
	name    string
	about   string
	htcds   string // HTCDS field, or ""
	entries []entry[T]
}

type entry[T ~string] struct {
	code  T
	label string
}

func (t *table[T]) words() []string {
	out := make([]string, len(t.entries))
	for i, e := range t.entries {
		out[i] = string(e.code)
	}
	return out
}

func (t *table[T]) find(v T) (entry[T], bool) {
	for _, e := range t.entries {
		if e.code == v {
			return e, true
		}
	}
	return entry[T]{}, false
}

func (t *table[T]) has(v T) bool {
	_, ok := t.find(v)
	return ok
}

func (t *table[T]) label(v T) string {
	e, _ := t.find(v)
	return e.label
}

// marshal writes nothing that is not in the table: a stray stored text must not
// reach a client as if it were a word of the schema.
func (t *table[T]) marshal(w io.Writer, v T) {
	word := "null"
	if t.has(v) {
		word = strconv.Quote(string(v))
	}
	_, _ = io.WriteString(w, word)
}

// unmarshal leaves *out alone on error.
func (t *table[T]) unmarshal(in any, out *T) error {
	s, ok := in.(string)
	if !ok || !t.has(T(s)) {
		return fmt.Errorf("reading a %s: not one of its values; use a word of the enum %[1]s", t.name)
	}
	*out = T(s)
	return nil
}

func (t *table[T]) set() Set {
	s := Set{Name: t.name, Description: t.about, HTCDS: t.htcds}
	for _, e := range t.entries {
		s.Values = append(s.Values, Value{Code: string(e.code), Label: e.label})
	}
	return s
}
