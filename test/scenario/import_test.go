package scenario

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/consent"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/services/exchange"
	"github.com/sala-exchange/sala/services/exchange/client"
	"github.com/sala-exchange/sala/services/exchange/htcds"
	"github.com/sala-exchange/sala/test/world"
)

const heading = "First Name,Second Name,Consent,Birthdate,Mobile Phone,Trafficking Status,Status,Referring Organisation,Incoming Referral Details,Referred Organisation,Reason for Case Closure\n"

// readIn imports a file as lwu's case worker would.
func readIn(s *world.Server, file string, o exchange.ImportOptions) (*exchange.Report, error) {
	return readInBy(s, s.Client("lwu", "worker"), file, o)
}

func readInBy(s *world.Server, c *client.Client, file string, o exchange.ImportOptions) (*exchange.Report, error) {
	s.T.Helper()
	r := bytes.NewReader([]byte(file))
	return exchange.Import(s.T.Context(), c, r, r.Size(), exchange.ReadOptions(valueset.CalendarGregorian), o)
}

func total(t *testing.T, w *world.World, what string) (n int) {
	t.Helper()
	if err := w.Root().QueryRowContext(t.Context(), "SELECT count(*) FROM "+what).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestWhatAnImportStores: referral columns and the reason of closure are kept as text; her
// consent is one to recording, with the seven checks unknown; and nobody but the importing
// agency is given anything: no consent to share, no referral, no access (C1, D1).
func TestWhatAnImportStores(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		var lines []string
		r, err := readIn(s, heading+
			"Kanaree,Canary,Yes,1994-05-17,+8562055500001,Actual victim of trafficking,Closed,The Shelter,came by bus,The Hospital,went home\n"+
			"Kanaree,Two,Yes,1990,,,Active,,,,\n", exchange.ImportOptions{Progress: func(l string) { lines = append(lines, l) }})
		if err != nil || r.Created != 2 || r.Rows != 2 || !strings.HasPrefix(r.Import, "import_") {
			t.Fatalf("%+v %v (%v)", r, err, world.Cause(err))
		}
		for _, column := range []string{"cas_ReferringOrganisation", "cas_IncomingReferralDetails", "cas_ReferredOrganisation", "cas_ReasonForCaseClosure"} {
			if r.History[column] != 1 {
				t.Errorf("%s: %d cells are reported as history", column, r.History[column])
			}
		}
		if all := strings.Join(lines, "\n"); !strings.Contains(all, "2 of 2 rows sent") || !strings.Contains(all, "2 cases made") || strings.Contains(all, "Kanaree") {
			t.Errorf("progress: %q", all)
		}
		w.Look(w.As("lwu", category.ForAssistance), func(ctx context.Context, op *store.Op) error {
			texts, err := op.Narrative.Query().All(ctx)
			if err != nil {
				return err
			}
			var kept []string
			for _, n := range texts {
				said := n.Text
				if r := n.Referral; r != nil {
					said = strings.ToLower(string(r.Direction)) + " " + r.Organisation + " " + said
				}
				kept = append(kept, n.Kind+": "+strings.TrimSpace(said))
			}
			slices.Sort(kept)
			if want := []string{"CLOSURE: went home", "REFERRAL_HISTORY: incoming The Shelter came by bus", "REFERRAL_HISTORY: outgoing The Hospital"}; !slices.Equal(kept, want) {
				t.Errorf("kept as text: %q", kept)
			}
			return closedAsItWas(ctx, t, op)
		})
		w.Must(rule.Scope{Mode: rule.Policy}, func(ctx context.Context, op *store.Op) error {
			rows, err := op.Consent.Query().WithProvisions().All(ctx)
			for _, c := range rows {
				checks := []valueset.Answer{c.ToInterview, c.ToldPurpose, c.ToldUse, c.ToldResearch, c.ToldAccess, c.ToldStorage, c.ToldWithdrawal}
				if c.Kind != valueset.ConsentKindRecording || slices.ContainsFunc(checks, func(a valueset.Answer) bool { return a != valueset.AnswerUnknown }) {
					t.Errorf("her statement: %v, checks %v", c.Kind, checks)
				}
				for _, p := range c.Edges.Provisions {
					if p.RecipientID != w.Agencies["lwu"].ID {
						t.Error("a statement about another agency")
					}
				}
			}
			if len(rows) != 2 {
				t.Errorf("%d statements", len(rows))
			}
			return err
		})
		lwu := w.Agencies["lwu"].ID
		for _, nothing := range []string{"consents WHERE kind <> 'RECORDING'", "referrals", "previews", "accesses WHERE grantee_id <> '" + lwu + "'", "assignments WHERE agency_id <> '" + lwu + "'"} {
			if n := total(t, w, nothing); n != 0 {
				t.Errorf("%d %s", n, nothing)
			}
		}
		if checked, err := w.Store.Fsck(t.Context()); err != nil || checked.Cases != 2 || len(checked.Closed) != 0 {
			t.Errorf("many are decided on otherwise than one: %+v %v", checked, err)
		}
	})
}

