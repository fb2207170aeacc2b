package htcds

import (
	"slices"
	"strings"

	"github.com/sala-exchange/sala/internal/canon"
)

// A cell of Sala's own columns can hold a list: one entry a line, its kind before a
// colon, as "NICKNAME LAO FULL: ນ້ອຍ". The further lines of an entry begin with two
// blanks, so that any text can be told apart again.
const folded = "\n  "

// entry is one line of a list: the words before the colon, and what follows it.
type entry struct {
	words []string
	text  string
}

func (e entry) String() string {
	return strings.Join(e.words, " ") + ": " + strings.ReplaceAll(e.text, "\n", folded)
}

func fold(entries []entry) string {
	out := make([]string, len(entries))
	for i, e := range entries {
		out[i] = e.String()
	}
	return strings.Join(out, "\n")
}

// unfold is what fold was given; false where the cell is no such list.
func unfold(cell string) ([]entry, bool) {
	var out []entry
	for _, l := range strings.Split(cell, "\n") {
		if more, ok := strings.CutPrefix(l, "  "); ok && len(out) > 0 {
			out[len(out)-1].text += "\n" + more
			continue
		}
		head, text, ok := strings.Cut(l, ": ")
		if !ok {
			// The last entry may have lost its blank to whoever trims lines.
			if head, ok = strings.CutSuffix(l, ":"); !ok {
				return nil, false
			}
		}
		out = append(out, entry{strings.Fields(head), text})
	}
	return out, true
}

const badList = "it is not a list of entries such as `NICKNAME LAO FULL: text`, one a line"

// each reads a list into one value an entry; take returns what is wrong with one.
func each[T any](get func(*Row) *[]T, words int, take func(entry) (T, string)) setter {
	return func(r *Row, c cell, _ Options) string {
		entries, ok := unfold(c.text)
		if !ok {
			return badList
		}
		var values []T
		for _, e := range entries {
			if len(e.words) != words || e.text == "" {
				return badList
			}
			v, wrong := take(e)
			if wrong != "" {
				return wrong
			}
			values = append(values, v)
		}
		*get(r) = values
		return ""
	}
}

// nothing stands for a word that is not known.
const nothing = "-"

func orNothing(s string) string {
	if s == "" {
		return nothing
	}
	return s
}

func known(s string) string {
	if s == nothing {
		return ""
	}
	return s
}

var nameParts = []string{"FULL", "GIVEN", "MIDDLE", "FAMILY"}

func takeName(e entry) (Name, string) {
	n := Name{Part: e.words[2], Text: e.text}
	n.Kind, n.Script = code(n.Kind, e.words[0]), code(n.Script, e.words[1])
	if !n.Kind.Valid() || !n.Script.Valid() || !slices.Contains(nameParts, n.Part) {
		return n, "a name in it has no kind, script and part of the lists, as NICKNAME LAO FULL"
	}
	return n, reason(canon.Name(n.Text))
}

// code gives a word the type of a value set.
func code[T ~string](_ T, word string) T { return T(word) }

func listNames(names []Name) string {
	out := make([]entry, len(names))
	for i, n := range names {
		out[i] = entry{[]string{string(n.Kind), string(n.Script), n.Part}, n.Text}
	}
	return fold(out)
}

func takeDocument(e entry) (Document, string) {
	d := Document{Issued: known(e.words[1]), Number: e.text}
	if d.Kind = code(d.Kind, e.words[0]); !d.Kind.Valid() {
		return d, "a document in it is of no kind of the list, as PASSPORT"
	}
	if d.Issued != "" {
		c, ok := country(d.Issued)
		if !ok {
			return d, unknownCountry
		}
		d.Issued = c
	}
	return d, reason(canon.Name(d.Number))
}

func listDocuments(documents []Document) string {
	out := make([]entry, len(documents))
	for i, d := range documents {
		out[i] = entry{[]string{string(d.Kind), orNothing(d.Issued)}, d.Number}
	}
	return fold(out)
}

func takeNarrative(e entry) (Narrative, string) {
	n := Narrative{Kind: e.words[0], Language: known(e.words[1]), Text: e.text}
	if !slices.Contains([]string{"STATEMENT", "COMMENT", "CLOSURE"}, n.Kind) {
		return n, "a text in it is neither a STATEMENT nor a COMMENT nor a CLOSURE"
	}
	if n.Language != "" && !isLanguage(n.Language) {
		return n, unknownLanguage
	}
	return n, ""
}

func listNarratives(narratives []Narrative) string {
	out := make([]entry, len(narratives))
	for i, n := range narratives {
		out[i] = entry{[]string{n.Kind, orNothing(n.Language)}, n.Text}
	}
	return fold(out)
}

// references reads what a case was called elsewhere, separated by semicolons.
func references(r *Row, c cell, _ Options) string {
	for _, s := range strings.Split(c.text, ";") {
		if s = strings.TrimSpace(s); s == "" {
			continue
		}
		if wrong := reason(canon.Name(s)); wrong != "" {
			return wrong
		}
		r.EarlierReferences = append(r.EarlierReferences, s)
	}
	return ""
}
