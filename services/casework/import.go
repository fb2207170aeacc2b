package casework

import (
	"context"
	"encoding/hex"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/fileimport"
	"github.com/sala-exchange/sala/ent/importedrow"
	"github.com/sala-exchange/sala/ent/stagedrow"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/disclosure"
)

// A file is brought in by four verbs: OpenImport, StageImport again and again with some
// hundred rows, CommitImport, which makes cases of all of them or of none, and
// UndoImport. What is staged is sealed under a key of the import and is no case yet.

// OpenImportInput names a file.
type OpenImportInput struct {
	Digest string // SHA-256 of the file, hexadecimal
	DryRun bool   // only say whether the file is known
}

// OpenImport begins the import of a file. Where the viewer's agency has read the same
// file in before, it says how many rows are known and opens nothing: a file comes in
// whole, so it is known whole. An import of the same file that the viewer has left open
// is given up.
func OpenImport(ctx context.Context, op *store.Op, in OpenImportInput) (id string, known int, err error) {
	if raw, err := hex.DecodeString(in.Digest); err != nil || len(raw) != 32 || hex.EncodeToString(raw) != in.Digest {
		return "", 0, errs.New(errs.Invalid, "the file's digest must be a SHA-256 in lower-case hexadecimal").WithFields("digest")
	}
	if known, err = knownRows(ctx, op, in.Digest); err != nil || known > 0 || in.DryRun {
		return "", known, err
	}
	if err := ownTakesOn(ctx, op); err != nil {
		return "", 0, err
	}
	left, err := op.FileImport.Query().Where(fileimport.Digest(in.Digest), fileimport.MemberID(op.Scope.Member),
		fileimport.StateEQ(valueset.ImportStateOpen)).IDs(ctx)
	if err != nil {
		return "", 0, outward(err, "reading the imports")
	}
	for _, earlier := range left {
		if err := AbandonImport(ctx, op, earlier); err != nil {
			return "", 0, err
		}
	}
	id = pubid.New("import")
	if err := op.MakeKey(ctx, id); err != nil {
		return "", 0, err
	}
	err = op.FileImport.Create().SetID(id).SetAgencyID(op.Scope.Agency).SetMemberID(op.Scope.Member).SetDigest(in.Digest).
		SetPurpose(string(op.Scope.Purpose)).SetState(valueset.ImportStateOpen).SetOpenedOn(op.Scope.Now).Exec(ctx)
	return id, 0, outward(err, "opening an import")
}

func knownRows(ctx context.Context, op *store.Op, digest string) (int, error) {
	n, err := op.ImportedRow.Query().Where(importedrow.Digest(digest)).Count(ctx)
	return n, outward(err, "reading earlier imports")
}

// AbandonImport gives an import up: its rows are deleted and none becomes a case.
func AbandonImport(ctx context.Context, op *store.Op, id string) error {
	i, err := ownImport(ctx, op, id)
	if err != nil {
		return err
	}
	return endImport(ctx, op, i, op.FileImport.Update().SetState(valueset.ImportStateAbandoned))
}

// ownImport returns an open import of the viewer's own.
func ownImport(ctx context.Context, op *store.Op, id string) (*ent.FileImport, error) {
	i, err := importOf(ctx, op, id)
	switch {
	case err != nil:
		return nil, err
	case i.MemberID != op.Scope.Member:
		return nil, errs.New(errs.Forbidden, "an import is added to, committed and given up by the member who opened it")
	case i.State != valueset.ImportStateOpen:
		return nil, errs.New(errs.Conflict, "this import has ended: open another one")
	case i.Purpose != string(op.Scope.Purpose):
		return nil, errs.New(errs.Conflict, "this import was opened for another purpose: declare the same one on each operation").WithFields("@purpose")
	}
	return i, nil
}

func importOf(ctx context.Context, op *store.Op, id string) (*ent.FileImport, error) {
	if !pubid.Valid(id, "import") {
		return nil, errs.NotHere()
	}
	i, err := op.FileImport.Query().Where(fileimport.ID(id)).Only(ctx)
	return i, outward(err, "reading the import")
}

// endImport writes the end of an open import and deletes what it has staged. Its key
// is destroyed by a job, within a minute.
func endImport(ctx context.Context, op *store.Op, i *ent.FileImport, u *ent.FileImportUpdate) error {
	if err := moveImport(ctx, i, u.SetEndedOn(op.Scope.Now)); err != nil {
		return err
	}
	if _, err := op.StagedRow.Delete().Where(stagedrow.ImportID(i.ID)).Exec(ctx); err != nil {
		return outward(err, "deleting the staged rows")
	}
	return disclosure.DecideAbout(ctx, op, "end import", op.Scope.Agency, i.ID)
}

// moveImport changes the import where it is still as it was read.
func moveImport(ctx context.Context, i *ent.FileImport, u *ent.FileImportUpdate) error {
	n, err := u.Where(fileimport.ID(i.ID), fileimport.Version(i.Version), fileimport.StateEQ(valueset.ImportStateOpen)).AddVersion(1).Save(ctx)
	if err != nil {
		return outward(err, "changing the import")
	}
	if n != 1 {
		return errs.New(errs.Conflict, "this import is being changed by another request: repeat this one")
	}
	return nil
}
