package attack

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/assignment"
	"github.com/sala-exchange/sala/ent/idempotencykey"
	"github.com/sala-exchange/sala/ent/importedrow"
	"github.com/sala-exchange/sala/ent/member"
	"github.com/sala-exchange/sala/ent/notice"
	"github.com/sala-exchange/sala/ent/profile"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/schema"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/test/world"
)

// reads counts the rows of each entity that are not mops's own.
func reads(mops string) map[string]func(context.Context, *store.Op) (int, error) {
	out := map[string]func(context.Context, *store.Op) (int, error){
		"InterestsSignature": func(c context.Context, o *store.Op) (int, error) { return o.InterestsSignature.Query().Count(c) },
		"Person":             func(c context.Context, o *store.Op) (int, error) { return o.Person.Query().Count(c) },
		"Access":             func(c context.Context, o *store.Op) (int, error) { return o.Access.Query().Count(c) },
		"Disclosure":         func(c context.Context, o *store.Op) (int, error) { return o.Disclosure.Query().Count(c) },
		"Agreement":          func(c context.Context, o *store.Op) (int, error) { return o.Agreement.Query().Count(c) },
		"AgreementParty":     func(c context.Context, o *store.Op) (int, error) { return o.AgreementParty.Query().Count(c) },
		"Assignment": func(c context.Context, o *store.Op) (int, error) {
			return o.Assignment.Query().Where(assignment.AgencyIDNEQ(mops)).Count(c)
		},
		"Notice": func(c context.Context, o *store.Op) (int, error) {
			return o.Notice.Query().Where(notice.AgencyIDNEQ(mops)).Count(c)
		},
		"Member": func(c context.Context, o *store.Op) (int, error) {
			return o.Member.Query().Where(member.AgencyIDNEQ(mops)).Count(c)
		},
		"IdempotencyKey": func(c context.Context, o *store.Op) (int, error) {
			return o.IdempotencyKey.Query().Where(idempotencykey.AgencyIDNEQ(mops)).Count(c)
		},
		"ImportedRow": func(c context.Context, o *store.Op) (int, error) {
			return o.ImportedRow.Query().Where(importedrow.AgencyIDNEQ(mops)).Count(c)
		},
		"BreakGlass":   func(c context.Context, o *store.Op) (int, error) { return o.BreakGlass.Query().Count(c) },
		"GlassReview":  func(c context.Context, o *store.Op) (int, error) { return o.GlassReview.Query().Count(c) },
		"GlassAttempt": func(c context.Context, o *store.Op) (int, error) { return o.GlassAttempt.Query().Count(c) },
		"CaseLock":     func(c context.Context, o *store.Op) (int, error) { return o.CaseLock.Query().Count(c) },
		"FileImport":   func(c context.Context, o *store.Op) (int, error) { return o.FileImport.Query().Count(c) },
		"StagedRow":    func(c context.Context, o *store.Op) (int, error) { return o.StagedRow.Query().Count(c) },
	}
	return out
}

