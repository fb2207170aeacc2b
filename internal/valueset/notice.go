package valueset

import "io"

// NoticeKind is what a notice to an agency is about; it never says why access ended (C8).
type NoticeKind string

// The values of NoticeKind.
const (
	NoticeKindAccessEnded        NoticeKind = "ACCESS_ENDED"
	NoticeKindReferralOffered    NoticeKind = "REFERRAL_OFFERED"
	NoticeKindReferralChanged    NoticeKind = "REFERRAL_CHANGED"
	NoticeKindAgreementSuspended NoticeKind = "AGREEMENT_SUSPENDED"
	NoticeKindAgreementResumed   NoticeKind = "AGREEMENT_RESUMED"
	NoticeKindCaseTransfer       NoticeKind = "CASE_TRANSFER"
	NoticeKindErasureAsked       NoticeKind = "ERASURE_ASKED"
	NoticeKindErasurePlanned     NoticeKind = "ERASURE_PLANNED"
	NoticeKindErasureStopped     NoticeKind = "ERASURE_STOPPED"
	NoticeKindDeleteCopies       NoticeKind = "DELETE_COPIES"
	NoticeKindSignInChange       NoticeKind = "SIGN_IN_CHANGE"
	NoticeKindAgreementProposed  NoticeKind = "AGREEMENT_PROPOSED"
	NoticeKindAgreementInForce   NoticeKind = "AGREEMENT_IN_FORCE"
)

var noticeKindSet = table[NoticeKind]{"NoticeKind", "what a notice to an agency is about; it never says why access ended (C8)", "", []entry[NoticeKind]{
	{NoticeKindAccessEnded, "Access ended"},
	{NoticeKindReferralOffered, "Referral offered"},
	{NoticeKindReferralChanged, "Referral changed"},
	{NoticeKindAgreementSuspended, "Agreement suspended"},
	{NoticeKindAgreementResumed, "Agreement resumed"},
	{NoticeKindCaseTransfer, "Case transfer"},
	{NoticeKindErasureAsked, "Erasure asked for"},
	{NoticeKindErasurePlanned, "Erasure planned"},
	{NoticeKindErasureStopped, "Erasure stopped"},
	{NoticeKindDeleteCopies, "Delete your copies of this case"},
	{NoticeKindSignInChange, "How your agency signs in is about to change, or has changed"},
	{NoticeKindAgreementProposed, "Agreement proposed, to be countersigned"},
	{NoticeKindAgreementInForce, "Agreement in force"},
}}

// Values lists the words in their fixed order, for the stored model.
func (NoticeKind) Values() []string { return noticeKindSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v NoticeKind) Valid() bool { return noticeKindSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v NoticeKind) Label() string { return noticeKindSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v NoticeKind) MarshalGQL(w io.Writer) { noticeKindSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *NoticeKind) UnmarshalGQL(in any) error { return noticeKindSet.unmarshal(in, v) }
