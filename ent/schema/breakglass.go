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

// BreakGlassContent is what is sealed of a break-glass.
type BreakGlassContent struct {
	Reason         string `json:"reason" meaning:"Why it could not wait (F3)."`
	AgainstRefusal string `json:"against_refusal" meaning:"Why although she had refused; empty where no refusal stood (F3)."`
}

// BreakGlass is one opening of a case in an emergency, by one member of another agency,
// for some hours (F3). Its contributor is the member's agency.
type BreakGlass struct{ ent.Schema }

// Annotations of the BreakGlass.
func (BreakGlass) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entgql.Skip(entgql.SkipAll), annotation.Category(category.Case), annotation.Sealed(BreakGlassContent{}),
		schema.Comment("One opening of a case in an emergency, by one member of another agency, for some hours (F3)."),
	}
}

// Mixin of the BreakGlass.
func (BreakGlass) Mixin() []ent.Mixin { return []ent.Mixin{statedMixin{}} }

// Fields of the BreakGlass.
func (BreakGlass) Fields() []ent.Field {
	return []ent.Field{
		idOf("glass"),
		field.String("owner_id").Immutable().Comment("The agency that owned the case: its rows are opened, and only while it owns the case."),
		field.Enum("purpose").GoType(category.Purpose("")).Immutable().Comment("PROTECTION or ASSISTANCE (F3)."),
		field.Enum("ground").GoType(valueset.GlassGround("")).Immutable().Comment("Why it could not wait (F3)."),
		sealedColumn(),
		field.JSON("categories", []category.Category{}).Immutable().Comment("What was opened: of IDENTITY, CONTACT, HEALTH, PROTECTION (F3)."),
		field.Bool("refusal_stood").Default(false).Immutable().Comment("A refusal of hers stood and was shown first (F3)."),
		field.Int64("valid_from").Immutable().Comment("From."),
		field.Int64("valid_until").Immutable().Comment("Until, exclusive: 24 hours later at most (F3)."),
		field.Int64("ended_on").Optional().Nillable().Comment("When it was ended before its time: by its user, or because the case was locked."),
		field.Int64("closed_on").Optional().Nillable().Comment("When its end was put on record."),
	}
}

// Indexes of the BreakGlass.
func (BreakGlass) Indexes() []ent.Index {
	return []ent.Index{index.Fields("closed_on", "valid_until"), index.Fields("contributor_id", "recorded_by")}
}
