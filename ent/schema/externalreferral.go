package schema

import (
	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"

	"github.com/sala-exchange/sala/ent/annotation"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
)

// ExternalReferralContent is what is sealed of an ExternalReferral: it names people.
type ExternalReferralContent struct {
	Party   string `json:"party" meaning:"The party outside Sala, by name."`
	Address string `json:"address" meaning:"How to reach the party."`
	Present string `json:"present" meaning:"Who was present at her statement (C5)."`
	Receipt string `json:"receipt" meaning:"Who took it over, and how."`
	Reply   string `json:"reply" meaning:"What the party replied."`
}

// ConsentChecks is the seven HTCDS checks of a statement (C5).
type ConsentChecks struct {
	ToInterview    valueset.Answer `json:"to_interview"`
	ToldPurpose    valueset.Answer `json:"told_purpose"`
	ToldUse        valueset.Answer `json:"told_use"`
	ToldResearch   valueset.Answer `json:"told_research"`
	ToldAccess     valueset.Answer `json:"told_access"`
	ToldStorage    valueset.Answer `json:"told_storage"`
	ToldWithdrawal valueset.Answer `json:"told_withdrawal"`
}

// ExternalReferral is a referral to a named party outside Sala, with the statement that
// it rests on: her consent names the party and each field (D8). It opens nothing in Sala.
type ExternalReferral struct{ ent.Schema }

// Annotations of the ExternalReferral.
func (ExternalReferral) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entgql.Skip(entgql.SkipAll), annotation.Category(category.Case), annotation.Sealed(ExternalReferralContent{}),
		schema.Comment("A referral to a named party outside Sala, with the statement that it rests on (D8)."),
	}
}

// Mixin of the ExternalReferral.
func (ExternalReferral) Mixin() []ent.Mixin { return []ent.Mixin{statedMixin{}} }

// Fields of the ExternalReferral.
func (ExternalReferral) Fields() []ent.Field {
	return []ent.Field{
		idOf("external"),
		field.Enum("purpose").GoType(category.Purpose("")).Immutable().Comment("For this purpose."),
		field.JSON("named_fields", []valueset.ExternalField{}).Immutable().Comment("The fields that go out, each by itself."),
		sealedColumn(),
		field.Enum("form").GoType(valueset.ConsentForm("")).Immutable().Comment("Form of her statement (C5)."),
		field.String("language").Optional().Immutable().Comment("Language in which she was informed, ISO 639 (C5)."),
		field.Enum("interpretation").GoType(valueset.Interpretation("")).Immutable().Comment("Through whom (C6)."),
		field.Enum("setting").GoType(valueset.Setting("")).Immutable().Comment("Where it was given (C6)."),
		field.JSON("checks", ConsentChecks{}).Immutable().Comment("The seven HTCDS checks (C5)."),
		field.Bool("legal_advice_offered").Default(false).Immutable().Comment("Whether legal advice was offered to her before (C9)."),
		field.String("guardianship_id").Default("").Immutable().Comment("Who consents beside a child (E2); empty for an adult."),
		field.Enum("childs_views").GoType(valueset.ChildsViews("")).Optional().Nillable().Immutable().Comment("How the child's views went into it (E2)."),
		field.Int64("given_on").Immutable().Comment("When she said it."),
		field.Int64("valid_until").Immutable().Comment("Until when her consent holds, exclusive: nothing is handed over later."),
		field.String("recipient_key").Default("").Immutable().Comment("The party's public age key; empty where it is printed."),
		field.Enum("state").GoType(valueset.ExternalReferralState("")).Comment("How far it has come."),
		field.Int("sheets").Default(0).Comment("How many sheets were made of it."),
		field.Int64("reply_by").Immutable().Comment("Until when a reply is awaited."),
		field.Int64("delete_by").Immutable().Comment("Until when the party deletes what it was given."),
		field.Int64("handed_over_on").Optional().Nillable().Comment("When it was handed over."),
		field.Int64("replied_on").Optional().Nillable().Comment("When the reply came."),
		field.Int64("withdrawn_on").Optional().Nillable().Comment("When she took her consent back: then deletion is asked for."),
		field.Int64("deleted_on").Optional().Nillable().Comment("When the party confirmed that it has deleted it."),
	}
}
