package store

import (
	"context"
	"slices"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/bestinterests"
	"github.com/sala-exchange/sala/ent/casefile"
	"github.com/sala-exchange/sala/ent/consent"
	"github.com/sala-exchange/sala/ent/interestssignature"
	"github.com/sala-exchange/sala/ent/notice"
	"github.com/sala-exchange/sala/ent/noticemark"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/schema"
	"github.com/sala-exchange/sala/ent/suspect"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
)

// guardCreate lets a new row in only where a rule says so: whose row it is, and
// that the writer may add it to this case.
func (o *Op) guardCreate(ctx context.Context, s *rule.Scope, m ent.Mutation) error {
	refused := errs.NotHere()
	if s.Mode != rule.Request {
		if s.Mode == rule.Departure || s.Mode == rule.Trial || s.Mode == rule.Release {
			return refused
		}
		if s.Mode == rule.Sequence && m.Type() == "Disclosure" { // it makes no record, it places those that are made
			return refused
		}
		_, err := rule.ReadPredicate(s, m.Type())
		return err
	}
	if rule.History(m.Type()) {
		// What was is stored by the change itself: the second wall looks at the rest.
		if keeping(ctx) && text(m, "contributor_id") == s.Agency && s.Agency != "" {
			return nil
		}
		return refused
	}
	mine := func(field string) bool { return text(m, field) == s.Agency && s.Agency != "" }
	caseID := text(m, "case_id")
	if made := o.fresh[caseID]; made != nil {
		return made.guard(m, mine)
	}
	switch m.Type() {
	case "CaseFile":
		if mine("owner_id") && s.CaseWork {
			return nil
		}
	case "Person":
		if ok, err := o.ownsCase(ctx, s, caseID); err != nil || ok {
			return err
		}
	case "Consent":
		if mine("contributor_id") {
			return o.mayState(ctx, s, caseID, m)
		}
	case "Provision":
		if own, err := o.ownStatement(ctx, s, caseID, text(m, "consent_id")); err != nil || own && mine("contributor_id") {
			return err
		}
	case "Referral", "Preview":
		if mine("from_id") {
			return o.working(ctx, s, caseID)
		}
	case "CaseChange":
		if owns, err := o.ownsCase(ctx, s, caseID); err != nil || owns && mine("contributor_id") {
			return err
		}
	case "Assignment":
		if mine("agency_id") {
			return o.working(ctx, s, caseID)
		}
	case "Erasure":
		if owns, err := o.mayDecide(ctx, s, caseID, text(m, "suspect_id")); err != nil || owns && mine("agency_id") {
			return err
		}
	case "CaseLock":
		if owns, err := o.ownsCase(ctx, s, caseID); err != nil || owns && mine("agency_id") && text(m, "locked_by") == s.Member && s.Supervisor {
			return err
		}
	case "GlassAttempt":
		if mine("agency_id") && text(m, "member_id") == s.Member && s.BreakGlass {
			return nil
		}
	case "Guardianship", "BestInterests", "Incapacity", "RecoveryPeriod":
		if owns, err := o.ownsCase(ctx, s, caseID); err != nil || owns && mine("contributor_id") && text(m, "recorded_by") == s.Member && s.CaseWork {
			return err
		}
	case "LegalBasis":
		if entersBasis(s, m) {
			return nil
		}
	case "ExternalReferral", "Conference", "ConferenceTask":
		if owns, err := o.ownsCase(ctx, s, caseID); err != nil || owns && mine("contributor_id") && text(m, "recorded_by") == s.Member && s.CaseWork {
			return err
		}
	case "Permission":
		// What a contributor decides itself; what others ask of it is written as policy's.
		if mine("contributor_id") && text(m, "asker_id") == "" && text(m, "recorded_by") == s.Member && s.CaseWork {
			return o.contributing(ctx, s, caseID)
		}
	case "InterestsSignature":
		if may, err := o.maySign(ctx, s, caseID, m); err != nil || may && mine("agency_id") && text(m, "member_id") == s.Member {
			return err
		}
	case "Retention":
		if owns, err := o.mayDecide(ctx, s, caseID, text(m, "row_id")); err != nil || owns && mine("agency_id") {
			return err
		}
	case "NoticeMark":
		if ok, err := o.mayMark(ctx, s, m); err != nil || ok && mine("agency_id") && text(m, "member_id") == s.Member {
			return err
		}
	case "IdempotencyKey", "ImportedRow":
		if mine("agency_id") {
			return nil
		}
	case "FileImport", "StagedRow":
		if mine("agency_id") && s.CaseWork {
			return nil
		}
	default:
		if c := rule.PartCategory(m.Type()); c != "" && mine("contributor_id") {
			return o.mayAdd(ctx, s, caseID, c)
		}
	}
	return refused
}