// writes changes foreign rows wherever a request may change rows at all.
var writes = map[string]func(context.Context, *store.Op) (int, error){
	"Identity": func(c context.Context, o *store.Op) (int, error) { return o.Identity.Update().AddVersion(1).Save(c) },
	"Contact": func(c context.Context, o *store.Op) (int, error) {
		return o.Contact.Update().SetSealed([]byte("x")).Save(c)
	},
	"Profile":     func(c context.Context, o *store.Op) (int, error) { return o.Profile.Update().AddVersion(1).Save(c) },
	"Trafficking": func(c context.Context, o *store.Op) (int, error) { return o.Trafficking.Update().AddVersion(1).Save(c) },
	"Narrative": func(c context.Context, o *store.Op) (int, error) {
		return o.Narrative.Update().SetSealed([]byte("x")).Save(c)
	},
	"Whereabouts": func(c context.Context, o *store.Op) (int, error) {
		return o.Whereabouts.Update().SetSealed([]byte("x")).Save(c)
	},
	"Family": func(c context.Context, o *store.Op) (int, error) {
		return o.Family.Update().SetSealed([]byte("x")).Save(c)
	},
	"Protection": func(c context.Context, o *store.Op) (int, error) {
		return o.Protection.Update().SetSealed([]byte("x")).Save(c)
	},
	"Health": func(c context.Context, o *store.Op) (int, error) {
		return o.Health.Update().SetSealed([]byte("x")).Save(c)
	},
	"HealthRestricted": func(c context.Context, o *store.Op) (int, error) {
		return o.HealthRestricted.Update().SetSealed([]byte("x")).Save(c)
	},
	"Assistance": func(c context.Context, o *store.Op) (int, error) {
		return o.Assistance.Update().AddVersion(1).Save(c)
	},
	"Proceeding": func(c context.Context, o *store.Op) (int, error) {
		return o.Proceeding.Update().SetSealed([]byte("x")).Save(c)
	},
	"Suspect": func(c context.Context, o *store.Op) (int, error) {
		return o.Suspect.Update().SetSealed([]byte("x")).Save(c)
	},
	"CaseFile": func(c context.Context, o *store.Op) (int, error) {
		return o.CaseFile.Update().SetTransferToID("").Save(c)
	},
	"Referral": func(c context.Context, o *store.Op) (int, error) {
		return o.Referral.Update().SetState(valueset.ReferralStateAccepted).Save(c)
	},
	"Assignment": func(c context.Context, o *store.Op) (int, error) {
		return o.Assignment.Update().SetEndedOn(1).Save(c)
	},
	"AgreementParty": func(c context.Context, o *store.Op) (int, error) {
		return o.AgreementParty.Update().ClearSuspendedOn().Save(c)
	},
	"Guardianship": func(c context.Context, o *store.Op) (int, error) {
		return o.Guardianship.Update().SetConflict(true).Save(c)
	},
	"Incapacity": func(c context.Context, o *store.Op) (int, error) {
		return o.Incapacity.Update().SetValidUntil(1).Save(c)
	},
	"RecoveryPeriod": func(c context.Context, o *store.Op) (int, error) {
		return o.RecoveryPeriod.Update().SetDecision(valueset.RecoveryDecisionAsks).Save(c)
	},
	"LegalBasis": func(c context.Context, o *store.Op) (int, error) {
		return o.LegalBasis.Update().SetState(valueset.LegalBasisStateEnded).SetEndedOn(1).SetEndedBy("x").Save(c)
	},
	"Permission": func(c context.Context, o *store.Op) (int, error) {
		return o.Permission.Update().SetState(valueset.PermissionStateWithdrawn).Save(c)
	},
	"ExternalReferral": func(c context.Context, o *store.Op) (int, error) {
		return o.ExternalReferral.Update().SetRepliedOn(1).Save(c)
	},
	"Conference": func(c context.Context, o *store.Op) (int, error) {
		return o.Conference.Update().SetConcludedOn(1).Save(c)
	},
	"ConferenceTask": func(c context.Context, o *store.Op) (int, error) {
		return o.ConferenceTask.Update().SetDoneOn(1).Save(c)
	},
	"IdempotencyKey": func(c context.Context, o *store.Op) (int, error) { return o.IdempotencyKey.Delete().Exec(c) },
	"FileImport":     func(c context.Context, o *store.Op) (int, error) { return o.FileImport.Update().AddVersion(1).Save(c) },
	"StagedRow":      func(c context.Context, o *store.Op) (int, error) { return o.StagedRow.Delete().Exec(c) },
	"BreakGlass":     func(c context.Context, o *store.Op) (int, error) { return o.BreakGlass.Update().SetEndedOn(1).Save(c) },
	"GlassReview": func(c context.Context, o *store.Op) (int, error) {
		return o.GlassReview.Update().SetToldOn(1).SetToldBy("x").Save(c)
	},
	"CaseLock": func(c context.Context, o *store.Op) (int, error) {
		return o.CaseLock.Update().SetUnlockedOn(1).SetUnlockedBy("x").Save(c)
	},
}

// hangsOn are rows of lwu that others hang on.
type hangsOn struct{ consent, proceeding string }

