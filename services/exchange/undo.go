package exchange

import (
	"context"
	"fmt"

	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/document"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/exchange/client"
)

// UndoReport is what an undo took back, and what stays because somebody has touched it.
type UndoReport struct {
	Import string `json:"import"`
	DryRun bool   `json:"dryRun,omitempty"`
	Undone int    `json:"undone"`
	Kept   []Kept `json:"kept"`
}

// Kept is a case that stays.
type Kept struct {
	Row       int     `json:"row"`
	Reference *string `json:"reference"` // null where the case is not open to the caller
}

var undoDocument = document.Own(`mutation Undo($in: UndoImportInput!, $purpose: Purpose!) @purpose(of: $purpose) {
  undoImport(input: $in) { undone next kept { row reference } userErrors { code message } }
}`)

// Undo takes back the cases of an import that nobody has touched since.
func Undo(ctx context.Context, c *client.Client, id string, purpose category.Purpose, dry bool, progress func(string)) (*UndoReport, error) {
	out := &UndoReport{Import: id, DryRun: dry, Kept: []Kept{}}
	for after := 0; ; {
		var answer struct {
			UndoImport struct {
				Undone     int
				Next       *int
				Kept       []Kept
				UserErrors []struct{ Code, Message string }
			}
		}
		input := map[string]any{"importID": id, "after": after, "dryRun": dry}
		if _, err := c.Do(ctx, undoDocument, map[string]any{"in": input, "purpose": purpose}, &answer); err != nil {
			return out, err
		}
		u := answer.UndoImport
		for _, e := range u.UserErrors {
			kind := errs.Conflict
			if e.Code == errs.Withheld.Code() {
				kind = errs.Withheld
			}
			return out, errs.New(kind, "%s", e.Message)
		}
		out.Undone += u.Undone
		out.Kept = append(out.Kept, u.Kept...)
		if u.Next == nil {
			return out, nil
		}
		after = *u.Next
		progress(fmt.Sprintf("up to row %d: %d taken back, %d stay", after, out.Undone, len(out.Kept)))
	}
}
