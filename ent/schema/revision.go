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

// Revision is one change of the policy that the exchange lives under: the signed
// bundle that came or comes into force, and where the change stands. It holds no
// personal data; whoever reads it verifies the signatures anew.
type Revision struct{ ent.Schema }

// Annotations of the Revision.
func (Revision) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entgql.Skip(entgql.SkipAll), annotation.Class(category.Platform),
		schema.Comment("One change of the policy that the exchange lives under: its signed bundle, and where the change stands."),
	}
}

// Fields of the Revision.
func (Revision) Fields() []ent.Field {
	return []ent.Field{
		idOf("revision"),
		field.Int64("sequence").Immutable().Comment("The number under which it comes into force; that of the gate while it is live."),
		field.String("revision").Immutable().Comment("Names the policy by its content."),
		field.JSON("bundles", [][]byte{}).Optional().Immutable().
			Comment("The policy as signed bundles, one a signer; empty for a policy that a program holds or was started with."),
		field.String("state").Comment("PREPARING, LIVE, FORMER (what it decided is kept, for a rollback) or ENDED."),
		field.Int64("begun_on").Immutable().Comment("When the change began."),
		field.Int64("live_on").Optional().Nillable().Comment("When it came into force."),
		field.Int64("ended_on").Optional().Nillable().Comment("When another came into force instead, or it was given up."),
	}
}

// Indexes of the Revision.
func (Revision) Indexes() []ent.Index { return []ent.Index{index.Fields("state")} }
