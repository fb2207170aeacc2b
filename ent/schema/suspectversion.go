package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"

	"github.com/sala-exchange/sala/internal/category"
)

// SuspectVersion is what a Suspect was before a correction.
type SuspectVersion struct{ ent.Schema }

// Annotations of the SuspectVersion.
func (SuspectVersion) Annotations() []schema.Annotation {
	return formerly(category.Suspect, SuspectContent{}, "What a Suspect was before a correction (I2); its contributor alone sees it.")
}

// Mixin of the SuspectVersion.
func (SuspectVersion) Mixin() []ent.Mixin { return []ent.Mixin{versionMixin{}} }