// plants puts rows into lwu's case: as mops's own, or as lwu's.
func plants(caseID string, hangs hangsOn, s *rule.Scope, by string) map[string]func(context.Context, *store.Op) error {
	return map[string]func(context.Context, *store.Op) error{
		"Identity": func(c context.Context, o *store.Op) error {
			return o.Identity.Create().SetCaseID(caseID).SetContributorID(by).SetRecordedOn(1).SetRecordedBy(s.Member).SetSealed([]byte("x")).Exec(c)
		},
		"Contact": func(c context.Context, o *store.Op) error {
			return o.Contact.Create().SetCaseID(caseID).SetContributorID(by).SetRecordedOn(1).SetRecordedBy(s.Member).SetSealed([]byte("x")).Exec(c)
		},
		"Profile": func(c context.Context, o *store.Op) error {
			return o.Profile.Create().SetCaseID(caseID).SetContributorID(by).SetRecordedOn(1).SetRecordedBy(s.Member).Exec(c)
		},
		"Trafficking": func(c context.Context, o *store.Op) error {
			return o.Trafficking.Create().SetCaseID(caseID).SetContributorID(by).SetRecordedOn(1).SetRecordedBy(s.Member).Exec(c)
		},
		"Narrative": func(c context.Context, o *store.Op) error {
			return o.Narrative.Create().SetCaseID(caseID).SetContributorID(by).SetRecordedOn(1).SetRecordedBy(s.Member).SetSealed([]byte("x")).Exec(c)
		},
		"Whereabouts": func(c context.Context, o *store.Op) error {
			return o.Whereabouts.Create().SetCaseID(caseID).SetContributorID(by).SetRecordedOn(1).SetRecordedBy(s.Member).SetSealed([]byte("x")).Exec(c)
		},
		"Family": func(c context.Context, o *store.Op) error {
			return o.Family.Create().SetCaseID(caseID).SetContributorID(by).SetRecordedOn(1).SetRecordedBy(s.Member).SetSealed([]byte("x")).Exec(c)
		},
		"Protection": func(c context.Context, o *store.Op) error {
			return o.Protection.Create().SetCaseID(caseID).SetContributorID(by).SetRecordedOn(1).SetRecordedBy(s.Member).SetSealed([]byte("x")).Exec(c)
		},
		"Health": func(c context.Context, o *store.Op) error {
			return o.Health.Create().SetCaseID(caseID).SetContributorID(by).SetRecordedOn(1).SetRecordedBy(s.Member).SetSealed([]byte("x")).Exec(c)
		},
		"HealthRestricted": func(c context.Context, o *store.Op) error {
			return o.HealthRestricted.Create().SetCaseID(caseID).SetContributorID(by).SetRecordedOn(1).SetRecordedBy(s.Member).SetSealed([]byte("x")).Exec(c)
		},
		"Assistance": func(c context.Context, o *store.Op) error {
			return o.Assistance.Create().SetCaseID(caseID).SetContributorID(by).SetRecordedOn(1).SetRecordedBy(s.Member).Exec(c)
		},
		"Proceeding": func(c context.Context, o *store.Op) error {
			return o.Proceeding.Create().SetCaseID(caseID).SetContributorID(by).SetRecordedOn(1).SetRecordedBy(s.Member).SetSealed([]byte("x")).Exec(c)
		},
		"Suspect": func(c context.Context, o *store.Op) error {
			return o.Suspect.Create().SetCaseID(caseID).SetContributorID(by).SetRecordedOn(1).SetRecordedBy(s.Member).SetSealed([]byte("x")).SetProceedingID(hangs.proceeding).Exec(c)
		},
		"Person": func(c context.Context, o *store.Op) error {
			return o.Person.Create().SetCaseID(caseID).SetCreatedOn(1).Exec(c)
		},
		"Consent": func(c context.Context, o *store.Op) error {
			return o.Consent.Create().SetCaseID(caseID).SetContributorID(by).SetRecordedOn(1).SetRecordedBy(s.Member).SetSealed([]byte("x")).
				SetKind(valueset.ConsentKindSharing).SetBasis(valueset.RecordingBasisConsent).SetVoice(valueset.VoicePerson).
				SetInterpretation(valueset.InterpretationNoneNeeded).SetSetting(valueset.SettingSafePlace).SetGivenOn(1).Exec(c)
		},
		"Guardianship": func(c context.Context, o *store.Op) error {
			return o.Guardianship.Create().SetCaseID(caseID).SetContributorID(by).SetRecordedOn(1).SetRecordedBy(s.Member).SetSealed([]byte("x")).
				SetRelation(valueset.GuardianRelationMother).SetCapacity(valueset.GuardianCapacityParent).SetValidFrom(1).SetValidUntil(2).Exec(c)
		},
		"BestInterests": func(c context.Context, o *store.Op) error {
			return o.BestInterests.Create().SetCaseID(caseID).SetContributorID(by).SetRecordedOn(1).SetRecordedBy(s.Member).SetSealed([]byte("x")).
				SetKind(valueset.BestInterestsKindAssessment).SetMatter(valueset.BestInterestsMatterReferral).SetStandsFor([]valueset.Voice{}).
				SetDecidedOn(1).SetReviewOn(2).Exec(c)
		},
		"InterestsSignature": func(c context.Context, o *store.Op) error {
			return o.InterestsSignature.Create().SetCaseID(caseID).SetInterestsID("interests_x").SetAgencyID(by).SetMemberID(s.Member).
				SetCapacity(valueset.SignatureCapacitySupervisor).SetSignedOn(1).Exec(c)
		},
		"Incapacity": func(c context.Context, o *store.Op) error {
			return o.Incapacity.Create().SetCaseID(caseID).SetContributorID(by).SetRecordedOn(1).SetRecordedBy(s.Member).SetSealed([]byte("x")).
				SetKind(valueset.IncapacityKindLasting).SetValidFrom(1).SetValidUntil(2).Exec(c)
		},
		"RecoveryPeriod": func(c context.Context, o *store.Op) error {
			return o.RecoveryPeriod.Create().SetCaseID(caseID).SetContributorID(by).SetRecordedOn(1).SetRecordedBy(s.Member).
				SetValidFrom(1).SetValidUntil(2).Exec(c)
		},
		"Permission": func(c context.Context, o *store.Op) error {
			return o.Permission.Create().SetCaseID(caseID).SetContributorID(by).SetRecordedOn(1).SetRecordedBy(s.Member).SetRecipientID(s.Agency).
				SetPurpose(assistance).SetCategories([]category.Category{category.Identity}).SetState(valueset.PermissionStateGranted).SetValidFrom(1).SetValidUntil(2).Exec(c)
		},
		"ExternalReferral": func(c context.Context, o *store.Op) error {
			return o.ExternalReferral.Create().SetCaseID(caseID).SetContributorID(by).SetRecordedOn(1).SetRecordedBy(s.Member).SetSealed([]byte("x")).
				SetPurpose(assistance).SetNamedFields([]valueset.ExternalField{valueset.ExternalFieldIdentityNames}).SetForm(valueset.ConsentFormWritten).
				SetInterpretation(valueset.InterpretationNoneNeeded).SetSetting(valueset.SettingSafePlace).SetChecks(schema.ConsentChecks{}).
				SetGivenOn(1).SetValidUntil(2).SetState(valueset.ExternalReferralStateRecorded).SetReplyBy(1).SetDeleteBy(2).Exec(c)
		},
		"Conference": func(c context.Context, o *store.Op) error {
			return o.Conference.Create().SetCaseID(caseID).SetContributorID(by).SetRecordedOn(1).SetRecordedBy(s.Member).SetSealed([]byte("x")).SetPurpose(assistance).
				SetConsentID(hangs.consent).SetParticipants([]schema.PanelMember{}).SetAgencyIds([]string{by}).SetHeldOn(1).Exec(c)
		},
		"ConferenceTask": func(c context.Context, o *store.Op) error {
			return o.ConferenceTask.Create().SetCaseID(caseID).SetContributorID(by).SetRecordedOn(1).SetRecordedBy(s.Member).SetSealed([]byte("x")).
				SetConferenceID("conference_x").SetAgencyID(by).SetMemberID(s.Member).SetDueOn(1).Exec(c)
		},
		"Provision": func(c context.Context, o *store.Op) error {
			return o.Provision.Create().SetCaseID(caseID).SetConsentID(hangs.consent).SetContributorID(by).SetDecision(valueset.DecisionPermit).
				SetRecipientID(s.Agency).SetPurposes([]category.Purpose{assistance}).SetCategories([]category.Category{category.Identity}).
				SetValidFrom(1).SetValidUntil(rule.Forever).Exec(c)
		},
		"Referral": func(c context.Context, o *store.Op) error {
			return o.Referral.Create().SetCaseID(caseID).SetFromID(by).SetToID(s.Agency).SetService(valueset.ServiceCounselling).
				SetPurpose(assistance).SetCategories([]category.Category{category.Identity}).SetUrgency(valueset.UrgencyRoutine).
				SetState(valueset.ReferralStateOffered).SetOfferedOn(1).SetReplyBy(rule.Forever).SetValidUntil(rule.Forever).Exec(c)
		},
		"CaseLock": func(c context.Context, o *store.Op) error {
			return o.CaseLock.Create().SetCaseID(caseID).SetAgencyID(by).SetLockedOn(1).SetLockedBy(s.Member).Exec(c)
		},
		"Assignment": func(c context.Context, o *store.Op) error {
			return o.Assignment.Create().SetCaseID(caseID).SetAgencyID(by).SetMemberID(s.Member).SetSince(1).Exec(c)
		},
	}
}

