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

// CaseFile is the work of one or several agencies for one person. The row is
// thin: reference, kind, state, owner. GraphQL calls it Case.
type CaseFile struct{ ent.Schema }

// Annotations of the CaseFile.
func (CaseFile) Annotations() []schema.Annotation {
	return []schema.Annotation{
		annotation.Category(category.Case),
		entgql.Type("Case"), entgql.RelayConnection(),
		schema.Comment("The work of one or several agencies for one person: reference, kind, state and owner."),
	}
}

// Fields of the CaseFile.
func (CaseFile) Fields() []ent.Field {
	return []ent.Field{
		idOf("case"),
		field.String("reference").Unique().Immutable().Comment("Short spoken reference with a check digit; it reveals nothing (I5)."),
		field.String("owner_id").Comment("The agency that owns the case; exactly one at any moment (A4)."),
		field.Enum("kind").GoType(valueset.CaseKind("")).Comment("Kind of case (G3)."),
		field.Enum("state").GoType(valueset.CaseState("")).Comment("State of the work (I1).").
			Annotations(annotation.HTCDS("cas_Status")),
		field.Enum("closing_reason").GoType(valueset.ClosingReason("")).Optional().Nillable().Comment("Why it was closed (I1)."),
		field.Int64("opened_on").Immutable().Comment("When it was registered.").
			Annotations(entgql.OrderField("OPENED_ON")),
		field.Int64("occurred_on").Optional().Nillable().Comment("When the agency's work began, where that is known (I2)."),
		field.Int("version").Default(1).Comment("Raised at each change of kind, state or owner."),
		field.Int("facts_version").Default(0).Comment("Raised by the database at each change of a fact of this case."),
		field.Int("evaluated_version").Default(-1).Comment("The facts_version that its accesses were computed from."),
		field.Int64("first_sequence").Default(0).Comment("The first revision of policy, by its number, that its accesses were decided under."),
		field.Int64("last_sequence").Default(0).Comment("The last one; under any other the case is closed."),
		field.String("transfer_to_id").Default("").Comment("The agency that an offered transfer names (A4); empty where none is."),
		field.String("transfer_consent_id").Default("").Comment("Her statement that the offered transfer rests on (A4)."),
	}
}

// Edges of the CaseFile.
func (CaseFile) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("owner", Agency.Type).Field("owner_id").Unique().Required().Annotations(loadedTogether()),
		edge.To("person", Person.Type).Unique(),
		edge.To("identities", Identity.Type),
		edge.To("contacts", Contact.Type),
		edge.To("profiles", Profile.Type),
		edge.To("traffickings", Trafficking.Type),
		edge.To("narratives", Narrative.Type),
		edge.To("whereabouts", Whereabouts.Type),
		edge.To("family", Family.Type),
		edge.To("protections", Protection.Type),
		edge.To("health", Health.Type),
		edge.To("health_restricted", HealthRestricted.Type),
		edge.To("assistance", Assistance.Type),
		edge.To("proceedings", Proceeding.Type),
		edge.To("suspects", Suspect.Type).Annotations(loadedTogether()),
		edge.To("consents", Consent.Type),
		edge.To("referrals", Referral.Type),
		edge.To("accesses", Access.Type),
	}
}

// Indexes of the CaseFile.
func (CaseFile) Indexes() []ent.Index {
	return []ent.Index{index.Fields("owner_id"), index.Fields("transfer_to_id")}
}
