package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"

	"github.com/sala-exchange/sala/ent/annotation"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
)

// FamilyContent is what is sealed of a Family.
type FamilyContent struct {
	Names       []Name                  `json:"names" meaning:"Names of the third person, as written (I4)."`
	Relation    valueset.FamilyRelation `json:"relation" meaning:"How the third person is related to her."`
	Sex         *valueset.Sex           `json:"sex" meaning:"Sex of the third person (B4)."`
	Caregiver   *bool                   `json:"caregiver" meaning:"Whether the third person cares for her."`
	Guardian    *bool                   `json:"guardian" meaning:"Whether the third person is her legal guardian (E2)."`
	ContactWish *valueset.ContactWish   `json:"contact_wish" meaning:"Whether she wishes contact with the third person."`
	Address     string                  `json:"address" meaning:"How to reach the third person, as written."`
}

// Family is a third person who is related to the person or cares for her.
type Family struct{ ent.Schema }

// Annotations of the Family.
func (Family) Annotations() []schema.Annotation {
	return []schema.Annotation{
		annotation.Category(category.Family),
		annotation.Sealed(FamilyContent{}),
		schema.Comment("A third person who is related to the person or cares for her."),
	}
}

// Mixin of the Family.
func (Family) Mixin() []ent.Mixin { return []ent.Mixin{partMixin{back: "family"}} }

// Fields of the Family.
func (Family) Fields() []ent.Field { return []ent.Field{idOf("family"), sealedColumn()} }
