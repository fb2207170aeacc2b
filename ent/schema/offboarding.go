package schema

import (
	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"

	"github.com/sala-exchange/sala/ent/annotation"
	"github.com/sala-exchange/sala/internal/category"
)

// Offboarding is how far an agency's departure has come; each step has its time.
type Offboarding struct{ ent.Schema }

// Annotations of the Offboarding.
func (Offboarding) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entgql.Skip(entgql.SkipAll), annotation.Class(category.Agency),
		schema.Comment("How far an agency's departure has come; each step has its time."),
	}
}

// Fields of the Offboarding.
func (Offboarding) Fields() []ent.Field {
	return []ent.Field{
		idOf("offboarding"),
		field.String("agency_id").Unique().Immutable().Comment("The agency that leaves."),
		field.Int64("frozen_on").Immutable().Comment("When it stopped registering."),
		field.Int64("handed_over_on").Optional().Nillable().Comment("When it owned no case any more."),
		field.Int64("agreements_ended_on").Optional().Nillable().Comment("When its agreements and referrals had ended."),
		field.Int64("exported_on").Optional().Nillable().Comment("When its own records were exported for it."),
		field.String("export_digest").Optional().Comment("Digest of that export."),
		field.Int64("keys_destroyed_on").Optional().Nillable().Comment("When its keys were destroyed."),
		field.Int64("ended_on").Optional().Nillable().Comment("When it left; the report is the sum of these times."),
	}
}
