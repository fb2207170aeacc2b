package attack

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/policy"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/services/onboarding"
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
