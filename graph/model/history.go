package model

import (
	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/schema"
	"github.com/sala-exchange/sala/internal/valueset"
)

// Kept is what every version of a row says beside its data (I2).
type Kept struct {
	RowID        string
	Version      int
	OccurredOn   *int64
	RecordedOn   int64
	RecordedBy   string
	SupersededOn *int64
	SupersededBy *string
	Reason       *valueset.CorrectionReason
}

// CaseAsOf is a case as it was recorded at a point in time.
type CaseAsOf struct {
	Case *ent.CaseFile
	At   int64 // UTC microseconds, not in the future
}

// IdentityVersion is a version of an Identity.
type IdentityVersion struct {
	Kept
	schema.IdentityContent
}

// ContactVersion is a version of a Contact.
type ContactVersion struct {
	Kept
	schema.ContactContent
}

// ProfileVersion is a version of a Profile.
type ProfileVersion struct {
	Kept
	schema.ProfileContent
}

// TraffickingVersion is a version of a Trafficking.
type TraffickingVersion struct {
	Kept
	schema.TraffickingContent
}

// NarrativeVersion is a version of a Narrative.
type NarrativeVersion struct {
	Kept
	schema.NarrativeContent
}

// WhereaboutsVersion is a version of a Whereabouts.
type WhereaboutsVersion struct {
	Kept
	schema.WhereaboutsContent
}

// FamilyVersion is a version of a Family.
type FamilyVersion struct {
	Kept
	schema.FamilyContent
}

// ProtectionVersion is a version of a Protection.
type ProtectionVersion struct {
	Kept
	schema.ProtectionContent
}

// HealthVersion is a version of a Health.
type HealthVersion struct {
	Kept
	schema.HealthContent
}

// HealthRestrictedVersion is a version of a HealthRestricted.
type HealthRestrictedVersion struct {
	Kept
	schema.HealthRestrictedContent
}

// AssistanceVersion is a version of an Assistance.
type AssistanceVersion struct {
	Kept
	schema.AssistanceContent
}

// ProceedingVersion is a version of a Proceeding.
type ProceedingVersion struct {
	Kept
	schema.ProceedingContent
}

// SuspectVersion is a version of a Suspect.
type SuspectVersion struct {
	Kept
	schema.SuspectContent
}
