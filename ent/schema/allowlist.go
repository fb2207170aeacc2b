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

// AllowList is the networks that an agency's members may come from, as from one time on.
// The last that has begun and was not taken back counts.
type AllowList struct{ ent.Schema }

// Annotations of the AllowList.
func (AllowList) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entgql.Skip(entgql.SkipAll), annotation.Class(category.Agency),
		schema.Comment("The networks that an agency's members may come from, as from one time on."),
	}
}

// Fields of the AllowList.
func (AllowList) Fields() []ent.Field {
	return []ent.Field{
		idOf("allowlist"),
		field.String("agency_id").Immutable().Comment("The agency whose members they bound."),
		field.JSON("networks", []string{}).Immutable().Comment("Networks as ADDRESS/BITS, sorted; empty: from anywhere."),
		field.String("proposal_id").Optional().Immutable().Comment("The proposal that brought it in."),
		field.Int64("created_on").Immutable().Comment("When it was entered."),
		field.Int64("valid_from").Comment("In effect from, until another begins; the proposal's approval decides."),
		field.Int64("taken_back_on").Optional().Nillable().Comment("When it was taken back before it began: it never counts."),
	}
}

// Indexes of the AllowList.
func (AllowList) Indexes() []ent.Index {
	return []ent.Index{index.Fields("agency_id", "valid_from")}
}
