package schema

import (
	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/sala-exchange/sala/ent/annotation"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
)

// Notice tells an agency that something changed, without cause or reason (C8).
type Notice struct{ ent.Schema }

// Annotations of the Notice.
func (Notice) Annotations() []schema.Annotation {
	return []schema.Annotation{
		annotation.Class(category.Agency), entgql.RelayConnection(),
		schema.Comment("Tells an agency that something changed, without cause or reason (C8)."),
	}
}

// Fields of the Notice.
func (Notice) Fields() []ent.Field {
	return []ent.Field{
		idOf("notice"),
		field.String("agency_id").Immutable().Comment("The agency that is told."),
		field.Enum("kind").GoType(valueset.NoticeKind("")).Immutable().Comment("What changed."),
		field.String("subject_id").Immutable().Comment("What it is about: a referral, case, agreement, agency, erasure, breach."),
		field.String("holder_id").Default("").Immutable().Comment("The member, team or unit that is told; empty for the whole agency."),
		field.Int64("created_on").Immutable().Comment("When.").Annotations(entgql.OrderField("CREATED_ON")),
	}
}

// Indexes of the Notice: one notice of a kind about one subject.
func (Notice) Indexes() []ent.Index {
	return []ent.Index{index.Fields("agency_id", "created_on"), index.Fields("subject_id")}
}
