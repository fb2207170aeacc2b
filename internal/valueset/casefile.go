package valueset

import "io"

// CaseKind is the kind of a case (G3).
type CaseKind string

// The values of CaseKind.
const (
	CaseKindPresumedVictim    CaseKind = "PRESUMED_VICTIM"
	CaseKindIdentifiedVictim  CaseKind = "IDENTIFIED_VICTIM"
	CaseKindVulnerableMigrant CaseKind = "VULNERABLE_MIGRANT"
	CaseKindSmuggledMigrant   CaseKind = "SMUGGLED_MIGRANT"
	CaseKindChildAtRisk       CaseKind = "CHILD_AT_RISK"
	CaseKindOther             CaseKind = "OTHER"
)

var caseKindSet = table[CaseKind]{"CaseKind", "the kind of a case (G3)", "", []entry[CaseKind]{
	{CaseKindPresumedVictim, "Presumed victim"},
	{CaseKindIdentifiedVictim, "Identified victim"},
	{CaseKindVulnerableMigrant, "Vulnerable migrant"},
	{CaseKindSmuggledMigrant, "Smuggled migrant"},
	{CaseKindChildAtRisk, "Child at risk"},
	{CaseKindOther, "Other"},
}}

// Values lists the words in their fixed order, for the stored model.
func (CaseKind) Values() []string { return caseKindSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v CaseKind) Valid() bool { return caseKindSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v CaseKind) Label() string { return caseKindSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v CaseKind) MarshalGQL(w io.Writer) { caseKindSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *CaseKind) UnmarshalGQL(in any) error { return caseKindSet.unmarshal(in, v) }

// CaseState is the state of a case (I1).
type CaseState string

// The values of CaseState.
const (
	CaseStateOpen           CaseState = "OPEN"
	CaseStateActive         CaseState = "ACTIVE"
	CaseStateFollowUp       CaseState = "FOLLOW_UP"
	CaseStateClosed         CaseState = "CLOSED"
	CaseStateClosedReferred CaseState = "CLOSED_REFERRED"
	CaseStateReopened       CaseState = "REOPENED"
)

var caseStateSet = table[CaseState]{"CaseState", "the state of a case (I1)", "", []entry[CaseState]{
	{CaseStateOpen, "Open"},
	{CaseStateActive, "Active"},
	{CaseStateFollowUp, "Follow-up"},
	{CaseStateClosed, "Closed"},
	{CaseStateClosedReferred, "Closed, referred"},
	{CaseStateReopened, "Reopened"},
}}

// Values lists the words in their fixed order, for the stored model.
func (CaseState) Values() []string { return caseStateSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v CaseState) Valid() bool { return caseStateSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v CaseState) Label() string { return caseStateSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v CaseState) MarshalGQL(w io.Writer) { caseStateSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *CaseState) UnmarshalGQL(in any) error { return caseStateSet.unmarshal(in, v) }

// ClosingReason is why a case was closed (I1).
type ClosingReason string

// The values of ClosingReason.
const (
	ClosingReasonGoalsMet    ClosingReason = "GOALS_MET"
	ClosingReasonMoved       ClosingReason = "MOVED"
	ClosingReasonLostContact ClosingReason = "LOST_CONTACT"
	ClosingReasonDied        ClosingReason = "DIED"
	ClosingReasonWithdrew    ClosingReason = "WITHDREW"
	ClosingReasonTransferred ClosingReason = "TRANSFERRED"
	ClosingReasonNotEligible ClosingReason = "NOT_ELIGIBLE"
)

var closingReasonSet = table[ClosingReason]{"ClosingReason", "why a case was closed (I1)", "", []entry[ClosingReason]{
	{ClosingReasonGoalsMet, "Goals met"},
	{ClosingReasonMoved, "Moved"},
	{ClosingReasonLostContact, "Lost contact"},
	{ClosingReasonDied, "Died"},
	{ClosingReasonWithdrew, "Withdrew"},
	{ClosingReasonTransferred, "Transferred"},
	{ClosingReasonNotEligible, "Not eligible"},
}}

// Values lists the words in their fixed order, for the stored model.
func (ClosingReason) Values() []string { return closingReasonSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v ClosingReason) Valid() bool { return closingReasonSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v ClosingReason) Label() string { return closingReasonSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v ClosingReason) MarshalGQL(w io.Writer) { closingReasonSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *ClosingReason) UnmarshalGQL(in any) error { return closingReasonSet.unmarshal(in, v) }

// CaseStatus is the state of a case in the words of HTCDS.
type CaseStatus string

// The values of CaseStatus.
const (
	CaseStatusActive         CaseStatus = "Active"
	CaseStatusFollowUp       CaseStatus = "FollowUp"
	CaseStatusClosed         CaseStatus = "Closed"
	CaseStatusClosedReferred CaseStatus = "ClosedReferred"
)

var caseStatusSet = table[CaseStatus]{"CaseStatus", "the state of a case in the words of HTCDS", "cas_Status", []entry[CaseStatus]{
	{CaseStatusActive, "Active"},
	{CaseStatusFollowUp, "Follow Up"},
	{CaseStatusClosed, "Closed"},
	{CaseStatusClosedReferred, "Closed Referred"},
}}

// Values lists the words in their fixed order, for the stored model.
func (CaseStatus) Values() []string { return caseStatusSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v CaseStatus) Valid() bool { return caseStatusSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v CaseStatus) Label() string { return caseStatusSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v CaseStatus) MarshalGQL(w io.Writer) { caseStatusSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *CaseStatus) UnmarshalGQL(in any) error { return caseStatusSet.unmarshal(in, v) }
