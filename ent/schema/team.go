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

// Team is members of one agency who work on cases together (D5).
type Team struct{ ent.Schema }

// Annotations of the Team.
func (Team) Annotations() []schema.Annotation {
	return []schema.Annotation{
		annotation.Class(category.Agency), entgql.RelayConnection(),
		schema.Comment("Members of one agency who work on cases together (D5); its own agency alone sees it."),
	}
}

// Fields of the Team.
func (Team) Fields() []ent.Field {
	return []ent.Field{
		idOf("team"),
		field.String("agency_id").Immutable().Comment("The agency of the team."),
		field.String("code").Optional().Nillable().Immutable().Comment("Short code, unique within the agency; empty for one from before there were codes."),
		field.String("name").Immutable().Comment("Name of the team; not a person's."),
		field.Int64("created_on").Immutable().Comment("When it was made."),
		field.Int64("ended_on").Optional().Nillable().Comment("When it was dissolved; empty while it works."),
	}
}

// Indexes of the Team.
func (Team) Indexes() []ent.Index {
	return []ent.Index{index.Fields("agency_id"), index.Fields("agency_id", "code").Unique()}
}
