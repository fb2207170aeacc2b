package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"

	"github.com/sala-exchange/sala/internal/category"
)

// ContactVersion is what a Contact was before a correction.
type ContactVersion struct{ ent.Schema }

// Annotations of the ContactVersion.
func (ContactVersion) Annotations() []schema.Annotation {
	return formerly(category.Contact, ContactContent{}, "What a Contact was before a correction (I2); its contributor alone sees it.")
}

// Mixin of the ContactVersion.
func (ContactVersion) Mixin() []ent.Mixin { return []ent.Mixin{versionMixin{}} }
