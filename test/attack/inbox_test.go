package attack

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent/notice"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/services/notify"
	"github.com/sala-exchange/sala/services/onboarding"
	"github.com/sala-exchange/sala/test/world"
)

// inbox is what a scope is told, through each wall, since a time: kinds and subjects, with
// the names that the test gives them.
func inbox(t *testing.T, w *world.World, s rule.Scope, since int64, names ...string) string {
	t.Helper()
	var first string
	walls, ok := wallsKept.Load(w)
	if !ok {
		walls = wallsOf(t, w)
		wallsKept.Store(w, walls)
	}
	for wall, st := range walls.(map[string]*store.Store) {
		rows, err := within(t, st, s, func(ctx context.Context, op *store.Op) ([]string, error) {
			all, err := op.Notice.Query().Where(notice.CreatedOnGT(since)).Order(notice.ByCreatedOn(), notice.ByKind()).All(ctx)
			var out []string
			for _, n := range all {
				out = append(out, string(n.Kind)+" "+n.SubjectID)
			}
			return out, err
		})
		if err != nil {
			t.Fatalf("%s: %v (%v)", wall, err, world.Cause(err))
		}
		got := strings.Join(rows, ", ")
		for i := 0; i+1 < len(names); i += 2 {
			got = strings.ReplaceAll(got, names[i], names[i+1])
		}
		if first != "" && got != first {
			t.Errorf("the walls differ: %s, and %s %s", first, wall, got)
		}
		first = got
	}
	return first
}

// wallsKept are the stores of a world behind each wall, opened once.
var wallsKept sync.Map

// told writes what is due.
func told(t *testing.T, w *world.World) int {
	t.Helper()
	n, err := notify.Tell(t.Context(), w.Store)
	if err != nil {
		t.Fatalf("%v (%v)", err, world.Cause(err))
	}
	return n
}

// However access ended, the receiver's inbox is byte for byte the same, to every member
// who works on cases (C8): withdrawal, safekeeping, revocation, closing, expiry,
// suspension of the agreement and of the owner, the agreement's end, the owner's leaving,
// and several of them one after another.
func TestTheInboxDoesNotTellHowItEnded(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		change := func(caseID string) {
			w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
				return casework.ChangeCase(ctx, op, casework.ChangeCaseInput{CaseID: caseID, Version: 1,
					State: world.Ptr(valueset.CaseStateClosed), ClosingReason: world.Ptr(valueset.ClosingReasonWithdrew)})
			})
		}
		suspend := func(ctx context.Context, op *store.Op) error {
			return onboarding.SuspendAgreement(ctx, op, w.Agreements["lwu+ngo"])
		}
		resume := func(ctx context.Context, op *store.Op) error {
			return onboarding.ResumeAgreement(ctx, op, w.Agreements["lwu+ngo"])
		}
		type end struct {
			name string
			do   func(shared)
		}
		var want string
		compare := func(from string, ends ...end) {
			for _, e := range ends {
				since := w.Store.Now()
				id := w.Register(from, "Canary Ended")
				w.Share(from, id, "ngo", assistance, category.Identity)
				s := shared{id, w.Refer(from, id, "ngo", assistance, category.Identity)}
				w.Accept("ngo", assistance, s.Referral)
				e.do(s)
				told(t, w)
				for who, member := range map[string]string{"worker": w.Agencies["ngo"].Worker, "colleague": w.Agencies["ngo"].Colleague, "supervisor": w.Agencies["ngo"].Supervisor} {
					sc := as(w, "ngo")
					sc.Member, sc.CaseNotices, sc.Supervisor = member, true, who == "supervisor"
					got := inbox(t, w, sc, since, s.Referral, "R", s.Case, "C")
					if want == "" {
						want = got
					}
					if got != want {
						t.Errorf("%s: the %s's inbox is %q, want %q", e.name, who, got, want)
					}
				}
			}
		}
		revoke := func(s shared) {
			w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error { return casework.RevokeReferral(ctx, op, s.Referral) })
		}
		compare("lwu",
			end{"withdrawn", func(s shared) { w.Withdraw("lwu", s.Case, "ngo") }},
			end{"in safekeeping", func(s shared) {
				no := world.Recording(assistance)
				no.CaseID, no.Provisions[0].Decision = s.Case, valueset.DecisionDeny
				w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
					_, err := casework.RecordConsent(ctx, op, no)
					return err
				})
			}},
			end{"revoked", revoke},
			end{"closed", func(s shared) { change(s.Case) }},
		)
		if want != "REFERRAL_OFFERED R, ACCESS_ENDED R" {
			t.Fatalf("the inbox is %q", want)
		}
		compare("lwu", end{"suspended, then withdrawn", func(s shared) {
			w.Must(w.AsAdmin("lwu"), suspend)
			told(t, w)
			w.Withdraw("lwu", s.Case, "ngo")
		}})
		w.Must(w.AsAdmin("lwu"), resume)
		told(t, w)
		var last shared
		compare("lwu", end{"of a suspended owner", func(s shared) {
			last = s
			w.Must(w.AsAdmin("lwu"), func(ctx context.Context, op *store.Op) error {
				_, err := onboarding.SuspendAgency(ctx, op, w.Agencies["lwu"].ID)
				return err
			})
		}})
		w.Open("lwu")
		lift(t, w, "UPDATE agencies SET state = 'ACTIVE' WHERE id = '"+w.Agencies["lwu"].ID+"'") // as two approvals would
		revoke(last)
		compare("lwu", end{"expired", func(shared) { w.Advance(366 * 24 * time.Hour) }})
		compare("lwu", end{"shut down, then ended", func(shared) {
			w.Must(w.AsAdmin("lwu"), func(ctx context.Context, op *store.Op) error {
				return onboarding.ShutDownAgreement(ctx, op, w.Agreements["lwu+ngo"])
			})
			told(t, w)
			w.Must(w.AsAdmin("lwu"), func(ctx context.Context, op *store.Op) error {
				return onboarding.EndAgreement(ctx, op, w.Agreements["lwu+ngo"])
			})
		}})
		w.InForce([]string{"iom", "ngo"}, []category.Purpose{assistance}, category.Shareable(), 0, 3*365*24*time.Hour)
		compare("iom", end{"the owner leaves", func(s shared) {
			handOverFrom(t, w, "iom", s.Case)
			w.Must(w.AsAdmin("iom"), func(ctx context.Context, op *store.Op) error {
				_, err := onboarding.StartOffboarding(ctx, op, w.Agencies["iom"].ID, onboarding.OffboardingInput{ExportTo: somebodysKey})
				return err
			})
			if _, err := offboard(t, w, "iom", onboarding.Departure{}); err != nil {
				t.Fatal(err, world.Cause(err))
			}
		}})
	})
}

