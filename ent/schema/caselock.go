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

// CaseLock is that no break-glass opens a case: from when it was locked by a supervisor of
// its owner until it is unlocked (F3).
type CaseLock struct{ ent.Schema }

// Annotations of the CaseLock.
func (CaseLock) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entgql.Skip(entgql.SkipAll), annotation.Category(category.Case),
		schema.Comment("That no break-glass opens a case, from when a supervisor of its owner locked it until it is unlocked (F3)."),
	}
}

// Fields of the CaseLock.
func (CaseLock) Fields() []ent.Field {
	return []ent.Field{
		idOf("lock"),
		field.String("case_id").Immutable().Comment("The case."),
		field.String("agency_id").Immutable().Comment("The agency that owned the case when it was locked."),
		field.Int64("locked_on").Immutable().Comment("Since when."),
		field.String("locked_by").Immutable().Comment("The supervisor who locked it."),
		field.Int64("unlocked_on").Optional().Nillable().Comment("Until when; empty while it is locked."),
		field.String("unlocked_by").Optional().Nillable().Comment("The supervisor who unlocked it."),
	}
}

// Indexes of the CaseLock.
func (CaseLock) Indexes() []ent.Index { return []ent.Index{index.Fields("case_id")} }
