package schema

import (
	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"

	"github.com/sala-exchange/sala/ent/annotation"
	"github.com/sala-exchange/sala/internal/category"
)

// ErasedDetail accounts for one entry of the ledger whose readable detail was erased
// with a person. It names nobody: without the key, which died with her, the
// commitment tells nothing.
type ErasedDetail struct{ ent.Schema }

// Annotations of the ErasedDetail.
func (ErasedDetail) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entgql.Skip(entgql.SkipAll), annotation.Class(category.Platform),
		schema.Comment("Accounts for one ledger entry whose readable detail was erased with a person; names nobody."),
	}
}

// Fields of the ErasedDetail.
func (ErasedDetail) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").StorageKey("commitment").Immutable().Comment("The commitment of the erased detail, in hexadecimal."),
	}
}
