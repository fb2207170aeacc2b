package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"

	"github.com/sala-exchange/sala/internal/category"
)

// HealthVersion is what a Health was before a correction.
type HealthVersion struct{ ent.Schema }

// Annotations of the HealthVersion.
func (HealthVersion) Annotations() []schema.Annotation {
	return formerly(category.Health, HealthContent{}, "What a Health was before a correction (I2); its contributor alone sees it.")
}

// Mixin of the HealthVersion.
func (HealthVersion) Mixin() []ent.Mixin { return []ent.Mixin{versionMixin{}} }