// Interruptions of agreements are told to the other parties, as parties: to those who
// answer for them, and to nobody who works on cases, whom it would tell why access ended
// (C8, D6). A breach is reported by the focal point alone; that it is told late is seen.
func TestPartiesAreTold(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		id := w.Agreements["lwu+ngo"]
		on := func(verb func(context.Context, *store.Op, string) error) func(context.Context, *store.Op) error {
			return func(ctx context.Context, op *store.Op) error { return verb(ctx, op, id) }
		}
		focal := second(w, "lwu")
		focal.Member = one[string](t, w.Root(), fmt.Sprintf("SELECT id FROM members WHERE agency_id = '%s' AND subject = 'dataprotection'", focal.Agency))
		report := func(ago time.Duration) func(context.Context, *store.Op) error {
			return func(ctx context.Context, op *store.Op) error {
				return onboarding.ReportBreach(ctx, op, id, op.Scope.Now-ago.Microseconds())
			}
		}
		worker := as(w, "ngo")
		worker.CaseNotices = true
		for _, step := range []struct {
			name string
			who  rule.Scope
			do   func(context.Context, *store.Op) error
			want string
		}{
			{"suspended", w.AsAdmin("lwu"), on(onboarding.SuspendAgreement), "AGREEMENT_SUSPENDED A"},
			{"resumed", w.AsAdmin("lwu"), on(onboarding.ResumeAgreement), "AGREEMENT_RESUMED A"},
			{"a breach", focal, report(time.Hour), "BREACH_REPORTED B"},
			{"a breach, late", focal, report(100 * time.Hour), "BREACH_REPORTED B"},
			{"its other party suspended", w.AsAdmin("lwu"), func(ctx context.Context, op *store.Op) error {
				_, err := onboarding.SuspendAgency(ctx, op, w.Agencies["lwu"].ID)
				return err
			}, "AGENCY_SUSPENDED L"},
			{"let in again", onboarding.Scope(), func(ctx context.Context, op *store.Op) error {
				return onboarding.SetGate(ctx, op, w.Agencies["lwu"].ID, true)
			}, ""},
			{"shut down", w.AsAdmin("lwu"), on(onboarding.ShutDownAgreement), "AGREEMENT_SHUT_DOWN A"},
			{"ended", w.AsAdmin("lwu"), on(onboarding.EndAgreement), "AGREEMENT_ENDED A"},
		} {
			since := w.Store.Now()
			w.Must(step.who, step.do)
			breach := one[string](t, w.Root(), "SELECT coalesce(max(id), 'none') FROM (SELECT id FROM breaches ORDER BY reported_on DESC LIMIT 1) b")
			names := []string{id, "A", breach, "B", w.Agencies["lwu"].ID, "L"}
			if got := inbox(t, w, w.AsAdmin("ngo"), since, names...); got != step.want {
				t.Errorf("%s: the other party is told %q, want %q", step.name, got, step.want)
			}
			if got := inbox(t, w, worker, since, names...); got != "" && step.name != "resumed" {
				t.Errorf("%s: its case worker is told %q", step.name, got)
			}
			if got := inbox(t, w, w.AsAdmin("lwu"), since, names...); got != "" {
				t.Errorf("%s: who did it is told %q", step.name, got)
			}
		}
		if late := one[int](t, w.Root(), "SELECT count(*) FROM breaches WHERE reported_on > due_on"); late != 1 {
			t.Errorf("%d breaches are overdue, want 1", late)
		}
		wantKind(t, "reported by an administrator", w.Do(w.AsAdmin("lwu"), report(0)), errs.Forbidden)
		wantKind(t, "found tomorrow", w.Do(focal, report(-24*time.Hour)), errs.Invalid)
		focal.Agency = w.Agencies["mops"].ID
		focal.Member = one[string](t, w.Root(), fmt.Sprintf("SELECT id FROM members WHERE agency_id = '%s' AND subject = 'dataprotection'", focal.Agency))
		wantKind(t, "reported by a stranger", w.Do(focal, report(0)), errs.Withheld)
		sees, err := within(t, w.Store, w.AsAdmin("mops"), func(ctx context.Context, op *store.Op) (int, error) { return op.Breach.Query().Count(ctx) })
		if err != nil || sees != 0 {
			t.Errorf("a stranger sees %d breaches: %v", sees, err)
		}
	})
}

