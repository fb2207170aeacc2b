package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"

	"github.com/sala-exchange/sala/ent/annotation"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
)

// Profile is what describes the person without naming her.
type Profile struct{ ent.Schema }

// Annotations of the Profile.
func (Profile) Annotations() []schema.Annotation {
	return []schema.Annotation{
		annotation.Category(category.Profile),
		schema.Comment("What describes the person without naming her."),
	}
}

// Mixin of the Profile.
func (Profile) Mixin() []ent.Mixin { return []ent.Mixin{partMixin{back: "profiles", single: true}} }

// Fields of the Profile.
func (Profile) Fields() []ent.Field {
	return []ent.Field{
		idOf("profile"),
		field.Enum("sex").GoType(valueset.Sex("")).Optional().Nillable().Comment("Sex; not gender (B4)."),
		field.Enum("gender").GoType(valueset.Gender("")).Optional().Nillable().Comment("Gender; not sex (B4).").
			Annotations(annotation.HTCDS("prs_Gender")),
		field.Int("birth_year_earliest").Optional().Nillable().Comment("Earliest possible year of birth (E1)."),
		field.Int("birth_year_latest").Optional().Nillable().Comment("Latest possible year of birth (E1)."),
		field.JSON("citizenships", []string{}).Optional().Comment("Countries, ISO 3166 alpha-2.").Annotations(annotation.HTCDS("prs_Citizenship")),
		field.Enum("marital_status").GoType(valueset.MaritalStatus("")).Optional().Nillable().Comment("Marital status.").
			Annotations(annotation.HTCDS("prs_MaritalStatus")),
		field.Int("number_of_children").Optional().Nillable().Comment("Number of children.").Annotations(annotation.HTCDS("prs_NumberOfChildren")),
		field.Enum("education").GoType(valueset.Education("")).Optional().Nillable().Comment("Highest level of education (ISCED 2011).").
			Annotations(annotation.HTCDS("prs_HighestLevelOfEducation")),
		field.String("primary_language").Optional().Comment("Language, ISO 639.").Annotations(annotation.HTCDS("prs_PrimaryLanguage")),
		field.String("secondary_language").Optional().Comment("Language, ISO 639.").Annotations(annotation.HTCDS("prs_SecondaryLanguage")),
		field.String("interpreter_language").Optional().Comment("Language in which an interpreter is needed, ISO 639."),
		field.String("accessibility_needs").Optional().Comment("What she needs to take part: ramp, sign language, large print."),
		field.Bool("deceased").Optional().Nillable().Comment("Known to be dead (C7).").Annotations(annotation.HTCDS("prs_Deceased")),
	}
}
