package attack

import (
	"context"
	"fmt"
	"testing"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/test/world"
)

// Whoever sees a notice reads it; for the agency it is acknowledged by who answers for
// what it is about. To everybody else it is as one that is not there, though they see it:
// a breach, an erasure or a retention decision that somebody else ticked off would be
// nobody's work any more (C8, D6, H4, H5).
func TestOnlyWhoAnswersForItAcknowledges(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		ngo := w.Agencies["ngo"]
		everything := func(s rule.Scope, acknowledges ...string) rule.Scope {
			s.CaseNotices, s.Parties, s.Acknowledges = true, true, acknowledges
			return s
		}
		// As policy says of each role (policy/act); all of them see all of it here, so that
		// it is not the reading wall that refuses.
		roles := map[string]rule.Scope{
			"case worker":   everything(as(w, "ngo"), "case"),
			"focal point":   everything(second(w, "ngo"), second(w, "ngo").Acknowledges...),
			"administrator": everything(w.AsAdmin("ngo"), w.AsAdmin("ngo").Acknowledges...),
			"analyst":       everything(rule.Scope{Mode: rule.Request, Agency: ngo.ID, Member: ngo.Colleague}),
		}
		who := map[string][]string{
			"breach_1": {"focal point"}, "retention_1": {"focal point"}, "erasure_1": {"focal point"},
			"agreement_1": {"focal point", "administrator"}, "agency_1": {"focal point", "administrator"},
			"proposal_1": {"administrator"}, "invitation_1": {"administrator"}, "issuer_1": {"administrator"},
			"case_1": {"case worker"}, "referral_1": {"case worker"}, "KP4-77-TX": {"case worker"},
		}
		for subject, answer := range who {
			for name, s := range roles {
				w.Must(rule.Scope{Mode: rule.Policy}, func(ctx context.Context, op *store.Op) error {
					return op.Notify(ctx, ngo.ID, valueset.NoticeKindReferralChanged, subject)
				})
				id := one[string](t, w.Root(), "SELECT id FROM notices WHERE subject_id = '"+subject+"' AND id NOT IN (SELECT notice_id FROM notice_marks) LIMIT 1")
				acknowledge := func(id string) error {
					return w.Do(s, func(ctx context.Context, op *store.Op) error { return casework.AcknowledgeNotice(ctx, op, id) })
				}
				absent, err := acknowledge("notice_00000000000000000000000000"), acknowledge(id)
				may := false
				for _, a := range answer {
					may = may || a == name
				}
				if may && err != nil {
					t.Errorf("%s of a notice about %s: %v (%v)", name, subject, err, world.Cause(err))
				}
				if !may && (err == nil || absent == nil || err.Error() != absent.Error() || errs.KindOf(err) != errs.Withheld) {
					t.Errorf("%s of a notice about %s: %v, and of one that is not there: %v", name, subject, err, absent)
				}
				w.Must(s, func(ctx context.Context, op *store.Op) error { return casework.MarkNoticesRead(ctx, op, []string{id}) })
				if n := count(t, w, fmt.Sprintf("notice_marks WHERE kind = 'ACKNOWLEDGED' AND notice_id = '%s'", id)); n == 1 != may {
					t.Errorf("%s of a notice about %s: %d marks", name, subject, n)
				}
			}
		}
		if w.URL != "" {
			acknowledgedBySQL(t, w)
		}
	})
}

