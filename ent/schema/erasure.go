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

// Erasure is the decision to erase a person, or the row of one cleared suspect (B2): asked
// for by one, confirmed by another, to be stopped for a time, then carried out (H4). It
// outlives the case and the row, and holds nothing about anybody.
type Erasure struct{ ent.Schema }

// Annotations of the Erasure.
func (Erasure) Annotations() []schema.Annotation {
	return []schema.Annotation{
		annotation.Class(category.Agency), entgql.RelayConnection(),
		schema.Comment("The decision of two people to erase a person, or the row of one cleared suspect, which can be stopped for a time (H4, B2)."),
	}
}

// Fields of the Erasure.
func (Erasure) Fields() []ent.Field {
	return []ent.Field{
		idOf("erasure"),
		field.String("agency_id").Immutable().Comment("The agency that owns the case, or recorded the suspect's row."),
		field.String("case_id").Immutable().Comment("The case to be erased, or that the row is of; a random id, gone once the case is."),
		field.String("suspect_id").Default("").Immutable().Comment("The cleared suspect's row to be erased alone (B2), a random id, gone once it is; empty where the whole case is."),
		field.String("reference").Optional().Comment("Its spoken reference; emptied once it is erased."),
		field.String("asked_by").Immutable().Comment("The member who asked for it."),
		field.Int64("asked_on").Immutable().Comment("When.").Annotations(entgql.OrderField("ASKED_ON")),
		field.String("confirmed_by").Optional().Comment("The other member, who confirmed it."),
		field.Int64("confirmed_on").Optional().Nillable().Comment("When."),
		field.Int64("due_on").Optional().Nillable().Comment("Until when it can be stopped, and from when it is carried out."),
		field.String("stopped_by").Optional().Comment("The member who stopped it."),
		field.Int64("stopped_on").Optional().Nillable().Comment("When."),
		field.Int64("done_on").Optional().Nillable().Comment("When everything was deleted, and for a case its key destroyed."),
	}
}

// Indexes of the Erasure.
func (Erasure) Indexes() []ent.Index {
	return []ent.Index{index.Fields("agency_id", "asked_on"), index.Fields("case_id", "suspect_id")}
}
