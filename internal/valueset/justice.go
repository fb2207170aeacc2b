package valueset

import "io"

// ProceedingKind is the kind of a proceeding.
type ProceedingKind string

// The values of ProceedingKind.
const (
	ProceedingKindCriminal       ProceedingKind = "CRIMINAL"
	ProceedingKindCivil          ProceedingKind = "CIVIL"
	ProceedingKindLabour         ProceedingKind = "LABOUR"
	ProceedingKindAdministrative ProceedingKind = "ADMINISTRATIVE"
	ProceedingKindCompensation   ProceedingKind = "COMPENSATION"
	ProceedingKindOther          ProceedingKind = "OTHER"
)

var proceedingKindSet = table[ProceedingKind]{"ProceedingKind", "kind of a proceeding", "", []entry[ProceedingKind]{
	{ProceedingKindCriminal, "Criminal"},
	{ProceedingKindCivil, "Civil"},
	{ProceedingKindLabour, "Labour"},
	{ProceedingKindAdministrative, "Administrative"},
	{ProceedingKindCompensation, "Compensation"},
	{ProceedingKindOther, "Other"},
}}

// Values lists the words in their fixed order, for the stored model.
func (ProceedingKind) Values() []string { return proceedingKindSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v ProceedingKind) Valid() bool { return proceedingKindSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v ProceedingKind) Label() string { return proceedingKindSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v ProceedingKind) MarshalGQL(w io.Writer) { proceedingKindSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *ProceedingKind) UnmarshalGQL(in any) error { return proceedingKindSet.unmarshal(in, v) }

// ProceedingStage is how far a proceeding has come.
type ProceedingStage string

// The values of ProceedingStage.
const (
	ProceedingStageReported      ProceedingStage = "REPORTED"
	ProceedingStageInvestigation ProceedingStage = "INVESTIGATION"
	ProceedingStageProsecution   ProceedingStage = "PROSECUTION"
	ProceedingStageTrial         ProceedingStage = "TRIAL"
	ProceedingStageAppeal        ProceedingStage = "APPEAL"
	ProceedingStageEnforcement   ProceedingStage = "ENFORCEMENT"
	ProceedingStageEnded         ProceedingStage = "ENDED"
)

var proceedingStageSet = table[ProceedingStage]{"ProceedingStage", "how far a proceeding has come", "", []entry[ProceedingStage]{
	{ProceedingStageReported, "Reported"},
	{ProceedingStageInvestigation, "Investigation"},
	{ProceedingStageProsecution, "Prosecution"},
	{ProceedingStageTrial, "Trial"},
	{ProceedingStageAppeal, "Appeal"},
	{ProceedingStageEnforcement, "Enforcement"},
	{ProceedingStageEnded, "Ended"},
}}

// Values lists the words in their fixed order, for the stored model.
func (ProceedingStage) Values() []string { return proceedingStageSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v ProceedingStage) Valid() bool { return proceedingStageSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v ProceedingStage) Label() string { return proceedingStageSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v ProceedingStage) MarshalGQL(w io.Writer) { proceedingStageSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *ProceedingStage) UnmarshalGQL(in any) error { return proceedingStageSet.unmarshal(in, v) }

// ProceedingOutcome is how a proceeding ended.
type ProceedingOutcome string

// The values of ProceedingOutcome.
const (
	ProceedingOutcomeConviction         ProceedingOutcome = "CONVICTION"
	ProceedingOutcomeAcquittal          ProceedingOutcome = "ACQUITTAL"
	ProceedingOutcomeDismissal          ProceedingOutcome = "DISMISSAL"
	ProceedingOutcomeSettlement         ProceedingOutcome = "SETTLEMENT"
	ProceedingOutcomeWithdrawal         ProceedingOutcome = "WITHDRAWAL"
	ProceedingOutcomeJudgmentForHer     ProceedingOutcome = "JUDGMENT_FOR_HER"
	ProceedingOutcomeJudgmentAgainstHer ProceedingOutcome = "JUDGMENT_AGAINST_HER"
	ProceedingOutcomeOther              ProceedingOutcome = "OTHER"
)

var proceedingOutcomeSet = table[ProceedingOutcome]{"ProceedingOutcome", "how a proceeding ended", "", []entry[ProceedingOutcome]{
	{ProceedingOutcomeConviction, "Conviction"},
	{ProceedingOutcomeAcquittal, "Acquittal"},
	{ProceedingOutcomeDismissal, "Dismissal"},
	{ProceedingOutcomeSettlement, "Settlement"},
	{ProceedingOutcomeWithdrawal, "Withdrawn"},
	{ProceedingOutcomeJudgmentForHer, "Judgment for her"},
	{ProceedingOutcomeJudgmentAgainstHer, "Judgment against her"},
	{ProceedingOutcomeOther, "Other"},
}}

// Values lists the words in their fixed order, for the stored model.
func (ProceedingOutcome) Values() []string { return proceedingOutcomeSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v ProceedingOutcome) Valid() bool { return proceedingOutcomeSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v ProceedingOutcome) Label() string { return proceedingOutcomeSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v ProceedingOutcome) MarshalGQL(w io.Writer) { proceedingOutcomeSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *ProceedingOutcome) UnmarshalGQL(in any) error { return proceedingOutcomeSet.unmarshal(in, v) }

// CompensationState is what became of the person's compensation.
type CompensationState string

