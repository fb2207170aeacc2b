package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"

	"github.com/sala-exchange/sala/internal/category"
)

// NarrativeVersion is what a Narrative was before a correction.
type NarrativeVersion struct{ ent.Schema }

// Annotations of the NarrativeVersion.
func (NarrativeVersion) Annotations() []schema.Annotation {
	return formerly(category.Narrative, NarrativeContent{}, "What a Narrative was before a correction (I2); its contributor alone sees it.")
}

// Mixin of the NarrativeVersion.
func (NarrativeVersion) Mixin() []ent.Mixin { return []ent.Mixin{versionMixin{}} }
