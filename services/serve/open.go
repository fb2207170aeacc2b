package serve

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"strings"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/gate"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/origin"
	"github.com/sala-exchange/sala/internal/seal"
	"github.com/sala-exchange/sala/policy"
	"github.com/sala-exchange/sala/services/configuration"
	"github.com/sala-exchange/sala/services/erasure"
	"github.com/sala-exchange/sala/services/identity"
	"github.com/sala-exchange/sala/services/keystore"
	"github.com/sala-exchange/sala/services/onboarding"
	"github.com/sala-exchange/sala/services/revisions"
)

// Policy loads the policy that the configuration names: signed bundles, or the one
// that the program holds.
func Policy(v *configuration.Values) (*policy.Policy, error) {
	keys, err := policyKeys(v)
	if err != nil {
		return nil, err
	}
	paths := configuration.PolicyBundle.In(v)
	if len(paths) == 0 {
		return policy.Embedded()
	}
	bundles, err := Bundles(paths)
	if err != nil {
		return nil, err
	}
	return policy.LoadSigned(bundles, signers(v, keys), keys...)
}

// Bundles reads the files of policy bundles; nothing in them is verified.
func Bundles(paths []string) (out [][]byte, err error) {
	for _, path := range paths {
		raw, err := policy.ReadBundle(path)
		if err != nil {
			return nil, err
		}
		out = append(out, raw)
	}
	return out, nil
}

// Book is the configuration's policy, and those of the database that its keys have signed,
// once it is attached to one.
func Book(v *configuration.Values) (*revisions.Book, error) {
	p, err := Policy(v)
	if err != nil {
		return nil, err
	}
	keys, err := policyKeys(v)
	if err != nil {
		return nil, err
	}
	return revisions.NewBook(p, signers(v, keys), keys...), nil
}

func policyKeys(v *configuration.Values) (keys []string, err error) {
	for _, path := range configuration.PolicyKeys.In(v) {
		pem, err := os.ReadFile(path) //nolint:gosec // the operator names the file
		if err != nil {
			return nil, errs.Wrap(err, errs.Invalid, "a key file cannot be read: check --policy-key")
		}
		keys = append(keys, string(pem))
	}
	return keys, nil
}

// signers is how many have to sign a policy: two where there are two who can.
func signers(v *configuration.Values, keys []string) int {
	if n := configuration.PolicySigners.In(v); n > 0 {
		return n
	}
	return min(2, max(1, policy.Keys(keys)))
}

// Database opens the database that the configuration names, under the policy where
// there is one; o gives what the configuration does not.
func Database(v *configuration.Values, p rule.Evaluator, o store.Options) (*store.Store, error) {
	if p != nil {
		o.Evaluator = p
	}
	if path := configuration.DatabasePasswordFile.In(v); path != "" {
		o.Password = func() (string, error) { return configuration.Password(path) }
	}
	url := configuration.DatabaseURL.In(v)
	switch path, lite := strings.CutPrefix(url, "sqlite:"); {
	case url == "":
		return nil, errs.New(errs.Invalid, "%s", configuration.NoDatabase)
	case lite:
		return store.OpenSQLite(path, o)
	}
	return store.OpenPostgres(url, o)
}

// KeyPlace says where the keys are. A key-encryption key that is named by a flag goes
// before all that file and environment name.
func KeyPlace(v *configuration.Values) (keystore.Place, error) {
	p := keystore.Place{Store: configuration.KeyStore.In(v), KEK: keystore.KEK{File: configuration.KeyFile.In(v), KMS: configuration.KMS.In(v)}}
	switch byFile, byKMS := v.ByFlag(configuration.KeyFile.Key), v.ByFlag(configuration.KMS.Key); {
	case byFile && !byKMS:
		p.KMS = nil
	case byKMS && !byFile:
		p.File = ""
	}
	if p.Store == "" {
		return p, errs.New(errs.Invalid, "name the key store with --key-store as %s", keystore.Forms)
	}
	if p.File == "" && len(p.KMS) == 0 {
		return p, errs.New(errs.Invalid, "name the key-encryption key with --key-file FILE or --kms URL")
	}
	return p, nil
}

// Keyring opens the key store and the key-encryption key, and checks that both can be
// used. The returned function closes the store.
func Keyring(ctx context.Context, v *configuration.Values) (_ *seal.Keyring, closed func(), err error) {
	p, err := KeyPlace(v)
	if err != nil {
		return nil, nil, err
	}
	ring, st, err := p.Keyring(ctx, seal.Options{})
	if err != nil {
		return nil, nil, err
	}
	closed = func() { _ = st.Close() }
	if err := ring.Check(ctx); err != nil {
		closed()
		return nil, nil, err
	}
	return ring, closed, nil
}

