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

// UndoneCase is a case that was taken back with its import and whose key is still to be
// destroyed. The row goes when that is done and stands in the erasure list.
type UndoneCase struct{ ent.Schema }

// Annotations of the UndoneCase.
func (UndoneCase) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entgql.Skip(entgql.SkipAll), annotation.Class(category.Agency),
		schema.Comment("A case that was taken back with its import and whose key is still to be destroyed."),
	}
}

// Fields of the UndoneCase.
func (UndoneCase) Fields() []ent.Field {
	return []ent.Field{
		idOf("undone"),
		field.String("import_id").Immutable().Comment("The import."),
		field.String("agency_id").Immutable().Comment("The importing agency."),
		field.String("member_id").Immutable().Comment("The member who took it back."),
		field.String("case_id").Immutable().Comment("The case; a random id of nothing any more."),
		field.Int64("undone_on").Immutable().Comment("When."),
	}
}

// Indexes of the UndoneCase.
func (UndoneCase) Indexes() []ent.Index { return []ent.Index{index.Fields("case_id").Unique()} }
