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

// FileImport is one file that an agency brings in: rows are staged first, and become
// cases all at once or not at all. GraphQL calls it Import.
type FileImport struct{ ent.Schema }

// Annotations of the FileImport.
func (FileImport) Annotations() []schema.Annotation {
	return []schema.Annotation{
		annotation.Class(category.Agency),
		entgql.Type("Import"), entgql.RelayConnection(),
		schema.Comment("One file that an agency brings in: its rows become cases all at once or not at all."),
	}
}

// Fields of the FileImport.
func (FileImport) Fields() []ent.Field {
	return []ent.Field{
		idOf("import"),
		field.String("agency_id").Immutable().Comment("The importing agency: owner and contributor of what the rows become."),
		field.String("member_id").Immutable().Comment("The member who opened it and alone adds to it."),
		field.String("digest").Immutable().Comment("SHA-256 of the file, hexadecimal."),
		field.String("purpose").Immutable().Comment("The purpose that was declared; one of the recording's (C1)."),
		field.Enum("state").GoType(valueset.ImportState("")).Comment("How far it has come."),
		field.Int("staged").Default(0).Comment("How many rows wait to become cases, or have waited."),
		field.Int("refused").Default(0).Comment("How many rows were refused: with one, none becomes a case."),
		field.Int("last_row").Default(0).Comment("The last row of the sheet that was sent."),
		field.Int("registered").Default(0).Comment("How many cases it made."),
		field.Int("undone").Default(0).Comment("How many of them were taken back."),
		field.Int64("opened_on").Immutable().Comment("When it was opened.").Annotations(entgql.OrderField("OPENED_ON")),
		field.Int64("ended_on").Optional().Nillable().Comment("When its rows became cases, or it was given up."),
		field.Int64("undone_on").Optional().Nillable().Comment("When cases of it were first taken back."),
		field.Int64("wiped_on").Optional().Nillable().Comment("When the key of its staged rows was destroyed."),
		field.Int("version").Default(1).Comment("Raised at each change."),
	}
}

// Indexes of the FileImport.
func (FileImport) Indexes() []ent.Index {
	return []ent.Index{index.Fields("agency_id", "opened_on"), index.Fields("state", "opened_on")}
}