// mayMark: whoever sees a notice reads it; who answers for what it is about acknowledges it.
func (o *Op) mayMark(ctx context.Context, s *rule.Scope, m ent.Mutation) (bool, error) {
	rows, err := o.Notice.Query().Where(notice.ID(text(m, "notice_id"))).All(ctx)
	if err != nil || len(rows) != 1 {
		return false, err
	}
	kind, _ := m.Field(noticemark.FieldKind)
	return kind == noticemark.KindREAD || kind == noticemark.KindACKNOWLEDGED && s.MayAcknowledge(rows[0].SubjectID), nil
}

// contributing: the case is open to an agency as the contributor that it is.
func (o *Op) contributing(ctx context.Context, s *rule.Scope, caseID string) error {
	open, err := o.CaseByID(caseID).Exist(ctx)
	if err != nil || open {
		return err
	}
	return errs.NotHere()
}

func (o *Op) ownsCase(ctx context.Context, s *rule.Scope, caseID string) (bool, error) {
	return o.CaseFile.Query().Where(casefile.ID(caseID), casefile.OwnerID(s.Agency)).Exist(rule.InMode(ctx, rule.Policy))
}

// mayDecide: about keeping a file its owner decides, about keeping a cleared suspect's row
// its contributor (B2, H4).
func (o *Op) mayDecide(ctx context.Context, s *rule.Scope, caseID, row string) (bool, error) {
	if row == "" {
		return o.ownsCase(ctx, s, caseID)
	}
	return o.Suspect.Query().Where(suspect.ID(row), suspect.CaseID(caseID), suspect.ContributorID(s.Agency), suspect.ClearedOnNotNil()).Exist(ctx)
}

// mayState: her statements about sharing are recorded by the owner; about its own
// recording by each agency that works on the case (C1).
func (o *Op) mayState(ctx context.Context, s *rule.Scope, caseID string, m ent.Mutation) error {
	kind, _ := m.Field(consent.FieldKind)
	if kind == valueset.ConsentKindRecording {
		return o.working(ctx, s, caseID)
	}
	if owns, err := o.ownsCase(ctx, s, caseID); err != nil || owns {
		return err
	}
	return errs.NotHere()
}

// ownStatement: a provision is part of a statement that the writer recorded in this
// case; to another's nothing is added.
func (o *Op) ownStatement(ctx context.Context, s *rule.Scope, caseID, id string) (bool, error) {
	return o.Consent.Query().Where(consent.ID(id), consent.CaseID(caseID), consent.ContributorID(s.Agency)).
		Exist(rule.InMode(ctx, rule.Policy))
}

// maySign: a decision in her best interests is signed by whoever recorded an assessment,
// and by a supervisor of the owner who did not; by whoever a determination names (E5).
func (o *Op) maySign(ctx context.Context, s *rule.Scope, caseID string, m ent.Mutation) (bool, error) {
	ctx = rule.InMode(ctx, rule.Policy)
	row, err := o.BestInterests.Query().Where(bestinterests.ID(text(m, "interests_id")), bestinterests.CaseID(caseID)).Only(ctx)
	if ent.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	owns, err := o.ownsCase(ctx, s, caseID)
	if err != nil {
		return false, err
	}
	capacity, _ := m.Field(interestssignature.FieldCapacity)
	assessed := owns && row.Kind == valueset.BestInterestsKindAssessment
	switch capacity {
	case valueset.SignatureCapacityWorker:
		return assessed && s.CaseWork && row.RecordedBy == s.Member, nil
	case valueset.SignatureCapacitySupervisor:
		return assessed && s.Supervisor && row.RecordedBy != s.Member, nil
	case valueset.SignatureCapacityPanel:
		return row.Kind == valueset.BestInterestsKindDetermination &&
			slices.Contains(row.Panel, schema.PanelMember{Agency: s.Agency, Member: s.Member}), nil
	}
	return false, nil
}

// working: the case is open to the writer, or its own, or one of which it has
// accepted a referral: within a transaction that changes facts nothing is open until
// policy has been evaluated again.
func (o *Op) working(ctx context.Context, s *rule.Scope, caseID string) error {
	open, err := o.CaseByID(caseID).Exist(ctx)
	if err != nil || open {
		return err
	}
	if owns, err := o.ownsCase(ctx, s, caseID); err != nil || owns {
		return err
	}
	accepted, err := o.acceptedHere(ctx, s.Agency, caseID)
	if err != nil || accepted {
		return err
	}
	return errs.NotHere()
}

// mayAdd: an ADD access to the writer's own rows of the category (A4).
func (o *Op) mayAdd(ctx context.Context, s *rule.Scope, caseID string, c category.Category) error {
	open, err := o.OpenCategories(ctx, s, caseID, s.Agency, rule.ActionAdd)
	if err != nil {
		return err
	}
	if !open.Has(c) {
		return restsOnNothing(c)
	}
	return nil
}

func restsOnNothing(c category.Category) error {
	return errs.New(errs.Withheld, "recording %s in this case rests on no basis in force: record her consent to your agency's recording first (C1)", c)
}