// The values of CompensationState.
const (
	CompensationStateNotClaimed CompensationState = "NOT_CLAIMED"
	CompensationStateClaimed    CompensationState = "CLAIMED"
	CompensationStateAwarded    CompensationState = "AWARDED"
	CompensationStatePaid       CompensationState = "PAID"
	CompensationStateRefused    CompensationState = "REFUSED"
)

var compensationStateSet = table[CompensationState]{"CompensationState", "what became of the person's compensation", "", []entry[CompensationState]{
	{CompensationStateNotClaimed, "Not claimed"},
	{CompensationStateClaimed, "Claimed"},
	{CompensationStateAwarded, "Awarded"},
	{CompensationStatePaid, "Paid"},
	{CompensationStateRefused, "Refused"},
}}

// Values lists the words in their fixed order, for the stored model.
func (CompensationState) Values() []string { return compensationStateSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v CompensationState) Valid() bool { return compensationStateSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v CompensationState) Label() string { return compensationStateSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v CompensationState) MarshalGQL(w io.Writer) { compensationStateSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *CompensationState) UnmarshalGQL(in any) error { return compensationStateSet.unmarshal(in, v) }

// SuspectState is how far a proceeding has come against a suspect (B2).
type SuspectState string

// The values of SuspectState.
const (
	SuspectStateSuspected SuspectState = "SUSPECTED"
	SuspectStateCharged   SuspectState = "CHARGED"
	SuspectStateAcquitted SuspectState = "ACQUITTED"
	SuspectStateDismissed SuspectState = "DISMISSED"
	SuspectStateConvicted SuspectState = "CONVICTED"
)

var suspectStateSet = table[SuspectState]{"SuspectState", "how far a proceeding has come against a suspect (B2)", "", []entry[SuspectState]{
	{SuspectStateSuspected, "Suspected"},
	{SuspectStateCharged, "Charged"},
	{SuspectStateAcquitted, "Acquitted"},
	{SuspectStateDismissed, "Dismissed"},
	{SuspectStateConvicted, "Convicted"},
}}

// Values lists the words in their fixed order, for the stored model.
func (SuspectState) Values() []string { return suspectStateSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v SuspectState) Valid() bool { return suspectStateSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v SuspectState) Label() string { return suspectStateSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v SuspectState) MarshalGQL(w io.Writer) { suspectStateSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *SuspectState) UnmarshalGQL(in any) error { return suspectStateSet.unmarshal(in, v) }

// PerpetratorRole is what somebody's part in the trafficking was.
type PerpetratorRole string

// The values of PerpetratorRole.
const (
	PerpetratorRoleTravellingPartner       PerpetratorRole = "TravellingPartner"
	PerpetratorRoleTransporter             PerpetratorRole = "Transporter"
	PerpetratorRoleRecruiterOrIntermediary PerpetratorRole = "RecruiterOrIntermediary"
	PerpetratorRoleBrokerTravelAgent       PerpetratorRole = "BrokerTravelAgent"
	PerpetratorRoleTransferredIndividual   PerpetratorRole = "TransferredIndividual"
	PerpetratorRoleHarbouredIndividual     PerpetratorRole = "HarbouredIndividual"
	PerpetratorRoleSoldIndividual          PerpetratorRole = "SoldIndividual"
	PerpetratorRoleBoughtIndividual        PerpetratorRole = "BoughtIndividual"
	PerpetratorRoleReceivedIndividual      PerpetratorRole = "ReceivedIndividual"
	PerpetratorRoleControlledIndividual    PerpetratorRole = "ControlledIndividual"
	PerpetratorRoleSmuggler                PerpetratorRole = "Smuggler"
	PerpetratorRoleAbuser                  PerpetratorRole = "Abuser"
	PerpetratorRoleKidnapper               PerpetratorRole = "Kidnapper"
	PerpetratorRoleExploiter               PerpetratorRole = "Exploiter"
	PerpetratorRoleOther                   PerpetratorRole = "Other"
)

var perpetratorRoleSet = table[PerpetratorRole]{"PerpetratorRole", "what somebody's part in the trafficking was", "per_RoleInProcess", []entry[PerpetratorRole]{
	{PerpetratorRoleTravellingPartner, "Travelling Partner"},
	{PerpetratorRoleTransporter, "Transporter"},
	{PerpetratorRoleRecruiterOrIntermediary, "Recruiter Or Intermediary"},
	{PerpetratorRoleBrokerTravelAgent, "Broker Travel Agent"},
	{PerpetratorRoleTransferredIndividual, "Transferred Individual"},
	{PerpetratorRoleHarbouredIndividual, "Harboured Individual"},
	{PerpetratorRoleSoldIndividual, "Sold Individual"},
	{PerpetratorRoleBoughtIndividual, "Bought Individual"},
	{PerpetratorRoleReceivedIndividual, "Received Individual"},
	{PerpetratorRoleControlledIndividual, "Controlled Individual"},
	{PerpetratorRoleSmuggler, "Smuggler"},
	{PerpetratorRoleAbuser, "Abuser"},
	{PerpetratorRoleKidnapper, "Kidnapper"},
	{PerpetratorRoleExploiter, "Exploiter"},
	{PerpetratorRoleOther, "Other"},
}}

// Values lists the words in their fixed order, for the stored model.
func (PerpetratorRole) Values() []string { return perpetratorRoleSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v PerpetratorRole) Valid() bool { return perpetratorRoleSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v PerpetratorRole) Label() string { return perpetratorRoleSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v PerpetratorRole) MarshalGQL(w io.Writer) { perpetratorRoleSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *PerpetratorRole) UnmarshalGQL(in any) error { return perpetratorRoleSet.unmarshal(in, v) }
