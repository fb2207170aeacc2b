package schema

import (
	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/sala-exchange/sala/ent/annotation"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
)

// GlassReview is what is left to do after a break-glass: that somebody of the owning
// agency reviews it, and that the person is told (F3).
type GlassReview struct{ ent.Schema }

// Annotations of the GlassReview.
func (GlassReview) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entgql.Skip(entgql.SkipAll), annotation.Category(category.Case),
		schema.Comment("What is left to do after a break-glass: its review by the owning agency, and that the person is told (F3)."),
	}
}

// Fields of the GlassReview.
func (GlassReview) Fields() []ent.Field {
	return []ent.Field{
		idOf("review"),
		field.String("case_id").Immutable().Comment("The case that was opened."),
		field.String("glass_id").Immutable().Comment("The break-glass."),
		field.String("agency_id").Immutable().Comment("The agency that owned the case then."),
		field.Int64("due_on").Immutable().Comment("Until when it is reviewed: 72 hours (F3)."),
		field.Enum("verdict").GoType(valueset.GlassVerdict("")).Optional().Nillable().Comment("What the review came to."),
		field.Int64("reviewed_on").Optional().Nillable().Comment("When it was reviewed."),
		field.String("reviewed_by").Optional().Nillable().Comment("The member of the owning agency who reviewed it: never its user."),
		field.Int64("told_on").Optional().Nillable().Comment("When the person was told, at a safe contact (F3)."),
		field.String("told_by").Optional().Nillable().Comment("The member who told her, or had her told."),
		field.Int64("overdue_told_on").Optional().Nillable().Comment("When the oversight panel was told that it is overdue (F3, F5)."),
	}
}

// Indexes of the GlassReview: one a break-glass.
func (GlassReview) Indexes() []ent.Index {
	return []ent.Index{index.Fields("glass_id").Unique(), index.Fields("case_id"), index.Fields("reviewed_on", "due_on")}
}
