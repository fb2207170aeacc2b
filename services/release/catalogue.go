package release

import (
	"slices"
	"strings"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/anonymity/hierarchy"
)

// The units that are counted.
const (
	UnitCase     = "CASE"     // one person, one case (A5)
	UnitReferral = "REFERRAL" // one referral of each person, drawn by chance
)

// column is what the catalogue knows of a releasable column.
type column struct {
	name, title, says string
	units             []string
	// from names the column of release_rows; derive makes the value of it.
	from   string
	derive func(value string) string
	// sensitive: nobody should learn it of a person. Others may be known to a neighbour.
	sensitive bool
	// young: it tells children apart; health: it tells of health. Both ask for k of 20 (J1).
	young, health bool
	// levels generalise it, for pooling; nil where it is not pooled.
	levels func() (hierarchy.Hierarchy, error)
}

// unitProceeding is of series alone: proceedings and accused (J4).
const unitProceeding = "PROCEEDING"

var both = []string{UnitCase, UnitReferral}

func plain(name, title, says string, units ...string) column {
	return column{name: name, title: title, says: says, from: name, units: units}
}

func (c column) hidden() column { c.sensitive = true; return c }

func (c column) tellsChildren() column { c.young = true; return c }

func (c column) tellsHealth() column { c.health = true; return c }

func (c column) of(from string, derive func(string) string) column {
	c.from, c.derive = from, derive
	return c
}

func (c column) by(levels func() (hierarchy.Hierarchy, error)) column { c.levels = levels; return c }

// years are pooled by two, then by ten, then all.
func years() (hierarchy.Hierarchy, error) { return hierarchy.Widths(2, 10) }

func countries() (hierarchy.Hierarchy, error) { return hierarchy.Countries(), nil }

// anyOf is "1" where one of the words stands in a list of words, blank where none is known
// or none of these: a blank is no information, never "no".
func anyOf(words ...string) func(string) string {
	return func(value string) string {
		for _, w := range strings.Fields(value) {
			if slices.Contains(words, w) {
				return "1"
			}
		}
		return ""
	}
}

// among maps single words; what is not named is blank.
func among(to map[string]string) func(string) string {
	return func(value string) string { return to[value] }
}

// form says of a list of kinds of exploitation which form it is, so that forms add up.
func form(value string) string {
	words := strings.Fields(value)
	labour := slices.ContainsFunc(words, func(w string) bool {
		return slices.Contains([]string{"ForcedLabour", "ChildLabour", "Servitude", "ForcedBegging", "x_ForcedCriminality", "x_OnlineScam"}, w)
	})
	sexual := slices.Contains(words, "SexualExploitation")
	marriage := slices.Contains(words, "ForcedMarriage") || slices.Contains(words, "x_MarriageByDeception")
	switch {
	case len(words) == 0:
		return ""
	case labour && sexual:
		return "LABOUR_AND_SEXUAL"
	case labour:
		return "LABOUR"
	case sexual:
		return "SEXUAL"
	case marriage:
		return "MARRIAGE"
	}
	return "OTHER"
}

// catalogue lists what may be released, in the order in which it is documented.
var catalogue = slices.Concat(common, ctdc)

var common = []column{
	plain("year", "Year", "year in which the agency's work for the person began, or else was registered; of a referral, in which it was offered", both...).by(years),
	plain("quarter", "Quarter", "the same by quarter", both...),
	plain("kind", "Kind of case", "presumed or identified victim, vulnerable or smuggled migrant, child at risk, other (G3)", both...),
	plain("state", "State of the case", "state of the work on the day of the build (I1)", UnitCase),
	plain("owner_kind", "Kind of agency", "kind of the agency that owns the case (I7)", both...),
	plain("sex", "Sex", "sex, not gender (B4)", UnitCase),
	plain("gender", "Gender", "gender, not sex (B4)", UnitCase),
	plain("age_group", "Age group", "age in whole years at the reference date: 0-11, 12-17, 18-34, 35-59, 60+; blank where the bounds that are known lie in several", UnitCase).tellsChildren(),
	plain("majority", "Child or adult", "under 18 at the reference date, or not", UnitCase).tellsChildren(),
	plain("citizenship", "Citizenship", "country, ISO 3166-1 alpha-2; blank where there are several", UnitCase).by(countries),
	plain("marital_status", "Marital status", "marital status", UnitCase),
	plain("education", "Education", "highest level of education (ISCED 2011)", UnitCase),
	plain("trafficking_status", "Determination", "possible, actual or no victim of trafficking", UnitCase).hidden(),
	plain("place_kind", "Kind of place", "kind of place of the exploitation (G2)", UnitCase).hidden(),
	plain("destination", "Country of exploitation", "country where she was exploited, ISO 3166-1 alpha-2; blank where there are several, or only the place as written", UnitCase).of("exploitation_country", nil).by(countries),
	plain("exploitation_form", "Form of exploitation", "labour, sexual, both, marriage or other", UnitCase).of("exploitation", form).hidden(),
	plain("service", "Service", "service that the referral asks for (D1)", UnitReferral).tellsHealth(),
	plain("urgency", "Urgency", "urgency of the referral", UnitReferral),
	plain("referral_state", "State of the referral", "offered, accepted, declined, completed and so on (D3)", UnitReferral),
	plain("outcome", "Outcome", "outcome of a completed referral", UnitReferral),
	plain("reply", "Time to acceptance", "within a day, within 7 days, later; blank where it was not accepted", UnitReferral),
	plain("to_kind", "Kind of receiver", "kind of the agency that the referral asks", UnitReferral),
}

