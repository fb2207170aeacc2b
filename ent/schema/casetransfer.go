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

// CaseTransfer is one change of a case's owner (A4), never changed itself.
type CaseTransfer struct{ ent.Schema }

// Annotations of the CaseTransfer.
func (CaseTransfer) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entgql.Skip(entgql.SkipAll), annotation.Category(category.Case),
		schema.Comment("One change of a case's owner, never changed itself (A4); its owner and the two agencies alone see it."),
	}
}

// Fields of the CaseTransfer.
func (CaseTransfer) Fields() []ent.Field {
	return []ent.Field{
		idOf("transfer"),
		field.String("case_id").Immutable().Comment("The case."),
		field.String("from_id").Immutable().Comment("The agency that owned it until then."),
		field.String("contributor_id").Immutable().Comment("The agency that took it over, and recorded it (A1)."),
		field.String("recorded_by").Immutable().Comment("The member who took it over."),
		field.Int64("recorded_on").Immutable().Comment("When (I2)."),
		field.Int("version").Immutable().Comment("The case's version after it."),
	}
}

// Indexes of the CaseTransfer.
func (CaseTransfer) Indexes() []ent.Index {
	return []ent.Index{index.Fields("case_id", "version").Unique()}
}
