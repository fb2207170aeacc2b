package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"

	"github.com/sala-exchange/sala/ent/annotation"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
)

// Preview is the minimised preview of a referral: all that the receiver sees
// before accepting (D2).
type Preview struct{ ent.Schema }

// Annotations of the Preview.
func (Preview) Annotations() []schema.Annotation {
	return []schema.Annotation{
		annotation.Class(category.Parties),
		schema.Comment("The minimised preview of a referral: all that the receiver sees before accepting (D2)."),
	}
}

// Fields of the Preview.
func (Preview) Fields() []ent.Field {
	return []ent.Field{
		idOf("preview"),
		field.String("referral_id").Immutable().Unique().Comment("The referral."),
		field.String("case_id").Immutable().Comment("The case."),
		field.String("from_id").Immutable().Comment("The referring agency."),
		field.Enum("service").GoType(valueset.Service("")).Immutable().Comment("Service asked for."),
		field.Enum("urgency").GoType(valueset.Urgency("")).Immutable().Comment("Urgency."),
		field.Int64("reply_by").Immutable().Comment("Until when a reply is awaited."),
		field.Enum("age_group").Values("CHILD", "ADULT").Immutable().Comment("Child or adult; who may be a child is one (E1)."),
		field.Enum("sex").GoType(valueset.Sex("")).Immutable().Comment("Sex (B4)."),
		field.String("interpreter_language").Optional().Immutable().Comment("Language in which an interpreter is needed, ISO 639."),
		field.String("accessibility_needs").Optional().Immutable().Comment("What she needs to take part."),
	}
}

// Edges of the Preview.
func (Preview) Edges() []ent.Edge {
	return []ent.Edge{edge.From("referral", Referral.Type).Ref("preview").Field("referral_id").Unique().Required().Immutable()}
}
