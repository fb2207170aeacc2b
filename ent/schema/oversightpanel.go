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

// OversightPanel is who oversees break-glass: at least two agencies, one of them not law
// enforcement (F5). It sees pseudonymous ids and counts, never a case.
type OversightPanel struct{ ent.Schema }

// Annotations of the OversightPanel.
func (OversightPanel) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entgql.Skip(entgql.SkipAll), annotation.Class(category.Platform),
		schema.Comment("Who oversees break-glass: at least two agencies, one of them not law enforcement (F5)."),
	}
}

// Fields of the OversightPanel.
func (OversightPanel) Fields() []ent.Field {
	return []ent.Field{
		idOf("panel"),
		field.String("proposal_id").Immutable().Comment("The proposal that two people of different agencies approved."),
		field.JSON("agency_ids", []string{}).Immutable().Comment("The agencies that sit on it."),
		field.Int64("valid_from").Immutable().Comment("Since when."),
		field.Int64("valid_until").Optional().Nillable().Comment("Until when, exclusive; empty while it is the panel."),
	}
}

// Indexes of the OversightPanel.
func (OversightPanel) Indexes() []ent.Index { return []ent.Index{index.Fields("valid_until")} }