// own is what only its agency may make, of no case.
func own(by string) map[string]func(context.Context, *store.Op) error {
	return map[string]func(context.Context, *store.Op) error{
		"CaseFile": func(c context.Context, o *store.Op) error {
			return o.CaseFile.Create().SetID(pubid.New("case")).SetReference(pubid.New("x")).SetOwnerID(by).
				SetKind(valueset.CaseKindOther).SetState(valueset.CaseStateOpen).SetOpenedOn(1).Exec(c)
		},
		"LegalBasis": func(c context.Context, o *store.Op) error {
			return o.LegalBasis.Create().SetCaseID("").SetContributorID(by).SetRecordedOn(1).SetRecordedBy("x").SetReference("x").SetSourceID("y").
				SetKind(valueset.LegalBasisKindCourtOrder).SetPurpose(category.ForJustice).SetCategories([]category.Category{category.Identity}).
				SetSealed([]byte{}).SetValidFrom(1).SetValidUntil(2).Exec(c)
		},
		"GlassAttempt": func(c context.Context, o *store.Op) error {
			return o.GlassAttempt.Create().SetAgencyID(by).SetMemberID("x").SetAttemptedOn(1).SetOutcome(valueset.GlassOutcomeNotOpened).Exec(c)
		},
		"IdempotencyKey": func(c context.Context, o *store.Op) error {
			return o.IdempotencyKey.Create().SetAgencyID(by).SetMemberID("x").SetMutation("x").SetKey("x").SetDigest([]byte{1}).
				SetResultIds([]string{}).SetExpiresOn(1).Exec(c)
		},
		"ImportedRow": func(c context.Context, o *store.Op) error {
			return o.ImportedRow.Create().SetAgencyID(by).SetDigest("x").SetRow(1).SetCaseID("x").SetImportedOn(1).Exec(c)
		},
		"FileImport": func(c context.Context, o *store.Op) error {
			return o.FileImport.Create().SetAgencyID(by).SetMemberID("x").SetDigest("x").SetPurpose("ASSISTANCE").
				SetState(valueset.ImportStateOpen).SetOpenedOn(1).Exec(c)
		},
		"StagedRow": func(c context.Context, o *store.Op) error {
			return o.StagedRow.Create().SetAgencyID(by).SetImportID("x").SetRow(1).SetSealed([]byte("x")).Exec(c)
		},
	}
}

