package schema

import (
	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/sala-exchange/sala/ent/annotation"
	"github.com/sala-exchange/sala/internal/category"
)

// Assignment says which member, team or unit of an agency works on a case (D5).
type Assignment struct{ ent.Schema }

// Annotations of the Assignment.
func (Assignment) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entgql.Skip(entgql.SkipAll), annotation.Class(category.Agency),
		schema.Comment("Which member, team or unit of an agency works on a case (D5); its own agency alone sees it."),
	}
}

// Fields of the Assignment.
func (Assignment) Fields() []ent.Field {
	return []ent.Field{
		idOf("assignment"),
		field.String("case_id").Immutable().Comment("The case."),
		field.String("agency_id").Immutable().Comment("The agency of whom it names."),
		field.String("member_id").Immutable().Comment("The member, team or unit that is assigned."),
		field.Int64("since").Immutable().Comment("Since when."),
		field.Int64("ended_on").Optional().Nillable().Comment("When it ended; empty while it lasts."),
	}
}

// Indexes of the Assignment.
func (Assignment) Indexes() []ent.Index { return []ent.Index{index.Fields("case_id", "agency_id")} }
