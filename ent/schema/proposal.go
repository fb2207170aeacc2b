package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/sala-exchange/sala/ent/annotation"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
)

// Proposal is a change to an agency that one person alone cannot make (I7). What it
// would change never changes: whoever approves it approves what stands here.
type Proposal struct{ ent.Schema }

// Annotations of the Proposal.
func (Proposal) Annotations() []schema.Annotation {
	return []schema.Annotation{
		annotation.Class(category.Agency),
		schema.Comment("A change to an agency that one person alone cannot make (I7)."),
	}
}

// Fields of the Proposal.
func (Proposal) Fields() []ent.Field {
	return []ent.Field{
		idOf("proposal"),
		field.String("agency_id").Immutable().Comment("The agency that it is about."),
		field.Enum("kind").GoType(valueset.ProposalKind("")).Immutable().Comment("What it would change."),
		field.Text("content").Immutable().Comment("What it would change it to, as JSON; no person's data."),
		field.String("proposer_id").Immutable().Comment("The agency whose member proposed it."),
		field.String("proposed_by").Immutable().Comment("The member who proposed it."),
		field.Int64("proposed_on").Immutable().Comment("When."),
		field.Int64("approved_on").Optional().Nillable().Comment("When the last approval that it needed was given."),
		field.Int64("effective_from").Optional().Nillable().Comment("From when it is in effect: at once, or after the agency's time to object."),
		field.Int64("countersigned_on").Optional().Nillable().Comment("When the agency's own administrator countersigned it."),
		field.Int64("refused_on").Optional().Nillable().Comment("When it was refused or taken back, before it was in effect."),
	}
}

// Indexes of the Proposal.
func (Proposal) Indexes() []ent.Index { return []ent.Index{index.Fields("agency_id", "proposed_on")} }
