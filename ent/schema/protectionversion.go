package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"

	"github.com/sala-exchange/sala/internal/category"
)

// ProtectionVersion is what a Protection was before a correction.
type ProtectionVersion struct{ ent.Schema }

// Annotations of the ProtectionVersion.
func (ProtectionVersion) Annotations() []schema.Annotation {
	return formerly(category.Protection, ProtectionContent{}, "What a Protection was before a correction (I2); its contributor alone sees it.")
}

// Mixin of the ProtectionVersion.
func (ProtectionVersion) Mixin() []ent.Mixin { return []ent.Mixin{versionMixin{}} }
