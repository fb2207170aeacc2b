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

// NoticeMark says that a member has read a notice, or that somebody has acknowledged it
// for the agency. It is never changed.
type NoticeMark struct{ ent.Schema }

// Annotations of the NoticeMark.
func (NoticeMark) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entgql.Skip(entgql.SkipAll), annotation.Class(category.Agency),
		schema.Comment("That a member has read a notice, or that somebody has acknowledged it for the agency."),
	}
}

// Fields of the NoticeMark.
func (NoticeMark) Fields() []ent.Field {
	return []ent.Field{
		idOf("mark"),
		field.String("notice_id").Immutable().Comment("The notice."),
		field.String("agency_id").Immutable().Comment("The agency that was told."),
		field.Enum("kind").Values("READ", "ACKNOWLEDGED").Immutable().Comment("Read by a member, or acknowledged for the agency."),
		field.String("reader_id").Immutable().Comment("For whom it counts: the member who has read it, or the agency."),
		field.String("member_id").Immutable().Comment("The member who marked it."),
		field.Int64("marked_on").Immutable().Comment("When."),
	}
}

// Indexes of the NoticeMark: each counts once.
func (NoticeMark) Indexes() []ent.Index {
	return []ent.Index{index.Fields("notice_id", "kind", "reader_id").Unique()}
}