// Erasures opens the list of erased persons in the key store. The returned function
// closes the store.
func Erasures(ctx context.Context, v *configuration.Values) (_ *erasure.List, closed func(), err error) {
	p, err := KeyPlace(v)
	if err != nil {
		return nil, nil, err
	}
	path := configuration.ErasureKeyFile.In(v)
	if path == "" {
		return nil, nil, errs.New(errs.Invalid, "name the key of the erasure list with --erasure-key-file")
	}
	key, err := os.ReadFile(path) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, nil, errs.Wrap(err, errs.Invalid, "the key of the erasure list cannot be read: check erasureKeyFile")
	}
	st, err := keystore.Open(ctx, p.Store)
	if err != nil {
		return nil, nil, err
	}
	l, err := erasure.Open(st, string(key), nil)
	if err != nil {
		return nil, nil, errors.Join(err, st.Close())
	}
	return l, func() { _ = st.Close() }, nil
}

// bounded are a server's bounds on its connections.
func bounded(v *configuration.Values, connections int) store.Options {
	return store.Options{
		Existing: true, MaxConns: connections, MaxIdleTime: configuration.DatabaseIdleTime.In(v), MaxLifetime: configuration.DatabaseLifetime.In(v),
		StatementTimeout: configuration.StatementTimeout.In(v), LockTimeout: configuration.LockTimeout.In(v),
		IdleInTransactionTimeout: configuration.IdleInTransactionTimeout.In(v),
		Deployment: store.Deployment{
			Zone: configuration.Zone.In(v), ToStop: configuration.ErasureStopTime.In(v), ToObject: configuration.SignInObjectionTime.In(v), ToFetch: configuration.ExportFetchTime.In(v),
			ClosedCaseMonths: configuration.ClosedCaseMonths.In(v),
			RefusalStatute:   configuration.RefusalStatute.In(v), RefusalRegions: regions(configuration.RefusalRegions.In(v)), RefusalThreshold: configuration.RefusalThreshold.In(v),
			Glass: configuration.BreakGlassTime.In(v), GlassTries: configuration.BreakGlassTries.In(v),
		},
	}
}

// regions are those of the counts of refusals, by the code of agency or unit.
func regions(pairs []string) map[string]string {
	out := map[string]string{}
	for _, p := range pairs {
		code, name, _ := strings.Cut(p, "=")
		out[code] = name
	}
	return out
}

// issuers are the registered issuers of the configuration.
func issuers(v *configuration.Values) []identity.Issuer {
	var out []identity.Issuer
	for _, u := range configuration.Issuers.In(v) {
		url, mark, _ := strings.Cut(u, "#")
		i := identity.Issuer{URL: url, Audience: configuration.Audience.In(v)}
		i.Discriminator.Claim, i.Discriminator.Value, _ = strings.Cut(mark, "=")
		out = append(out, i)
	}
	return out
}

// reach are the addresses that may be asked for the keys of registered issuers.
func reach(v *configuration.Values) identity.Reach {
	var r identity.Reach
	for _, n := range configuration.IssuerNetworks.In(v) {
		r.Networks = append(r.Networks, netip.MustParsePrefix(n)) // the key's own check read it
	}
	return r
}

// proxies are those whose word counts on whom they forward for.
func proxies(v *configuration.Values) (out origin.Proxies) {
	for _, n := range configuration.TrustedProxies.In(v) {
		out = append(out, netip.MustParsePrefix(n)) // the key's own check read it
	}
	return out
}

// live checks that this process holds the policy that the database lives under: its own,
// or one of the database's that the configured keys have signed. What it evaluated under
// another would open nothing, and close case after case. The error is errNoPolicy where the
// database has none yet.
func live(ctx context.Context, st *store.Store, book *revisions.Book) error {
	revision := ""
	err := st.Run(ctx, onboarding.Scope(), true, func(ctx context.Context, op *store.Op) error {
		g, err := op.Gate.Query().Where(gate.ID("policy")).Only(ctx)
		switch {
		case ent.IsNotFound(err):
			return errNoPolicy
		case err != nil:
			return errs.Wrap(err, errs.Unavailable, "the live policy cannot be read: is the database migrated?")
		}
		revision = g.Revision
		return nil
	})
	if err != nil {
		return err
	}
	if _, err := book.Policy(ctx, revision); err != nil {
		return errs.Wrap(err, errs.Conflict, "the database lives under another policy than this program's: serve with --policy and the bundle that it lives under, or with --policy-key and the keys that have signed it")
	}
	return nil
}

var errNoPolicy = errs.New(errs.Conflict, "the database lives under no policy yet")

// goLive makes this process's policy the live one on a database that has none yet. On
// one that lives under another it refuses.
func goLive(ctx context.Context, st *store.Store, book *revisions.Book) error {
	err := live(ctx, st, book)
	if !errors.Is(err, errNoPolicy) {
		return err
	}
	err = st.Run(ctx, onboarding.Scope(), false, func(ctx context.Context, op *store.Op) error {
		there, err := op.Gate.Query().Where(gate.ID("policy")).Exist(ctx)
		if err != nil || there {
			return err
		}
		return onboarding.SetPolicy(ctx, op, st.Revision())
	})
	// Where another process was first, by a moment or by a conflict, its policy counts.
	if after := live(ctx, st, book); !errors.Is(after, errNoPolicy) {
		return after
	}
	return err
}
