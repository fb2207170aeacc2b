package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"

	"github.com/sala-exchange/sala/ent/annotation"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
)

// ReferralHistory is a referral that was made outside Sala, as a file or an officer
// tells of it. It is history: it asks nobody for anything and opens nothing (D1). What
// it says in words is the text of its narrative.
type ReferralHistory struct {
	Direction    string                   `json:"direction"` // INCOMING or OUTGOING, seen from the contributor
	Organisation string                   `json:"organisation"`
	CaseWorker   string                   `json:"case_worker"`
	DateText     string                   `json:"date_text"` // as written (I3)
	DateCalendar *valueset.Calendar       `json:"date_calendar"`
	Reason       *valueset.ReferralReason `json:"reason"`
}

// NarrativeContent is what is sealed of a Narrative.
type NarrativeContent struct {
	Kind     string           `json:"kind" meaning:"What sort of text it is: STATEMENT, COMMENT, CLOSURE, REFERRAL_HISTORY, CASE_WORKER or EARLIER_REFERENCE."`
	Text     string           `json:"text" htcds:"cas_CaseOwner, cco_CaseComment, cas_ReasonForCaseClosure, cas_IncomingReferralDetails, cas_OutgoingReferralDetails" meaning:"The text as recorded."`
	Language string           `json:"language" meaning:"Language of the text, ISO 639."`
	Referral *ReferralHistory `json:"referral" htcds:"cas_ReferringOrganisation, cas_IncomingReferralDate, cas_ReferringPrimaryCaseWorker, cas_ReasonForIncomingReferral, cas_ReferredOrganisation, cas_OutgoingReferralDate, cas_ReferredPrimaryCaseWorker, cas_ReasonForOutgoingReferral" meaning:"The referral outside Sala that a REFERRAL_HISTORY tells of: direction, organisation, case worker, date as written and its calendar, reason."`
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
