package schema

import (
	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"

	"github.com/sala-exchange/sala/ent/annotation"
	"github.com/sala-exchange/sala/internal/category"
)

// ConferenceContent is what is sealed of a Conference.
type ConferenceContent struct {
	Subject   string `json:"subject" meaning:"What it is about."`
	Decisions string `json:"decisions" meaning:"What was decided."`
}

// Conference is a case conference: agencies that may read the case for a purpose sit
// together (D9). It opens nothing: each sees what its own accesses open.
type Conference struct{ ent.Schema }

// Annotations of the Conference.
func (Conference) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entgql.Skip(entgql.SkipAll), annotation.Category(category.Case), annotation.Sealed(ConferenceContent{}),
		schema.Comment("A case conference of agencies that may read the case for a purpose (D9); it opens nothing."),
	}
}

// Mixin of the Conference.
func (Conference) Mixin() []ent.Mixin { return []ent.Mixin{statedMixin{}} }

// Fields of the Conference.
func (Conference) Fields() []ent.Field {
	return []ent.Field{
		idOf("conference"),
		field.Enum("purpose").GoType(category.Purpose("")).Immutable().Comment("For this purpose."),
		field.String("consent_id").Immutable().Comment("The statement that names its agencies."),
		field.JSON("participants", []PanelMember{}).Immutable().Comment("Who takes part, by agency and member."),
		field.JSON("agency_ids", []string{}).Immutable().Comment("The agencies that take part, that which calls it among them."),
		sealedColumn(),
		field.Int64("held_on").Immutable().Comment("When it is held."),
		field.Int64("concluded_on").Optional().Nillable().Comment("When its decisions were recorded."),
	}
}
