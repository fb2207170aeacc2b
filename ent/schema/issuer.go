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

// Issuer is one way in which an agency signs in: an OpenID issuer of its own, or
// one value of the agency claim of an issuer that several share.
type Issuer struct{ ent.Schema }

// Annotations of the Issuer.
func (Issuer) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entgql.Skip(entgql.SkipAll), annotation.Class(category.Agency),
		schema.Comment("One way in which an agency signs in: an issuer of its own, or one value of the agency claim of a shared one."),
	}
}

// Fields of the Issuer.
func (Issuer) Fields() []ent.Field {
	return []ent.Field{
		idOf("issuer"),
		field.String("agency_id").Immutable().Comment("The agency that signs in by it."),
		field.String("url").Immutable().Comment("The issuer's URL, exactly as in the iss claim."),
		field.JSON("audiences", []string{}).Immutable().Comment("Audiences of which a token names exactly one; empty: the deployment's own."),
		field.String("client_id").Optional().Immutable().Comment("The one OAuth client whose tokens count; empty: any of the issuer."),
		field.String("agency_claim").Optional().Immutable().Comment("Claim that names the agency, for an issuer that several share."),
		field.String("agency_value").Optional().Immutable().Comment("Value of that claim which means this agency."),
		field.String("discriminator_claim").Optional().Immutable().Comment("Claim that marks access tokens, for an issuer that cannot say at+jwt."),
		field.String("discriminator_value").Optional().Immutable().Comment("Value of that claim."),
		field.JSON("acr_values", []string{}).Immutable().Comment("Authentication context classes of which a token names one; empty: any."),
		field.JSON("strong_acr_values", []string{}).Optional().Immutable().Comment("Authentication context classes that say that a second factor was used; none: nobody of the agency breaks glass by it (F3)."),
		field.String("proposal_id").Optional().Immutable().Comment("The proposal that brought it in."),
		field.Int64("created_on").Immutable().Comment("When it was entered."),
		field.Int64("valid_from").Comment("In effect from; the proposal's approval decides."),
		field.Int64("valid_until").Optional().Nillable().Comment("In effect until, exclusive; empty while it has no end."),
		field.Int64("discovered_on").Optional().Nillable().Comment("When its metadata were fetched and named itself; it counts only then."),
	}
}

// Indexes of the Issuer.
func (Issuer) Indexes() []ent.Index {
	return []ent.Index{index.Fields("url"), index.Fields("agency_id")}
}
