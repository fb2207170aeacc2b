package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/sala-exchange/sala/ent/annotation"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
)

// AgreementParty is one agency's signature under an agreement (D6).
type AgreementParty struct{ ent.Schema }

// Annotations of the AgreementParty.
func (AgreementParty) Annotations() []schema.Annotation {
	return []schema.Annotation{
		annotation.Class(category.Parties),
		schema.Comment("One agency's signature under an agreement (D6)."),
	}
}

// Fields of the AgreementParty.
func (AgreementParty) Fields() []ent.Field {
	return []ent.Field{
		idOf("party"),
		field.String("agreement_id").Immutable().Comment("The agreement."),
		field.String("agency_id").Immutable().Comment("The party."),
		field.Enum("controller_role").GoType(valueset.ControllerRole("")).Default(string(valueset.ControllerRoleController)).Comment("The party's role under data-protection law (D6)."),
		field.String("focal_point").Optional().Comment("Function that answers for the agreement; not a person's name."),
		field.Int64("signed_on").Optional().Nillable().Comment("When this party signed."),
		field.Int64("suspended_on").Optional().Nillable().Comment("When this party suspended the agreement; empty while it does not."),
	}
}

// Edges of the AgreementParty.
func (AgreementParty) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("agreement", Agreement.Type).Ref("parties").Field("agreement_id").Unique().Required().Immutable(),
		edge.To("agency", Agency.Type).Field("agency_id").Unique().Required().Immutable().Annotations(loadedTogether()),
	}
}

// Indexes of the AgreementParty.
func (AgreementParty) Indexes() []ent.Index {
	return []ent.Index{index.Fields("agreement_id", "agency_id").Unique(), index.Fields("agency_id")}
}
