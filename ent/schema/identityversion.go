package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"

	"github.com/sala-exchange/sala/internal/category"
)

// IdentityVersion is what an Identity was before a correction.
type IdentityVersion struct{ ent.Schema }

// Annotations of the IdentityVersion.
func (IdentityVersion) Annotations() []schema.Annotation {
	return formerly(category.Identity, IdentityContent{}, "What an Identity was before a correction (I2); its contributor alone sees it.")
}

// Mixin of the IdentityVersion.
func (IdentityVersion) Mixin() []ent.Mixin { return []ent.Mixin{versionMixin{}} }
