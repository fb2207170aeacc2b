package casework

import (
	"context"
	"slices"

	"github.com/sala-exchange/sala/ent/agencyunit"
	"github.com/sala-exchange/sala/ent/assignment"
	"github.com/sala-exchange/sala/ent/member"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/ent/team"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/internal/viewer"
)

// Assign puts a case worker, a team or a unit of the viewer's agency on the case (D5).
// Whom it names is told, by the case's id alone. It opens nothing to units above or beside (A5). A team or unit counts as far as the
// agency's need-to-know mode says.
func Assign(ctx context.Context, op *store.Op, caseID, holderID string) error {
	if _, err := openCase(ctx, op, caseID); err != nil {
		return err
	}
	if err := assignable(ctx, op, holderID); err != nil {
		return err
	}
	made, err := assign(ctx, op, caseID, holderID)
	if err != nil {
		return err
	}
	if made && holderID != op.Scope.Member {
		if err := op.NotifyHolder(ctx, op.Scope.Agency, holderID, valueset.NoticeKindCaseAssigned, caseID); err != nil {
			return err
		}
	}
	return decided(ctx, op, "assign", caseID)
}

// assignable: one of the viewer's agency; another agency's is not there.
func assignable(ctx context.Context, op *store.Op, id string) error {
	var there bool
	var err error
	switch pubid.Prefix(id) {
	case "team":
		there, err = op.Team.Query().Where(team.ID(id), team.AgencyID(op.Scope.Agency), team.EndedOnIsNil()).Exist(ctx)
	case "unit":
		there, err = op.AgencyUnit.Query().Where(agencyunit.ID(id), agencyunit.AgencyID(op.Scope.Agency)).Exist(ctx)
	default:
		m, e := op.Member.Query().Where(member.ID(id), member.Active(true)).Only(ctx)
		if e != nil {
			return outward(e, "reading the member")
		}
		if !slices.Contains(m.Roles, viewer.CaseWorker) {
			return errs.New(errs.Invalid, "only a case worker can be assigned to a case").WithFields("holderID")
		}
		return nil
	}
	if err != nil {
		return outward(err, "reading whom to assign")
	}
	if !there {
		return errs.NotHere()
	}
	return nil
}

// Unassign takes a member, team or unit off the case.
func Unassign(ctx context.Context, op *store.Op, caseID, holderID string) error {
	if _, err := openCase(ctx, op, caseID); err != nil {
		return err
	}
	n, err := op.Assignment.Update().Where(assignment.CaseID(caseID), assignment.MemberID(holderID), assignment.EndedOnIsNil()).
		SetEndedOn(op.Scope.Now).Save(ctx)
	if err != nil {
		return outward(err, "ending the assignment")
	}
	if n == 0 {
		return errs.NotHere()
	}
	op.Touch(caseID)
	return decided(ctx, op, "unassign", caseID)
}

// takeOn assigns a case to the viewer, and to the viewer's teams and units that the
// agency's need-to-know mode counts: who works together goes on doing so.
func takeOn(ctx context.Context, op *store.Op, caseID string) error {
	for _, h := range holdersOf(op) {
		if _, err := assign(ctx, op, caseID, h); err != nil {
			return err
		}
	}
	return nil
}

// holdersOf are the viewer and those of the viewer's teams and units that count.
func holdersOf(op *store.Op) []string {
	out := []string{op.Scope.Member}
	for _, h := range op.Scope.Holders {
		if p := pubid.Prefix(h); p == "team" || p == "unit" {
			out = append(out, h)
		}
	}
	return out
}

// assign is idempotent: whoever is assigned stays so. It reports whether it made anything.
func assign(ctx context.Context, op *store.Op, caseID, holderID string) (bool, error) {
	there, err := op.Assignment.Query().Where(assignment.CaseID(caseID), assignment.MemberID(holderID), assignment.EndedOnIsNil()).Exist(ctx)
	if err != nil || there {
		return false, outward(err, "reading the assignments")
	}
	err = op.Assignment.Create().SetCaseID(caseID).SetAgencyID(op.Scope.Agency).SetMemberID(holderID).SetSince(op.Scope.Now).Exec(ctx)
	return err == nil, outward(err, "assigning the case")
}
