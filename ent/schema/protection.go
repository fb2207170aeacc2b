package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"

	"github.com/sala-exchange/sala/ent/annotation"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
)

// ProtectionContent is what is sealed of a Protection.
type ProtectionContent struct {
	RiskLevel   valueset.RiskLevel    `json:"risk_level" meaning:"How great the risk is (G6)."`
	RiskFrom    []valueset.RiskSource `json:"risk_from" meaning:"From whom it comes (G6)."`
	RiskDetails string                `json:"risk_details" meaning:"What the risk is, in words (G6)."`
	SelfHarm    *valueset.Answer      `json:"self_harm" meaning:"Whether there is a risk of self-harm (G6)."`
	SafetyPlan  string                `json:"safety_plan" meaning:"Her safety plan (G6)."`
	ReviewOn    *WrittenDate          `json:"review_on" meaning:"When it is to be reviewed (G6)."`
}

// Protection is risk to the person and her safety plan, as they stand (G6).
type Protection struct{ ent.Schema }

// Annotations of the Protection.
func (Protection) Annotations() []schema.Annotation {
	return []schema.Annotation{
		annotation.Category(category.Protection),
		annotation.Sealed(ProtectionContent{}),
		schema.Comment("Risk to the person and her safety plan, as they stand (G6)."),
	}
}

// Mixin of the Protection.
func (Protection) Mixin() []ent.Mixin {
	return []ent.Mixin{partMixin{back: "protections", single: true}}
}

// Fields of the Protection.
func (Protection) Fields() []ent.Field { return []ent.Field{idOf("protection"), sealedColumn()} }
