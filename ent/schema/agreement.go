package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"

	"github.com/sala-exchange/sala/ent/annotation"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
)

// Agreement is a data-sharing agreement: which purposes and categories its
// parties may exchange at all (D6). Its suspension is a Gate, not a column.
type Agreement struct{ ent.Schema }

// Annotations of the Agreement.
func (Agreement) Annotations() []schema.Annotation {
	return []schema.Annotation{
		annotation.Class(category.Parties),
		schema.Comment("A data-sharing agreement: which purposes and categories its parties may exchange at all (D6)."),
	}
}

// Fields of the Agreement.
func (Agreement) Fields() []ent.Field {
	return []ent.Field{
		idOf("agreement"),
		field.String("code").Optional().Nillable().Unique().Immutable().Comment("Short code, lower case ASCII; empty for one from before there were codes."),
		field.String("title").Immutable().Comment("Title as signed."),
		field.String("document_digest").Optional().Nillable().Immutable().Comment("SHA-256 of the document that the parties sign, 64 lower-case hexadecimal digits; empty where none was named."),
		field.JSON("purposes", []category.Purpose{}).Comment("Purposes that it covers."),
		field.JSON("categories", []category.Category{}).Comment("Categories that it covers; never CASE (B5)."),
		field.JSON("case_kinds", []valueset.CaseKind{}).Comment("Kinds of case that it covers."),
		field.Int64("valid_from").Immutable().Comment("In force from."),
		field.Int64("valid_until").Immutable().Comment("In force until, exclusive."),
		field.Int64("countersigned_on").Optional().Nillable().Comment("When the last party signed; nothing flows before."),
		field.String("proposer_id").Optional().Immutable().Comment("The agency that proposed it."),
		field.Int("retention_days").Default(0).Immutable().Comment("How long a receiver keeps what it received, in days; 0 where the law alone decides (D6)."),
		field.Enum("onward").GoType(valueset.OnwardSharing("")).Default(string(valueset.OnwardSharingNo)).Immutable().Comment("Whether a receiver may pass on what it received (D4, D6)."),
		field.Int("breach_notice_hours").Default(72).Immutable().Comment("Within how many hours a party tells the others of a breach (D6)."),
		field.Enum("at_end").GoType(valueset.AfterAgreement("")).Default(string(valueset.AfterAgreementDelete)).Immutable().Comment("What happens at the end to what was received (D6)."),
		field.Int64("shut_down_on").Optional().Nillable().Comment("When it was shut down in an emergency; it stands again once all parties have signed anew (D6)."),
		field.Int64("ended_on").Optional().Nillable().Comment("When a party ended it, for good."),
	}
}

// Edges of the Agreement.
func (Agreement) Edges() []ent.Edge {
	return []ent.Edge{edge.To("parties", AgreementParty.Type).Comment("Its parties.")}
}