// within runs fn in an operation that leaves nothing behind.
func within[T any](t *testing.T, st *store.Store, s rule.Scope, fn func(context.Context, *store.Op) (T, error)) (T, error) {
	t.Helper()
	ctx, op, err := st.Begin(t.Context(), s, false)
	if err != nil {
		t.Fatalf("%v (%v)", err, world.Cause(err))
	}
	defer op.Rollback()
	return fn(ctx, op)
}

func nothing(fn func(context.Context, *store.Op) error) func(context.Context, *store.Op) (any, error) {
	return func(ctx context.Context, op *store.Op) (any, error) { return nil, fn(ctx, op) }
}

// crowded is a world with a row of lwu in every table.
func crowded(t *testing.T) (w *world.World, caseID string) {
	t.Helper()
	w = onPostgres(t)
	caseID = full(t, w, "Canary Wall")
	w.Share("lwu", caseID, "ngo", assistance, category.Identity)
	w.Refer("lwu", caseID, "ngo", assistance, category.Identity)
	w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
		_, err := casework.Once(ctx, op, "m", "k", 1, func() ([]string, error) { return []string{}, nil })
		return err
	})
	rows := []*casework.ImportRowInput{{Row: 1, Case: casework.RegisterCaseInput{Kind: valueset.CaseKindOther, Recording: world.Recording(assistance)}}}
	w.Import("lwu", world.Digest(), rows...)
	w.Stage("lwu", world.Digest(), rows...)
	return w, caseID
}

// Each wall alone hides, and holds, every row of another agency; with both down the
// same attack works. Threats 12 and 27.
func TestEachWallStandsAlone(t *testing.T) {
	t.Parallel()
	w, id := crowded(t)
	comesTo(t, w, "breaking glass", glassScope(w, "ngo", assistance), glassInput(referenceOf(w, id), category.Contact), valueset.GlassOutcomeOpened)
	locks(t, w, w.Register("lwu", "Canary Locked"))
	decidedFor(t, w, id)
	db := root(t, w)
	both := w.Store
	database := behind(t, w, store.Options{Walls: store.Walls{WithoutApplication: true}})

	t.Run("both", func(t *testing.T) { besiege(t, w, both, id, func(error) bool { return true }, false) })
	t.Run("database alone", func(t *testing.T) {
		besiege(t, w, database, id, func(err error) bool { return state(err) == notPrivileged }, false)
	})
	tables := one[string](t, db, `SELECT string_agg(format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY', tablename), '; ') FROM pg_tables WHERE schemaname = 'public'`)
	exec(t, db, tables)
	t.Run("application alone", func(t *testing.T) {
		besiege(t, w, both, id, func(err error) bool { return errs.KindOf(err) == errs.Withheld }, false)
	})
	exec(t, root(t, w), "ALTER TABLE referrals DISABLE TRIGGER referrals_move") // it guards states, whoever asks
	t.Run("neither", func(t *testing.T) { besiege(t, w, database, id, nil, true) })
}

// decidedFor makes one row of each kind that says who decides for her.
func decidedFor(t *testing.T, w *world.World, id string) {
	t.Helper()
	guardian(t, w, id, nil)
	decide(t, w, interests(w, id, valueset.BestInterestsKindAssessment))
	run(t, w, as(w, "lwu"), func(ctx context.Context, op *store.Op) (string, error) {
		return casework.RecordIncapacity(ctx, op, casework.RecordIncapacityInput{CaseID: id, Kind: valueset.IncapacityKindLasting, Grounds: "Canary"})
	})
	run(t, w, as(w, "lwu"), func(ctx context.Context, op *store.Op) (string, error) {
		return casework.StartRecovery(ctx, op, casework.StartRecoveryInput{CaseID: id})
	})
	entered(t, w, "atd", order(t, w, id, "lwu"))
	sharedBeyond(t, w, id)
}

