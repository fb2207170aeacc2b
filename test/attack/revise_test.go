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
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/policy"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/services/revisions"
	"github.com/sala-exchange/sala/test/world"
)

// changing is a process that changes the policy of a world.
type changing struct {
	st     *store.Store
	book   *revisions.Book
	signer *world.Signer
}

// changes opens a world's database as `sala policy` does.
func changes(t *testing.T, w *world.World, o store.Options, signers int, others ...*world.Signer) *changing {
	t.Helper()
	p, err := policy.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	c := &changing{signer: world.NewSigner(t)}
	keys := []string{c.signer.Public}
	for _, s := range others {
		keys = append(keys, s.Public)
	}
	c.book = revisions.NewBook(p, signers, keys...)
	o.Evaluator = c.book
	if w.URL != "" {
		c.st = behind(t, w, o)
	} else {
		own := w.Store
		o.Keys, o.Secret, o.Clock = w.Keys, world.Secret, func() time.Time { return time.UnixMicro(own.Now()) }
		if c.st, err = store.OpenSQLite(w.Path, o); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.st.Close() })
	}
	c.book.Attach(c.st)
	return c
}

// shut is a policy under which what was accepted as a whole opens nothing.
func shut(t *testing.T) map[string]string {
	return world.Altered(t, "access/access.rego", `referral.state in {"ACCEPTED", "ACCEPTED_IN_PART"}`, `referral.state in {"ACCEPTED_IN_PART"}`)
}

// planted is a policy that opens every case to a stranger, on the word of an agreement that
// stands.
func planted(t *testing.T, w *world.World, code string) map[string]string {
	const right = "access := (((assigned | whole) | supervised) | previewed) | glassed if framed"
	return world.Altered(t, "access/access.rego", right, `access := ((((assigned | whole) | supervised) | previewed) | glassed) | planted if framed

planted := {{
	"grantee": "`+w.Agencies[code].ID+`", "member": "`+w.Agencies[code].Worker+`", "unit": "", "contributor": owner, "action": "READ",
	"categories": ["CASE", "IDENTITY"], "purpose": "ASSISTANCE", "basis": "CONSENT_REFERRAL", "referral": "some", "consent": "some",
	"agreement": "`+w.Agreements["lwu+ngo"]+`", "referrer": owner, "referral_agreement": "`+w.Agreements["lwu+ngo"]+`",
	"first_referral": "", "first_agreement": "", "first_referrer": "", "obligations": [], "from": 1, "until": forever,
}}`)
}

// register registers a case by a process.
func register(t *testing.T, w *world.World, st *store.Store, canary string) (id string, err error) {
	t.Helper()
	err = st.Run(t.Context(), as(w, "lwu"), false, func(ctx context.Context, op *store.Op) (err error) {
		id, err = casework.RegisterCase(ctx, op, casework.RegisterCaseInput{Kind: "PRESUMED_VICTIM", Recording: world.Recording(assistance), Identity: world.Adult(canary)})
		return err
	})
	return id, err
}

