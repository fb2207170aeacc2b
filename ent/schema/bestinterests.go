package schema

import (
	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"

	"github.com/sala-exchange/sala/ent/annotation"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
)

// BestInterestsContent is what is sealed of a decision in her best interests.
type BestInterestsContent struct {
	Options string `json:"options" meaning:"The options that were weighed (E5)."`
	Views   string `json:"views" meaning:"Her views, and how they were heard (E5)."`
	Reasons string `json:"reasons" meaning:"What was decided, and why (E5)."`
}

// PanelMember is one who sits on the panel of a determination.
type PanelMember struct {
	Agency string `json:"agency"`
	Member string `json:"member"`
}

// BestInterests is a decision in the best interests of a child, or of one who is
// incapable: an assessment, of case worker and supervisor, or a determination, of a panel
// (E5, C7). What it says to whom is a statement of the voice BEST_INTERESTS.
type BestInterests struct{ ent.Schema }

// Annotations of the BestInterests.
func (BestInterests) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entgql.Skip(entgql.SkipAll), entsql.Annotation{Table: "best_interests"},
		annotation.Category(category.Case), annotation.Sealed(BestInterestsContent{}),
		schema.Comment("A decision in the best interests of a child, or of one who is incapable: assessment or determination (E5, C7); never changed."),
	}
}

// Mixin of the BestInterests.
func (BestInterests) Mixin() []ent.Mixin { return []ent.Mixin{statedMixin{}} }

// Fields of the BestInterests.
func (BestInterests) Fields() []ent.Field {
	return []ent.Field{
		idOf("interests"),
		field.Enum("kind").GoType(valueset.BestInterestsKind("")).Immutable().Comment("Assessment or determination (E5)."),
		field.Enum("matter").GoType(valueset.BestInterestsMatter("")).Immutable().Comment("What it is about (E5)."),
		field.JSON("stands_for", []valueset.Voice{}).Immutable().Comment("In place of whose voices it counts: PERSON, CAREGIVER."),
		field.JSON("panel", []PanelMember{}).Optional().Immutable().Comment("Who sits on the panel, by agency and member (E5); none for an assessment."),
		sealedColumn(),
		field.Int64("decided_on").Immutable().Comment("When it was decided."),
		field.Int64("review_on").Immutable().Comment("When it is reviewed: until then it is valid (E5)."),
	}
}
