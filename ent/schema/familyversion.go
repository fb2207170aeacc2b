package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"

	"github.com/sala-exchange/sala/internal/category"
)

// FamilyVersion is what a Family was before a correction.
type FamilyVersion struct{ ent.Schema }

// Annotations of the FamilyVersion.
func (FamilyVersion) Annotations() []schema.Annotation {
	return formerly(category.Family, FamilyContent{}, "What a Family was before a correction (I2); its contributor alone sees it.")
}

// Mixin of the FamilyVersion.
func (FamilyVersion) Mixin() []ent.Mixin { return []ent.Mixin{versionMixin{}} }
