package scenario

import (
	"context"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/services/disclosure"
	"github.com/sala-exchange/sala/services/onboarding"
	"github.com/sala-exchange/sala/test/world"
)

// looks lists the records of looks as "KIND agency basis", each once, and forgets them.
func looks(t *testing.T, w *world.World) string {
	t.Helper()
	db := w.Root()
	rows, err := db.QueryContext(t.Context(), `SELECT DISTINCT d.kind, a.code, d.basis FROM disclosures d JOIN agencies a ON a.id = d.agency_id
		WHERE d.kind <> 'DECISION' ORDER BY 1, 2, 3`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var kind, code, basis string
		if err := rows.Scan(&kind, &code, &basis); err != nil {
			t.Fatal(err)
		}
		out = append(out, kind+" "+code+" "+basis)
	}
	rows.Close()
	if _, err := db.ExecContext(t.Context(), "DELETE FROM disclosures"); err != nil {
		t.Fatal(err)
	}
	return strings.Join(out, ", ")
}

// TestReferralsAreLooks: what the list of referrals tells about a person is on record
// with what it rests on: the preview while it is open, the access once it is accepted,
// and to whom nothing is open any more, that there was a referral (D2, D3).
func TestReferralsAreLooks(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		const box = `query($box: ReferralBox!) @purpose(of: ASSISTANCE) { referrals(first: 9, box: $box) { edges { node { id state service urgency replyBy purpose categories from { code } } } } }`
		id := w.Register("lwu", "Kanaree")
		w.Share("lwu", id, "ngo", category.ForAssistance, category.Identity, category.Profile)
		ref := w.Refer("lwu", id, "ngo", category.ForAssistance, category.Identity, category.Profile)
		looks(t, w)
		for _, step := range []struct {
			name    string
			do      func()
			shows   string
			ngo     string
			another string // a case worker of ngo who is not assigned
		}{
			{"offered", func() {}, "OFFERED", "PREVIEW ngo CONSENT_REFERRAL", "PREVIEW ngo CONSENT_REFERRAL"},
			{"accepted", func() { w.Accept("ngo", category.ForAssistance, ref) }, "ACCEPTED", "READ ngo CONSENT_REFERRAL", "READ ngo CONSENT_REFERRAL"},
			{"withdrawn", func() { w.Withdraw("lwu", id, "ngo") }, "ENDED", "READ ngo REFERRAL", "READ ngo REFERRAL"},
		} {
			step.do()
			looks(t, w)
			for _, who := range []string{"worker", "colleague"} {
				a := as(s, "ngo", who).ask(box, map[string]any{"box": "INBOX"})
				want := map[string]string{"worker": step.ngo, "colleague": step.another}[who]
				if got := looks(t, w); got != want || !strings.Contains(a.raw, step.shows) {
					t.Errorf("%s: ngo's %s was shown %s with the record %q, want %q", step.name, who, a.raw, got, want)
				}
			}
			a := as(s, "lwu", "worker").ask(box, map[string]any{"box": "OUTBOX"})
			if got := looks(t, w); got != "READ lwu OWNERSHIP" || !strings.Contains(a.raw, "IDENTITY") {
				t.Errorf("%s: lwu was shown %s with the record %q", step.name, a.raw, got)
			}
		}
		as(s, "lwu", "worker").ask(`query @purpose(of: ASSISTANCE) { cases(first: 9) { edges { node { accessibleBy { category } access { category } } } } }`, nil)
		if got := looks(t, w); got != "READ lwu OWNERSHIP" {
			t.Errorf("who may see a case was shown with the record %q", got)
		}
	})
}

// TestAReferralUnderAnotherPurposeRestsOnItselfAlone: who lists a referral for justice
// under assistance learns that it is there, and her report does not read as if her
// consent had opened anything for assistance (C2, D3, H2).
func TestAReferralUnderAnotherPurposeRestsOnItselfAlone(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		id := w.Register("lwu", "Kanaree")
		w.Share("lwu", id, "atd", category.ForJustice, category.Profile)
		ref := w.Refer("lwu", id, "atd", category.ForJustice, category.Profile)
		list := func(purpose string) string {
			looks(t, w)
			a := as(s, "atd", "worker").ask(`query @purpose(of: `+purpose+`) { referrals(first: 9, box: INBOX) { edges { node { id } } } }`, nil)
			if !strings.Contains(a.raw, ref) {
				t.Errorf("under %s atd was shown %s", purpose, a.raw)
			}
			return looks(t, w)
		}
		for _, step := range []struct {
			name, kind string
			do         func()
		}{
			{"offered", "PREVIEW", func() {}},
			{"accepted", "READ", func() { w.Accept("atd", category.ForJustice, ref) }},
		} {
			step.do()
			if got, want := list("JUSTICE"), step.kind+" atd CONSENT_REFERRAL"; got != want {
				t.Errorf("%s, under its own purpose: the record %q, want %q", step.name, got, want)
			}
			if got, want := list("ASSISTANCE"), step.kind+" atd REFERRAL"; got != want {
				t.Errorf("%s, under another purpose: the record %q, want %q", step.name, got, want)
			}
		}
	})
}

