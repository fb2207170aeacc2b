package world

import (
	"context"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
)

// FurtherParts are the parts of a case that Register leaves out, in the order in which
// Record records them: a suspect hangs on a proceeding (B2).
var FurtherParts = []category.Category{
	category.Whereabouts, category.Family, category.Protection, category.Health, category.HealthRestricted, category.Assistance,
	category.Justice, category.Suspect,
}

// RecordingFurther is her consent to the recording of the further parts. Two are named
// singly (B1).
func RecordingFurther(caseID string, purposes ...category.Purpose) casework.RecordConsentInput {
	permit := func(cs ...category.Category) *casework.ProvisionInput {
		return &casework.ProvisionInput{Decision: valueset.DecisionPermit, Purposes: purposes, Categories: cs}
	}
	return casework.RecordConsentInput{
		CaseID: caseID, Kind: valueset.ConsentKindRecording, Interpretation: valueset.InterpretationNoneNeeded, Setting: valueset.SettingSafePlace,
		Provisions: []*casework.ProvisionInput{
			permit(category.Family, category.Protection, category.Health, category.Assistance, category.Justice, category.Suspect),
			permit(category.Whereabouts), permit(category.HealthRestricted),
		},
	}
}

// Record adds a row of one of the further parts, with the canary wherever somebody can
// type something; of is the case, or for a suspect its proceeding.
func Record(ctx context.Context, op *store.Op, c category.Category, of, canary string) (string, error) {
	names := []*casework.NameInput{{Text: canary, Kind: valueset.NameKindLegal, Script: valueset.ScriptLatin}}
	date := &casework.WrittenDateInput{Text: "2026-01"}
	switch c {
	case category.Whereabouts:
		return casework.RecordWhereabouts(ctx, op, of, casework.WhereaboutsInput{Kind: valueset.WhereaboutsKindShelter, Place: &canary, Street: &canary, City: &canary, Province: &canary, Since: date})
	case category.Family:
		return casework.RecordFamily(ctx, op, of, casework.FamilyInput{Names: names, Relation: valueset.FamilyRelationMother, Caregiver: Ptr(true), Address: &canary})
	case category.Protection:
		return casework.RecordProtection(ctx, op, of, casework.ProtectionInput{RiskLevel: valueset.RiskLevelHigh, RiskFrom: []valueset.RiskSource{valueset.RiskSourceTrafficker},
			RiskDetails: &canary, SafetyPlan: &canary, SelfHarm: Ptr(valueset.AnswerUnknown), ReviewOn: &casework.WrittenDateInput{Text: "2027-01-15"}})
	case category.Health:
		return casework.RecordHealth(ctx, op, of, casework.HealthInput{Kind: valueset.HealthKindInjury, Condition: &canary, Treatment: &canary, Provider: &canary, Since: date})
	case category.HealthRestricted:
		return casework.RecordHealthRestricted(ctx, op, of, casework.HealthRestrictedInput{Kind: valueset.RestrictedHealthKindForensic, Condition: &canary, Treatment: &canary, Provider: &canary})
	case category.Assistance:
		return casework.RecordAssistance(ctx, op, of, casework.AssistanceInput{State: Ptr(valueset.AssistanceStateProvided), Service: Ptr(valueset.ServiceCounselling), StartedOn: date})
	case category.Justice:
		return casework.RecordProceeding(ctx, op, of, casework.ProceedingInput{Kind: valueset.ProceedingKindCriminal, Stage: valueset.ProceedingStageInvestigation,
			Authority: &canary, Reference: &canary, Offence: &canary, CompensationDetails: &canary, OpenedOn: date})
	default:
		return casework.RecordSuspect(ctx, op, of, casework.SuspectInput{Names: names, Roles: []valueset.PerpetratorRole{valueset.PerpetratorRoleTransporter},
			RoleDetails: &canary, State: valueset.SuspectStateSuspected, SuspectedOn: date})
	}
}

// Further adds a row of each of the further parts of the agency's own to a case, on her
// consent for the purposes, which are three where none is named, and returns their ids.
func (w *World) Further(code, caseID, canary string, purposes ...category.Purpose) map[category.Category]string {
	w.T.Helper()
	s := w.As(code, category.ForAssistance)
	if len(purposes) == 0 {
		purposes = []category.Purpose{category.ForAssistance, category.ForJustice, category.ForProtection}
	}
	w.Must(s, func(ctx context.Context, op *store.Op) error {
		_, err := casework.RecordConsent(ctx, op, RecordingFurther(caseID, purposes...))
		return err
	})
	ids := map[category.Category]string{}
	w.Must(s, func(ctx context.Context, op *store.Op) error {
		for _, c := range FurtherParts {
			of := caseID
			if c == category.Suspect {
				of = ids[category.Justice]
			}
			id, err := Record(ctx, op, c, of, canary)
			if err != nil {
				return err
			}
			ids[c] = id
		}
		return nil
	})
	return ids
}
