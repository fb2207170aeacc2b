package schema

import (
	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/sala-exchange/sala/ent/annotation"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
)

// Permission is what a contributor itself decides about its own rows of a case: an
// international organisation, whether they open to a recipient at all (A6); any
// contributor, whether what it shared is passed on by one referral (D4). It replaces
// neither consent nor agreement nor referral.
type Permission struct{ ent.Schema }

// Annotations of the Permission.
func (Permission) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entgql.Skip(entgql.SkipAll), annotation.Category(category.Case),
		schema.Comment("What a contributor itself decides about its own rows: whether they open to a recipient (A6), or are passed on by one referral (D4)."),
	}
}

// Mixin of the Permission.
func (Permission) Mixin() []ent.Mixin { return []ent.Mixin{statedMixin{}} }

// Fields of the Permission.
func (Permission) Fields() []ent.Field {
	return []ent.Field{
		idOf("permission"),
		field.String("recipient_id").Immutable().Comment("The agency to which the rows would open."),
		field.String("asker_id").Default("").Immutable().Comment("The agency that asks to pass them on (D4); empty for a contributor's own decision."),
		field.String("referral_id").Default("").Immutable().Comment("The one referral that it is about (D4); empty for every referral to the recipient (A6)."),
		field.Enum("purpose").GoType(category.Purpose("")).Immutable().Comment("For this purpose."),
		field.JSON("categories", []category.Category{}).Immutable().Comment("Of these categories."),
		field.Enum("state").GoType(valueset.PermissionState("")).Comment("Asked for, granted, refused or withdrawn; it opens something while it is granted alone."),
		field.Int64("decided_on").Optional().Nillable().Comment("When it was granted, refused or withdrawn last."),
		field.String("decided_by").Default("").Comment("The member of the contributor who did."),
		field.Int64("valid_from").Immutable().Comment("From."),
		field.Int64("valid_until").Immutable().Comment("Until, exclusive."),
	}
}

// Indexes of the Permission.
func (Permission) Indexes() []ent.Index { return []ent.Index{index.Fields("referral_id")} }
