package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"

	"github.com/sala-exchange/sala/ent/annotation"
	"github.com/sala-exchange/sala/internal/category"
)

// NarrativeContent is what is sealed of a Narrative.
type NarrativeContent struct {
	Kind     string `json:"kind" meaning:"What sort of text it is: STATEMENT, COMMENT, CLOSURE or REFERRAL_HISTORY."`
	Text     string `json:"text" htcds:"cco_CaseComment, cas_ReasonForCaseClosure, cas_IncomingReferralDetails, cas_OutgoingReferralDetails" meaning:"The text as recorded."`
	Language string `json:"language" meaning:"Language of the text, ISO 639."`
}

// Narrative is free text about the person: statements, case comments.
type Narrative struct{ ent.Schema }

// Annotations of the Narrative.
func (Narrative) Annotations() []schema.Annotation {
	return []schema.Annotation{
		annotation.Category(category.Narrative),
		annotation.Sealed(NarrativeContent{}),
		schema.Comment("Free text about the person: statements, case comments."),
	}
}

// Mixin of the Narrative.
func (Narrative) Mixin() []ent.Mixin { return []ent.Mixin{partMixin{back: "narratives"}} }

// Fields of the Narrative.
func (Narrative) Fields() []ent.Field { return []ent.Field{idOf("narrative"), sealedColumn()} }