// sharedBeyond makes one row of each kind that says what contributors decide, what goes
// out and who sits together.
func sharedBeyond(t *testing.T, w *world.World, id string) {
	t.Helper()
	if _, err := recordOutside(w, "lwu", outside(w, id, nil, valueset.ExternalFieldIdentityNames)); err != nil {
		t.Fatalf("%v (%v)", err, world.Cause(err))
	}
	lwu := w.Agencies["lwu"]
	w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
		conference, task := pubid.New("conference"), pubid.New("task")
		sealed, err := op.Seal(ctx, ent.TypeConference, conference, id, schema.ConferenceContent{Subject: "Canary"})
		if err != nil {
			return err
		}
		err = op.Conference.Create().SetID(conference).SetCaseID(id).SetContributorID(lwu.ID).SetRecordedOn(op.Scope.Now).SetRecordedBy(lwu.Worker).SetSealed(sealed).
			SetPurpose(assistance).SetConsentID("x").SetParticipants([]schema.PanelMember{}).SetAgencyIds([]string{lwu.ID}).SetHeldOn(op.Scope.Now).Exec(ctx)
		if err != nil {
			return err
		}
		if sealed, err = op.Seal(ctx, ent.TypeConferenceTask, task, id, schema.ConferenceTaskContent{Task: "Canary"}); err != nil {
			return err
		}
		err = op.ConferenceTask.Create().SetID(task).SetCaseID(id).SetContributorID(lwu.ID).SetRecordedOn(op.Scope.Now).SetRecordedBy(lwu.Worker).SetSealed(sealed).
			SetConferenceID(conference).SetAgencyID(lwu.ID).SetMemberID(lwu.Worker).SetDueOn(op.Scope.Now + 1).Exec(ctx)
		if err != nil {
			return err
		}
		op.Touch(id)
		return op.Permission.Create().SetCaseID(id).SetContributorID(lwu.ID).SetRecordedOn(op.Scope.Now).SetRecordedBy(lwu.Worker).SetRecipientID(w.Agencies["ngo"].ID).
			SetPurpose(assistance).SetCategories([]category.Category{category.Identity}).SetState(valueset.PermissionStateGranted).
			SetValidFrom(op.Scope.Now).SetValidUntil(rule.Forever).Exec(ctx)
	})
}

// besiege tries every read, change and insert as mops on lwu's rows. refused knows
// the wall's own refusal of an insert.
func besiege(t *testing.T, w *world.World, st *store.Store, caseID string, refused func(error) bool, open bool) {
	mops := as(w, "mops")
	mops.Supervisor = true
	check := func(what string, n int, err error) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v (%v)", what, err, world.Cause(err))
		}
		if (n > 0) != open {
			t.Errorf("%s: %d rows of another agency", what, n)
		}
	}
	for _, e := range entities {
		rows, err := within(t, st, mops, func(ctx context.Context, op *store.Op) ([]string, error) { return e.query(ctx, op, caseID) })
		check("reading "+e.name, len(rows), err)
	}
	for name, count := range reads(mops.Agency) {
		n, err := within(t, st, mops, count)
		check("reading "+name, n, err)
	}
	for name, change := range writes {
		n, err := within(t, st, mops, change)
		check("changing "+name, n, err)
	}
	hangs := hangsOn{one[string](t, root(t, w), "SELECT id FROM consents WHERE case_id = $1 LIMIT 1", caseID),
		one[string](t, root(t, w), "SELECT id FROM proceedings WHERE case_id = $1", caseID)}
	for whose, by := range map[string]string{"its own": mops.Agency, "lwu's": w.Agencies["lwu"].ID} {
		all := plants(caseID, hangs, &mops, by)
		if whose == "lwu's" {
			for name, insert := range own(by) {
				all[name] = insert
			}
		}
		for name, insert := range all {
			_, err := within(t, st, mops, nothing(insert))
			switch s := state(err); {
			case open && err != nil && s != "23505": // there is one already: it got as far as the table
				t.Errorf("planting %s as %s: %v (%s)", name, whose, err, s)
			case !open && (err == nil || !refused(err)):
				t.Errorf("planting %s as %s: %v (%v)", name, whose, err, world.Cause(err))
			}
		}
	}
}

// The owner, by the same walls, sees what is hers: the tables were not empty.
func TestTheOwnerSeesThroughBothWalls(t *testing.T) {
	t.Parallel()
	w, id := crowded(t)
	if got, want := allDoors(t, w, as(w, "lwu"), id), consentedAndOffered; got != want {
		t.Errorf("lwu sees %q, want %q", got, want)
	}
}

const consentedAndOffered = "ASSISTANCE by lwu, CASE by lwu, CONSENT by lwu, CONSENT by lwu, CONSENT by lwu, CONTACT by lwu, FAMILY by lwu, HEALTH by lwu, HEALTH_RESTRICTED by lwu, IDENTITY by lwu, JUSTICE by lwu, NARRATIVE by lwu, PREVIEW by lwu, PROFILE by lwu, PROTECTION by lwu, PROVISION by lwu, PROVISION by lwu, PROVISION by lwu, PROVISION by lwu, PROVISION by lwu, REFERRAL by lwu, SUSPECT by lwu, TRAFFICKING by lwu, WHEREABOUTS by lwu"

