package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"

	"github.com/sala-exchange/sala/internal/category"
)

// HealthRestrictedVersion is what a HealthRestricted was before a correction.
type HealthRestrictedVersion struct{ ent.Schema }

// Annotations of the HealthRestrictedVersion.
func (HealthRestrictedVersion) Annotations() []schema.Annotation {
	return formerly(category.HealthRestricted, HealthRestrictedContent{}, "What a HealthRestricted was before a correction (I2); its contributor alone sees it.")
}

// Mixin of the HealthRestrictedVersion.
func (HealthRestrictedVersion) Mixin() []ent.Mixin { return []ent.Mixin{versionMixin{}} }
