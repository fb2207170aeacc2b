package attack

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/ent/assignment"
	"github.com/sala-exchange/sala/ent/erasure"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/test/world"
)

// outcome is what came of two changes: what each was told, what stands, who sees it.
func outcome(t *testing.T, w *world.World, caseID string, first, second error) string {
	t.Helper()
	said := func(err error) string {
		if err != nil {
			return "refused"
		}
		return "done"
	}
	var states []string
	var assigned, erasures int
	w.Must(rule.Scope{Mode: rule.Policy}, func(ctx context.Context, op *store.Op) error {
		f, _, err := op.Facts(ctx, caseID)
		if err != nil {
			return err
		}
		for _, list := range f.Referrals {
			for _, r := range list {
				states = append(states, r.State)
			}
		}
		c, err := op.CaseFile.Get(ctx, caseID)
		if err != nil {
			return err
		}
		states = append(states, "owner "+named(w, []string{f.Case.Owner}), "transfer to "+named(w, []string{c.TransferToID}))
		if assigned, err = op.Assignment.Query().Where(assignment.CaseID(caseID), assignment.EndedOnIsNil()).Count(ctx); err != nil {
			return err
		}
		erasures, err = op.Erasure.Query().Where(erasure.CaseID(caseID), erasure.StoppedOnIsNil(), erasure.DoneOnIsNil()).Count(rule.InMode(ctx, rule.Erasure))
		return err
	})
	slices.Sort(states)
	return fmt.Sprintf("%s, %s; %s; %d erasures wait; %d assigned; lwu %q, ngo %q, iom %q", said(first), said(second), strings.Join(states, ", "), erasures, assigned,
		sees(t, w, as(w, "lwu"), caseID), sees(t, w, as(w, "ngo"), caseID), sees(t, w, as(w, "iom"), caseID))
}

// evaluated fails the test where stored accesses are not what policy decides on the
// facts as they stand.
func evaluated(t *testing.T, w *world.World) {
	t.Helper()
	checked, err := w.Store.Fsck(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(checked.Closed) > 0 {
		t.Errorf("%d of %d cases have other accesses than their facts give", len(checked.Closed), checked.Cases)
	}
}

// serial is what comes of the pair where one has ended before the other begins.
func (p pair) serial(t *testing.T, w *world.World) (ab, ba string) {
	t.Helper()
	id, a, b := p.setup(w)
	errA := w.Do(a.who, a.do)
	ab = outcome(t, w, id, errA, w.Do(b.who, b.do))
	id, a, b = p.setup(w)
	errB := w.Do(b.who, b.do)
	return ab, outcome(t, w, id, w.Do(a.who, a.do), errB)
}

// serialised reports whether an outcome is that of one of the two orders; of a dated
// pair, whether what is open is.
func (p pair) serialised(got, ab, ba string) bool {
	open := func(s string) string { _, o, _ := strings.Cut(s, "assigned; "); return o }
	return got == ab || got == ba || p.dated && (open(got) == open(ab) || open(got) == open(ba))
}

// Two changes at once end as one after the other (threats 21 and 22): by chance, and at
// the worst moment, where the lock makes the second wait before it reads, so that it
// sees what the first did.
func TestChangesAtOnceEndAsOneAfterTheOther(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		for i, p := range pairs {
			ab, ba := p.serial(t, w)
			if testing.Short() { // each pair in one order, at its worst moment
				p.atWorst(t, w, i%2 == 0, ab, ba)
				continue
			}
			id, a, b := p.setup(w)
			start, errA, errB := make(chan struct{}), make(chan error, 1), make(chan error, 1)
			for c, err := range map[*change]chan error{&a: errA, &b: errB} {
				go func() { <-start; err <- w.Do(c.who, c.do) }()
			}
			close(start)
			if got := outcome(t, w, id, <-errA, <-errB); !p.serialised(got, ab, ba) {
				t.Errorf("%s: %s\n one order %s\n the other %s", p.name, got, ab, ba)
			}
			p.atWorst(t, w, true, ab, ba)
			p.atWorst(t, w, false, ab, ba)
		}
		evaluated(t, w)
	})
}

