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

// IncapacityContent is what is sealed of an Incapacity.
type IncapacityContent struct {
	Grounds string `json:"grounds" meaning:"Who found it, and by what."`
}

// Incapacity is a spell in which an adult cannot decide herself (C7).
type Incapacity struct{ ent.Schema }

// Annotations of the Incapacity.
func (Incapacity) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entgql.Skip(entgql.SkipAll), annotation.Category(category.Case), annotation.Sealed(IncapacityContent{}),
		schema.Comment("A spell in which she cannot decide herself: others decide in her best interests (C7)."),
	}
}

// Mixin of the Incapacity.
func (Incapacity) Mixin() []ent.Mixin { return []ent.Mixin{statedMixin{}} }

// Fields of the Incapacity.
func (Incapacity) Fields() []ent.Field {
	return []ent.Field{
		idOf("incapacity"),
		field.Enum("kind").GoType(valueset.IncapacityKind("")).Immutable().Comment("Temporary or lasting (C7)."),
		sealedColumn(),
		field.Int64("valid_from").Immutable().Comment("From."),
		field.Int64("valid_until").Comment("Until, exclusive."),
	}
}
