package resolver

import (
	"context"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/fileimport"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/graph/model"
	"github.com/sala-exchange/sala/graph/operation"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
)

func (query) Imports(ctx context.Context, first int, after *ent.Cursor, orderBy *ent.ImportOrder) (*ent.ImportConnection, error) {
	ctx, op, err := page(ctx, first)
	if err != nil {
		return nil, err
	}
	c, err := op.FileImport.Query().Paginate(ctx, after, &first, nil, nil, ent.WithImportOrder(orderBy))
	return c, outward(err, "reading imports")
}

// importOf answers what the stored row cannot: a transaction shows nothing before its end.
type importOf struct{}

func (importOf) Registered(_ context.Context, i *ent.FileImport) (int, error) {
	if n, going := casework.Registered(i.ID); going && i.State == valueset.ImportStateOpen {
		return n, nil
	}
	return i.Registered, nil
}

func (mutation) OpenImport(ctx context.Context, in casework.OpenImportInput) (*model.ImportPayload, error) {
	known := 0
	return importPayload(ctx, change{"openImport", nil, in}, in.DryRun, func(op *store.Op) (id string, err error) {
		id, known, err = casework.OpenImport(ctx, op, in)
		return id, err
	}, func(p *model.ImportPayload) { p.Known = known })
}

func (mutation) CommitImport(ctx context.Context, id string) (*model.ImportPayload, error) {
	busy := false
	return importPayload(ctx, change{"commitImport", nil, id}, false, func(op *store.Op) (_ string, err error) {
		busy, err = casework.CommitImport(ctx, op, id)
		return id, err
	}, func(p *model.ImportPayload) { p.Busy = busy })
}

func (mutation) AbandonImport(ctx context.Context, id string) (*model.ImportPayload, error) {
	return importPayload(ctx, change{"abandonImport", nil, id}, false, func(op *store.Op) (string, error) {
		return id, casework.AbandonImport(ctx, op, id)
	}, func(*model.ImportPayload) {})
}

// importPayload runs a verb on an import and reads the import back.
func importPayload(ctx context.Context, c change, dry bool, verb func(*store.Op) (string, error), more func(*model.ImportPayload)) (*model.ImportPayload, error) {
	ids, refused, err := c.run(ctx, func(op *store.Op) ([]string, error) {
		id, err := verb(op)
		return []string{id}, err
	})
	if err != nil || len(ids) != 1 {
		return &model.ImportPayload{UserErrors: refused}, err
	}
	if dry {
		operation.Refuse(ctx)
	}
	out := &model.ImportPayload{}
	more(out)
	if ids[0] == "" {
		return out, nil
	}
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	row, err := op.FileImport.Query().Where(fileimport.ID(ids[0])).Only(ctx)
	out.Import, err = visible(row, err, "reading an import")
	return out, err
}

func (mutation) StageImport(ctx context.Context, in casework.StageImportInput) (*model.StagePayload, error) {
	out := &model.StagePayload{}
	_, refused, err := change{"stageImport", nil, nil}.run(ctx, func(op *store.Op) (_ []string, err error) {
		out.Staged, out.Refusals, err = casework.StageImport(ctx, op, in)
		return nil, err
	})
	if err != nil || len(refused) > 0 {
		return &model.StagePayload{UserErrors: refused}, err
	}
	if in.DryRun {
		operation.Refuse(ctx)
	}
	return out, nil
}

func (mutation) UndoImport(ctx context.Context, in casework.UndoImportInput) (*model.UndoPayload, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	// Not change.run: what stays was read, and is in the answer.
	done, err := casework.UndoImport(ctx, op, in)
	if err == nil {
		err = op.Settle(ctx)
	}
	if err != nil {
		op.ReadBack()
		refused, err := refusal(ctx, outward(err, "undoing an import"))
		return &model.UndoPayload{UserErrors: refused}, err
	}
	if in.DryRun {
		operation.Refuse(ctx)
	}
	return &model.UndoPayload{Undone: done.Undone, Kept: done.Kept, Next: done.Next}, nil
}
