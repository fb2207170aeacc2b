// Package category holds the classes of data that Sala shares or withholds as a
// whole (rules.md B), and the purposes for which somebody asks (rules.md C).
//
// It promises that the zero value of every type means "nothing": an empty Set
// opens nothing and an unknown word is an error. It decides nothing; policy does.
package category

import (
	"fmt"
	"io"
	"math/bits"
	"strconv"
)

// Category is a class of data about one person's case.
type Category string

// The categories of rules.md B. Case is the bare existence of the case; it is
// never named by a consent, an agreement or a referral (B5).
const (
	Case             Category = "CASE"
	Identity         Category = "IDENTITY"
	Contact          Category = "CONTACT"
	Whereabouts      Category = "WHEREABOUTS"
	Profile          Category = "PROFILE"
	Family           Category = "FAMILY"
	Trafficking      Category = "TRAFFICKING"
	Protection       Category = "PROTECTION"
	Health           Category = "HEALTH"
	HealthRestricted Category = "HEALTH_RESTRICTED"
	Assistance       Category = "ASSISTANCE"
	Justice          Category = "JUSTICE"
	Suspect          Category = "SUSPECT"
	Narrative        Category = "NARRATIVE"
)

var ordered = []Category{
	Case, Identity, Contact, Whereabouts, Profile, Family, Trafficking,
	Protection, Health, HealthRestricted, Assistance, Justice, Suspect, Narrative,
}

// All returns the categories in their fixed order, Case first.
func All() []Category { return append([]Category(nil), ordered...) }

// Shareable returns the categories that a consent, an agreement or a referral
// may name: all but Case (B5).
func Shareable() []Category { return append([]Category(nil), ordered[1:]...) }

// Bit returns the category's one-bit Set, or the empty Set for an unknown word.
func (c Category) Bit() Set {
	for i, o := range ordered {
		if o == c {
			return 1 << i
		}
	}
	return 0
}

// Valid reports whether c is one of the categories.
func (c Category) Valid() bool { return c.Bit() != 0 }

// Values lists the words, for the stored model and the API.
func (Category) Values() []string { return words(ordered) }

// MarshalGQL writes the word as a GraphQL enum value.
func (c Category) MarshalGQL(w io.Writer) { writeWord(w, string(c)) }

// UnmarshalGQL reads the word; an unknown one is an error that does not repeat it.
func (c *Category) UnmarshalGQL(v any) error {
	s, ok := v.(string)
	if !ok || !Category(s).Valid() {
		return fmt.Errorf("not a category")
	}
	*c = Category(s)
	return nil
}

// Set is a set of categories, one bit each in the order of All. It fits in 14
// bits; the zero Set is empty.
type Set int64

// SetOf returns the set of the given categories; unknown words are left out.
func SetOf(cs ...Category) Set {
	var s Set
	for _, c := range cs {
		s |= c.Bit()
	}
	return s
}

// Has reports whether c is in s. It is false for an unknown category.
func (s Set) Has(c Category) bool { return s&c.Bit() != 0 }

// Len returns how many categories s holds.
func (s Set) Len() int { return bits.OnesCount64(uint64(s)) }

// List returns the categories of s in the order of All.
func (s Set) List() []Category {
	out := []Category{}
	for _, c := range ordered {
		if s.Has(c) {
			out = append(out, c)
		}
	}
	return out
}

// Class says whose concern an entity is that belongs to no person's case.
type Class string

// The classes of rules.md B.
const (
	Platform   Class = "PLATFORM"
	Agency     Class = "AGENCY"
	Parties    Class = "PARTIES"
	Operations Class = "OPERATIONS"
)

// Purpose is why somebody asks (rules.md C).
type Purpose string

// The purposes of rules.md C. Statistics and Oversight never open a case.
const (
	Identification Purpose = "IDENTIFICATION"
	ForProtection  Purpose = "PROTECTION"
	ForAssistance  Purpose = "ASSISTANCE"
	Return         Purpose = "RETURN"
	Tracing        Purpose = "TRACING"
	ForJustice     Purpose = "JUSTICE"
	LegalAid       Purpose = "LEGAL_AID"
	Statistics     Purpose = "STATISTICS"
	Oversight      Purpose = "OVERSIGHT"
)

var purposes = []Purpose{
	Identification, ForProtection, ForAssistance, Return, Tracing, ForJustice,
	LegalAid, Statistics, Oversight,
}

// Purposes returns all purposes in their fixed order.
func Purposes() []Purpose { return append([]Purpose(nil), purposes...) }

// Valid reports whether p is one of the purposes.
func (p Purpose) Valid() bool {
	for _, o := range purposes {
		if o == p {
			return true
		}
	}
	return false
}

// OpensCase reports whether a case may be opened for p at all (rules.md C).
func (p Purpose) OpensCase() bool { return p.Valid() && p != Statistics && p != Oversight }

// Values lists the words, for the stored model and the API.
func (Purpose) Values() []string { return words(purposes) }

// MarshalGQL writes the word as a GraphQL enum value.
func (p Purpose) MarshalGQL(w io.Writer) { writeWord(w, string(p)) }

// UnmarshalGQL reads the word; an unknown one is an error that does not repeat it.
func (p *Purpose) UnmarshalGQL(v any) error {
	s, ok := v.(string)
	if !ok || !Purpose(s).Valid() {
		return fmt.Errorf("not a purpose")
	}
	*p = Purpose(s)
	return nil
}

func words[T ~string](in []T) []string {
	out := make([]string, len(in))
	for i, v := range in {
		out[i] = string(v)
	}
	return out
}

func writeWord(w io.Writer, s string) { _, _ = io.WriteString(w, strconv.Quote(s)) }