// An offered transfer that is taken back, declined or has nothing left to rest on is told
// to the other side, once, and to the offeree alike (A4, C8).
func TestTheEndOfAnOfferedTransferIsTold(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		decline := func(ctx context.Context, op *store.Op, id string) error { return casework.DeclineTransfer(ctx, op, id) }
		revoke := func(ctx context.Context, op *store.Op, id string) error { return casework.RevokeTransfer(ctx, op, id) }
		by := func(code string, verb func(context.Context, *store.Op, string) error) func(string) {
			return func(id string) {
				w.Must(as(w, code), func(ctx context.Context, op *store.Op) error { return verb(ctx, op, id) })
			}
		}
		const offeree = "CASE_TRANSFER C, TRANSFER_ENDED C"
		for _, step := range []struct {
			name, ngo, lwu string
			end            func(string)
		}{
			{"taken back", offeree, "", by("lwu", revoke)},
			{"declined", "CASE_TRANSFER C", "TRANSFER_ENDED C", by("ngo", decline)},
			{"refused by her", offeree, "TRANSFER_ENDED C", func(id string) { w.Withdraw("lwu", id, "ngo") }},
			{"her statement's time is over", offeree, "TRANSFER_ENDED C", func(string) { w.Advance(366 * 24 * time.Hour) }},
		} {
			since := w.Store.Now()
			id := w.Register("lwu", "Canary Offered")
			if err := transfer(w, id, "ngo", w.Transferable("lwu", id, "ngo", assistance)); err != nil {
				t.Fatal(err, world.Cause(err))
			}
			if told(t, w) != 0 {
				t.Errorf("%s: told before it ended", step.name)
			}
			wantKind(t, step.name+": declined by a stranger", w.Do(as(w, "atd"), func(ctx context.Context, op *store.Op) error { return decline(ctx, op, id) }), errs.Withheld)
			step.end(id)
			told(t, w)
			if n := told(t, w); n != 0 {
				t.Errorf("%s: %d are told again", step.name, n)
			}
			if got := inbox(t, w, as(w, "ngo"), since, id, "C"); got != step.ngo {
				t.Errorf("%s: the offeree is told %q, want %q", step.name, got, step.ngo)
			}
			if got := inbox(t, w, as(w, "lwu"), since, id, "C"); got != step.lwu {
				t.Errorf("%s: the owner is told %q, want %q", step.name, got, step.lwu)
			}
			if err := w.Do(as(w, "ngo"), func(ctx context.Context, op *store.Op) error { return casework.AcceptTransfer(ctx, op, id) }); err == nil {
				t.Errorf("%s: it is accepted all the same", step.name)
			}
			if got := sees(t, w, as(w, "ngo"), id); got != "" {
				t.Errorf("%s: the offeree sees %q", step.name, got)
			}
		}
		evaluated(t, w)
	})
}

