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

// Membership says that a member belongs to a team or a unit of the own agency (A5,
// D5). It opens nothing above or beside that unit.
type Membership struct{ ent.Schema }

// Annotations of the Membership.
func (Membership) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entgql.Skip(entgql.SkipAll), annotation.Class(category.Agency),
		schema.Comment("That a member belongs to a team or a unit of the own agency (A5, D5); its own agency alone sees it."),
	}
}

// Fields of the Membership.
func (Membership) Fields() []ent.Field {
	return []ent.Field{
		idOf("membership"),
		field.String("agency_id").Immutable().Comment("The agency of member and group."),
		field.String("member_id").Immutable().Comment("The member."),
		field.String("group_id").Immutable().Comment("The team or unit."),
		field.Int64("since").Immutable().Comment("Since when."),
		field.Int64("ended_on").Optional().Nillable().Comment("When it ended; empty while it lasts."),
	}
}

// Indexes of the Membership.
func (Membership) Indexes() []ent.Index {
	return []ent.Index{index.Fields("member_id"), index.Fields("agency_id", "group_id")}
}
