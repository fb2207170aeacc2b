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

// Invitation makes whoever shows its secret, signed in by the agency's issuer, the
// agency's administrator: once, and bound to that issuer and subject.
type Invitation struct{ ent.Schema }

// Annotations of the Invitation.
func (Invitation) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entgql.Skip(entgql.SkipAll), annotation.Class(category.Agency),
		schema.Comment("A one-time invitation of an agency's first administrator; of its secret only the hash is kept."),
	}
}

// Fields of the Invitation.
func (Invitation) Fields() []ent.Field {
	return []ent.Field{
		idOf("invitation"),
		field.String("agency_id").Immutable().Comment("The agency."),
		field.Bytes("secret_hash").Immutable().Sensitive().Comment("SHA-256 of the secret, which has 256 random bits."),
		field.String("proposal_id").Optional().Immutable().Comment("The proposal that it waits for; empty where it needs none."),
		field.Int64("created_on").Immutable().Comment("When it was made."),
		field.Int64("valid_from").Optional().Nillable().Comment("Usable from; empty while its proposal is not approved."),
		field.Int64("valid_until").Comment("Usable until, exclusive."),
		field.Int64("used_on").Optional().Nillable().Comment("When it was used; then it is worth nothing."),
		field.String("used_by").Optional().Comment("The member who used it."),
	}
}

// Indexes of the Invitation.
func (Invitation) Indexes() []ent.Index {
	return []ent.Index{index.Fields("secret_hash").Unique(), index.Fields("agency_id")}
}