// The sender of an accepted referral learns that its time ran out (D3).
func TestTheSenderLearnsThatTimeRanOut(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		s := share(w, "Canary Time")
		since := w.Store.Now()
		w.Advance(366 * 24 * time.Hour)
		told(t, w)
		if got := inbox(t, w, as(w, "lwu"), since, s.Referral, "R"); got != "REFERRAL_CHANGED R" || told(t, w) != 0 {
			t.Errorf("its sender is told %q", got)
		}
	})
}

// Whom an assignment names is told, by the case's id, and nobody else (D5).
func TestAssignmentsAreToldToWhomTheyName(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		o := officeOf(t, w)
		id := w.Register("lwu", "Canary Assigned")
		supervisor, colleague := as(w, "lwu"), as(w, "lwu")
		supervisor.Member, supervisor.Supervisor = w.Agencies["lwu"].Supervisor, true
		colleague.Member = w.Agencies["lwu"].Colleague
		assign := func(holder string) func(context.Context, *store.Op) error {
			return func(ctx context.Context, op *store.Op) error { return casework.Assign(ctx, op, id, holder) }
		}
		w.Must(supervisor, assign(o.team))
		if got := inbox(t, w, colleague, 0, id, "C"); got != "" {
			t.Errorf("who is in no team is told %q", got)
		}
		o.mode(valueset.NeedToKnowTeam)
		o.join(o.team)
		if got := inbox(t, w, colleague, 0, id, "C"); got != "CASE_ASSIGNED C" {
			t.Errorf("the team's member is told %q", got)
		}
		w.Must(supervisor, assign(colleague.Member))
		w.Must(supervisor, assign(colleague.Member)) // again is the same
		if got := inbox(t, w, colleague, 0, id, "C"); got != "CASE_ASSIGNED C, CASE_ASSIGNED C" {
			t.Errorf("the member is told %q", got)
		}
		if got := inbox(t, w, as(w, "lwu"), 0, id, "C"); got != "" {
			t.Errorf("somebody else is told %q", got)
		}
	})
}

// Her no to recording starts one decision about keeping the file, which the owner is told
// of (C8, H4); what she says about anything else does not.
func TestWithdrawnRecordingStartsARetentionDecision(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		s := share(w, "Canary Kept")
		since := w.Store.Now()
		w.Withdraw("lwu", s.Case, "ngo")
		no := world.Recording(assistance)
		no.CaseID, no.Provisions[0].Decision = s.Case, valueset.DecisionDeny
		record := func(ctx context.Context, op *store.Op) error {
			_, err := casework.RecordConsent(ctx, op, no)
			return err
		}
		focal := second(w, "lwu") // does no case work
		if got := inbox(t, w, focal, since); got != "" {
			t.Errorf("told of what is no withdrawal of recording: %q", got)
		}
		w.Must(as(w, "lwu"), record)
		w.Must(as(w, "lwu"), record)
		id := one[string](t, w.Root(), "SELECT id FROM retentions")
		if got := inbox(t, w, focal, since, id, "D"); got != "RETENTION_DUE D" {
			t.Errorf("the owner is told %q", got)
		}
		other := second(w, "ngo")
		n, err := within(t, w.Store, other, func(ctx context.Context, op *store.Op) (int, error) { return op.Retention.Query().Count(ctx) })
		if err != nil || n != 0 {
			t.Errorf("another agency sees %d decisions: %v", n, err)
		}
	})
}

