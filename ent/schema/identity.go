package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"

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

// Identity is who the person is: names, exact birth date, documents.
type Identity struct{ ent.Schema }

// Annotations of the Identity.
func (Identity) Annotations() []schema.Annotation {
	return []schema.Annotation{
		annotation.Category(category.Identity),
		schema.Comment("Who the person is: names, exact birth date, documents."),
	}
}

// Mixin of the Identity.
func (Identity) Mixin() []ent.Mixin { return []ent.Mixin{partMixin{back: "identities", single: true}} }

// Fields of the Identity.
func (Identity) Fields() []ent.Field {
	return []ent.Field{
		idOf("identity"),
		field.JSON("names", []Name{}).Sensitive().Comment("Names as written, each with kind and script (I4).").
			Annotations(annotation.HTCDS("prs_FirstName, prs_MiddleName, prs_SecondName")),
		field.String("salutation").Optional().Sensitive().Comment("Salutation.").Annotations(annotation.HTCDS("prs_Salutation")),
		field.String("title").Optional().Sensitive().Comment("Position in an organisation.").Annotations(annotation.HTCDS("prs_Title")),
		field.String("birth_text").Optional().Sensitive().Comment("Birth date as written (I3).").Annotations(annotation.HTCDS("prs_Birthdate")),
		field.Enum("birth_calendar").GoType(valueset.Calendar("")).Optional().Nillable().Comment("Calendar of the written date (I3)."),
		field.Enum("birth_precision").GoType(valueset.Precision("")).Optional().Nillable().Comment("How much of the date is known (I3)."),
		field.JSON("birth", &Birth{}).Optional().Sensitive().Comment("Gregorian year, month and day; zero where unknown (E1)."),
		field.Enum("age_basis").GoType(valueset.AgeBasis("")).Optional().Nillable().Comment("What the age rests on (E1)."),
		field.JSON("documents", []Document{}).Optional().Sensitive().Comment("Papers that name her (I4).").
			Annotations(annotation.HTCDS("prs_IdentityNumber")),
		field.JSON("parents_names", []Name{}).Optional().Sensitive().Comment("Names of her parents, as written (I4)."),
	}
}