// TestAReferralThatChangedMeanwhileDoesNotLeave: between reading and record it was
// declined, or the agreement under it was suspended.
func TestAReferralThatChangedMeanwhileDoesNotLeave(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		id := w.Register("lwu", "Kanaree")
		w.Share("lwu", id, "ngo", category.ForAssistance, category.Identity)
		ref := w.Refer("lwu", id, "ngo", category.ForAssistance, category.Identity)
		read := func(stood bool) *store.Op {
			ctx, op, err := w.Store.Begin(t.Context(), w.As("ngo", category.ForAssistance), true)
			if err != nil {
				t.Fatal(err)
			}
			defer op.Rollback()
			if rows, err := op.Referral.Query().All(ctx); err != nil || len(rows) != 1 {
				t.Fatalf("%d referrals: %v", len(rows), err)
			}
			op.Seen.Stood(ref, stood)
			return op
		}
		if err := disclosure.Record(t.Context(), w.Store, read(true)); err != nil {
			t.Fatal(err)
		}
		if err := disclosure.Record(t.Context(), w.Store, read(false)); err == nil {
			t.Error("it was told to have ended while it stands")
		}
		op := read(true)
		w.Shut("ngo")
		if err := disclosure.Record(t.Context(), w.Store, op); err == nil {
			t.Error("it was told to stand after its receiver was suspended")
		}
		w.Open("ngo")
		op = read(true)
		w.Must(w.As("ngo", category.ForAssistance), func(ctx context.Context, op *store.Op) error {
			return casework.DeclineReferral(ctx, op, casework.DeclineReferralInput{ReferralID: ref, Reason: valueset.DeclineReasonNoCapacity})
		})
		if err := disclosure.Record(t.Context(), w.Store, op); err == nil {
			t.Error("the offer was shown after it was declined")
		}
	})
}

// TestAChangeIsNotKeptWithoutTheRecordOfItsAnswer: where the record of what a mutation
// shows cannot be written, the mutation has not happened.
func TestAChangeIsNotKeptWithoutTheRecordOfItsAnswer(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		full := "CREATE TRIGGER full_disk BEFORE INSERT ON disclosures WHEN NEW.kind = 'READ' BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
		if w.URL != "" {
			full = `CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the disk is full'; END $$;
				CREATE TRIGGER full_disk BEFORE INSERT ON disclosures FOR EACH ROW WHEN (NEW.kind = 'READ') EXECUTE FUNCTION full_disk()`
		}
		if _, err := w.Root().ExecContext(t.Context(), full); err != nil {
			t.Fatal(err)
		}
		before := stored(t, w)
		a := as(s, "lwu", "worker").ask(registering, map[string]any{"name": "Kanaree"})
		if a.code() != "UNAVAILABLE" || stored(t, w) != before {
			t.Errorf("the answer was %s, and something was stored: %t", a.raw, stored(t, w) != before)
		}
	})
}

// TestNoticesOfCasesAreForCaseWork: who does no case work learns of no single case; that an
// agreement is suspended and flows again is told to who answers for it, and to nobody
// else: it would say why access had ended (C8).
func TestNoticesOfCasesAreForCaseWork(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		id := w.Register("lwu", "Kanaree")
		w.Share("lwu", id, "ngo", category.ForAssistance, category.Identity)
		ref := w.Refer("lwu", id, "ngo", category.ForAssistance, category.Identity)
		w.Must(w.As("lwu", category.ForAssistance), suspending(w.Agreements["lwu+ngo"]))
		w.Must(w.As("lwu", category.ForAssistance), func(ctx context.Context, op *store.Op) error {
			return onboarding.ResumeAgreement(ctx, op, w.Agreements["lwu+ngo"])
		})
		const all = `{ notices(first: 9) { edges { node { subjectID } } } }`
		for who, told := range map[string]bool{"analyst": false, "platform": false, "admin": true, "dataprotection": true} {
			a := as(s, "ngo", who).ask(all, nil)
			if a.code() != "" || strings.Contains(a.raw, ref) || strings.Contains(a.raw, w.Agreements["lwu+ngo"]) != told {
				t.Errorf("%s: %s", who, a.raw)
			}
		}
		for _, who := range []string{"worker", "supervisor"} {
			if a := as(s, "ngo", who).ask(all, nil); !strings.Contains(a.raw, ref) || strings.Contains(a.raw, w.Agreements["lwu+ngo"]) {
				t.Errorf("%s: %s", who, a.raw)
			}
		}
	})
}