// acknowledgedBySQL: the database asks the same, behind the application; it is that alone
// which keeps a case worker from it.
func acknowledgedBySQL(t *testing.T, w *world.World) {
	t.Helper()
	ngo, login := w.Agencies["ngo"], app(t, w)
	w.Must(rule.Scope{Mode: rule.Policy}, func(ctx context.Context, op *store.Op) error {
		return op.Notify(ctx, ngo.ID, valueset.NoticeKindRetentionDue, "retention_sql")
	})
	id := one[string](t, w.Root(), "SELECT id FROM notices WHERE subject_id = 'retention_sql'")
	for acknowledges, want := range map[string]string{"": notPrivileged, "case": notPrivileged, "agreement,agency": notPrivileged, "case,retention": ""} {
		tx, err := login.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		exec(t, tx, "SET LOCAL ROLE sala_request", fmt.Sprintf("SELECT set_config('sala.agency', '%s', true), set_config('sala.member', '%s', true), set_config('sala.casework', 'true', true), set_config('sala.acknowledges', '%s', true)", ngo.ID, ngo.Worker, acknowledges))
		_, err = tx.ExecContext(t.Context(), fmt.Sprintf("INSERT INTO notice_marks (id, notice_id, agency_id, kind, reader_id, member_id, marked_on) VALUES ('mark_x', '%s', '%s', 'ACKNOWLEDGED', '%s', '%s', 1)", id, ngo.ID, ngo.ID, ngo.Worker))
		_ = tx.Rollback()
		if got := state(err); got != want || want == "" && err != nil {
			t.Errorf("who acknowledges %q: %v", acknowledges, err)
		}
	}
}

// An import is undone by the member who opened it, for its purpose, or by a supervisor of
// the agency: a colleague does not take back what another brought in, behind the
// application neither (H4).
func TestAnImportIsUndoneByWhoOpenedItOrASupervisor(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		id := w.Import("lwu", world.Digest(), world.Rows(3, "Canary Mine")...)
		other := w.As("lwu", justice)
		supervisor := second(w, "lwu")
		supervisor.Supervisor, supervisor.CaseWork, supervisor.Purpose = true, true, justice
		for name, at := range map[string]struct {
			who  rule.Scope
			want errs.Kind
		}{
			"a colleague":                      {colleagueOf(w), errs.Forbidden},
			"its member, for another purpose":  {other, errs.Conflict},
			"another agency":                   {as(w, "ngo"), errs.Withheld},
			"another agency's supervisor":      {rule.Scope{Mode: rule.Request, Agency: w.Agencies["ngo"].ID, Member: w.Agencies["ngo"].Supervisor, Purpose: assistance, CaseWork: true, Supervisor: true}, errs.Withheld},
			"one of the agency who works none": {w.AsAdmin("lwu"), errs.Withheld},
		} {
			for _, dry := range []bool{true, false} {
				_, err := undo(w, at.who, id, dry)
				wantKind(t, name, err, at.want)
			}
		}
		if w.URL != "" {
			lwu, login := w.Agencies["lwu"], app(t, w)
			for member, want := range map[string]int{lwu.Colleague: 0, lwu.Worker: 3} {
				tx, err := login.BeginTx(t.Context(), nil)
				if err != nil {
					t.Fatal(err)
				}
				exec(t, tx, "SET LOCAL ROLE sala_request", fmt.Sprintf("SELECT set_config('sala.agency', '%s', true), set_config('sala.member', '%s', true), set_config('sala.casework', 'true', true), set_config('sala.purpose', 'ASSISTANCE', true), set_config('sala.now', '%d', true)", lwu.ID, member, w.Store.Now()))
				n := one[int](t, tx, fmt.Sprintf("SELECT count(*) FROM sala_undo_import('%s', (SELECT array_agg(row) FROM imported_rows WHERE import_id = '%s'))", id, id))
				_ = tx.Rollback()
				if n != want {
					t.Errorf("behind the application %d cases are taken back, want %d", n, want)
				}
			}
		}
		if n := count(t, w, "case_files"); n != 3 {
			t.Fatalf("%d cases are left", n)
		}
		if got, err := undo(w, supervisor, id, true); err != nil || got.Undone != 3 {
			t.Errorf("a supervisor: %+v %v (%v)", got, err, world.Cause(err))
		}
		if got, err := undo(w, as(w, "lwu"), id, true); err != nil || got.Undone != 3 {
			t.Errorf("its member: %+v %v (%v)", got, err, world.Cause(err))
		}
		if got, err := undo(w, supervisor, id, false); err != nil || got.Undone != 3 || count(t, w, "case_files") != 0 {
			t.Errorf("a supervisor: %+v %v (%v)", got, err, world.Cause(err))
		}
	})
}
