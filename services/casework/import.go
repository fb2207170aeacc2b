package casework

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/sala-exchange/sala/ent/casefile"
	"github.com/sala-exchange/sala/ent/importedrow"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
)

// ImportCasesInput is part of a file: rows that each become a case of the viewer's
// agency. A row that was imported before from the same file is known and skipped.
type ImportCasesInput struct {
	Digest string // SHA-256 of the file, hexadecimal
	DryRun bool
	Rows   []*ImportRowInput
}

// ImportRowInput is one row of the file, numbered as in its sheet.
type ImportRowInput struct {
	Row  int
	Case RegisterCaseInput
}

// ImportResult counts what an import did.
type ImportResult struct {
	Created int
	Known   int
	CaseIDs []string // those that are open to the viewer: a colleague's import names none
}

// MaxImportRows is how many rows one import may bring.
const MaxImportRows = 5000

// ImportCases registers every row or none. It creates no consent to share, no
// referral and no access to anybody else.
func ImportCases(ctx context.Context, op *store.Op, in ImportCasesInput) (*ImportResult, error) {
	if len(in.Digest) != 64 {
		return nil, errs.New(errs.Invalid, "the file's digest must be a SHA-256 in hexadecimal").WithFields("digest")
	}
	if len(in.Rows) == 0 || len(in.Rows) > MaxImportRows {
		return nil, errs.New(errs.Invalid, "an import takes 1 to %d rows", MaxImportRows).WithFields("rows")
	}
	known := map[int]string{}
	rows, err := op.ImportedRow.Query().Where(importedrow.Digest(in.Digest)).All(ctx)
	if err != nil {
		return nil, outward(err, "reading earlier imports")
	}
	for _, r := range rows {
		known[r.Row] = r.CaseID
	}
	open, err := openAmong(ctx, op, known)
	if err != nil {
		return nil, err
	}
	out := &ImportResult{}
	for _, r := range in.Rows {
		if id, ok := known[r.Row]; ok {
			out.Known++
			if open[id] {
				out.CaseIDs = append(out.CaseIDs, id)
			}
			continue
		}
		id, err := RegisterCase(ctx, op, r.Case)
		if err != nil {
			return nil, under(fmt.Sprintf("row %d", r.Row), err)
		}
		err = op.ImportedRow.Create().SetAgencyID(op.Scope.Agency).SetDigest(in.Digest).SetRow(r.Row).
			SetCaseID(id).SetImportedOn(op.Scope.Now).Exec(ctx)
		if err != nil {
			return nil, outward(err, "noting the imported row")
		}
		known[r.Row], open[id] = id, true
		out.Created++
		out.CaseIDs = append(out.CaseIDs, id)
	}
	if in.DryRun {
		out.CaseIDs = nil // they will not exist
		op.Discard()
	}
	return out, nil
}

// openAmong returns which of the cases are open to the viewer.
func openAmong(ctx context.Context, op *store.Op, known map[int]string) (map[string]bool, error) {
	open := map[string]bool{}
	for ids := range slices.Chunk(slices.Sorted(maps.Values(known)), 1000) {
		visible, err := op.CaseFile.Query().Where(casefile.IDIn(ids...)).IDs(ctx)
		if err != nil {
			return nil, outward(err, "reading earlier imports")
		}
		for _, id := range visible {
			open[id] = true
		}
	}
	return open, nil
}