// TestImportNamesNoColleaguesCase: a file that a colleague has imported is known whole,
// and the list of imports names no case at all.
func TestImportNamesNoColleaguesCase(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s, digest := w.Serve(false), world.Digest()
		id := w.Import("lwu", digest, world.Rows(1, "Kanaree")...)
		for _, who := range []string{"worker", "colleague"} {
			o := as(s, "lwu", who)
			a := o.ask(`mutation($d: String!) @purpose(of: ASSISTANCE) { openImport(input: {digest: $d}) { known import { id } userErrors { message } } }`, map[string]any{"d": digest})
			if !strings.Contains(a.raw, `"known":1`) || strings.Contains(a.raw, "import_") {
				t.Errorf("to the %s: %s", who, a.raw)
			}
			a = o.ask(`query @purpose(of: ASSISTANCE) { imports(first: 5) { edges { node { id digest state memberID staged refused registered undone openedOn endedOn undoneOn } } } }`, nil)
			if !strings.Contains(a.raw, id) || strings.Contains(a.raw, "case_") || strings.Contains(a.raw, "Kanaree") {
				t.Errorf("the list to the %s: %s", who, a.raw)
			}
		}
	})
}

// TestSupervisorsDoNotSeeWhoWasPresent: it names people; whoever is assigned sees it.
func TestSupervisorsDoNotSeeWhoWasPresent(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		id := w.Register("lwu", "Kanaree")
		w.Must(w.As("lwu", category.ForAssistance), func(ctx context.Context, op *store.Op) error {
			in := world.Recording(category.ForAssistance)
			in.CaseID, in.Present = id, world.Ptr("Auntie Bounmy")
			_, err := casework.RecordConsent(ctx, op, in)
			return err
		})
		const statements = `query($id: ID!) @purpose(of: ASSISTANCE) { consents(first: 9, caseID: $id) { edges { node { id present } } } case(id: $id) { consents { present } } }`
		if a := as(s, "lwu", "worker").ask(statements, map[string]any{"id": id}); strings.Count(a.raw, "Bounmy") != 2 {
			t.Errorf("the case worker: %s", a.raw)
		}
		if a := as(s, "lwu", "supervisor").ask(statements, map[string]any{"id": id}); strings.Contains(a.raw, "Bounmy") || !strings.Contains(a.raw, "consent_") {
			t.Errorf("the supervisor: %s", a.raw)
		}
	})
}

// TestHiddenStatementsAreNotWalked: however many statements a case has that is not the
// viewer's, none of them is looked at, so that time does not count them.
func TestHiddenStatementsAreNotWalked(t *testing.T) {
	w := world.OnPostgres(t, server, world.Options{})
	s := w.Serve(false)
	id := w.Register("lwu", "Kanaree")
	if _, err := w.Root().ExecContext(t.Context(), `CREATE OR REPLACE FUNCTION sala_owns_open(p_case text) RETURNS boolean LANGUAGE plpgsql AS
		$$ BEGIN RAISE EXCEPTION 'a statement was looked at'; END $$`); err != nil {
		t.Fatal(err)
	}
	statements := func(code, id string) answer {
		return as(s, code, "worker").ask(`query($id: ID!) @purpose(of: ASSISTANCE) { consents(first: 1, caseID: $id) { edges { node { id } } } }`, map[string]any{"id": id})
	}
	if a := statements("lwu", id); a.code() != "INTERNAL" {
		t.Fatalf("looking at a statement is not noticed, the test proves nothing: %s", a.raw)
	}
	hidden, absent := statements("ngo", id), statements("ngo", id[:len(id)-26]+strings.Repeat("0", 26))
	if hidden.raw != absent.raw || !strings.Contains(hidden.raw, `"edges":[]`) {
		t.Errorf("hidden: %s\nabsent: %s", hidden.raw, absent.raw)
	}
}

func suspending(agreement string) func(context.Context, *store.Op) error {
	return func(ctx context.Context, op *store.Op) error { return onboarding.SuspendAgreement(ctx, op, agreement) }
}