// A query needs an operation under way, whose scope names a role.
func TestNoQueryOutsideAnOperation(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		w.Register("lwu", "Canary Outside")
		ctx, op, err := w.Store.Begin(t.Context(), as(w, "lwu"), true)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := op.Identity.Query().Count(ctx); n != 1 || err != nil {
			t.Errorf("within: %d rows, %v", n, err)
		}
		if _, err := op.Identity.Query().All(context.Background()); err == nil {
			t.Error("a context without a scope was served")
		}
		if err := op.Profile.Update().AddVersion(1).Where(profile.ID("x")).Exec(context.Background()); err == nil {
			t.Error("a change without a scope was served")
		}
		op.Rollback()
		if _, err := op.Identity.Query().All(ctx); err == nil {
			t.Error("an operation that has ended was served")
		}
		if _, _, err := w.Store.Begin(t.Context(), rule.Scope{Agency: w.Agencies["lwu"].ID}, true); err == nil {
			t.Error("an operation without a role began")
		}
	})
}

// probe looks through a pooled connection as the next request would find it.
func probe(t *testing.T, conn interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
}) (user, agency string, err error) {
	t.Helper()
	err = conn.QueryRowContext(t.Context(), "SELECT current_user, coalesce(current_setting('sala.agency', true), '')").Scan(&user, &agency)
	if err != nil {
		t.Fatal(err)
	}
	var n int
	err = conn.QueryRowContext(t.Context(), "SELECT count(*) FROM public.identities").Scan(&n)
	if err == nil && n == 0 {
		err = sql.ErrNoRows
	}
	return user, agency, err
}

// A connection that went through a panic, a failure or a cancelled request shows
// nothing to the next one (threat 48).
func TestAPooledConnectionForgets(t *testing.T) {
	t.Parallel()
	w := onPostgres(t)
	w.Register("lwu", "Canary Pool")
	st := behind(t, w, store.Options{MaxConns: 1})
	look := func(ctx context.Context, op *store.Op) error {
		if n, err := op.Identity.Query().Count(ctx); n != 1 || err != nil {
			t.Errorf("within: %d rows, %v", n, err)
		}
		return nil
	}
	for name, misuse := range map[string]func(){
		"panicked": func() {
			defer func() { _ = recover() }()
			_ = st.Run(t.Context(), as(w, "lwu"), false, func(ctx context.Context, op *store.Op) error {
				_ = look(ctx, op)
				panic("within an operation")
			})
		},
		"failed": func() {
			_ = st.Run(t.Context(), as(w, "lwu"), false, func(ctx context.Context, op *store.Op) error {
				_ = look(ctx, op)
				return errors.New("failed")
			})
		},
		"cancelled": func() {
			ctx, cancel := context.WithCancel(t.Context())
			_ = st.Run(ctx, as(w, "lwu"), false, func(ctx context.Context, op *store.Op) error {
				_ = look(ctx, op)
				cancel()
				return nil
			})
		},
		"committed": func() { _ = st.Run(t.Context(), as(w, "lwu"), true, look) },
	} {
		misuse()
		if user, agency, err := probe(t, st.DB()); user != "sala_app" || agency != "" || state(err) != notPrivileged {
			t.Errorf("%s: the connection is left to %s for %q: %v", name, user, agency, err)
		}
	}
	// Settings that outlive their transaction would show it all to the next request.
	exec(t, st.DB(), "SET ROLE sala_request")
	for k, v := range map[string]string{"agency": w.Agencies["lwu"].ID, "member": w.Agencies["lwu"].Worker, "holders": w.Agencies["lwu"].Worker, "purpose": "ASSISTANCE"} {
		exec(t, st.DB(), "SELECT set_config('sala."+k+"', '"+v+"', false)")
	}
	exec(t, st.DB(), "SELECT set_config('sala.now', (SELECT max(valid_from) FROM accesses)::text, false)")
	if _, _, err := probe(t, st.DB()); err != nil {
		t.Errorf("the probe cannot see even what is left open: %v", err)
	}
}

