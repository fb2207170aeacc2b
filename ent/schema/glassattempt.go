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

// GlassAttempt is that a member tried to open a case by break-glass (F3). One that opened
// nothing names nothing: whether there is such a case, or it is locked, is not to be had
// from here either.
type GlassAttempt struct{ ent.Schema }

// Annotations of the GlassAttempt.
func (GlassAttempt) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entgql.Skip(entgql.SkipAll), annotation.Class(category.Agency),
		schema.Comment("That a member tried to open a case by break-glass (F3); never changed."),
	}
}

// Fields of the GlassAttempt.
func (GlassAttempt) Fields() []ent.Field {
	return []ent.Field{
		idOf("attempt"),
		field.String("agency_id").Immutable().Comment("The agency of whoever tried."),
		field.String("member_id").Immutable().Comment("Who tried."),
		field.Int64("attempted_on").Immutable().Comment("When."),
		field.Enum("outcome").GoType(valueset.GlassOutcome("")).Immutable().Comment("What it came to."),
		field.String("case_id").Default("").Immutable().Comment("The case that was opened, or whose refusal was shown; empty for every other attempt."),
		field.String("glass_id").Default("").Immutable().Comment("The break-glass that it became; empty where it became none."),
		field.String("confirms_id").Default("").Immutable().Comment("The attempt at which a refusal was shown and which this one confirms; empty for none."),
	}
}

// Indexes of the GlassAttempt.
func (GlassAttempt) Indexes() []ent.Index {
	return []ent.Index{index.Fields("member_id", "attempted_on"), index.Fields("case_id")}
}
