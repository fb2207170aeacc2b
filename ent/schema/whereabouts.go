package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"

	"github.com/sala-exchange/sala/ent/annotation"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
)

// WhereaboutsContent is what is sealed of a Whereabouts.
type WhereaboutsContent struct {
	Kind     valueset.WhereaboutsKind `json:"kind" meaning:"Kind of place."`
	Place    string                   `json:"place" meaning:"Name of the shelter or place, as written."`
	Street   string                   `json:"street" meaning:"Street."`
	City     string                   `json:"city" meaning:"Village or city."`
	Province string                   `json:"province" meaning:"Province."`
	Country  string                   `json:"country" meaning:"Country, ISO 3166 alpha-2."`
	Since    *WrittenDate             `json:"since" meaning:"Since when, as far as known."`
	Until    *WrittenDate             `json:"until" meaning:"Until when; nothing while she is there, or where it is not known."`
}

// Whereabouts is where the person is or was: a shelter or another place, from when until when.
type Whereabouts struct{ ent.Schema }

// Annotations of the Whereabouts.
func (Whereabouts) Annotations() []schema.Annotation {
	return []schema.Annotation{
		annotation.Category(category.Whereabouts),
		annotation.Sealed(WhereaboutsContent{}),
		schema.Comment("Where the person is or was: a shelter or another place, from when until when."),
	}
}

// Mixin of the Whereabouts.
func (Whereabouts) Mixin() []ent.Mixin { return []ent.Mixin{partMixin{back: "whereabouts"}} }

// Fields of the Whereabouts.
func (Whereabouts) Fields() []ent.Field { return []ent.Field{idOf("whereabouts"), sealedColumn()} }
