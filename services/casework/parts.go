package casework

import "github.com/sala-exchange/sala/internal/valueset"

// WrittenDateInput is a date as it was given (I3); parts may be unknown.
type WrittenDateInput struct {
	Text     string
	Calendar *valueset.Calendar // GREGORIAN where left out
}

// WhereaboutsInput is where the person is or was, from when until when.
type WhereaboutsInput struct {
	Kind       valueset.WhereaboutsKind
	Place      *string
	Street     *string
	City       *string
	Province   *string
	Country    *string
	Since      *WrittenDateInput
	Until      *WrittenDateInput
	OccurredOn *int64
}

// FamilyInput is a third person who is related to her or cares for her.
type FamilyInput struct {
	Names       []*NameInput
	Relation    valueset.FamilyRelation
	Sex         *valueset.Sex
	Caregiver   *bool
	Guardian    *bool
	ContactWish *valueset.ContactWish
	Address     *string
	OccurredOn  *int64
}

// ProtectionInput is risk to the person and her safety plan (G6).
type ProtectionInput struct {
	RiskLevel   valueset.RiskLevel
	RiskFrom    []valueset.RiskSource
	RiskDetails *string
	SelfHarm    *valueset.Answer
	SafetyPlan  *string
	ReviewOn    *WrittenDateInput
	OccurredOn  *int64
}

// HealthInput is one record about her health, but for what is restricted.
type HealthInput struct {
	Kind       valueset.HealthKind
	Condition  *string
	Treatment  *string
	Provider   *string
	Urgent     *bool
	Since      *WrittenDateInput
	Until      *WrittenDateInput
	OccurredOn *int64
}

// HealthRestrictedInput is one record about HIV, sexual and reproductive health, a forensic examination or psychiatry (B1).
type HealthRestrictedInput struct {
	Kind       valueset.RestrictedHealthKind
	Condition  *string
	Treatment  *string
	Provider   *string
	Since      *WrittenDateInput
	Until      *WrittenDateInput
	OccurredOn *int64
}

// AssistanceInput is one service for her: offered, accepted, provided or declined.
type AssistanceInput struct {
	State       *valueset.AssistanceState
	Service     *valueset.Service
	SupportType *valueset.SupportType
	Programme   *string
	Provider    *string
	Objectives  *string
	ActionPlan  *string
	StartedOn   *WrittenDateInput
	PlannedEnd  *WrittenDateInput
	EndedOn     *WrittenDateInput
	OccurredOn  *int64
}

// ProceedingInput is one proceeding about what was done to her.
type ProceedingInput struct {
	Kind                valueset.ProceedingKind
	Stage               valueset.ProceedingStage
	Authority           *string
	Reference           *string
	Offence             *string
	AgencyIDs           []string
	OpenedOn            *WrittenDateInput
	ClosedOn            *WrittenDateInput
	Outcome             *valueset.ProceedingOutcome
	Compensation        *valueset.CompensationState
	CompensationDetails *string
	OccurredOn          *int64
}

// RegisterProceedingInput is a proceeding with its suspects, who hang on it (B2).
type RegisterProceedingInput struct {
	Proceeding ProceedingInput
	Suspects   []*SuspectInput
}

// SuspectInput is one suspect of a proceeding (B2).
type SuspectInput struct {
	Names       []*NameInput
	Roles       []valueset.PerpetratorRole
	RoleDetails *string
	State       valueset.SuspectState
	SuspectedOn *WrittenDateInput
	ChargedOn   *WrittenDateInput
	DecidedOn   *WrittenDateInput
	OccurredOn  *int64
}
