package attack

import (
	"context"
	"strings"
	"testing"
	"time"

	entgate "github.com/sala-exchange/sala/ent/gate"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/policy"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/services/onboarding"
	"github.com/sala-exchange/sala/services/revisions"
	"github.com/sala-exchange/sala/test/world"
)

// opening is the policy, and beside it every case is a stranger's.
type opening struct {
	rule.Evaluator
	grantee, member string
}

func (opening) Revision() string { return "opens everything" }

func (o opening) Access(ctx context.Context, f *rule.Facts) ([]rule.Access, error) {
	right, err := o.Evaluator.Access(ctx, f)
	return append(right, rule.Access{Grantee: o.grantee, Member: o.member, Contributor: f.Case.Owner, Action: "READ",
		Categories: []string{"IDENTITY"}, Purpose: string(assistance), Basis: "OWNERSHIP", From: 1, Until: rule.Forever}), err
}

// Test57PolicyThatOpensEverything: an administrator puts a policy of his own into a server.
// A bundle that is not signed by the deployment's key starts none: TestLoadRefuses,
// TestUnsignedWouldPass, TestServeTakesAPolicyThatIsSignedOnly. Here he has got past that,
// by a program of his own: as long as the database names another revision nothing that it
// is given is stored; where he makes it name his, every access of the right one is shut; and
// what his opens the second wall refuses. On a database without one it opens.
func Test57PolicyThatOpensEverything(t *testing.T) {
	p, err := policy.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	theirs := func(w *world.World) store.Options {
		return store.Options{Evaluator: opening{p, w.Agencies["mops"].ID, w.Agencies["mops"].Worker}, Keys: w.Keys, Secret: world.Secret,
			Clock: func() time.Time { return time.UnixMicro(w.Store.Now()) }}
	}
	t.Run("sqlite", func(t *testing.T) {
		w := world.OnSQLite(t, world.Options{})
		planted, err := store.OpenSQLite(w.Path, theirs(w))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = planted.Close() })
		policyThatOpens(t, w, planted)
	})
	t.Run("postgres", func(t *testing.T) {
		w := onPostgres(t)
		policyThatOpens(t, w, behind(t, w, theirs(w)))
	})
}

