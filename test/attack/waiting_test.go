package attack

import (
	"context"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/test/world"
)

// A verb on a case that is not the caller's does not wait while its owner works on it:
// else its time would tell that the case is there, and anybody could hold it up.
func TestAForeignCaseIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	w := onPostgres(t)
	s := share(w, "Canary Waits")
	ctx, op, err := w.Store.Begin(t.Context(), as(w, "lwu"), false)
	if err != nil {
		t.Fatal(err)
	}
	defer op.Rollback()
	if err := op.Lock(ctx, s.Case); err != nil {
		t.Fatal(err)
	}
	absent := func(id string) string { return id[:len(id)-26] + strings.Repeat("0", 26) }
	verbs := map[string]func(caseID, referralID string) func(context.Context, *store.Op) error{
		"record": func(caseID, _ string) func(context.Context, *store.Op) error {
			return func(ctx context.Context, op *store.Op) error {
				_, err := casework.RecordProfile(ctx, op, caseID, casework.ProfileInput{Sex: world.Ptr(valueset.SexFemale)})
				return err
			}
		},
		"withdraw": func(caseID, _ string) func(context.Context, *store.Op) error { return withdraw(w, caseID, "ngo") },
		"accept a transfer": func(caseID, _ string) func(context.Context, *store.Op) error {
			return func(ctx context.Context, op *store.Op) error { return casework.AcceptTransfer(ctx, op, caseID) }
		},
		"accept": func(_, referralID string) func(context.Context, *store.Op) error {
			return func(ctx context.Context, op *store.Op) error {
				return casework.AcceptReferral(ctx, op, casework.AcceptReferralInput{ReferralID: referralID})
			}
		},
	}
	for name, verb := range verbs {
		for _, id := range []string{s.Case, absent(s.Case)} {
			ref := s.Referral
			if id != s.Case {
				ref = absent(ref)
			}
			done := make(chan error, 1)
			go func() { done <- w.Do(as(w, "mops"), verb(id, ref)) }()
			if blocked(t, w, done) {
				t.Fatalf("%s: it waits for a case that is not the caller's", name)
			}
			wantKind(t, name, <-done, errs.Withheld)
		}
	}
	done := make(chan error, 1)
	go func() { done <- w.Do(as(w, "ngo"), verbs["record"](s.Case, "")) }()
	if !blocked(t, w, done) {
		t.Error("whoever may see the case does not wait for it: the test proves nothing")
	}
	op.Rollback()
	<-done
}

// An offered transfer is no change of the case to those who see it: its version stays.
func TestAnOfferedTransferDoesNotShow(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		s := share(w, "Canary Transfer")
		version := func() int { return one[int](t, raw(t, w), "SELECT version FROM case_files WHERE id = '"+s.Case+"'") }
		before := version()
		offerTransfer(w, s.Case)
		if got := version(); got != before {
			t.Errorf("the version rose from %d to %d", before, got)
		}
	})
}
