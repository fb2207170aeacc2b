package exchange

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/exchange/client"
	"github.com/sala-exchange/sala/services/exchange/htcds"
)

// Manifest says what an export holds and what whoever has it must do. It names no
// person, and no case.
type Manifest struct {
	Format     string            `json:"format"`
	Calendar   valueset.Calendar `json:"calendar"` // of the dates in it
	MadeOn     time.Time         `json:"madeOn"`   // by the clock of the machine that made it
	Server     string            `json:"server"`
	Agency     string            `json:"agency"` // code of the exporting agency
	Member     string            `json:"member"` // id of who made it
	Purpose    category.Purpose  `json:"purpose"`
	Layout     string            `json:"layout"` // TEMPLATE, or EXTENDED with Sala's own columns
	Cases      int               `json:"cases"`
	Rows       int               `json:"rows"`       // of the file: EXTENDED has one a case and contributor
	Categories []string          `json:"categories"` // open for at least one case
	// LeftOut counts rows that the file's columns have no place for, by category: those
	// of further contributors, and further rows of one.
	LeftOut     map[string]int `json:"leftOut"`
	Obligations []string       `json:"obligations"`
	// EarliestEnd is when the first of the accesses that this rests on ends; they may
	// end sooner, by a notice.
	EarliestEnd string   `json:"earliestEnd"`
	AtTheEnd    []string `json:"atTheEnd"`
	SafeContact string   `json:"safeContact"`
	// File, SHA256 and Recipients are of the file beside the manifest.
	File       string   `json:"file"`
	SHA256     string   `json:"sha256"`
	Encrypted  bool     `json:"encrypted"`
	Recipients []string `json:"recipients"` // age public keys
}

// What every manifest says.
var (
	atTheEnd = []string{
		"delete this file, its copies and what was printed of it when the purpose is reached, and at the latest when the access ends",
		"delete what concerns a case as soon as Sala gives the notice that access to it ended",
		"use it for the stated purpose only, and give it to nobody who has no access of their own",
	}
	safeContact = "do not contact anybody by a number or address of this file before looking up the instructions for safe contact in Sala (B3)"
)

// exportPage is how many cases are read at once.
const exportPage = 25

// layouts by the name that the manifest has for them.
var layouts = map[htcds.Layout]string{htcds.Template: "TEMPLATE", htcds.WithExtensions: "EXTENDED"}

// Export reads every case that is open for the purpose, page by page, and writes its
// rows: every row that was read is in the ledger by that. The manifest lacks what
// concerns the file.
func Export(ctx context.Context, c *client.Client, purpose category.Purpose, w *htcds.Writer) (*Manifest, error) {
	var me struct {
		Me struct {
			ID     string
			Agency struct{ Code string }
		}
	}
	if _, err := c.Do(ctx, whoExports, nil, &me); err != nil {
		return nil, err
	}
	m := &Manifest{Calendar: w.Calendar(), Layout: layouts[w.Layout()], MadeOn: time.Now().UTC(), Server: c.Endpoint, Agency: me.Me.Agency.Code, Member: me.Me.ID,
		Purpose: purpose, LeftOut: map[string]int{}, Obligations: []string{}, AtTheEnd: atTheEnd, SafeContact: safeContact, Recipients: []string{}}
	vars := map[string]any{"purpose": purpose, "first": exportPage, "after": nil}
	for {
		var out struct {
			Cases struct {
				Edges    []struct{ Node json.RawMessage }
				PageInfo struct {
					HasNextPage bool
					EndCursor   *string
				}
			}
		}
		if _, err := c.Do(ctx, exportQuery(w.Layout()), vars, &out); err != nil {
			return nil, err
		}
		for _, e := range out.Cases.Edges {
			var one exportedCase
			if err := json.Unmarshal(e.Node, &one); err != nil {
				return nil, errs.Wrap(err, errs.Internal, "the answer has not the form that was asked for")
			}
			m.note(one)
			for _, r := range m.rows(one, w.Layout()) {
				m.Rows++
				if err := w.Write(r); err != nil {
					return nil, err
				}
			}
		}
		if !out.Cases.PageInfo.HasNextPage || out.Cases.PageInfo.EndCursor == nil {
			slices.Sort(m.Categories)
			slices.Sort(m.Obligations)
			return m, w.Close()
		}
		vars["after"] = *out.Cases.PageInfo.EndCursor
	}
}

// note collects what is open, and on which terms.
func (m *Manifest) note(c exportedCase) {
	m.Cases++
	for _, a := range c.Access {
		if a.State != "OPEN" {
			continue
		}
		if !slices.Contains(m.Categories, a.Category) {
			m.Categories = append(m.Categories, a.Category)
		}
		if a.Until != nil && (m.EarliestEnd == "" || *a.Until < m.EarliestEnd) {
			m.EarliestEnd = *a.Until
		}
		for _, o := range a.Obligations {
			if !slices.Contains(m.Obligations, o) {
				m.Obligations = append(m.Obligations, o)
			}
		}
	}
}
