package schema

import (
	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/sala-exchange/sala/ent/annotation"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
)

// LegalBasisContent is what is sealed of a LegalBasis: the document, as a jurist enters it.
type LegalBasisContent struct {
	Authority      string `json:"authority" meaning:"The court that ordered it, or who acts on the duty or the danger."`
	Number         string `json:"number" meaning:"Number of the order or paper."`
	Statute        string `json:"statute" meaning:"The statute, as a jurist enters it."`
	Article        string `json:"article" meaning:"Its article."`
	DocumentHash   string `json:"documentHash" meaning:"SHA-256 of the document, in hexadecimal digits."`
	Coverage       string `json:"coverage" meaning:"What it reaches and what it is for, in words."`
	DelayAuthority string `json:"delayAuthority" meaning:"The court that ordered that she is told later."`
	DelayNumber    string `json:"delayNumber" meaning:"Number of that order."`
}

// LegalBasis is a court's order, a statutory duty or a vital interest by which an agency
// asks for another's rows (F1). It opens nothing until the data-protection focal point of
// the agency whose rows they are has checked it. One about a reference that stands for no
// case with rows of that agency has no case, and looks the same to whoever entered it.
type LegalBasis struct{ ent.Schema }

// Annotations of the LegalBasis.
func (LegalBasis) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entgql.Skip(entgql.SkipAll), entsql.Annotation{Table: "legal_bases"},
		annotation.Category(category.Case), annotation.Sealed(LegalBasisContent{}),
		schema.Comment("A court's order, a statutory duty or a vital interest by which an agency asks for another's rows; in effect once that agency has checked it (F1)."),
	}
}

// Mixin of the LegalBasis: its contributor is the agency that asks.
func (LegalBasis) Mixin() []ent.Mixin { return []ent.Mixin{statedMixin{}} }

// Fields of the LegalBasis.
func (LegalBasis) Fields() []ent.Field {
	return []ent.Field{
		idOf("legalbasis"),
		field.Enum("kind").GoType(valueset.LegalBasisKind("")).Immutable().Comment("Court's order, statutory duty or vital interest (F1)."),
		field.String("reference").Immutable().Comment("The spoken reference as it was entered (I5)."),
		field.String("source_id").Immutable().Comment("The agency whose rows it shall open, which checks it (F1)."),
		field.Enum("purpose").GoType(category.Purpose("")).Immutable().Comment("For which purpose."),
		field.JSON("categories", []category.Category{}).Immutable().Comment("Which categories; WHEREABOUTS and HEALTH_RESTRICTED alone (B1)."),
		sealedColumn(),
		field.Int64("valid_from").Immutable().Comment("From when it reaches; it opens nothing before it was checked."),
		field.Int64("valid_until").Immutable().Comment("Until when, exclusive: it always has an end (F1)."),
		field.Int64("delayed_until").Optional().Nillable().Immutable().Comment("Until when the person's report leaves it out, by a court's order alone (F1)."),
		field.Enum("state").GoType(valueset.LegalBasisState("")).Default("WAITING").Comment("Whether it is in effect."),
		field.Int64("checked_on").Optional().Nillable().Comment("When it was checked."),
		field.String("checked_by").Default("").Comment("The focal point of the agency whose rows they are who checked it."),
		field.String("checked_agency").Default("").Comment("The agency of whoever checked it: the one whose rows they are (F1)."),
		field.Enum("refusal").GoType(valueset.LegalBasisRefusal("")).Optional().Nillable().Comment("Why it was refused; it stays with the agency that refused."),
		field.Int64("ended_on").Optional().Nillable().Comment("When it was ended before its time."),
		field.String("ended_by").Default("").Comment("The member who ended it."),
	}
}

// Indexes of the LegalBasis, beside that by case.
func (LegalBasis) Indexes() []ent.Index {
	return []ent.Index{index.Fields("contributor_id", "recorded_on"), index.Fields("source_id", "recorded_on")}
}
