package casework

import (
	"context"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/agency"
	"github.com/sala-exchange/sala/ent/guardianship"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/schema"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/canon"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
)

// RecordGuardianshipInput is somebody who speaks for a child beside herself (E2, E4).
type RecordGuardianshipInput struct {
	CaseID     string
	Relation   valueset.GuardianRelation
	Capacity   valueset.GuardianCapacity
	Name       string
	Document   *string // the order that it rests on; demanded of a LEGAL_GUARDIAN
	AgencyID   *string // the agency of which he or she is a member: a conflict where it asks or is asked (E4)
	Conflict   *bool   // false where left out
	ValidFrom  *int64  // now where left out; UTC microseconds
	ValidUntil *int64  // for as long as she is a child where left out
}

// ChangeGuardianshipInput flags a conflict, or ends the guardianship; what is nil stays.
type ChangeGuardianshipInput struct {
	GuardianshipID string
	Conflict       *bool
	ValidUntil     *int64
}

// RecordGuardianship notes who speaks for a child beside herself, as the case's owner
// knows it. By itself it opens nothing: statements name it.
func RecordGuardianship(ctx context.Context, op *store.Op, in RecordGuardianshipInput) (string, error) {
	if _, err := ownCase(ctx, op, in.CaseID); err != nil {
		return "", err
	}
	if err := in.validate(op.Scope); err != nil {
		return "", err
	}
	if in.AgencyID != nil {
		there, err := op.Agency.Query().Where(agency.ID(*in.AgencyID)).Exist(ctx)
		if err != nil || !there {
			if err == nil {
				err = errs.New(errs.Invalid, "there is no such agency: choose from the list of agencies").WithFields("agencyID")
			}
			return "", outward(err, "reading the guardian's agency")
		}
	}
	id := pubid.New("guardianship")
	sealed, err := op.Seal(ctx, ent.TypeGuardianship, id, in.CaseID, schema.GuardianshipContent{Name: in.Name, Document: value(in.Document, "")})
	if err != nil {
		return "", err
	}
	err = op.Guardianship.Create().SetID(id).SetCaseID(in.CaseID).SetContributorID(op.Scope.Agency).SetRecordedOn(op.Scope.Now).
		SetRecordedBy(op.Scope.Member).SetRelation(in.Relation).SetCapacity(in.Capacity).SetSealed(sealed).
		SetAgencyID(value(in.AgencyID, "")).SetConflict(value(in.Conflict, false)).
		SetValidFrom(value(in.ValidFrom, op.Scope.Now)).SetValidUntil(value(in.ValidUntil, rule.Forever)).Exec(ctx)
	if err != nil {
		return "", outward(err, "recording a guardianship")
	}
	op.Touch(in.CaseID)
	return id, decided(ctx, op, "record guardianship", in.CaseID)
}

func (in RecordGuardianshipInput) validate(s *rule.Scope) error {
	p := &problems{}
	if !in.Relation.Valid() {
		p.add("relation", "name a relation of the list")
	}
	if !in.Capacity.Valid() {
		p.add("capacity", "say PARENT, CAREGIVER or LEGAL_GUARDIAN (E2)")
	}
	if in.Name == "" {
		p.add("name", "name who speaks for her")
	}
	p.text("name", &in.Name, canon.Name)
	p.text("document", in.Document, canon.Text)
	if in.Capacity == valueset.GuardianCapacityLegalGuardian && value(in.Document, "") == "" {
		p.add("document", "a legal guardian is one by an order: name it (E2)")
	}
	p.past("validFrom", in.ValidFrom, s.Now)
	if value(in.ValidUntil, rule.Forever) <= value(in.ValidFrom, s.Now) {
		p.add("validUntil", "it must end after it starts")
	}
	return p.err()
}

// ChangeGuardianship flags, or takes back, a conflict of one who speaks for a child, or
// ends it. What rested on him or her alone is shut from the next read on (E4).
func ChangeGuardianship(ctx context.Context, op *store.Op, in ChangeGuardianshipInput) (caseID string, err error) {
	if !pubid.Valid(in.GuardianshipID, "guardianship") {
		return "", errs.NotHere()
	}
	row, err := op.Guardianship.Query().Where(guardianship.ID(in.GuardianshipID)).Only(ctx)
	if err != nil {
		return "", outward(err, "reading the guardianship")
	}
	if _, err := ownCase(ctx, op, row.CaseID); err != nil {
		return "", err
	}
	if in.Conflict == nil && in.ValidUntil == nil {
		return "", errs.New(errs.Invalid, "say whether there is a conflict, or when it ends").WithFields("conflict", "validUntil")
	}
	if in.ValidUntil != nil && *in.ValidUntil <= row.ValidFrom {
		return "", errs.New(errs.Invalid, "it must end after it starts").WithFields("validUntil")
	}
	n, err := op.Guardianship.Update().Where(guardianship.ID(row.ID)).SetNillableConflict(in.Conflict).SetNillableValidUntil(in.ValidUntil).Save(ctx)
	if err != nil {
		return "", outward(err, "changing the guardianship")
	}
	if n != 1 {
		return "", errs.NotHere()
	}
	op.Touch(row.CaseID)
	return row.CaseID, decided(ctx, op, "change guardianship", row.CaseID)
}