// Test57OneAloneChangesNoPolicy: an administrator who holds one of the keys brings a policy
// that opens everything into force by `sala policy apply`. Where two are asked for he needs
// another who signs the very same; what it would open is seen before by whoever is asked
// to. Where one suffices it opens on a database without the second wall; with it the
// change breaks off, the policy before stays, and it is given up.
func Test57OneAloneChangesNoPolicy(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		other, stranger := world.NewSigner(t), world.NewSigner(t)
		two := changes(t, w, store.Options{}, 2, other)
		s, mops := share(w, "Canary Alone"), as(w, "mops")
		plan := planted(t, w, "mops")
		alone := two.signer.Bundle(t, plan)
		for what, bundles := range map[string][][]byte{
			"signed by him alone": {alone}, "signed by him twice": {alone, two.signer.Bundle(t, plan)}, "and by a stranger": {alone, stranger.Bundle(t, plan)},
			"and another policy by another": {alone, other.Bundle(t, shut(t))},
		} {
			_, err := two.book.Apply(t.Context(), two.st, bundles, nil)
			wantKind(t, what, err, errs.Invalid)
		}
		// What he shows to whom he asks to sign.
		was, err := policy.Embedded()
		if err != nil {
			t.Fatal(err)
		}
		is, err := two.book.Tried([][]byte{alone})
		if err != nil {
			t.Fatal(err)
		}
		tried, err := revisions.Try(t.Context(), two.st, was, is, "", nil)
		shown := false
		for _, n := range tried.Counts {
			shown = shown || n.AgencyKind == "POLICE" && n.Category == "IDENTITY" && n.Opened == 1
		}
		if err != nil || !shown {
			t.Errorf("trying it does not show what it opens: %+v %v", tried, err)
		}
		// A row of the database that names his policy, and a gate that does: a process takes
		// nothing from there that two have not signed.
		w.Must(onboarding.Scope(), func(ctx context.Context, op *store.Op) error {
			if err := op.Revision.Create().SetSequence(1).SetRevision(is.Revision()).SetBundles([][]byte{alone}).SetState("LIVE").SetBegunOn(1).Exec(ctx); err != nil {
				return err
			}
			return onboarding.SetPolicy(ctx, op, is.Revision())
		})
		if _, err := two.book.Policy(t.Context(), is.Revision()); errs.KindOf(err) != errs.Unavailable {
			t.Errorf("a policy of the database that one has signed: %v", err)
		}
		if got := sees(t, w, mops, s.Case); got != "" {
			t.Errorf("the stranger sees %q", got)
		}
		w.Must(onboarding.Scope(), func(ctx context.Context, op *store.Op) error {
			if err := op.Gate.Update().Where(entgate.ID("policy")).SetRevision(w.Store.Revision()).SetSequence(0).Exec(ctx); err != nil {
				return err
			}
			_, err := op.Revision.Update().SetState("ENDED").Save(ctx)
			return err
		})
		// Without the guard: one signer suffices.
		one := changes(t, w, store.Options{}, 1)
		_, err = one.book.Apply(t.Context(), one.st, [][]byte{one.signer.Bundle(t, plan)}, nil)
		if w.URL == "" {
			if got := seesBy(t, w, one.st, mops, s.Case); err != nil || !strings.Contains(got, "IDENTITY") {
				t.Errorf("without either guard it opens nothing, so that nothing is shown: %v (%v), %q", err, world.Cause(err), got)
			}
			return
		}
		if got := sees(t, w, mops, s.Case); err == nil || got != "" {
			t.Errorf("past the second wall: %v, the stranger sees %q", err, got)
		}
		if got := sees(t, w, as(w, "ngo"), s.Case); !strings.Contains(got, "IDENTITY") {
			t.Errorf("while it is being prepared the receiver sees %q", got)
		}
		if given, err := one.book.Rollback(t.Context(), one.st, nil); err != nil || given.Revision != w.Store.Revision() {
			t.Errorf("giving it up: %+v %v (%v)", given, err, world.Cause(err))
		}
		one.sound(t)
	})
}

func policyThatOpens(t *testing.T, w *world.World, planted *store.Store) {
	c, mops := share(w, "Canary Fifty-seven"), as(w, "mops")
	register := func(st *store.Store) (id string, err error) {
		err = st.Run(t.Context(), as(w, "lwu"), false, func(ctx context.Context, op *store.Op) error {
			id, err = casework.RegisterCase(ctx, op, casework.RegisterCaseInput{Kind: valueset.CaseKindPresumedVictim,
				Recording: world.Recording(assistance), Identity: world.Adult("Canary Fifty-seven")})
			return err
		})
		return id, err
	}
	_, early := register(planted)
	wantKind(t, "a case while another revision is live", early, errs.Unavailable)
	if got := sees(t, w, mops, c.Case); got != "" {
		t.Errorf("the stranger sees %q", got)
	}
	w.Must(onboarding.Scope(), func(ctx context.Context, op *store.Op) error {
		return onboarding.SetPolicy(ctx, op, opening{}.Revision())
	})
	for who, s := range map[string]rule.Scope{"the owner": as(w, "lwu"), "the receiver": as(w, "ngo"), "the stranger": mops} {
		if got := sees(t, w, s, c.Case); strings.Contains(got, "IDENTITY") {
			t.Errorf("under another revision %s sees %q", who, got)
		}
	}
	_, late := register(w.Store)
	wantKind(t, "a case by who holds the right policy", late, errs.Unavailable)
	id, err := register(planted)
	switch shown := sees(t, w, mops, id); {
	case w.URL == "" && (err != nil || !strings.Contains(shown, "IDENTITY")):
		t.Errorf("without the second wall it opens nothing, so that nothing is shown: %v, %q", err, shown)
	case w.URL != "" && (err == nil || shown != ""):
		t.Errorf("past the second wall: %v, the stranger sees %q", err, shown)
	}
}
