package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"

	"github.com/sala-exchange/sala/ent/annotation"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
)

// Name is one of a person's names as written (I4); no surname is required.
type Name struct {
	Text   string            `json:"text"`
	Kind   valueset.NameKind `json:"kind"`
	Script valueset.Script   `json:"script"`
	// Part says which part of a name in an HTCDS file the text stood in: FULL,
	// GIVEN, MIDDLE or FAMILY.
	Part string `json:"part"`
}

// Document is a paper that names the person (I4).
type Document struct {
	Kind   valueset.DocumentKind `json:"kind"`
	Number string                `json:"number"`
	Issued string                `json:"issued"` // country, ISO 3166 alpha-2
}

// Birth is a Gregorian date of birth of which parts may be unknown (zero).
type Birth struct {
	Year  int `json:"year"`
	Month int `json:"month"`
	Day   int `json:"day"`
}

// IdentityContent is what is sealed of an Identity.
type IdentityContent struct {
	Names          []Name              `json:"names" htcds:"prs_FirstName, prs_MiddleName, prs_SecondName" meaning:"Names as written, each with kind and script (I4)."`
	Salutation     string              `json:"salutation" htcds:"prs_Salutation" meaning:"Salutation."`
	Title          string              `json:"title" htcds:"prs_Title" meaning:"Position in an organisation."`
	BirthText      string              `json:"birth_text" htcds:"prs_Birthdate" meaning:"Birth date as written (I3)."`
	BirthCalendar  *valueset.Calendar  `json:"birth_calendar" meaning:"Calendar of the written date (I3)."`
	BirthPrecision *valueset.Precision `json:"birth_precision" meaning:"How much of the date is known (I3)."`
	Birth          *Birth              `json:"birth" meaning:"Gregorian year, month and day; zero where unknown (E1)."`
	AgeBasis       *valueset.AgeBasis  `json:"age_basis" meaning:"What the age rests on (E1)."`
	Documents      []Document          `json:"documents" htcds:"prs_IdentityNumber" meaning:"Papers that name her (I4)."`
	ParentsNames   []Name              `json:"parents_names" meaning:"Names of her parents, as written (I4)."`
}

// Identity is who the person is: names, exact birth date, documents.
type Identity struct{ ent.Schema }

// Annotations of the Identity.
func (Identity) Annotations() []schema.Annotation {
	return []schema.Annotation{
		annotation.Category(category.Identity),
		annotation.Sealed(IdentityContent{}),
		schema.Comment("Who the person is: names, exact birth date, documents."),
	}
}

// Mixin of the Identity.
func (Identity) Mixin() []ent.Mixin { return []ent.Mixin{partMixin{back: "identities", single: true}} }

// Fields of the Identity.
func (Identity) Fields() []ent.Field { return []ent.Field{idOf("identity"), sealedColumn()} }
