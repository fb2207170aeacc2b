package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"

	"github.com/sala-exchange/sala/ent/annotation"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
)

// HealthContent is what is sealed of a Health.
type HealthContent struct {
	Kind      valueset.HealthKind `json:"kind" meaning:"What it is about."`
	Condition string              `json:"condition" meaning:"The condition."`
	Treatment string              `json:"treatment" meaning:"Treatment."`
	Provider  string              `json:"provider" meaning:"Who treats her, as written."`
	Urgent    *bool               `json:"urgent" meaning:"Whether it is urgent."`
	Since     *WrittenDate        `json:"since" meaning:"Since when."`
	Until     *WrittenDate        `json:"until" meaning:"Until when."`
}

// Health is one record about the person's health, but for what is restricted.
type Health struct{ ent.Schema }

// Annotations of the Health.
func (Health) Annotations() []schema.Annotation {
	return []schema.Annotation{
		annotation.Category(category.Health),
		annotation.Sealed(HealthContent{}),
		entsql.Annotation{Table: "health"},
		schema.Comment("One record about the person's health, but for what is restricted."),
	}
}

// Mixin of the Health.
func (Health) Mixin() []ent.Mixin { return []ent.Mixin{partMixin{back: "health"}} }

// Fields of the Health.
func (Health) Fields() []ent.Field { return []ent.Field{idOf("health"), sealedColumn()} }