// A notice is read by each member, and acknowledged once for all; nobody marks what is not
// its to see, in the application or in the database.
func TestNoticesAreReadAndAcknowledged(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		s := share(w, "Canary Read")
		id := one[string](t, w.Root(), "SELECT id FROM notices WHERE subject_id = '"+s.Referral+"' AND agency_id = '"+w.Agencies["ngo"].ID+"'")
		worker, colleague := as(w, "ngo"), as(w, "ngo")
		colleague.Member = w.Agencies["ngo"].Colleague
		read := func(ids ...string) func(context.Context, *store.Op) error {
			return func(ctx context.Context, op *store.Op) error { return casework.MarkNoticesRead(ctx, op, ids) }
		}
		acknowledge := func(ctx context.Context, op *store.Op) error { return casework.AcknowledgeNotice(ctx, op, id) }
		counts := func(s rule.Scope) string {
			c := run(t, w, s, casework.CountNotices)
			return fmt.Sprint(c.Unread, " ", c.Unacknowledged)
		}
		if got := counts(worker); got != "1 1" {
			t.Fatalf("before: %s", got)
		}
		wantKind(t, "read by a stranger", w.Do(as(w, "atd"), read(id)), errs.Withheld)
		wantKind(t, "acknowledged by a stranger", w.Do(as(w, "atd"), acknowledge), errs.Withheld)
		wantKind(t, "read with one that is not there", w.Do(worker, read(id, "notice_x")), errs.Withheld)
		wantKind(t, "nothing", w.Do(worker, read()), errs.Invalid)
		analyst := worker
		analyst.CaseWork = false
		wantKind(t, "read by one without case work", w.Do(analyst, read(id)), errs.Withheld)
		if n := one[int](t, w.Root(), "SELECT count(*) FROM notice_marks"); n != 0 {
			t.Errorf("%d marks are left of what was refused", n)
		}
		w.Must(worker, read(id, id))
		w.Must(worker, read(id))
		if got := counts(worker) + ", " + counts(colleague); got != "0 1, 1 1" {
			t.Errorf("read by one: %s", got)
		}
		w.Must(colleague, acknowledge)
		w.Must(worker, acknowledge)
		by := one[string](t, w.Root(), "SELECT member_id FROM notice_marks WHERE kind = 'ACKNOWLEDGED'")
		if got := counts(worker) + ", " + counts(colleague); got != "0 0, 1 0" || by != colleague.Member {
			t.Errorf("acknowledged: %s by %s", got, by)
		}
		wantKind(t, "a mark is taken back", w.Do(worker, func(ctx context.Context, op *store.Op) error {
			_, err := op.NoticeMark.Delete().Exec(ctx)
			return err
		}), errs.Internal)
		if w.URL != "" {
			markedBySQL(t, w, id)
		}
	})
}

// markedBySQL: behind the application, a request marks for itself alone, and what it sees.
func markedBySQL(t *testing.T, w *world.World, id string) {
	t.Helper()
	login := app(t, w)
	insert := func(code, agency, kind, reader, member string) string {
		tx, err := login.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = tx.Rollback() }()
		a := w.Agencies[code]
		exec(t, tx, "SET LOCAL ROLE sala_request", fmt.Sprintf("SELECT set_config('sala.agency', '%s', true), set_config('sala.member', '%s', true), set_config('sala.casework', 'true', true)", a.ID, a.Worker))
		_, err = tx.ExecContext(t.Context(), fmt.Sprintf("INSERT INTO notice_marks (id, notice_id, agency_id, kind, reader_id, member_id, marked_on) VALUES ('mark_x', '%s', '%s', '%s', '%s', '%s', 1)", id, agency, kind, reader, member))
		return state(err)
	}
	ngo, atd := w.Agencies["ngo"], w.Agencies["atd"]
	for what, got := range map[string]string{
		"another agency's notice": insert("atd", atd.ID, "READ", atd.Worker, atd.Worker),
		"for another agency":      insert("atd", ngo.ID, "READ", atd.Worker, atd.Worker),
		"in another's name":       insert("ngo", ngo.ID, "READ", ngo.Colleague, ngo.Colleague),
		"read for the agency":     insert("ngo", ngo.ID, "READ", ngo.ID, ngo.Worker),
		"acknowledged by no role": insert("ngo", ngo.ID, "ACKNOWLEDGED", ngo.ID, ngo.Worker),
	} {
		if got != notPrivileged {
			t.Errorf("%s: %s", what, got)
		}
	}
}
