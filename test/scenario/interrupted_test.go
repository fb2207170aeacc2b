package scenario

import (
	"context"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/services/onboarding"
	"github.com/sala-exchange/sala/test/world"
)

const (
	agreementsShown = `{ agreements(first: 50) { edges { node { id code title purposes validUntil countersignedOn suspended shutDownOn endedOn
	  parties { agency { code state } controllerRole signedOn suspendedOn } } } } }`
	agenciesShown = `{ agencies(first: 50) { edges { node { code name kind state departure { frozenOn deadline overdue handOverTo { code } } } } } }`
)

// interruptions of what flows between LWU and the NGO, one after another, each with what
// ends it again; the last ones have no end.
func interruptions(w *world.World) []struct {
	name     string
	do, undo func()
} {
	as := func(code string, do func(context.Context, *store.Op) error) func() {
		return func() { w.Must(w.AsAdmin(code), do) }
	}
	of := func(verb func(context.Context, *store.Op, string) error) func(context.Context, *store.Op) error {
		return func(ctx context.Context, op *store.Op) error { return verb(ctx, op, w.Agreements["lwu+ngo"]) }
	}
	sign := func() {
		as("lwu", of(onboarding.SignAgreement))()
		as("ngo", of(onboarding.SignAgreement))()
	}
	return []struct {
		name     string
		do, undo func()
	}{
		{"the agreement is suspended", as("lwu", of(onboarding.SuspendAgreement)), as("lwu", of(onboarding.ResumeAgreement))},
		{"it is shut down", as("lwu", of(onboarding.ShutDownAgreement)), sign},
		{"the NGO is suspended", func() { w.Shut("ngo") }, func() { w.Open("ngo") }},
		{"the NGO leaves", as("ngo", func(ctx context.Context, op *store.Op) error {
			_, err := onboarding.StartOffboarding(ctx, op, w.Agencies["ngo"].ID, onboarding.OffboardingInput{ExportTo: exportKey})
			return err
		}), func() {}},
		{"the agreement has ended", as("lwu", of(onboarding.EndAgreement)), func() {}},
	}
}

// Where an agreement or an agency stands is told to who answers for agreements: to a case
// worker, a supervisor, an analyst or an auditor of a party the answers are byte for byte
// the same whatever happens, since beside "access ended" it would tell them why (C8, D6).
func TestWhereAnAgreementStandsIsToldToWhoAnswersForIt(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		asked := func(subjects ...string) (all string) {
			for _, subject := range subjects {
				for _, q := range []string{agreementsShown, agenciesShown} {
					a := as(s, "atd", subject).ask(q, nil)
					if b := as(s, "lwu", subject).ask(q, nil); a.code() != "" || b.code() != "" {
						t.Fatalf("%s: %s%s", subject, a.raw, b.raw)
					} else {
						all += a.raw + b.raw
					}
				}
			}
			return all
		}
		workers, answering := []string{"worker", "supervisor", "analyst", "auditor"}, []string{"admin", "dataprotection"}
		same, told := asked(workers...), asked(answering...)
		for _, i := range interruptions(w) {
			if i.name == "the NGO is suspended" { // its state, beside its gate, as the verb sets it
				w.Must(w.AsAdmin("ngo"), func(ctx context.Context, op *store.Op) error {
					_, err := onboarding.SuspendAgency(ctx, op, w.Agencies["ngo"].ID)
					return err
				})
				if got := asked(answering...); got == told {
					t.Error("whoever answers for agreements does not see that a party is suspended")
				}
			} else {
				i.do()
			}
			if got := asked(workers...); got != same {
				t.Errorf("%s: %s\nbefore: %s", i.name, got, same)
			}
			if got := asked(answering...); got == told {
				t.Errorf("%s, and whoever answers for agreements is not told", i.name)
			}
			i.undo()
			if i.name == "the NGO is suspended" { // as two approvals would
				if _, err := w.Root().ExecContext(t.Context(), "UPDATE agencies SET state = 'ACTIVE' WHERE id = '"+w.Agencies["ngo"].ID+"'"); err != nil {
					t.Fatal(err)
				}
			}
			if got := asked(workers...); got != same {
				t.Errorf("%s no longer: %s\nbefore: %s", i.name, got, same)
			}
			told = asked(answering...)
			w.Advance(time.Second)
		}
	})
}

// An offer that no agreement in force covers is refused in the same words, whatever the
// reason is: the sender's case worker does not find out by it why access ended (C8).
func TestAnOfferDoesNotTellWhyNoAgreementCoversIt(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		id := w.Register("lwu", "Canary Offered")
		for _, to := range []string{"ngo", "mops"} {
			consenting(t, s, "lwu", id, to, "ASSISTANCE", "PROFILE")
		}
		offered := func(to string) answer {
			return as(s, "lwu", "worker").ask(offer, map[string]any{"in": referral(s, id, to, "ASSISTANCE", "PROFILE")})
		}
		want := offered("mops")
		if want.userError() != "CONFLICT" {
			t.Fatalf("an offer without an agreement: %s", want.raw)
		}
		if a := offered("ngo"); a.userError() != "" || a.code() != "" {
			t.Fatalf("an offer under an agreement: %s", a.raw)
		}
		for _, i := range interruptions(w) {
			i.do()
			if got := offered("ngo"); got.raw != want.raw {
				t.Errorf("%s: %s\nwithout an agreement: %s", i.name, got.raw, want.raw)
			}
			i.undo()
		}
	})
}
