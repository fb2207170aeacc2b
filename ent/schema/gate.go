package schema

import (
	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"

	"github.com/sala-exchange/sala/ent/annotation"
	"github.com/sala-exchange/sala/internal/category"
)

// Gate is a small row that both walls read at every query: is the agency active,
// is the agreement in force, which policy revision is live.
type Gate struct{ ent.Schema }

// Annotations of the Gate.
func (Gate) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entgql.Skip(entgql.SkipAll), annotation.Class(category.Platform),
		schema.Comment("A small row that both walls read at every query: agency active, agreement in force, policy revision live."),
	}
}

// Fields of the Gate.
func (Gate) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").Immutable().Comment("Id of the agency or agreement, or the word policy."),
		field.Bool("open").Default(false).Comment("Whether anything passes."),
		field.String("revision").Default("").Comment("For policy: the live revision."),
		field.Int64("sequence").Default(0).Comment("For policy: the number of the live revision. What was decided up to another number opens nothing."),
		field.Int("version").Default(1).Comment("Raised at each change; the recheck compares it."),
		field.Int64("changed_on").Comment("When it was last changed."),
	}
}
