package onboarding

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/offboarding"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/viewer"
	"github.com/sala-exchange/sala/services/disclosure"
)

// ExportedPart is one part of an agency's export, as the agency gets it.
type ExportedPart struct {
	Number  int // from 1
	Content []byte
	Rows    int
	Last    bool
	// Digest is that over all parts so far: the SHA-256, in hexadecimal, of the digest
	// before and the SHA-256 of this part, both in hexadecimal.
	Digest string
}

// DigestOf goes on from the digest over the parts before, empty for none.
func DigestOf(before string, part []byte) string {
	one := sha256.Sum256(part)
	all := sha256.Sum256([]byte(before + hex.EncodeToString(one[:])))
	return hex.EncodeToString(all[:])
}

// ExportPart gives the administrator of an agency that leaves a part of all that the
// agency contributed, encrypted to the key that the agency named. Parts come in order;
// part 1 begins anew.
func ExportPart(ctx context.Context, op *store.Op, agencyID string, number int, parts Departure) (*ExportedPart, error) {
	ctx, row, err := exporting(ctx, op, agencyID)
	if err != nil {
		return nil, err
	}
	switch {
	case row.AgreementsEndedOn == nil:
		return nil, errs.New(errs.Conflict, "the export is made when the agency's cases are handed over, and its agreements and referrals ended: see what is in the way")
	case row.ExportedOn != nil:
		return nil, errs.New(errs.Conflict, "your agency holds its export already")
	case row.ExportRecipient == "":
		return nil, errs.New(errs.Conflict, "name the key of the export first, by starting the offboarding again with it")
	case number != 1 && (number != row.ExportParts+1 || row.ExportAfter == ""):
		return nil, errs.New(errs.Conflict, "the parts of an export come in order: begin with part 1").WithFields("part")
	case parts.Export == nil:
		return nil, errs.New(errs.Unavailable, "this deployment offers no export")
	}
	after, before := row.ExportAfter, row.ExportDigest
	if number == 1 {
		after, before = "", ""
	}
	got, err := parts.Export(ctx, op, row.ExportRecipient, after)
	if err != nil {
		return nil, err
	}
	out := &ExportedPart{Number: number, Content: got.Content, Rows: got.Rows, Last: got.Next == "", Digest: DigestOf(before, got.Content)}
	err = op.Offboarding.UpdateOneID(row.ID).SetExportParts(number).SetExportAfter(got.Next).SetExportDigest(out.Digest).Exec(ctx)
	if err != nil {
		return nil, outward(err, "noting a part of the export")
	}
	if number > 1 {
		return out, nil
	}
	return out, disclosure.DecideAbout(ctx, op, "export for the agency", agencyID, row.ID)
}

// ConfirmExport says, by the digest over all its parts, that the agency holds its whole
// export. Nothing of the agency's is deleted before.
func ConfirmExport(ctx context.Context, op *store.Op, agencyID, digest string) error {
	ctx, row, err := exporting(ctx, op, agencyID)
	if err != nil {
		return err
	}
	if digest == "" || digest != row.ExportDigest || row.ExportAfter != "" || row.ExportParts == 0 {
		return errs.New(errs.Conflict, "this is not the digest of the whole export: fetch all of it again").WithFields("digest")
	}
	if row.ExportedOn != nil {
		return nil // again is the same
	}
	if err := op.Offboarding.UpdateOneID(row.ID).SetExportedOn(op.Scope.Now).Exec(ctx); err != nil {
		return outward(err, "noting that the agency holds its export")
	}
	return disclosure.DecideAbout(ctx, op, "confirm export", agencyID, row.ID)
}

// exporting returns the departure of the viewer's own agency, for its administrator.
func exporting(ctx context.Context, op *store.Op, agencyID string) (context.Context, *ent.Offboarding, error) {
	ctx, d, err := deciding(ctx, op, viewer.AgencyAdministrator)
	if err != nil {
		return ctx, nil, err
	}
	if !pubid.Valid(agencyID, "agency") || d.agency.ID != agencyID {
		return ctx, nil, errs.NotHere()
	}
	row, err := op.Offboarding.Query().Where(offboarding.AgencyID(agencyID)).Only(ctx)
	return ctx, row, outward(err, "reading the offboarding")
}

// Departing reads how far a departure has come, and changes nothing.
func Departing(ctx context.Context, op *store.Op, agencyID string) (*Leaving, error) {
	row, err := op.Offboarding.Query().Where(offboarding.AgencyID(agencyID)).Only(administering(ctx))
	if err != nil {
		return nil, outward(err, "reading the offboarding")
	}
	return LeavingAt(row, op.Scope.Now), nil
}
