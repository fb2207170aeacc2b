package casework

import (
	"context"
	"slices"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/retention"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
)

// retentionDue notes, where the owner records her no to recording, that a decision about
// keeping the file is due, once a case, and tells the owner: its supervisors see the case,
// its data-protection focal point the entry (C8, H4). What is open meanwhile is policy's
// to say.
func retentionDue(ctx context.Context, op *store.Op, c *ent.CaseFile, in RecordConsentInput) error {
	refused := slices.ContainsFunc(in.Provisions, func(p *ProvisionInput) bool { return p.Decision == valueset.DecisionDeny })
	if in.Kind != valueset.ConsentKindRecording || !refused {
		return nil
	}
	waits, err := op.Retention.Query().Where(retention.CaseID(c.ID), retention.CauseNEQ(retention.CausePERIOD_PASSED)).Exist(ctx)
	if err != nil || waits {
		return outward(err, "reading the retention decisions")
	}
	id := pubid.New("retention")
	err = op.Retention.Create().SetID(id).SetAgencyID(op.Scope.Agency).SetCaseID(c.ID).SetReference(c.Reference).
		SetCause(retention.CauseRECORDING_WITHDRAWN).SetStartedOn(op.Scope.Now).SetDueOn(op.Scope.Now + store.ToDecide).Exec(ctx)
	if err != nil {
		return outward(err, "starting a retention decision")
	}
	return op.Notify(ctx, op.Scope.Agency, valueset.NoticeKindRetentionDue, id)
}
