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

// ProceedingContent is what is sealed of a Proceeding.
type ProceedingContent struct {
	Kind                valueset.ProceedingKind     `json:"kind" meaning:"Kind of proceeding."`
	Stage               valueset.ProceedingStage    `json:"stage" meaning:"How far it has come."`
	Authority           string                      `json:"authority" meaning:"Authority that leads it, as written."`
	Reference           string                      `json:"reference" meaning:"Its reference there."`
	Offence             string                      `json:"offence" meaning:"Offence, as written."`
	AgencyIDs           []string                    `json:"agency_ids" meaning:"Agencies of the proceeding beside the one that recorded it: its suspects are open to these alone (B2)."`
	OpenedOn            *WrittenDate                `json:"opened_on" meaning:"When it was opened."`
	ClosedOn            *WrittenDate                `json:"closed_on" meaning:"When it ended."`
	Outcome             *valueset.ProceedingOutcome `json:"outcome" meaning:"How it ended."`
	Compensation        *valueset.CompensationState `json:"compensation" meaning:"What became of her compensation."`
	CompensationDetails string                      `json:"compensation_details" meaning:"Amount and payer of her compensation, as written."`
}

// Proceeding is one proceeding about what was done to the person: an investigation, a trial, a claim.
type Proceeding struct{ ent.Schema }

// Annotations of the Proceeding.
func (Proceeding) Annotations() []schema.Annotation {
	return []schema.Annotation{
		annotation.Category(category.Justice),
		annotation.Sealed(ProceedingContent{}),
		schema.Comment("One proceeding about what was done to the person: an investigation, a trial, a claim."),
	}
}

// Mixin of the Proceeding.
func (Proceeding) Mixin() []ent.Mixin { return []ent.Mixin{partMixin{back: "proceedings"}} }

// Fields of the Proceeding. Whose proceeding it is stands beside the seal: the walls read
// it (B2).
func (Proceeding) Fields() []ent.Field {
	return []ent.Field{
		idOf("proceeding"), sealedColumn(),
		field.JSON("party_ids", []string{}).Optional().Comment("Agencies of the proceeding beside its contributor, in clear: both walls open its suspects to these alone (B2)."),
	}
}

// Edges of the Proceeding.
func (Proceeding) Edges() []ent.Edge { return []ent.Edge{edge.To("suspects", Suspect.Type)} }
