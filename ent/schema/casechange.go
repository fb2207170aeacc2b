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

// CaseChange is one change of a case's state or kind (I1, G3), never changed itself.
type CaseChange struct{ ent.Schema }

// Annotations of the CaseChange.
func (CaseChange) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entgql.Skip(entgql.SkipAll), annotation.Category(category.Case),
		schema.Comment("One change of a case's state or kind, never changed itself (I1, G3)."),
	}
}

// Fields of the CaseChange.
func (CaseChange) Fields() []ent.Field {
	return []ent.Field{
		idOf("change"),
		field.String("case_id").Immutable().Comment("The case."),
		field.String("contributor_id").Immutable().Comment("The agency that changed it: its owner then (A4)."),
		field.String("recorded_by").Immutable().Comment("The member who changed it."),
		field.Int64("recorded_on").Immutable().Comment("When it was recorded (I2)."),
		field.Int64("occurred_on").Optional().Nillable().Immutable().Comment("When it happened, where that is known (I2)."),
		field.Enum("from_state").GoType(valueset.CaseState("")).Immutable().Comment("State before (I1)."),
		field.Enum("to_state").GoType(valueset.CaseState("")).Immutable().Comment("State after (I1)."),
		field.Enum("from_kind").GoType(valueset.CaseKind("")).Immutable().Comment("Kind before (G3)."),
		field.Enum("to_kind").GoType(valueset.CaseKind("")).Immutable().Comment("Kind after (G3)."),
		field.Enum("closing_reason").GoType(valueset.ClosingReason("")).Optional().Nillable().Immutable().Comment("Why it was closed (I1)."),
		field.Int("version").Immutable().Comment("The case's version after the change."),
	}
}

// Indexes of the CaseChange.
func (CaseChange) Indexes() []ent.Index {
	return []ent.Index{index.Fields("case_id", "version").Unique()}
}
