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

// ConsentContent is what is sealed of a Consent: it may name people.
type ConsentContent struct {
	Present string `json:"present" meaning:"Who was present (C5)."`
}

// Consent is one statement: of the person about sharing or recording, or the
// typed basis on which an agency records without one (C1). A statement is never
// changed; a withdrawal is a later statement (C4, C8).
type Consent struct{ ent.Schema }

// Annotations of the Consent.
func (Consent) Annotations() []schema.Annotation {
	return []schema.Annotation{
		annotation.Sealed(ConsentContent{}),
		annotation.Category(category.Case),
		schema.Comment("One statement about recording, sharing or transfer; never changed, a withdrawal is a later one (C4, C8)."),
	}
}

// Mixin of the Consent.
func (Consent) Mixin() []ent.Mixin { return []ent.Mixin{partMixin{back: "consents", once: true}} }

// Fields of the Consent.
func (Consent) Fields() []ent.Field {
	answer := func(name, comment string) ent.Field {
		return field.Enum(name).GoType(valueset.Answer("")).Default("UNKNOWN").Immutable().Comment(comment).
			Annotations(annotation.HTCDS("con_Consent"))
	}
	return []ent.Field{
		idOf("consent"),
		field.Enum("kind").GoType(valueset.ConsentKind("")).Immutable().Comment("About recording (C1), sharing (C2) or a transfer of the case (A4)."),
		field.Enum("basis").GoType(valueset.RecordingBasis("")).Immutable().Comment("Her consent, or for a recording a typed basis (C1)."),
		field.Enum("voice").GoType(valueset.Voice("")).Immutable().Comment("Whose statement it is (C4)."),
		field.Enum("form").GoType(valueset.ConsentForm("")).Optional().Nillable().Immutable().Comment("Form of the statement (C5)."),
		sealedColumn(),
		field.String("language").Optional().Immutable().Comment("Language in which she was informed, ISO 639 (C5)."),
		field.Enum("interpretation").GoType(valueset.Interpretation("")).Immutable().Comment("Through whom (C6)."),
		field.Enum("setting").GoType(valueset.Setting("")).Immutable().Comment("Where it was given (C6)."),
		field.Int64("given_on").Immutable().Comment("When she gave it; the latest statement decides (C4)."),
		field.String("guardianship_id").Optional().Nillable().Immutable().Comment("By which somebody else speaks for her (E2); empty where nobody does, or it is not known."),
		field.String("best_interests_id").Optional().Nillable().Immutable().Comment("The decision in her best interests that this statement is of (E5)."),
		field.Enum("childs_views").GoType(valueset.ChildsViews("")).Optional().Nillable().Immutable().Comment("How the child's views went into what her guardian said (E2)."),
		field.Bool("mature_and_safe").Default(false).Immutable().Comment("The child is recorded as mature enough to decide herself, and safe in doing so (E2)."),
		field.Bool("legal_advice_offered").Default(false).Immutable().Comment("Legal advice was offered to her before (C9)."),
		field.String("confirms_id").Optional().Nillable().Immutable().Comment("The provisional statement that this one confirms (C6)."),
		answer("to_interview", "She agreed to the interview."),
		answer("told_purpose", "She was told what the interview is for."),
		answer("told_use", "She was told the actual and potential uses of the data."),
		answer("told_research", "She was told of the use of non-identifying data for research."),
		answer("told_access", "She was told that she may ask for her data at any time."),
		answer("told_storage", "She was told how long the data are kept."),
		answer("told_withdrawal", "She was told how to withdraw."),
	}
}

// Edges of the Consent.
func (Consent) Edges() []ent.Edge {
	return []ent.Edge{edge.To("provisions", Provision.Type).Comment("What it says, to whom.")}
}
