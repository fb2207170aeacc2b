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

// Breach is one that a party of an agreement has reported to the others (D6). It holds no
// data of a case.
type Breach struct{ ent.Schema }

// Annotations of the Breach.
func (Breach) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entgql.Skip(entgql.SkipAll), annotation.Class(category.Parties),
		schema.Comment("A breach that a party of an agreement has reported to the others (D6); no data of a case."),
	}
}

// Fields of the Breach.
func (Breach) Fields() []ent.Field {
	return []ent.Field{
		idOf("breach"),
		field.String("agreement_id").Immutable().Comment("The agreement."),
		field.String("agency_id").Immutable().Comment("The party that reports it."),
		field.Int64("found_on").Immutable().Comment("When it was found."),
		field.Int64("reported_on").Immutable().Comment("When the other parties were told."),
		field.Int64("due_on").Immutable().Comment("Until when they were to be told: found_on and the agreement's hours (D6)."),
	}
}

// Indexes of the Breach.
func (Breach) Indexes() []ent.Index { return []ent.Index{index.Fields("agreement_id")} }
