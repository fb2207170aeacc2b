package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"

	"github.com/sala-exchange/sala/ent/annotation"
	"github.com/sala-exchange/sala/internal/category"
)

// Narrative is free text about the person: statements, case comments.
type Narrative struct{ ent.Schema }

// Annotations of the Narrative.
func (Narrative) Annotations() []schema.Annotation {
	return []schema.Annotation{
		annotation.Category(category.Narrative),
		schema.Comment("Free text about the person: statements, case comments."),
	}
}

// Mixin of the Narrative.
func (Narrative) Mixin() []ent.Mixin { return []ent.Mixin{partMixin{back: "narratives"}} }

// Fields of the Narrative.
func (Narrative) Fields() []ent.Field {
	return []ent.Field{
		idOf("narrative"),
		field.Enum("kind").Values("STATEMENT", "COMMENT", "CLOSURE", "REFERRAL_HISTORY").Comment("What sort of text it is."),
		field.Text("text").Sensitive().Comment("The text as recorded.").
			Annotations(annotation.HTCDS("cco_CaseComment, cas_ReasonForCaseClosure, cas_IncomingReferralDetails, cas_OutgoingReferralDetails")),
		field.String("language").Optional().Comment("Language of the text, ISO 639."),
	}
}
