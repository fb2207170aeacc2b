package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"

	"github.com/sala-exchange/sala/ent/annotation"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
)

// Agreement is a data-sharing agreement: which purposes and categories its
// parties may exchange at all (D6). Its suspension is a Gate, not a column.
type Agreement struct{ ent.Schema }

// Annotations of the Agreement.
func (Agreement) Annotations() []schema.Annotation {
	return []schema.Annotation{
		annotation.Class(category.Parties),
		schema.Comment("A data-sharing agreement: which purposes and categories its parties may exchange at all (D6)."),
	}
}

// Fields of the Agreement.
func (Agreement) Fields() []ent.Field {
	return []ent.Field{
		idOf("agreement"),
		field.String("title").Immutable().Comment("Title as signed."),
		field.JSON("purposes", []category.Purpose{}).Comment("Purposes that it covers."),
		field.JSON("categories", []category.Category{}).Comment("Categories that it covers; never CASE (B5)."),
		field.JSON("case_kinds", []valueset.CaseKind{}).Comment("Kinds of case that it covers."),
		field.Int64("valid_from").Immutable().Comment("In force from."),
		field.Int64("valid_until").Immutable().Comment("In force until, exclusive."),
		field.Int64("countersigned_on").Optional().Nillable().Comment("When the last party signed; nothing flows before."),
	}
}

// Edges of the Agreement.
func (Agreement) Edges() []ent.Edge {
	return []ent.Edge{edge.To("parties", AgreementParty.Type).Comment("Its parties.")}
}