// sound: every case is decided under the live policy, and has what it decides.
func (c *changing) sound(t *testing.T) {
	t.Helper()
	found, err := c.st.Fsck(t.Context())
	if err != nil || len(found.Closed) > 0 {
		t.Errorf("%v cases have other accesses than the live policy gives: %v (%v)", found, err, world.Cause(err))
	}
	err = c.st.Run(t.Context(), rule.Scope{Mode: rule.Policy}, true, func(ctx context.Context, op *store.Op) error {
		_, live, err := op.Live(ctx)
		if err != nil {
			return err
		}
		all, open, err := op.CountUndecided(ctx, live)
		if err == nil && open > 0 {
			t.Errorf("%d of %d cases are not decided under the live policy", open, all)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A policy comes into force for every case at one moment, is taken back, and neither leaves
// a case that was decided by another; a process that does not hold it changes nothing.
func TestPolicyIsAppliedAndRolledBack(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		c := changes(t, w, store.Options{}, 1)
		s, later, own := share(w, "Canary Applied"), share(w, "Canary Later"), w.Register("lwu", "Canary Own")
		ngo, lwu := as(w, "ngo"), as(w, "lwu")
		open := seesBy(t, w, c.st, ngo, s.Case)
		if !strings.Contains(open, "IDENTITY") {
			t.Fatalf("before: %q", open)
		}
		done, err := c.book.Apply(t.Context(), c.st, [][]byte{c.signer.Bundle(t, shut(t))}, nil)
		if err != nil || done.Cases != 3 || done.Differed != 2 {
			t.Fatalf("%+v %v (%v)", done, err, world.Cause(err))
		}
		c.sound(t)
		if got := seesBy(t, w, c.st, ngo, s.Case); strings.Contains(got, "IDENTITY") {
			t.Errorf("under the new policy the receiver sees %q", got)
		}
		if got := seesBy(t, w, c.st, lwu, own); !strings.Contains(got, "IDENTITY") {
			t.Errorf("under the new policy the owner sees %q", got)
		}
		_, err = register(t, w, w.Store, "Canary Old Process")
		wantKind(t, "a change by a process without the live policy", err, errs.Unavailable)
		// What changes now is decided by it, and after a rollback by the former.
		err = c.st.Run(t.Context(), lwu, false, func(ctx context.Context, op *store.Op) error {
			if err := op.Lock(ctx, later.Case); err != nil {
				return err
			}
			op.Touch(later.Case)
			return nil
		})
		if err != nil {
			t.Fatalf("a change under the new policy: %v (%v)", err, world.Cause(err))
		}
		if got := seesBy(t, w, c.st, ngo, later.Case); strings.Contains(got, "IDENTITY") {
			t.Errorf("a case of the new policy opens %q", got)
		}
		told := notices(t, w, "ngo")
		again, err := c.book.Apply(t.Context(), c.st, [][]byte{c.signer.Bundle(t, shut(t))}, nil)
		if err != nil || !again.Before {
			t.Errorf("applied again: %+v %v", again, err)
		}
		back, err := c.book.Rollback(t.Context(), c.st, nil)
		if err != nil || back.Cases != 1 || back.Differed != 1 {
			t.Fatalf("rolled back: %+v %v (%v)", back, err, world.Cause(err))
		}
		c.sound(t)
		for _, id := range []string{s.Case, later.Case} {
			if got := sees(t, w, ngo, id); !strings.Contains(got, "IDENTITY") {
				t.Errorf("after the rollback the receiver sees %q", got)
			}
		}
		if after := notices(t, w, "ngo"); after != told {
			t.Errorf("%d notices that access ended, before the rollback %d", after, told)
		}
		_, err = c.book.Rollback(t.Context(), c.st, nil)
		wantKind(t, "a second rollback", err, errs.Conflict)
		if _, err := c.book.Apply(t.Context(), c.st, [][]byte{c.signer.Bundle(t, shut(t))}, nil); err != nil {
			t.Errorf("applied once more: %v (%v)", err, world.Cause(err))
		}
		c.sound(t)
	})
}

func notices(t *testing.T, w *world.World, code string) (n int) {
	t.Helper()
	err := w.Store.Run(t.Context(), rule.Scope{Mode: rule.Policy}, true, func(ctx context.Context, op *store.Op) (err error) {
		n, err = op.Notice.Query().Where(notice.AgencyID(w.Agencies[code].ID), notice.KindEQ("ACCESS_ENDED")).Count(ctx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// What is prepared is seen by nobody before the switch, through neither wall alone; without
// the guard, the numbers of revisions, it would be.
func TestWhatIsPreparedOpensNothing(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		for _, walls := range []store.Walls{{}, {WithoutApplication: true}} {
			if walls.WithoutApplication && w.URL == "" {
				continue // there is no other wall
			}
			c := changes(t, w, store.Options{Walls: walls}, 1)
			s := shared{Case: w.Register("lwu", "Canary Prepared")}
			mops := as(w, "mops")
			was, err := policy.Embedded()
			if err != nil {
				t.Fatal(err)
			}
			if w.URL != "" { // the second wall aside, which would refuse what is prepared here
				exec(t, root(t, w), "ALTER TABLE accesses DISABLE TRIGGER accesses_rest")
				exec(t, root(t, w), "ALTER TABLE accesses DISABLE TRIGGER accesses_held")
			}
			is, err := policy.LoadSigned([][]byte{c.signer.Bundle(t, planted(t, w, "mops"))}, 1, c.signer.Public)
			if err != nil {
				t.Fatal(err)
			}
			change := store.Change{Live: 0, Target: 1, Revision: is.Revision(), By: policy.NewPair(was, is)}
			if err := c.st.Run(t.Context(), rule.Scope{Mode: rule.Onboarding}, false, func(ctx context.Context, op *store.Op) error {
				return op.Revision.Create().SetSequence(1).SetRevision(is.Revision()).SetBundles([][]byte{}).SetState("PREPARING").SetBegunOn(op.Scope.Now).Exec(ctx)
			}); err != nil {
				t.Fatal(err)
			}
			differs := 0
			err = c.st.Run(t.Context(), rule.Scope{Mode: rule.Policy}, false, func(ctx context.Context, op *store.Op) (err error) {
				differs, err = op.Prepare(ctx, change, []string{s.Case})
				return err
			})
			if err != nil || differs != 1 {
				t.Fatalf("%d differ: %v (%v)", differs, err, world.Cause(err))
			}
			if got := seesBy(t, w, c.st, mops, s.Case); strings.Contains(got, "IDENTITY") {
				t.Errorf("%+v: what is prepared shows %q", walls, got)
			}
			sequence(t, w, 1)
			if got := seesBy(t, w, c.st, mops, s.Case); !strings.Contains(got, "IDENTITY") {
				t.Errorf("%+v: without the number what is prepared shows %q: the test shows nothing", walls, got)
			}
			sequence(t, w, 2)
			if got := seesBy(t, w, c.st, as(w, "lwu"), s.Case); got != "" {
				t.Errorf("%+v: a case that was not decided under the live revision shows %q", walls, got)
			}
			sequence(t, w, 0)
		}
	})
}

// sequence makes a number live past every guard.
func sequence(t *testing.T, w *world.World, n int) {
	t.Helper()
	db := w.Store.DB()
	if w.URL != "" {
		db = root(t, w)
	}
	exec(t, db, fmt.Sprintf("UPDATE gates SET sequence = %d WHERE id = 'policy'", n))
}

// Cases that change while a policy comes into force, and while it is taken back, end decided
// by what is in force then.
func TestChangesWhileAPolicyChanges(t *testing.T) {
	w := onPostgres(t)
	c := changes(t, w, store.Options{}, 1)
	other := behind(t, w, store.Options{Evaluator: c.book}) // the operator's program
	bundle := c.signer.Bundle(t, shut(t))
	var cases []shared
	for i := range 6 {
		cases = append(cases, share(w, fmt.Sprintf("Canary Race %d", i)))
	}
	ctx, stop := context.WithCancel(t.Context())
	var clients sync.WaitGroup
	for i := range 3 {
		clients.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				s := cases[2*i+n%2]
				err := c.st.Run(ctx, as(w, "lwu"), false, func(ctx context.Context, op *store.Op) error {
					if err := op.Lock(ctx, s.Case); err != nil {
						return err
					}
					op.Touch(s.Case)
					return nil
				})
				if err != nil && ctx.Err() == nil && errs.KindOf(err) != errs.Conflict && errs.KindOf(err) != errs.Changed {
					t.Errorf("a change beside: %v (%v)", err, world.Cause(err))
				}
				if _, err := register(t, w, c.st, fmt.Sprintf("Canary Beside %d %d", i, n)); err != nil && ctx.Err() == nil && errs.KindOf(err) != errs.Conflict {
					t.Errorf("a case beside: %v (%v)", err, world.Cause(err))
				}
			}
		})
	}
	for range 2 {
		if _, err := c.book.Apply(t.Context(), other, [][]byte{bundle}, nil); err != nil {
			t.Errorf("applying: %v (%v)", err, world.Cause(err))
		}
		if _, err := c.book.Rollback(t.Context(), other, nil); err != nil {
			t.Errorf("rolling back: %v (%v)", err, world.Cause(err))
		}
	}
	if _, err := c.book.Apply(t.Context(), other, [][]byte{bundle}, nil); err != nil {
		t.Errorf("applying: %v (%v)", err, world.Cause(err))
	}
	stop()
	clients.Wait()
	c.sound(t)
}

// What `sala policy try` shows is what apply does, it writes nothing, and its role cannot.
func TestTryingAPolicyWritesNothing(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		c := changes(t, w, store.Options{}, 1)
		s := share(w, "Canary Tried")
		was, err := policy.Embedded()
		if err != nil {
			t.Fatal(err)
		}
		is, err := c.book.Tried([][]byte{c.signer.Bundle(t, shut(t))})
		if err != nil {
			t.Fatal(err)
		}
		before := accesses(t, w)
		tried, err := revisions.Try(t.Context(), c.st, was, is, w.Agencies["lwu"].ID, nil)
		if err != nil || tried.Cases != 1 || tried.Differ != 1 || len(tried.Of) != 1 || tried.Of[0].ID != s.Case {
			t.Fatalf("%+v %v (%v)", tried, err, world.Cause(err))
		}
		closed := false
		for _, n := range tried.Counts {
			if n.Opened > 0 {
				t.Errorf("it would open %+v", n)
			}
			closed = closed || n.Rule == "D1" && n.AgencyKind == "NGO" && n.Category == "IDENTITY" && n.To == "ASSIGNED" && n.Closed == 1
		}
		if !closed {
			t.Errorf("what it closes is not among %+v", tried.Counts)
		}
		if after := accesses(t, w); after != before {
			t.Error("trying wrote accesses")
		}
		if other, err := revisions.Try(t.Context(), c.st, was, is, w.Agencies["ngo"].ID, nil); err != nil || len(other.Of) > 0 {
			t.Errorf("another agency is told of %v: %v", other.Of, err)
		}
		if w.URL == "" {
			return
		}
		// The role reads what policy reads, and writes nothing at all.
		db := root(t, w)
		for _, table := range []string{"accesses", "case_files", "gates", "consents", "revisions"} {
			var may bool
			err := db.QueryRowContext(t.Context(), "SELECT bool_or(has_table_privilege('sala_trial', $1, p) OR has_any_column_privilege('sala_trial', $1, q)) FROM unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) p, unnest(ARRAY['INSERT', 'UPDATE']) q", table).Scan(&may)
			if err != nil || may {
				t.Errorf("the role that tries may write %s: %v", table, err)
			}
		}
		var parts int
		err = db.QueryRowContext(t.Context(), "SELECT count(*) FROM unnest(ARRAY['identities', 'contacts', 'narratives', 'health_restricteds']) t WHERE to_regclass(t) IS NOT NULL AND has_any_column_privilege('sala_trial', t, 'SELECT')").Scan(&parts)
		if err != nil || parts > 0 {
			t.Errorf("the role that tries reads %d kinds of parts: %v", parts, err)
		}
	})
}