// atWorst has the first of the pair, or the second, come first and commit only when the
// other waits for it.
func (p pair) atWorst(t *testing.T, w *world.World, inOrder bool, ab, ba string) {
	t.Helper()
	id, a, b := p.setup(w)
	if inOrder {
		waited, first, second := overtaken(t, w, w.Store, a, b)
		p.ordered(t, outcome(t, w, id, first, second), ab, ba, waited)
		return
	}
	waited, second, first := overtaken(t, w, w.Store, b, a)
	p.ordered(t, outcome(t, w, id, first, second), ba, ab, waited)
}

// overtaken carries out first, lets second run until it waits or ends, and only then
// commits first: the worst moment, each time. Where first is refused, there is nothing
// to overtake. waited says whether second was held up.
func overtaken(t *testing.T, w *world.World, st *store.Store, first, second change) (waited bool, errFirst, errSecond error) {
	t.Helper()
	ctx, op, err := st.Begin(t.Context(), first.who, false)
	if err != nil {
		t.Fatal(err)
	}
	defer op.Rollback()
	if err = first.do(ctx, op); err == nil {
		err = op.Settle(ctx)
	}
	if err != nil {
		op.Rollback()
		return true, err, st.Run(t.Context(), second.who, false, second.do)
	}
	done := make(chan error, 1)
	go func() { done <- st.Run(t.Context(), second.who, false, second.do) }()
	waited = w.URL == "" || blocked(t, w, done)
	errFirst = op.Commit(ctx)
	return waited, errFirst, <-done
}

// blocked waits until a backend of the world waits for a lock, and is false where
// done is ready before. The server does the waiting.
func blocked(t *testing.T, w *world.World, done <-chan error) bool {
	t.Helper()
	db := root(t, w)
	defer db.Close()
	return waits(t, db, 1, done)
}

// ordered fails the test where the second change did not wait for the first and see what
// it did. A change of a gate holds no case: nothing waits for it, and either order will do.
func (p pair) ordered(t *testing.T, got, want, other string, waited bool) {
	t.Helper()
	switch {
	case p.gate && (got == want || got == other):
	case !p.gate && got == want && waited:
	case got == want:
		t.Errorf("%s: the second change ended before the first was committed", p.name)
	default:
		t.Errorf("%s: %s\n want %s", p.name, got, want)
	}
}

// A transfer takes her statement, the new owner's acceptance and a basis of its own
// for recording, and opens nobody's rows (A4, C1).
func TestATransferMovesTheCaseAndNoRows(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		id, ref := offeredTo(w)
		offerTransfer(w, id)
		a := acceptingTransfer(w, id)
		wantKind(t, "without a referral", w.Do(a.who, a.do), errs.Conflict)
		w.Accept("ngo", assistance, ref)
		wantKind(t, "without a basis of its own", w.Do(a.who, a.do), errs.Conflict)
		w.Must(as(w, "ngo"), recording(id))
		w.Must(a.who, a.do)
		if got, want := sees(t, w, as(w, "ngo"), id), "CASE by ngo, CONSENT by lwu, CONSENT by lwu, CONSENT by lwu, CONSENT by ngo, PROVISION by lwu, PROVISION by lwu, PROVISION by lwu, PROVISION by ngo, REFERRAL by lwu"; got != want {
			t.Errorf("the new owner sees %q, want %q", got, want)
		}
		wantKind(t, "the former owner's referral", w.Do(as(w, "lwu"), offer(w, id, "iom").do), errs.Forbidden)
		wantKind(t, "a second acceptance", w.Do(a.who, a.do), errs.Withheld)
		evaluated(t, w)
	})
}
