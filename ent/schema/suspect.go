package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/sala-exchange/sala/ent/annotation"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
)

// SuspectContent is what is sealed of a Suspect.
type SuspectContent struct {
	Names       []Name                     `json:"names" meaning:"Names of the suspect, as written (I4)."`
	Roles       []valueset.PerpetratorRole `json:"roles" htcds:"per_RoleInProcess" meaning:"The suspect's part in the trafficking."`
	RoleDetails string                     `json:"role_details" htcds:"per_RoleDetails" meaning:"The suspect's part in words."`
	State       valueset.SuspectState      `json:"state" meaning:"How far the proceeding has come against the suspect (B2)."`
	SuspectedOn *WrittenDate               `json:"suspected_on" meaning:"Since when suspected."`
	ChargedOn   *WrittenDate               `json:"charged_on" meaning:"When charged."`
	DecidedOn   *WrittenDate               `json:"decided_on" meaning:"When acquitted, dismissed or convicted."`
}

// Suspect is one suspect of a proceeding: it hangs on the proceeding and not on the person (B2).
type Suspect struct{ ent.Schema }

// Annotations of the Suspect.
func (Suspect) Annotations() []schema.Annotation {
	return []schema.Annotation{
		annotation.Category(category.Suspect),
		annotation.Sealed(SuspectContent{}),
		schema.Comment("One suspect of a proceeding: it hangs on the proceeding and not on the person (B2)."),
	}
}

// Mixin of the Suspect.
func (Suspect) Mixin() []ent.Mixin { return []ent.Mixin{partMixin{back: "suspects"}} }

// Fields of the Suspect. That it is cleared stands beside the seal: the walls read it (B2).
func (Suspect) Fields() []ent.Field {
	return []ent.Field{
		idOf("suspect"), sealedColumn(),
		field.String("proceeding_id").Immutable().Comment("The proceeding that it hangs on, of the same case and contributor (B2)."),
		field.Int64("cleared_on").Optional().Nillable().Comment("When it was recorded that the suspect was acquitted or the proceeding dismissed: from then on the row is its contributor's alone, until it is erased (B2)."),
	}
}

// Edges of the Suspect.
func (Suspect) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("proceeding", Proceeding.Type).Ref("suspects").Field("proceeding_id").Unique().Required().Immutable().Annotations(loadedTogether()).
			Comment("The proceeding that it hangs on."),
	}
}

// Indexes of the Suspect.
func (Suspect) Indexes() []ent.Index { return []ent.Index{index.Fields("proceeding_id")} }
