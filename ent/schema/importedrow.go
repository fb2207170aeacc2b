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

// ImportedRow remembers which row of which file became which case, so that the
// same file imported again changes nothing.
type ImportedRow struct{ ent.Schema }

// Annotations of the ImportedRow.
func (ImportedRow) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entgql.Skip(entgql.SkipAll), annotation.Class(category.Agency),
		schema.Comment("Which row of which file became which case, so that the same file imported again changes nothing."),
	}
}

// Fields of the ImportedRow.
func (ImportedRow) Fields() []ent.Field {
	return []ent.Field{
		idOf("imported"),
		field.String("agency_id").Immutable().Comment("The importing agency."),
		field.String("digest").Immutable().Comment("SHA-256 of the file, hexadecimal."),
		field.Int("row").Immutable().Comment("Row of the sheet, from 1."),
		field.String("case_id").Immutable().Comment("The case that it became."),
		field.String("import_id").Default("").Immutable().Comment("The import that brought it; empty for rows from before imports were kept."),
		field.Int64("imported_on").Immutable().Comment("When."),
	}
}

// Indexes of the ImportedRow.
func (ImportedRow) Indexes() []ent.Index {
	return []ent.Index{index.Fields("agency_id", "digest", "row").Unique(), index.Fields("import_id", "row")}
}
