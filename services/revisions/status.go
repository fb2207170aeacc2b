package revisions

import (
	"context"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/policy"
)

// Standing is a policy that was ever live or prepared, and where it stands.
type Standing struct {
	Revision string `json:"policy"`
	State    string `json:"state"`
	Since    int64  `json:"since"` // UTC microseconds
}

// Status returns the policy that is in force, and those that were changed to, the newest
// first.
func Status(ctx context.Context, st *store.Store) ([]Standing, error) {
	rows, err := stored(ctx, st)
	if err != nil {
		return nil, err
	}
	var out []Standing
	for _, r := range rows {
		s := Standing{r.Revision, r.State, r.BegunOn}
		for _, at := range []*int64{r.LiveOn, r.EndedOn} {
			if at != nil {
				s.Since = max(s.Since, *at)
			}
		}
		out = append(out, s)
	}
	if len(rows) > 0 {
		return out, nil
	}
	// One that came in with the first server has no row.
	err = st.Run(ctx, onboarding, true, func(ctx context.Context, op *store.Op) error {
		name, _, err := op.Live(ctx)
		out = append(out, Standing{Revision: name, State: live})
		return err
	})
	return out, err
}

// Tried verifies a policy that is to be tried: signed by at least one of the keys, since one
// signer tries it before others are asked to sign.
func (b *Book) Tried(bundles [][]byte) (*policy.Policy, error) {
	return policy.LoadSigned(bundles, 1, b.keys...)
}

// Try is Try beside the policy in force.
func (b *Book) Try(ctx context.Context, st *store.Store, is *policy.Policy, owner string, tell Telling) (*Tried, error) {
	name := ""
	err := st.Run(ctx, trial, true, func(ctx context.Context, op *store.Op) (err error) {
		name, _, err = op.Live(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	was, err := b.Policy(ctx, name)
	if err != nil {
		return nil, err
	}
	return Try(ctx, st, was, is, owner, tell)
}
