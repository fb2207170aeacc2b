package casework

import (
	"context"

	"github.com/sala-exchange/sala/ent/assignment"
	"github.com/sala-exchange/sala/ent/member"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/viewer"
)

// Assign puts a case worker of the viewer's agency on the case (D5).
func Assign(ctx context.Context, op *store.Op, caseID, memberID string) error {
	if _, err := openCase(ctx, op, caseID); err != nil {
		return err
	}
	m, err := op.Member.Query().Where(member.ID(memberID), member.Active(true)).Only(ctx)
	if err != nil {
		return outward(err, "reading the member")
	}
	for _, r := range m.Roles {
		if r == viewer.CaseWorker {
			if err := assign(ctx, op, caseID, memberID); err != nil {
				return err
			}
			return decided(ctx, op, "assign", caseID)
		}
	}
	return errs.New(errs.Invalid, "only a case worker can be assigned to a case").WithFields("memberID")
}

// Unassign takes a member off the case.
func Unassign(ctx context.Context, op *store.Op, caseID, memberID string) error {
	if _, err := openCase(ctx, op, caseID); err != nil {
		return err
	}
	n, err := op.Assignment.Update().Where(assignment.CaseID(caseID), assignment.MemberID(memberID), assignment.EndedOnIsNil()).
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

// assign is idempotent: whoever is assigned stays so.
func assign(ctx context.Context, op *store.Op, caseID, memberID string) error {
	there, err := op.Assignment.Query().Where(assignment.CaseID(caseID), assignment.MemberID(memberID), assignment.EndedOnIsNil()).Exist(ctx)
	if err != nil || there {
		return outward(err, "reading the assignments")
	}
	err = op.Assignment.Create().SetCaseID(caseID).SetAgencyID(op.Scope.Agency).SetMemberID(memberID).SetSince(op.Scope.Now).Exec(ctx)
	return outward(err, "assigning the case")
}
