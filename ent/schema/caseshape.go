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

// CaseShape is what the facts of a case were like when policy decided on them, as far as a
// policy tells one case from another (rule.Shape): so that a change of policy reads the
// facts of one case of each kind. Only the policy role reads and writes it.
type CaseShape struct{ ent.Schema }

// Annotations of the CaseShape.
func (CaseShape) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entgql.Skip(entgql.SkipAll), annotation.Category(category.Case),
		schema.Comment("What the facts of a case were like when policy decided on them, for a change of policy."),
	}
}

// Fields of the CaseShape.
func (CaseShape) Fields() []ent.Field {
	return []ent.Field{
		idOf("shape"),
		field.String("case_id").Immutable().Comment("The case."),
		field.Int("facts_version").Comment("The facts_version of the case that it is of; it counts for no other."),
		field.Bytes("digest").Comment("Of the facts without ids, the times in them by their order."),
		field.Bytes("instants").Comment("The times in the facts, as rule.Packed writes them."),
		field.Bytes("ids").Comment("The public ids in the facts in the order of their stand-ins, with blanks between."),
	}
}

// Indexes of the CaseShape.
func (CaseShape) Indexes() []ent.Index { return []ent.Index{index.Fields("case_id").Unique()} }
