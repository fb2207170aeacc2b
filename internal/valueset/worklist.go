package valueset

import "io"

// WorkReason is why an entry stands on a worklist.
type WorkReason string

// The values of WorkReason.
const (
	WorkReasonAssignedToMe          WorkReason = "ASSIGNED_TO_ME"
	WorkReasonAssignedToTeam        WorkReason = "ASSIGNED_TO_TEAM"
	WorkReasonAssignedToUnit        WorkReason = "ASSIGNED_TO_UNIT"
	WorkReasonReferralToAnswer      WorkReason = "REFERRAL_TO_ANSWER"
	WorkReasonReplyAwaited          WorkReason = "REPLY_AWAITED"
	WorkReasonNoticeUnread          WorkReason = "NOTICE_UNREAD"
	WorkReasonUnassigned            WorkReason = "UNASSIGNED"
	WorkReasonHeld                  WorkReason = "HELD"
	WorkReasonClosedToReview        WorkReason = "CLOSED_TO_REVIEW"
	WorkReasonErasureToConfirm      WorkReason = "ERASURE_TO_CONFIRM"
	WorkReasonErasurePlanned        WorkReason = "ERASURE_PLANNED"
	WorkReasonRetentionDecision     WorkReason = "RETENTION_DECISION"
	WorkReasonBreach                WorkReason = "BREACH"
	WorkReasonCountersignature      WorkReason = "COUNTERSIGNATURE"
	WorkReasonMemberWithoutRoles    WorkReason = "MEMBER_WITHOUT_ROLES"
	WorkReasonProposalToCountersign WorkReason = "PROPOSAL_TO_COUNTERSIGN"
)

var workReasonSet = table[WorkReason]{"WorkReason", "why an entry stands on a worklist", "", []entry[WorkReason]{
	{WorkReasonAssignedToMe, "An open case that is assigned to the viewer (D5)"},
	{WorkReasonAssignedToTeam, "An open case that is assigned to a team of the viewer and not to the viewer (D5)"},
	{WorkReasonAssignedToUnit, "An open case that is assigned to a unit of the viewer and to neither viewer nor team (D5)"},
	{WorkReasonReferralToAnswer, "A referral to the viewer's agency that waits for its answer (D1)"},
	{WorkReasonReplyAwaited, "A referral from the viewer's agency that its receiver has not answered (D3)"},
	{WorkReasonNoticeUnread, "A notice that the viewer has not read"},
	{WorkReasonUnassigned, "An open case that nobody of the viewer's agency holds (D5)"},
	{WorkReasonHeld, "An open case that somebody of the viewer's agency holds (D5)"},
	{WorkReasonClosedToReview, "A case of the viewer's agency that was closed within the last 30 days (I1)"},
	{WorkReasonErasureToConfirm, "An erasure that waits for the second person's word (H4)"},
	{WorkReasonErasurePlanned, "An erasure that can still be stopped (H4)"},
	{WorkReasonRetentionDecision, "A decision about keeping a file is due (C8, H4)"},
	{WorkReasonBreach, "A breach that another party has reported and nobody of the viewer's agency has acknowledged (D6)"},
	{WorkReasonCountersignature, "An agreement that waits for the signature of the viewer's agency (D6)"},
	{WorkReasonMemberWithoutRoles, "An account of the viewer's agency without a role"},
	{WorkReasonProposalToCountersign, "A change of how the viewer's agency signs in, which it can countersign or refuse"},
}}

// Values lists the words in their fixed order, for the stored model.
func (WorkReason) Values() []string { return workReasonSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v WorkReason) Valid() bool { return workReasonSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v WorkReason) Label() string { return workReasonSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v WorkReason) MarshalGQL(w io.Writer) { workReasonSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *WorkReason) UnmarshalGQL(in any) error { return workReasonSet.unmarshal(in, v) }

// Assigned is by whom of the viewer's agency a case is held.
type Assigned string

// The values of Assigned.
const (
	AssignedMine       Assigned = "MINE"
	AssignedTeam       Assigned = "TEAM"
	AssignedUnassigned Assigned = "UNASSIGNED"
)

var assignedSet = table[Assigned]{"Assigned", "by whom of the viewer's agency a case is held (D5)", "", []entry[Assigned]{
	{AssignedMine, "The viewer"},
	{AssignedTeam, "A team or unit of the viewer that counts in the agency's need-to-know mode"},
	{AssignedUnassigned, "Nobody of the viewer's agency"},
}}

// Values lists the words in their fixed order, for the stored model.
func (Assigned) Values() []string { return assignedSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v Assigned) Valid() bool { return assignedSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v Assigned) Label() string { return assignedSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v Assigned) MarshalGQL(w io.Writer) { assignedSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *Assigned) UnmarshalGQL(in any) error { return assignedSet.unmarshal(in, v) }
