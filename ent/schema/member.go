package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/sala-exchange/sala/ent/annotation"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/viewer"
)

// Member is one account of one agency: issuer and subject, and the roles that
// the agency granted in Sala.
type Member struct{ ent.Schema }

// Annotations of the Member.
func (Member) Annotations() []schema.Annotation {
	return []schema.Annotation{
		annotation.Class(category.Agency),
		schema.Comment("One account of one agency: issuer and subject, and the roles granted in Sala."),
	}
}

// Fields of the Member.
func (Member) Fields() []ent.Field {
	return []ent.Field{
		idOf("member"),
		field.String("agency_id").Immutable().Comment("The agency of the member."),
		field.String("issuer").Immutable().Comment("Issuer of the member's tokens."),
		field.String("subject").Immutable().Sensitive().Comment("Subject within the issuer; never joined across issuers."),
		field.JSON("roles", []viewer.Role{}).Comment("Roles granted in Sala; a token never grants one."),
		field.Bool("active").Default(true).Comment("False once the account is closed."),
		field.Int64("created_on").Immutable().Comment("When the member was first seen or invited."),
	}
}

// Indexes of the Member.
func (Member) Indexes() []ent.Index {
	return []ent.Index{index.Fields("issuer", "subject").Unique(), index.Fields("agency_id")}
}
