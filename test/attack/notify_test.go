package attack

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/services/notify"
	"github.com/sala-exchange/sala/services/onboarding"
	"github.com/sala-exchange/sala/test/world"
)

// However access ended, the receiver gets one notice that names the referral and nothing
// else: nobody tells from it whether she withdrew, time ran out, or somebody suspended
// or revoked something (C8). Several processes tell once.
func TestEveryEndIsToldAlike(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		everyEndIsTold(t, w, func() (int, error) { return notify.Tell(t.Context(), w.Store) })
	})
}

// One that looks only at what it has not told yet, as a server's job does, tells the same.
func TestEveryEndIsToldByOneWhoKnowsWhatWasTold(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		teller := notify.NewTeller(w.Store)
		everyEndIsTold(t, w, func() (int, error) { return teller.Tell(t.Context()) })
	})
}

func everyEndIsTold(t *testing.T, w *world.World, next func() (int, error)) {
	t.Helper()
	tell := func() int {
		t.Helper()
		n, err := next()
		if err != nil {
			t.Fatalf("%v (%v)", err, world.Cause(err))
		}
		return n
	}
	told := func(referral string) string {
		t.Helper()
		return one[string](t, w.Root(), fmt.Sprintf(
			"SELECT coalesce(%s, '') FROM (SELECT kind FROM notices WHERE agency_id = '%s' AND subject_id = '%s' ORDER BY created_on) n",
			aggregate(w), w.Agencies["ngo"].ID, referral))
	}
	const alike = "REFERRAL_OFFERED,ACCESS_ENDED"
	suspend := func(ctx context.Context, op *store.Op) error {
		return onboarding.SuspendAgreement(ctx, op, w.Agreements["lwu+ngo"])
	}
	resume := func(ctx context.Context, op *store.Op) error {
		return onboarding.ResumeAgreement(ctx, op, w.Agreements["lwu+ngo"])
	}

	withdrawn, revoked, offered := share(w, "Canary Withdrawn"), share(w, "Canary Revoked"), share(w, "Canary Offered")
	w.Withdraw("lwu", withdrawn.Case, "ngo")
	w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
		return casework.RevokeReferral(ctx, op, revoked.Referral)
	})
	waiting := w.Refer("lwu", offered.Case, "ngo", assistance, "IDENTITY")
	w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error { return casework.RevokeReferral(ctx, op, waiting) })
	if tell() != 0 {
		t.Error("what was told in its act is told again")
	}
	for name, id := range map[string]string{"withdrawn": withdrawn.Referral, "revoked": revoked.Referral, "revoked before an answer": waiting} {
		if got := told(id); got != alike {
			t.Errorf("%s: %s, want %s", name, got, alike)
		}
	}

	suspended := share(w, "Canary Suspended")
	w.Must(w.AsAdmin("lwu"), suspend)
	var wait sync.WaitGroup
	for range 3 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			_, _ = notify.Tell(context.WithoutCancel(t.Context()), w.Store)
		}()
	}
	wait.Wait()
	if got := told(suspended.Referral); got != alike {
		t.Errorf("suspended: %s, want %s", got, alike)
	}
	w.Must(w.AsAdmin("lwu"), resume)
	if tell() != 0 {
		t.Error("what is open again is told as ended")
	}
	w.Must(w.AsAdmin("lwu"), suspend)
	if tell() == 0 || told(suspended.Referral) != alike+",ACCESS_ENDED" {
		t.Errorf("suspended a second time: %s", told(suspended.Referral))
	}
	w.Must(w.AsAdmin("lwu"), resume)

	expired := share(w, "Canary Expired")
	unanswered := w.Refer("lwu", share(w, "Canary Unanswered").Case, "ngo", assistance, "IDENTITY")
	w.Advance(8 * 24 * time.Hour)
	tell()
	if got := told(unanswered); got != alike {
		t.Errorf("not answered in time: %s, want %s", got, alike)
	}
	sender := one[int](t, w.Root(), "SELECT count(*) FROM notices WHERE agency_id = '"+w.Agencies["lwu"].ID+"' AND kind = 'REFERRAL_CHANGED' AND subject_id = '"+unanswered+"'")
	if sender != 1 {
		t.Errorf("its sender was told %d times (D3)", sender)
	}
	if strings.Contains(told(expired.Referral), "ENDED") {
		t.Error("told before its time")
	}
	w.Advance(365 * 24 * time.Hour)
	tell()
	if got := told(expired.Referral); got != alike || tell() != 0 {
		t.Errorf("expired: %s, want %s, once", got, alike)
	}
}

func aggregate(w *world.World) string {
	if w.URL != "" {
		return "string_agg(kind, ',')"
	}
	return "group_concat(kind)"
}
