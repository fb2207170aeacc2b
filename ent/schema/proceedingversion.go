package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"

	"github.com/sala-exchange/sala/internal/category"
)

// ProceedingVersion is what a Proceeding was before a correction.
type ProceedingVersion struct{ ent.Schema }

// Annotations of the ProceedingVersion.
func (ProceedingVersion) Annotations() []schema.Annotation {
	return formerly(category.Justice, ProceedingContent{}, "What a Proceeding was before a correction (I2); its contributor alone sees it.")
}

// Mixin of the ProceedingVersion.
func (ProceedingVersion) Mixin() []ent.Mixin { return []ent.Mixin{versionMixin{}} }