// The login role itself reads and writes nothing, and none of the roles owns
// anything or stands above row-level security.
func TestTheLoginCanDoNothing(t *testing.T) {
	t.Parallel()
	w, _ := crowded(t)
	db, login := root(t, w), app(t, w)
	tables := strings.Split(one[string](t, db, `SELECT string_agg(relname, ',') FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'm', 'p')`), ",")
	if len(tables) < len(entities)+10 {
		t.Fatalf("only %d tables", len(tables))
	}
	for _, name := range tables {
		for _, statement := range []string{"SELECT count(*) FROM ", "DELETE FROM ", "TRUNCATE "} {
			if _, err := login.ExecContext(t.Context(), statement+"public."+name); state(err) != notPrivileged {
				t.Errorf("%s%s: %v", statement, name, err)
			}
		}
	}
	// As a later migration does that says nothing of who executes what it makes.
	exec(t, db, "CREATE FUNCTION sala_later() RETURNS boolean LANGUAGE sql AS 'SELECT true'")
	for what, query := range map[string]string{
		"tables without row-level security": `SELECT string_agg(relname, ',') FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND NOT relrowsecurity AND relname <> 'goose_db_version'`,
		"more than to read which migrations there are": `SELECT string_agg(grantee, ',') FROM information_schema.role_table_grants WHERE table_name = 'goose_db_version' AND grantee LIKE 'sala%'
			AND NOT (grantee IN ('sala_onboarding', 'sala_sequence') AND privilege_type = 'SELECT')`,
		"views that nobody looked at": `SELECT string_agg(viewname, ',') FROM pg_views WHERE schemaname = 'public' AND viewname NOT IN ('case_versions', 'case_contributors', 'case_parts', 'release_rows')`,
		"more than the policy role's view of contributors": `SELECT string_agg(grantee, ',') FROM information_schema.role_table_grants WHERE table_name = 'case_contributors' AND grantee LIKE 'sala%'
			AND NOT (grantee IN ('sala_policy', 'sala_trial') AND privilege_type = 'SELECT')`,
		"more than the release role's view of what may be released": `SELECT string_agg(grantee, ',') FROM information_schema.role_table_grants WHERE table_name = 'release_rows' AND grantee LIKE 'sala%'
			AND NOT (grantee = 'sala_release' AND privilege_type = 'SELECT')`,
		"anybody's view of the parts": `SELECT string_agg(grantee, ',') FROM information_schema.role_table_grants WHERE table_name = 'case_parts' AND grantee LIKE 'sala%'`,
		"columns of the other view":   `SELECT string_agg(column_name, ',') FROM information_schema.columns WHERE table_name = 'case_contributors' AND column_name NOT IN ('case_id', 'contributor_id')`,
		"columns of the view":         `SELECT string_agg(column_name, ',') FROM information_schema.columns WHERE table_name = 'case_versions' AND column_name NOT IN ('id', 'facts_version', 'evaluated_version', 'first_sequence', 'last_sequence')`,
		"roles above the wall":        `SELECT string_agg(rolname, ',') FROM pg_roles WHERE rolname LIKE 'sala%' AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb)`,
		"functions that whoever connects executes": `SELECT string_agg(p.oid::regprocedure::text || ' by ' || r.name, ',') FROM pg_proc p, unnest(ARRAY['public', 'sala_app', 'sala_sequencer', 'sala_sequence']) r (name)
			WHERE pronamespace = 'public'::regnamespace AND has_function_privilege(r.name, p.oid, 'EXECUTE') AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')`,
		"a sequencer's login without a limit": `SELECT string_agg(rolconnlimit::text, ',') FROM pg_roles WHERE rolname = 'sala_sequencer' AND rolconnlimit <> 16`,
		"a login that inherits":               `SELECT string_agg(rolname, ',') FROM pg_roles WHERE rolname IN ('sala_app', 'sala_sequencer') AND rolinherit`,
		"objects of the roles":                `SELECT string_agg(c.relname, ',') FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE r.rolname LIKE 'sala%'`,
		"definer functions without a path":    `SELECT string_agg(proname, ',') FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef AND NOT coalesce(array_to_string(proconfig, ';'), '') LIKE '%search_path=public, pg_temp%'`,
		"public grants on tables":             `SELECT string_agg(table_name, ',') FROM information_schema.role_table_grants WHERE grantee = 'PUBLIC' AND table_schema = 'public'`,
	} {
		if found := one[sql.NullString](t, db, query); found.String != "" {
			t.Errorf("%s: %s", what, found.String)
		}
	}
}

// The roles beside the request's read no part of a case.
func TestNoOtherRoleReadsAPart(t *testing.T) {
	t.Parallel()
	w, id := crowded(t)
	for _, m := range []rule.Mode{rule.Policy, rule.Ledger, rule.Onboarding, rule.Sequence} {
		for _, e := range entities {
			if !slices.Contains(append([]string{"IDENTITY", "CONTACT", "PROFILE", "TRAFFICKING", "NARRATIVE", "PREVIEW"}, further()...), e.name) {
				continue
			}
			if _, err := within(t, w.Store, rule.Scope{Mode: m}, func(ctx context.Context, op *store.Op) ([]string, error) { return e.query(ctx, op, id) }); err == nil {
				t.Errorf("%s read %s", m.Role(), e.name)
			}
		}
	}
}