// ctdc are the variables of CTDC's Global Synthetic Dataset (v2024) that have a source.
var ctdc = []column{
	plain("yearOfRegistration", "Year of registration", "the year of the reference date", UnitCase).of("year", nil).by(years),
	plain("ctdcGender", "Gender", "Man, Woman or Trans/Transgender/NonConforming", UnitCase).of("gender", among(map[string]string{
		"Masculine": "Man", "Feminine": "Woman", "TransgenderFeminine": "Trans/Transgender/NonConforming",
		"TransgenderMasculine": "Trans/Transgender/NonConforming", "NonConforming": "Trans/Transgender/NonConforming",
	})),
	plain("ageBroad", "Age", "age at the reference date in CTDC's bands: 0-8, 9-17, 18-20, 21-23, 24-26, 27-29, 30-38, 39-47, 48+", UnitCase).of("age_broad", nil).tellsChildren(),
	plain("CountryOfExploitation", "Country of exploitation", "country where she was exploited, ISO 3166-1 alpha-2; blank where there are several, or only the place as written", UnitCase).of("exploitation_country", nil).by(countries),
	indicator("meansDebtBondageEarnings", "control", "DebtBondage", "TakesEarnings"),
	indicator("meansThreats", "control", "PhysicalThreats", "ThreatsLawEnforcement", "ThreatensChildrenFamily"),
	indicator("meansAbusePsyPhySex", "control", "PsychologicalAbuse", "PhysicalAbuse", "SexualAbuse"),
	indicator("meansFalsePromises", "control", "FalsePromises"),
	indicator("meansDrugsAlcohol", "control", "PsychoactiveSubstance"),
	indicator("meansDenyBasicNeeds", "control", "RestrictsFinancialAccess", "RestrictsMedicalCare", "WithholdsNecessities"),
	indicator("meansExcessiveWorkHours", "control", "ExcessiveWorkingHours"),
	indicator("meansWithholdDocs", "control", "WithholdsDocuments"),
	indicator("isForcedLabour", "exploitation", "ForcedLabour", "ChildLabour", "Servitude"),
	indicator("isSexualExploit", "exploitation", "SexualExploitation"),
	indicator("isOtherExploit", "exploitation", "ForcedMarriage", "ForcedMilitaryByNonStateActors", "OrganRemoval", "ForcedBegging", "ForcedAdoption",
		"Surrogacy", "Other", "x_ForcedCriminality", "x_OnlineScam", "x_MarriageByDeception"),
	indicator("typeOfLabourConstruction", "industries", "F_Construction"),
	indicator("typeOfLabourDomesticWork", "industries", "T_ActivitiesOfHouseholdsAsEmployers"),
	indicator("typeOfLabourHospitality", "industries", "I_AccommodationAndFoodServiceActivities"),
	indicator("typeOfSexProstitution", "sex_exploitation", "Prostitution"),
	indicator("typeOfSexPornography", "sex_exploitation", "Pornography"),
	indicator("recruiterRelationFamily", "relationship", "Familial"),
}

func indicator(name, from string, words ...string) column {
	return plain(name, name, "1 where recorded: "+strings.Join(words, ", ")+"; blank is no information, not no", UnitCase).of(from, anyOf(words...)).hidden()
}

// missing are columns that somebody may well ask for and that have no source yet.
var missing = map[string]string{
	"origin_region":                    "the province of origin is recorded nowhere outside her address",
	"traffickMonths":                   "how long it lasted is not recorded",
	"typeOfLabourAgriculture":          "industries are recorded by ISIC section, which joins farming with forestry and fishing",
	"recruiterRelationFriend":          "relationships are recorded as familial, acquainted or unacquainted alone",
	"recruiterRelationOther":           "relationships are recorded as familial, acquainted or unacquainted alone",
	"recruiterRelationIntimatePartner": "relationships are recorded as familial, acquainted or unacquainted alone",
	"proceeding_stage":                 "proceedings are sealed: enter the authority's own counts as a series (J4)",
	"offence":                          "proceedings are sealed: enter the authority's own counts as a series (J4)",
	"health":                           "health is sealed",
}

// identifying and written are words of columns that are refused whatever they hold: what
// names a person or reaches her, and free text.
var (
	identifying = []string{"name", "reference", "birth", "phone", "address", "email", "passport", "document", "contact", "whereabouts", "person", "case_id", "subject", "id"}
	written     = []string{"narrative", "text", "note", "statement", "place", "objectives", "plan", "programme", "provider", "needs"}
)

// releasable finds a column by its name, or says why there is none.
func releasable(name, unit string) (*column, error) {
	i := slices.IndexFunc(catalogue, func(c column) bool { return c.name == name })
	if i >= 0 {
		if !slices.Contains(catalogue[i].units, unit) {
			return nil, errs.New(errs.Invalid, "column %s is not of the unit %s", name, unit).WithFields(name)
		}
		return &catalogue[i], nil
	}
	if why, ok := missing[name]; ok {
		return nil, errs.New(errs.Conflict, "column %s has no source yet: %s", name, why).WithFields(name)
	}
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r == '_' || r == '-' })
	for _, w := range append(words, strings.ToLower(name)) {
		switch {
		case slices.Contains(identifying, w):
			return nil, errs.New(errs.Invalid, "column %s is a direct identifier, or leads to one: it is never released", name).WithFields(name)
		case slices.Contains(written, w):
			return nil, errs.New(errs.Invalid, "column %s is free text, or made of it: it is never released", name).WithFields(name)
		}
	}
	return nil, errs.New(errs.Invalid, "there is no releasable column of the name %s: `sala release plan` lists those there are", name).WithFields(name)
}
