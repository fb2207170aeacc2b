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

// StagedRow is one row of a file that waits for its import to be committed. What it
// says is sealed under a key of the import, which is destroyed when the import ends.
type StagedRow struct{ ent.Schema }

// Annotations of the StagedRow.
func (StagedRow) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entgql.Skip(entgql.SkipAll), annotation.Class(category.Agency),
		schema.Comment("One row of a file that waits for its import to be committed; gone when the import ends."),
	}
}

// Fields of the StagedRow.
func (StagedRow) Fields() []ent.Field {
	return []ent.Field{
		idOf("staged"),
		field.String("import_id").Immutable().Comment("The import."),
		field.String("agency_id").Immutable().Comment("The importing agency."),
		field.Int("row").Immutable().Comment("Row of the sheet, from 1."),
		field.Bytes("sealed").Sensitive().Immutable().Comment("The row as it was sent, encrypted under the key of the import."),
	}
}

// Indexes of the StagedRow.
func (StagedRow) Indexes() []ent.Index { return []ent.Index{index.Fields("import_id", "row").Unique()} }
