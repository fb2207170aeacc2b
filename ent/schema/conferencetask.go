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

// ConferenceTaskContent is what is sealed of a ConferenceTask.
type ConferenceTaskContent struct {
	Task string `json:"task" meaning:"What is to be done."`
}

// ConferenceTask is what a case conference gave somebody to do (D9).
type ConferenceTask struct{ ent.Schema }

// Annotations of the ConferenceTask.
func (ConferenceTask) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entgql.Skip(entgql.SkipAll), annotation.Category(category.Case), annotation.Sealed(ConferenceTaskContent{}),
		schema.Comment("What a case conference gave somebody to do, until when (D9)."),
	}
}

// Mixin of the ConferenceTask.
func (ConferenceTask) Mixin() []ent.Mixin { return []ent.Mixin{statedMixin{}} }

// Fields of the ConferenceTask.
func (ConferenceTask) Fields() []ent.Field {
	return []ent.Field{
		idOf("task"),
		field.String("conference_id").Immutable().Comment("The conference."),
		field.String("agency_id").Immutable().Comment("The agency that does it."),
		field.String("member_id").Immutable().Comment("The participant who does it."),
		sealedColumn(),
		field.Int64("due_on").Immutable().Comment("Until when."),
		field.Int64("done_on").Optional().Nillable().Comment("When it was done."),
		field.String("done_by").Default("").Comment("The member who said so."),
	}
}

// Indexes of the ConferenceTask.
func (ConferenceTask) Indexes() []ent.Index { return []ent.Index{index.Fields("conference_id")} }
