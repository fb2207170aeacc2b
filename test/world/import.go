package world

import (
	"context"
	"crypto/sha256"
	"fmt"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
)

// Rows are n rows of a file, each a grown woman by a document, from the sheet's row 3.
func Rows(n int, canary string) []*casework.ImportRowInput {
	out := make([]*casework.ImportRowInput, n)
	for i := range out {
		out[i] = &casework.ImportRowInput{Row: i + 3, Case: casework.RegisterCaseInput{
			Kind: valueset.CaseKindPresumedVictim, Recording: Recording(category.ForAssistance, category.ForProtection),
			Identity:    Adult(fmt.Sprint(canary, " ", i)),
			Contacts:    []*casework.ContactInput{{Channel: valueset.ContactChannelMobilePhone, Address: Ptr(fmt.Sprintf("+99920555%05d", i))}},
			Profile:     &casework.ProfileInput{Sex: Ptr(valueset.SexFemale), Citizenships: []string{"LA"}},
			Trafficking: &casework.TraffickingInput{ExploitationTypes: []valueset.Exploitation{valueset.ExploitationForcedLabour}},
			Narratives:  []*casework.NarrativeInput{{Kind: "REFERRAL_HISTORY", Text: "incoming referral"}},
		}}
	}
	return out
}

// Digest is one that no other file has.
func Digest() string { return fmt.Sprintf("%x", sha256.Sum256([]byte(pubid.New("file")))) }

// Stage opens an import as the agency's case worker, stages rows and leaves it open.
func (w *World) Stage(code, digest string, rows ...*casework.ImportRowInput) (id string) {
	w.T.Helper()
	s := w.As(code, category.ForAssistance)
	w.Must(s, func(ctx context.Context, op *store.Op) (err error) {
		id, _, err = casework.OpenImport(ctx, op, casework.OpenImportInput{Digest: digest})
		return err
	})
	for len(rows) > 0 {
		n := min(len(rows), casework.MaxStagedRows)
		w.Must(s, func(ctx context.Context, op *store.Op) error {
			_, refused, err := casework.StageImport(ctx, op, casework.StageImportInput{ImportID: &id, Rows: rows[:n]})
			if len(refused) > 0 {
				w.T.Errorf("row %d, %s: %s", refused[0].Row, refused[0].Field, refused[0].Message)
			}
			return err
		})
		rows = rows[n:]
	}
	return id
}

// Import reads rows in as the agency's case worker would, all of them, and returns the
// import's id.
func (w *World) Import(code, digest string, rows ...*casework.ImportRowInput) string {
	w.T.Helper()
	id := w.Stage(code, digest, rows...)
	w.Must(w.As(code, category.ForAssistance), func(ctx context.Context, op *store.Op) error {
		_, err := casework.CommitImport(ctx, op, id)
		return err
	})
	return id
}
