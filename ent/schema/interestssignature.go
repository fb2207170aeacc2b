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

// InterestsSignature is one signature under a decision in her best interests (E5).
type InterestsSignature struct{ ent.Schema }

// Annotations of the InterestsSignature.
func (InterestsSignature) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entgql.Skip(entgql.SkipAll), annotation.Category(category.Case),
		schema.Comment("One signature under a decision in her best interests, by whoever signed it (E5); never changed."),
	}
}

// Fields of the InterestsSignature.
func (InterestsSignature) Fields() []ent.Field {
	return []ent.Field{
		idOf("signature"),
		field.String("case_id").Immutable().Comment("The case that the decision is about."),
		field.String("interests_id").Immutable().Comment("The decision."),
		field.String("agency_id").Immutable().Comment("The agency of whoever signed."),
		field.String("member_id").Immutable().Comment("Who signed."),
		field.Enum("capacity").GoType(valueset.SignatureCapacity("")).Immutable().Comment("As what (E5)."),
		field.Int64("signed_on").Immutable().Comment("When."),
	}
}

// Indexes of the InterestsSignature: each signs once.
func (InterestsSignature) Indexes() []ent.Index {
	return []ent.Index{index.Fields("interests_id", "member_id").Unique(), index.Fields("case_id")}
}
