// Package exchange brings data in and out through the API: HTCDS files in.
//
// It promises that a file comes in whole or not at all, that an error names row and
// column and never a value, and that an import creates no consent to share, no
// referral and no access. It is a client of the API with a token.
package exchange

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/exchange/client"
	"github.com/sala-exchange/sala/services/exchange/htcds"
)

// ImportOptions says on what the rows of a file are recorded.
type ImportOptions struct {
	// Basis is the typed basis for rows without her consent to be recorded (C1);
	// empty: such a row refuses the file.
	Basis valueset.RecordingBasis
	// Purposes of the recording (C1); IDENTIFICATION, PROTECTION, ASSISTANCE and
	// RETURN where empty.
	Purposes []category.Purpose
	DryRun   bool
	// Progress is told what has been done; nil is silent.
	Progress func(string)
}

// Imported counts what an import did.
type Imported struct{ Created, Known int }

const importMutation = `mutation Import($input: ImportCasesInput!) @purpose(of: ASSISTANCE) {
  importCases(input: $input) { created known userErrors { code field message } }
}`

// Import brings a file's rows in. A file that was imported before changes nothing.
func Import(ctx context.Context, c *client.Client, f *htcds.File, o ImportOptions) (*Imported, error) {
	tell := o.Progress
	if tell == nil {
		tell = func(string) {}
	}
	if len(o.Purposes) == 0 {
		o.Purposes = []category.Purpose{category.Identification, category.ForProtection, category.ForAssistance, category.Return}
	}
	rows := make([]map[string]any, 0, len(f.Rows))
	for _, r := range f.Rows {
		in, err := o.row(r)
		if err != nil {
			return nil, err
		}
		rows = append(rows, map[string]any{"row": r.Number, "case": in})
	}
	tell(fmt.Sprintf("%d rows read; sending them", len(rows)))
	var out struct {
		ImportCases struct {
			Created, Known int
			UserErrors     []struct{ Code, Message string }
		}
	}
	input := map[string]any{"digest": hex.EncodeToString(f.Digest[:]), "dryRun": o.DryRun, "rows": rows}
	if _, err := c.Do(ctx, importMutation, map[string]any{"input": input}, &out); err != nil {
		return nil, err
	}
	for _, e := range out.ImportCases.UserErrors {
		return nil, errs.New(errs.Invalid, "%s; nothing was stored", e.Message)
	}
	tell(fmt.Sprintf("%d cases made, %d known already", out.ImportCases.Created, out.ImportCases.Known))
	return &Imported{Created: out.ImportCases.Created, Known: out.ImportCases.Known}, nil
}

// Zone is where a file's dates are read.
var Zone = time.FixedZone("Asia/Vientiane", 7*60*60)

// ReadOptions are the options for reading a file in the declared calendar (I3).
func ReadOptions(calendar valueset.Calendar) htcds.Options {
	return htcds.Options{Calendar: calendar, Location: Zone}
}
