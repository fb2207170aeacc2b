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
	NoticeKindDeleteSuspect      NoticeKind = "DELETE_SUSPECT_COPIES"
	NoticeKindSignInChange       NoticeKind = "SIGN_IN_CHANGE"
	NoticeKindAgreementProposed  NoticeKind = "AGREEMENT_PROPOSED"
	NoticeKindAgreementInForce   NoticeKind = "AGREEMENT_IN_FORCE"
	NoticeKindAgreementEnded     NoticeKind = "AGREEMENT_ENDED"
	NoticeKindAgreementShutDown  NoticeKind = "AGREEMENT_SHUT_DOWN"
	NoticeKindAgencySuspended    NoticeKind = "AGENCY_SUSPENDED"
	NoticeKindAgencyResumed      NoticeKind = "AGENCY_RESUMED"
	NoticeKindBreachReported     NoticeKind = "BREACH_REPORTED"
	NoticeKindTransferEnded      NoticeKind = "TRANSFER_ENDED"
	NoticeKindCaseAssigned       NoticeKind = "CASE_ASSIGNED"
	NoticeKindRetentionDue       NoticeKind = "RETENTION_DUE"
	NoticeKindDeletionPlanned    NoticeKind = "DELETION_PLANNED"
	NoticeKindDeletionStopped    NoticeKind = "DELETION_STOPPED"
	NoticeKindDepartureOverdue   NoticeKind = "DEPARTURE_OVERDUE"
	NoticeKindOwnConsentDue      NoticeKind = "OWN_CONSENT_DUE"
	NoticeKindToSign             NoticeKind = "BEST_INTERESTS_TO_SIGN"
	NoticeKindToConfirm          NoticeKind = "CONSENT_TO_CONFIRM"
	NoticeKindBasisToCheck       NoticeKind = "LEGAL_BASIS_TO_CHECK"
	NoticeKindBasisDecided       NoticeKind = "LEGAL_BASIS_DECIDED"
	NoticeKindRefusalCounted     NoticeKind = "REFUSAL_COUNTED"
	NoticeKindOnwardAsked        NoticeKind = "ONWARD_ASKED"
	NoticeKindOnwardAnswered     NoticeKind = "ONWARD_ANSWERED"
	NoticeKindExternalDue        NoticeKind = "EXTERNAL_DUE"
	NoticeKindConferenceCalled   NoticeKind = "CONFERENCE_CALLED"
	NoticeKindConferenceTask     NoticeKind = "CONFERENCE_TASK"
	NoticeKindGlassBroken        NoticeKind = "GLASS_BROKEN"
	NoticeKindGlassReviewed      NoticeKind = "GLASS_REVIEWED"
	NoticeKindGlassOverdue       NoticeKind = "GLASS_REVIEW_OVERDUE"
	NoticeKindGlassTried         NoticeKind = "GLASS_TRIED"
	NoticeKindReleasePublished   NoticeKind = "RELEASE_PUBLISHED"
	NoticeKindReleaseWithdrawn   NoticeKind = "RELEASE_WITHDRAWN"
)

// ToParties are the kinds that tell an agency of an interruption as a party of
// agreements. They are for those who answer for its agreements: beside "access ended" they
// would tell whoever receives a referral why it ended (C8, D6).
func ToParties() []NoticeKind {
	return []NoticeKind{
		NoticeKindAgreementSuspended, NoticeKindAgreementResumed, NoticeKindAgreementInForce, NoticeKindAgreementEnded, NoticeKindAgreementShutDown,
		NoticeKindAgencySuspended, NoticeKindAgencyResumed, NoticeKindBreachReported, NoticeKindDeletionPlanned, NoticeKindDeletionStopped,
	}
}

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
	{NoticeKindDeleteSuspect, "A suspect of this case was erased: delete your copies of what Sala shows you no more"},
	{NoticeKindSignInChange, "How your agency signs in is about to change, or has changed"},
	{NoticeKindAgreementProposed, "Agreement proposed, to be countersigned"},
	{NoticeKindAgreementInForce, "Agreement in force"},
	{NoticeKindAgreementEnded, "Agreement ended"},
	{NoticeKindAgreementShutDown, "Agreement shut down in an emergency, to be signed anew"},
	{NoticeKindAgencySuspended, "A party of your agreements is suspended"},
	{NoticeKindAgencyResumed, "A party of your agreements is let in again"},
	{NoticeKindBreachReported, "A party of an agreement reports a breach"},
	{NoticeKindTransferEnded, "The offer of a case transfer has ended"},
	{NoticeKindCaseAssigned, "A case was assigned"},
	{NoticeKindRetentionDue, "A decision about keeping a file is due"},
	{NoticeKindDeletionPlanned, "What an agency that leaves has contributed is about to be deleted"},
	{NoticeKindDeletionStopped, "The agency that leaves has stopped the deletion"},
	{NoticeKindDepartureOverdue, "The departure of an agency is past its deadline"},
	{NoticeKindOwnConsentDue, "A child turns 18 within 90 days: her own consent is to be sought"},
	{NoticeKindToSign, "A decision in somebody's best interests waits for a signature"},
	{NoticeKindToConfirm, "A provisional statement is to be confirmed within 7 days, or is void"},
	{NoticeKindBasisToCheck, "A legal basis for rows of your agency waits to be checked"},
	{NoticeKindBasisDecided, "A legal basis was decided about, or ended"},
	{NoticeKindRefusalCounted, "Her refusal is counted by statute: she is to be told so"},
	{NoticeKindOnwardAsked, "An agency asks to pass on what yours contributed"},
	{NoticeKindOnwardAnswered, "A contributor has answered whether its rows may be passed on"},
	{NoticeKindExternalDue, "A party outside Sala is to be asked: a reply, or that it deletes what it was given"},
	{NoticeKindConferenceCalled, "A case conference is called, or has decided"},
	{NoticeKindConferenceTask, "A case conference gave you something to do"},
	{NoticeKindGlassBroken, "A case of your agency was opened by break-glass: it is to be reviewed within 72 hours"},
	{NoticeKindGlassReviewed, "Your break-glass was reviewed"},
	{NoticeKindGlassOverdue, "The review of a break-glass is overdue"},
	{NoticeKindGlassTried, "A member of your agency has tried break-glass more often than is allowed"},
	{NoticeKindReleasePublished, "A release of anonymised tables for your agency was published"},
	{NoticeKindReleaseWithdrawn, "A release of anonymised tables was withdrawn: do not use it any more, and say so where you have"},
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
