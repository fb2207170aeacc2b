package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"

	"github.com/sala-exchange/sala/ent/annotation"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
)

// Trafficking is what was done to the person: recruitment, control, exploitation.
// A person trafficked again has another row (A5).
type Trafficking struct{ ent.Schema }

// Annotations of the Trafficking.
func (Trafficking) Annotations() []schema.Annotation {
	return []schema.Annotation{
		annotation.Category(category.Trafficking),
		schema.Comment("What was done to the person: recruitment, control, exploitation."),
	}
}

// Mixin of the Trafficking.
func (Trafficking) Mixin() []ent.Mixin { return []ent.Mixin{partMixin{back: "traffickings"}} }

// Fields of the Trafficking.
func (Trafficking) Fields() []ent.Field {
	return []ent.Field{
		idOf("trafficking"),
		field.Enum("status").GoType(valueset.TraffickingStatus("")).Optional().Nillable().Comment("Determination.").
			Annotations(annotation.HTCDS("vic_TraffickingStatus")),
		field.Enum("decided_by").GoType(valueset.DecisionMaker("")).Optional().Nillable().Comment("Kind of body that determined it.").
			Annotations(annotation.HTCDS("vic_TraffickingStatusDecisionMakingOrg")),
		field.Enum("relationship_to_trafficker").GoType(valueset.RelationshipToTrafficker("")).Optional().Nillable().
			Comment("Relationship to the trafficker.").Annotations(annotation.HTCDS("vic_RelationshipToTrafficker")),
		field.Int("age_when_trafficked").Optional().Nillable().Comment("Whole years at the first trafficking.").
			Annotations(annotation.HTCDS("vic_AgeWhenTrafficked")),
		field.JSON("recruitment_websites", []valueset.Website{}).Optional().Comment("Websites and apps of the recruitment.").
			Annotations(annotation.HTCDS("vic_RecruitmentWebsitesAndApps")),
		field.JSON("recruitment_methods", []valueset.RecruitmentMethod{}).Optional().Comment("Methods of recruitment.").
			Annotations(annotation.HTCDS("vic_MethodOfRecruitment")),
		field.String("recruitment_place").Optional().Sensitive().Comment("Where she was recruited, as written.").
			Annotations(annotation.HTCDS("vic_LocationOfRecruitment")),
		field.JSON("control_methods", []valueset.ControlMethod{}).Optional().Comment("Methods of control.").
			Annotations(annotation.HTCDS("vic_MethodsOfControl")),
		field.JSON("exploitation_types", []valueset.Exploitation{}).Optional().Comment("Types of exploitation; x_ values go beyond HTCDS (G2).").
			Annotations(annotation.HTCDS("vic_TypeOfExploitation")),
		field.JSON("industries", []valueset.Industry{}).Optional().Comment("Industries of forced labour (ISIC Rev. 4 sections).").
			Annotations(annotation.HTCDS("vic_ForcedLabourIndustry")),
		field.JSON("sex_exploitation_types", []valueset.SexExploitation{}).Optional().Comment("Types of sexual exploitation.").
			Annotations(annotation.HTCDS("vic_TypeOfSexExploitation")),
		field.JSON("exploitation_websites", []valueset.Website{}).Optional().Comment("Websites and apps of the exploitation.").
			Annotations(annotation.HTCDS("vic_ExploitationWebsitesAndApps")),
		field.Enum("place_kind").GoType(valueset.PlaceKind("")).Optional().Nillable().Comment("Kind of place of the exploitation (G2)."),
		field.String("exploitation_place").Optional().Sensitive().Comment("Where she was exploited, as written.").
			Annotations(annotation.HTCDS("vic_LocationOfExploitation")),
		field.String("exploitation_country").Optional().Comment("Country where she was exploited, ISO 3166 alpha-2."),
	}
}