// closedAsItWas: the case that came in closed has its course (I1).
func closedAsItWas(ctx context.Context, t *testing.T, op *store.Op) error {
	t.Helper()
	cases, err := op.CaseFile.Query().All(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(cases, func(c *ent.CaseFile) bool { return c.State == valueset.CaseStateClosed })
	changes, err := op.CaseChange.Query().All(ctx)
	if err != nil {
		return err
	}
	if i < 0 || cases[i].ClosingReason != nil || len(changes) != 1 || changes[0].CaseID != cases[i].ID ||
		changes[0].FromState != valueset.CaseStateOpen || changes[0].ToState != valueset.CaseStateClosed || changes[0].Version != 1 {
		t.Errorf("closed: %d, course %v", i, changes)
	}
	return nil
}

// TestClosedCasesAreRegisteredWithAReason: outside of files a reason of the list is asked
// for, and the course is kept all the same (I1).
func TestClosedCasesAreRegisteredWithAReason(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		register := func(reason *valueset.ClosingReason) (id string, err error) {
			err = w.Do(w.As("lwu", category.ForAssistance), func(ctx context.Context, op *store.Op) error {
				id, err = casework.RegisterCase(ctx, op, casework.RegisterCaseInput{Kind: valueset.CaseKindOther, State: world.Ptr(valueset.CaseStateClosed),
					ClosingReason: reason, Recording: world.Recording(category.ForAssistance)})
				return err
			})
			return id, err
		}
		if _, err := register(nil); errs.KindOf(err) != errs.Invalid {
			t.Errorf("without a reason: %v", err)
		}
		if id, err := register(world.Ptr(valueset.ClosingReasonMoved)); err != nil || total(t, w, "case_changes WHERE case_id = '"+id+"' AND closing_reason = 'MOVED'") != 1 {
			t.Errorf("with one: %v (%v)", err, world.Cause(err))
		}
	})
}

// TestBasisIsAskedForOnce: blank and no in the column of consent both need a typed basis,
// and every row that lacks one is named, not the first alone (C1).
func TestBasisIsAskedForOnce(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		file := heading + "Kanaree,A,,1990,,,,,,,\nKanaree,B,Yes,1990,,,,,,,\nKanaree,C,No,1990,,,,,,,\n"
		r, err := readIn(s, file, exchange.ImportOptions{})
		var p *htcds.Problems
		if errs.KindOf(err) != errs.Invalid || !errors.As(err, &p) || len(p.List) != 2 || p.List[0].Row != 2 || p.List[1].Row != 4 || len(r.Refused) != 2 || r.Refused[1].Column != "C con_Consent" {
			t.Fatalf("%+v %v", r, err)
		}
		if n := total(t, w, "file_imports"); n != 0 {
			t.Errorf("%d imports were opened for a file that is wrong", n)
		}
		if r, err = readIn(s, file, exchange.ImportOptions{Basis: valueset.RecordingBasisPublicTask}); err != nil || r.Created != 3 {
			t.Fatalf("%+v %v", r, err)
		}
		w.Must(rule.Scope{Mode: rule.Policy}, func(ctx context.Context, op *store.Op) error {
			typed, err := op.Consent.Query().Where(consent.BasisEQ(valueset.RecordingBasisPublicTask)).Count(ctx)
			if typed != 2 {
				t.Errorf("%d recordings rest on the typed basis", typed)
			}
			return err
		})
	})
}

// TestAPurposeOfTheRecordingIsDeclared: a token that is scoped to another purpose than
// ASSISTANCE imports, for that purpose.
func TestAPurposeOfTheRecordingIsDeclared(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		c := &client.Client{Endpoint: s.URL, Token: s.Token("lwu", "worker", "purpose:RETURN")}
		file := heading + "Kanaree,A,Yes,1990,,,,,,,\n"
		if _, err := readInBy(s, c, file, exchange.ImportOptions{}); err == nil {
			t.Fatal("the scope does not narrow: the test proves nothing")
		}
		r, err := readInBy(s, c, file, exchange.ImportOptions{Purposes: []category.Purpose{category.Return, category.ForProtection}})
		if err != nil || r.Created != 1 {
			t.Fatalf("%+v %v (%v)", r, err, world.Cause(err))
		}
		if n := total(t, w, "file_imports WHERE purpose = 'RETURN' AND state = 'COMMITTED'"); n != 1 {
			t.Errorf("%d imports for RETURN", n)
		}
		if n := total(t, w, "accesses WHERE purpose = 'ASSISTANCE'"); n != 0 {
			t.Errorf("%d accesses for a purpose that she was not told of", n)
		}
	})
}

