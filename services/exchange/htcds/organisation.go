package htcds

import (
	"slices"

	"github.com/sala-exchange/sala/internal/valueset"
)

// OrganisationType is the category of an organisation in the standard (org_Type).
type OrganisationType string

// organisationTypes are the standard's values, with the kinds of agency that are
// each. Shelters, unions, trade unions, international organisations and regional
// counterparts have no value of the standard: it would be guessed.
var organisationTypes = []struct {
	code  OrganisationType
	label string
	kinds []valueset.AgencyKind
}{
	{"NGO", "NGO", []valueset.AgencyKind{valueset.AgencyKindNGO}},
	{"LawEnforcement", "Law Enforcement", []valueset.AgencyKind{valueset.AgencyKindPolice}},
	{"HealthServiceOrganisation", "Health Service Organisation", []valueset.AgencyKind{valueset.AgencyKindHealth}},
	{"CentralGovernmentOrganisation", "Central Government Organisation", []valueset.AgencyKind{
		valueset.AgencyKindMinistry, valueset.AgencyKindLabourInspection, valueset.AgencyKindConsular, valueset.AgencyKindCoordinationBody,
	}},
	{"LocalGovernmentOrganisation", "Local Government Organisation", nil},
	{"ImmigrationService", "Immigration Service", []valueset.AgencyKind{valueset.AgencyKindImmigrationOrBorder}},
	{"LegalService", "Legal Service", []valueset.AgencyKind{
		valueset.AgencyKindLegalAid, valueset.AgencyKindProsecutor, valueset.AgencyKindCourt,
	}},
	{"CorporateBusiness", "Corporate Business", nil},
	{"SchoolOrCollege", "School or College", nil},
}

// TypeOf is the standard's category for a kind of agency, "" where it has none.
func TypeOf(k valueset.AgencyKind) OrganisationType {
	for _, t := range organisationTypes {
		if slices.Contains(t.kinds, k) {
			return t.code
		}
	}
	return ""
}

// Kinds are the kinds of agency that may be of the category: those that are, and those
// of which the standard cannot tell.
func (t OrganisationType) Kinds() []valueset.AgencyKind {
	var out []valueset.AgencyKind
	for _, k := range valueset.AgencyKind("").Values() {
		if of := TypeOf(valueset.AgencyKind(k)); of == t || of == "" {
			out = append(out, valueset.AgencyKind(k))
		}
	}
	return out
}

// Values lists the standard's values.
func (OrganisationType) Values() []string {
	out := make([]string, len(organisationTypes))
	for i, t := range organisationTypes {
		out[i] = string(t.code)
	}
	return out
}

// Label is the standard's label, "" for an unknown value.
func (t OrganisationType) Label() string {
	for _, known := range organisationTypes {
		if known.code == t {
			return known.label
		}
	}
	return ""
}
