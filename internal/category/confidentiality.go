package category

import "io"

// Confidentiality is how careful one must be with what one was shown: HL7's security
// label of FHIR R5, system http://terminology.hl7.org/CodeSystem/v3-Confidentiality.
// Nothing about a case is less than restricted.
type Confidentiality string

// The words, with HL7's code. The zero value is no label: of what is about nobody's case.
const (
	Restricted     Confidentiality = "RESTRICTED"      // R
	VeryRestricted Confidentiality = "VERY_RESTRICTED" // V
)

// describing holds the categories that alone neither name nor find her, nor tell her
// story in her own words, nor accuse anybody.
var describing = SetOf(Case, Profile, Trafficking, Health, Assistance)

// Confidentiality is that of what holds these categories: the highest of theirs, and
// none for the empty set.
func (s Set) Confidentiality() Confidentiality {
	switch {
	case s == 0:
		return ""
	case s&^describing == 0:
		return Restricted
	}
	return VeryRestricted
}

// MarshalGQL writes the word.
func (c Confidentiality) MarshalGQL(w io.Writer) { writeWord(w, string(c)) }
