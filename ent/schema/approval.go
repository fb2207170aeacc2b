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

// Approval is one person's yes to a proposal. An agency gives one at most (I7).
type Approval struct{ ent.Schema }

// Annotations of the Approval.
func (Approval) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entgql.Skip(entgql.SkipAll), annotation.Class(category.Agency),
		schema.Comment("One person's yes to a proposal; an agency gives one at most (I7)."),
	}
}

// Fields of the Approval.
func (Approval) Fields() []ent.Field {
	return []ent.Field{
		idOf("approval"),
		field.String("proposal_id").Immutable().Comment("The proposal."),
		field.String("about_id").Immutable().Comment("The agency that the proposal is about."),
		field.String("agency_id").Immutable().Comment("The agency of the one who approved."),
		field.String("member_id").Immutable().Comment("The member who approved."),
		field.Int64("approved_on").Immutable().Comment("When."),
	}
}

// Indexes of the Approval: two of one agency are one.
func (Approval) Indexes() []ent.Index {
	return []ent.Index{index.Fields("proposal_id", "agency_id").Unique()}
}
