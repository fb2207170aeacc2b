package schema

import (
	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/sala-exchange/sala/ent/annotation"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
)

// Referral is one agency's request that another take on part of a case (D1, D3).
type Referral struct{ ent.Schema }

// Annotations of the Referral.
func (Referral) Annotations() []schema.Annotation {
	return []schema.Annotation{
		annotation.Class(category.Parties), entgql.RelayConnection(),
		schema.Comment("One agency's request that another take on part of a case (D1, D3)."),
	}
}

// Fields of the Referral.
func (Referral) Fields() []ent.Field {
	return []ent.Field{
		idOf("referral"),
		field.String("case_id").Immutable().Comment("The case."),
		field.String("from_id").Immutable().Comment("The referring agency."),
		field.String("to_id").Immutable().Comment("The receiving agency."),
		field.String("unit_id").Default("").Immutable().Comment("The unit of the receiving agency that alone it goes to (A5); empty for the agency as a whole."),
		field.String("onward_of").Default("").Immutable().Comment("The accepted referral by which the sender reads, where it passes on what it received (D4); empty for one of the owner's."),
		field.Enum("service").GoType(valueset.Service("")).Immutable().Comment("Service asked for (D1)."),
		field.Enum("purpose").GoType(category.Purpose("")).Immutable().Comment("Purpose (D1)."),
		field.JSON("categories", []category.Category{}).Immutable().Comment("Categories offered (D1)."),
		field.JSON("accepted_categories", []category.Category{}).Optional().Comment("Categories accepted (D3)."),
		field.Enum("urgency").GoType(valueset.Urgency("")).Immutable().Comment("Urgency (D1)."),
		field.Enum("state").GoType(valueset.ReferralState("")).Comment("State as the sender learns it (D3)."),
		field.Enum("decline_reason").GoType(valueset.DeclineReason("")).Optional().Nillable().Comment("Reason of a decline, from a list (D3)."),
		field.JSON("asked_about", []string{}).Optional().Comment("What the receiver asked about, from a list (D3)."),
		field.Enum("outcome").Values("SERVICE_GIVEN", "SERVICE_PARTLY_GIVEN", "SERVICE_NOT_GIVEN").Optional().Nillable().
			Comment("Outcome of a completed referral (D3)."),
		field.Int64("offered_on").Immutable().Comment("When it was offered.").Annotations(entgql.OrderField("OFFERED_ON")),
		field.Int64("reply_by").Immutable().Comment("Until when a reply is awaited; the preview ends then."),
		field.Int64("accepted_on").Optional().Nillable().Comment("When it was accepted."),
		field.Int64("ended_on").Optional().Nillable().Comment("When it was declined, revoked or completed."),
		field.Int64("valid_until").Immutable().Comment("Until when it opens anything, exclusive."),
		field.Int("version").Default(1).Comment("Raised at each change."),
	}
}

// Edges of the Referral.
func (Referral) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("case", CaseFile.Type).Ref("referrals").Field("case_id").Unique().Required().Immutable(),
		edge.To("from", Agency.Type).Field("from_id").Unique().Required().Immutable().Annotations(loadedTogether()),
		edge.To("to", Agency.Type).Field("to_id").Unique().Required().Immutable().Annotations(loadedTogether()),
		edge.To("preview", Preview.Type).Unique(),
	}
}

// Indexes of the Referral.
func (Referral) Indexes() []ent.Index {
	return []ent.Index{index.Fields("case_id"), index.Fields("from_id"), index.Fields("to_id"), index.Fields("valid_until"), index.Fields("reply_by")}
}