// TestRefusalsOfTheServerNameRowAndColumn: of every row, by the column of the sheet and
// never by a path of the API or a value; and nothing is stored, also where thousands of
// rows are good.
func TestRefusalsOfTheServerNameRowAndColumn(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		var file strings.Builder
		file.WriteString(heading)
		for i := range 600 {
			born := "1990"
			if i == 10 || i == 599 {
				born = "2028-01-01" // not yet, by the server's clock; long ago by the client's
			}
			fmt.Fprintf(&file, "Kanaree,%d,Yes,%s,,,,,,,\n", i, born)
		}
		read := exchange.ReadOptions(valueset.CalendarGregorian)
		read.Now = func() time.Time { return time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC) }
		in := strings.NewReader(file.String())
		r, err := exchange.Import(t.Context(), s.Client("lwu", "worker"), in, in.Size(), read, exchange.ImportOptions{})
		if err == nil {
			t.Fatal("a birth in the future is taken")
		}
		if strings.Contains(err.Error(), "birthDate") || strings.Contains(err.Error(), "2028") || strings.Contains(err.Error(), "Kanaree") || len(r.Refused) != 2 || r.Created != 0 {
			t.Fatalf("%+v %v", r, err)
		}
		for i, row := range []int{12, 601} {
			if r.Refused[i].Row != row || r.Refused[i].Column != "D prs_Birthdate" {
				t.Errorf("%+v", r.Refused[i])
			}
		}
		if n := total(t, w, "case_files") + total(t, w, "staged_rows") + total(t, w, "file_imports WHERE state <> 'ABANDONED'"); n != 0 {
			t.Errorf("%d rows are stored of a file that was refused", n)
		}
	})
}

// TestAFileIsKnownByItsDigestAndRows: the same file again changes nothing, with none of its
// rows; a file that is changed in one cell is another file. A dry run leaves nothing.
func TestAFileIsKnownByItsDigestAndRows(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s, before := w.Serve(false), stored(t, w)
		file := heading + "Kanaree,A,Yes,1990,,,,,,,\nKanaree,B,Yes,1990,,,,,,,\n"
		if r, err := readIn(s, file, exchange.ImportOptions{DryRun: true}); err != nil || r.Created != 2 || r.Import != "" || stored(t, w) != before {
			t.Fatalf("a dry run: %+v %v", r, err)
		}
		for i, want := range [][2]int{{2, 0}, {0, 2}} {
			if r, err := readIn(s, file, exchange.ImportOptions{}); err != nil || r.Created != want[0] || r.Known != want[1] {
				t.Errorf("time %d: %+v %v", i, r, err)
			}
		}
		if r, err := readIn(s, file, exchange.ImportOptions{DryRun: true}); err != nil || r.Known != 2 {
			t.Errorf("a dry run of a known file: %+v %v", r, err)
		}
		if r, err := readIn(s, strings.Replace(file, ",B,", ",C,", 1), exchange.ImportOptions{}); err != nil || r.Created != 2 || r.Known != 0 {
			t.Errorf("a changed file: %+v %v", r, err)
		}
		if n := total(t, w, "case_files"); n != 4 {
			t.Errorf("%d cases", n)
		}
		// Taken back, the file is another time new.
		id := w.Import("lwu", world.Digest(), world.Rows(1, "X")...)
		if r, err := exchange.Undo(t.Context(), s.Client("lwu", "worker"), id, category.ForAssistance, false, func(string) {}); err != nil || r.Undone != 1 {
			t.Errorf("undo: %+v %v", r, err)
		}
	})
}

// TestABatchSentAgainCountsOnce: where the line breaks after a batch was taken, sending it
// again changes nothing; rows out of order are refused.
func TestABatchSentAgainCountsOnce(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		rows := world.Rows(4, "X")
		id := w.Stage("lwu", world.Digest(), rows[:2]...)
		for _, again := range [][]*casework.ImportRowInput{rows[:2], rows[:3], rows} {
			w.Must(w.As("lwu", category.ForAssistance), func(ctx context.Context, op *store.Op) error {
				_, _, err := casework.StageImport(ctx, op, casework.StageImportInput{ImportID: &id, Rows: again})
				return err
			})
		}
		err := w.Do(w.As("lwu", category.ForAssistance), func(ctx context.Context, op *store.Op) error {
			rows[0].Row, rows[1].Row = 90, 80
			_, _, err := casework.StageImport(ctx, op, casework.StageImportInput{ImportID: &id, Rows: rows[:2]})
			return err
		})
		if n := total(t, w, "staged_rows"); n != 4 || errs.KindOf(err) != errs.Invalid {
			t.Errorf("%d staged rows; out of order: %v", n, err)
		}
		other := w.As("lwu", category.ForProtection)
		if err := w.Do(other, func(ctx context.Context, op *store.Op) error {
			_, err := casework.CommitImport(ctx, op, id)
			return err
		}); errs.KindOf(err) != errs.Conflict {
			t.Errorf("committed for another purpose than it was opened for: %v", err)
		}
		if err := w.Do(other, func(ctx context.Context, op *store.Op) error {
			_, _, err := casework.OpenImport(ctx, op, casework.OpenImportInput{Digest: "x"})
			return err
		}); errs.KindOf(err) != errs.Invalid {
			t.Errorf("a digest that is none: %v", err)
		}
	})
}
