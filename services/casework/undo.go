package casework

import (
	"context"
	"slices"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/casefile"
	"github.com/sala-exchange/sala/ent/importedrow"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/disclosure"
)

// UndoImportInput names an import to take back, some hundred rows at a time.
type UndoImportInput struct {
	ImportID string
	After    *int // the row after which to go on: Next of the answer before
	DryRun   bool // say what would be taken back
}

// Undone is what was taken back of some rows of an import, and what stays.
type Undone struct {
	Undone int
	Kept   []*KeptCase
	Next   *int // go on after this row; nil at the end of the file
}

// KeptCase is a case that stays because somebody has touched it since.
type KeptCase struct {
	Row       int
	Reference *string // nil where the case is not open to the viewer
}

// UndoImport takes back, of the next 500 rows of an import of the viewer's agency, the
// cases that nobody has touched since: no correction, other contributor, statement,
// referral, assignment, change or erasure, and nothing shown to another agency. Their
// rows are gone at once and the file's rows free to come in again; their keys are
// destroyed within a minute, and the erasure list keeps restored backups from bringing
// them back. It takes one person, for 72 hours: the member who opened the import, for the
// purpose of the import, or a supervisor of the agency, for any; what was touched takes two and 14 days
// (H4). The record of who did and saw what stays.
func UndoImport(ctx context.Context, op *store.Op, in UndoImportInput) (*Undone, error) {
	i, err := importOf(ctx, op, in.ImportID)
	if err != nil {
		return nil, err
	}
	if err := mayUndo(op, i); err != nil {
		return nil, err
	}
	if i.State != valueset.ImportStateCommitted && i.State != valueset.ImportStateUndone || i.EndedOn == nil {
		return nil, errs.New(errs.Conflict, "this import has made no cases: there is nothing to undo")
	}
	if op.Scope.Now >= *i.EndedOn+store.ToUndo {
		return nil, errs.New(errs.Conflict, "an import can be undone for 72 hours: after that cases are erased one by one, by two people (H4)")
	}
	rows, err := op.ImportedRow.Query().Where(importedrow.ImportID(i.ID), importedrow.RowGT(value(in.After, 0))).
		Order(ent.Asc(importedrow.FieldRow)).Limit(store.MostUndone).All(ctx)
	if err != nil {
		return nil, outward(err, "reading the imported rows")
	}
	out := &Undone{}
	if len(rows) == store.MostUndone {
		out.Next = &rows[len(rows)-1].Row
	}
	byRow, numbers := map[int]string{}, make([]int, len(rows))
	for n, r := range rows {
		byRow[r.Row], numbers[n] = r.CaseID, r.Row
	}
	gone, err := takeBack(ctx, op, in, i, numbers)
	if err != nil {
		return nil, err
	}
	for _, row := range gone {
		delete(byRow, row)
	}
	out.Undone = len(gone)
	return out, out.keep(ctx, op, byRow)
}

// mayUndo: by the member who opened the import, for its purpose, or by a supervisor of
// the agency. The database looks once more.
func mayUndo(op *store.Op, i *ent.FileImport) error {
	switch {
	case op.Scope.Supervisor:
		return nil
	case i.MemberID != op.Scope.Member:
		return errs.New(errs.Forbidden, "an import is undone by the member who opened it, or by a supervisor of your agency")
	case i.Purpose != string(op.Scope.Purpose):
		return errs.New(errs.Conflict, "this import was opened for another purpose: declare the same one to undo it").WithFields("@purpose")
	}
	return nil
}

func takeBack(ctx context.Context, op *store.Op, in UndoImportInput, i *ent.FileImport, rows []int) ([]int, error) {
	if !in.DryRun {
		gone, err := op.UndoImport(ctx, i.ID, rows)
		if err != nil || len(gone) == 0 {
			return nil, err
		}
		return gone, disclosure.DecideAbout(ctx, op, "undo import", op.Scope.Agency, i.ID)
	}
	untouched, err := op.Untouched(ctx, i.ID, rows)
	var gone []int
	for row := range untouched {
		gone = append(gone, row)
	}
	return gone, err
}

// keep lists what stays, with the reference of those that are open to the viewer.
func (u *Undone) keep(ctx context.Context, op *store.Op, byRow map[int]string) error {
	ids := make([]string, 0, len(byRow))
	for _, id := range byRow {
		ids = append(ids, id)
	}
	if len(ids) == 0 {
		return nil
	}
	open, err := op.CaseFile.Query().Where(casefile.IDIn(ids...)).All(ctx)
	if err != nil {
		return outward(err, "reading the cases that stay")
	}
	references := map[string]*string{}
	for _, c := range open {
		references[c.ID] = &c.Reference
	}
	for row, id := range byRow {
		u.Kept = append(u.Kept, &KeptCase{Row: row, Reference: references[id]})
	}
	slices.SortFunc(u.Kept, func(a, b *KeptCase) int { return a.Row - b.Row })
	return nil
}
