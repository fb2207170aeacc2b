package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"

	"github.com/sala-exchange/sala/ent/annotation"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
)

// HealthRestrictedContent is what is sealed of a HealthRestricted.
type HealthRestrictedContent struct {
	Kind      valueset.RestrictedHealthKind `json:"kind" meaning:"What it is about (B1)."`
	Condition string                        `json:"condition" meaning:"The condition, or the findings."`
	Treatment string                        `json:"treatment" meaning:"Treatment."`
	Provider  string                        `json:"provider" meaning:"Who treats or examined her, as written."`
	Since     *WrittenDate                  `json:"since" meaning:"Since when."`
	Until     *WrittenDate                  `json:"until" meaning:"Until when."`
}

// HealthRestricted is one record about HIV, sexual and reproductive health, a forensic examination or psychiatry (B1).
type HealthRestricted struct{ ent.Schema }

// Annotations of the HealthRestricted.
func (HealthRestricted) Annotations() []schema.Annotation {
	return []schema.Annotation{
		annotation.Category(category.HealthRestricted),
		annotation.Sealed(HealthRestrictedContent{}),
		entsql.Annotation{Table: "health_restricted"},
		schema.Comment("One record about HIV, sexual and reproductive health, a forensic examination or psychiatry (B1)."),
	}
}

// Mixin of the HealthRestricted.
func (HealthRestricted) Mixin() []ent.Mixin { return []ent.Mixin{partMixin{back: "health_restricted"}} }

// Fields of the HealthRestricted.
func (HealthRestricted) Fields() []ent.Field {
	return []ent.Field{idOf("healthrestricted"), sealedColumn()}
}
