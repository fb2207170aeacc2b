package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"

	"github.com/sala-exchange/sala/internal/category"
)

// WhereaboutsVersion is what a Whereabouts was before a correction.
type WhereaboutsVersion struct{ ent.Schema }

// Annotations of the WhereaboutsVersion.
func (WhereaboutsVersion) Annotations() []schema.Annotation {
	return formerly(category.Whereabouts, WhereaboutsContent{}, "What a Whereabouts was before a correction (I2); its contributor alone sees it.")
}

// Mixin of the WhereaboutsVersion.
func (WhereaboutsVersion) Mixin() []ent.Mixin { return []ent.Mixin{versionMixin{}} }
