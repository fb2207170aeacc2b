package schema

import (
	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"

	"github.com/sala-exchange/sala/ent/annotation"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
)

// RecoveryPeriod is her time to recover and reflect: while it runs nothing for JUSTICE is
// asked of her, unless she asks (D7).
type RecoveryPeriod struct{ ent.Schema }

// Annotations of the RecoveryPeriod.
func (RecoveryPeriod) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entgql.Skip(entgql.SkipAll), annotation.Category(category.Case),
		schema.Comment("Her time to recover and reflect: while it runs nothing for JUSTICE is asked of her, unless she asks (D7)."),
	}
}

// Mixin of the RecoveryPeriod.
func (RecoveryPeriod) Mixin() []ent.Mixin { return []ent.Mixin{statedMixin{}} }

// Fields of the RecoveryPeriod.
func (RecoveryPeriod) Fields() []ent.Field {
	return []ent.Field{
		idOf("recovery"),
		field.Int64("valid_from").Immutable().Comment("From."),
		field.Int64("valid_until").Comment("Until, exclusive; an extension puts it off."),
		field.Enum("decision").GoType(valueset.RecoveryDecision("")).Default("UNDECIDED").Comment("What she decides about contact with justice (D7)."),
		field.Int64("decided_on").Optional().Nillable().Comment("When she decided it; empty where she has not."),
	}
}
