package command

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/gate"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/api"
	"github.com/sala-exchange/sala/services/identity"
	"github.com/sala-exchange/sala/services/onboarding"
)

func serveCommand(f *flags) *cobra.Command {
	var addr, audience, keyFile string
	var k keyFlags
	var issuers []string
	c := &cobra.Command{
		Use: "serve", Short: "Serve the GraphQL API", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			handler, st, err := assemble(cmd.Context(), f, &k, issuers, audience, keyFile)
			if err != nil {
				return err
			}
			defer func() { _ = st.Close() }()
			if st.Dialect() != "postgres" {
				_, _ = fmt.Fprintln(cmd.ErrOrStderr(), "sala: SQLite has no row-level security: for trying out only; real people's data belong on PostgreSQL")
			}
			return listen(cmd.Context(), addr, handler, st)
		},
	}
	c.Flags().StringVar(&addr, "addr", "127.0.0.1:8080", "address to listen on, behind TLS")
	c.Flags().StringArrayVar(&issuers, "issuer", nil, "OpenID issuer of an agency; may be repeated; as URL or URL#claim=value where it cannot say at+jwt")
	c.Flags().StringVar(&audience, "audience", "", "the one audience that a token must name")
	c.Flags().StringVar(&keyFile, "cursor-key", "", "file with 32 bytes in hexadecimal that authenticate cursors")
	k.declare(c)
	return c
}

func assemble(ctx context.Context, f *flags, k *keyFlags, urls []string, audience, keyFile string) (http.Handler, *store.Store, error) {
	issuers, err := issuersOf(urls, audience)
	if err != nil {
		return nil, nil, err
	}
	verifier, err := identity.New(ctx, issuers)
	if err != nil {
		return nil, nil, err
	}
	raw, err := os.ReadFile(keyFile)
	if err != nil {
		return nil, nil, errs.Wrap(err, errs.Invalid, "the cursor key cannot be read: check --cursor-key")
	}
	key, err := hex.DecodeString(trimmed(raw))
	if err != nil || len(key) != 32 {
		return nil, nil, errs.New(errs.Invalid, "the cursor key must be 32 bytes in hexadecimal")
	}
	p, err := f.load()
	if err != nil {
		return nil, nil, err
	}
	keys, err := k.open(ctx)
	if err != nil {
		return nil, nil, err
	}
	secret, err := hkdf.Key(sha256.New, key, nil, "sala digests", 32)
	if err != nil {
		return nil, nil, errs.Wrap(err, errs.Internal, "deriving a key failed")
	}
	st, err := f.openWith(store.Options{Evaluator: p, Keys: keys, Secret: secret})
	if err != nil {
		return nil, nil, err
	}
	if err := goLive(ctx, st); err != nil {
		return nil, nil, errors.Join(err, st.Close())
	}
	h, err := api.New(api.Config{Store: st, Policy: p, Verifier: verifier, CursorKey: key})
	if err != nil {
		return nil, nil, errors.Join(err, st.Close())
	}
	return h, st, nil
}

func issuersOf(urls []string, audience string) ([]identity.Issuer, error) {
	if len(urls) == 0 || audience == "" {
		return nil, errs.New(errs.Invalid, "refusing to start without --issuer and --audience: tokens could not be told apart")
	}
	var out []identity.Issuer
	for _, u := range urls {
		url, mark, marked := strings.Cut(u, "#")
		i := identity.Issuer{URL: url, Audience: audience}
		if marked {
			claim, value, ok := strings.Cut(mark, "=")
			if !ok || claim == "" || value == "" {
				return nil, errs.New(errs.Invalid, "an issuer's mark has the form URL#claim=value")
			}
			i.Discriminator = identity.Discriminator{Claim: claim, Value: value}
		}
		out = append(out, i)
	}
	return out, nil
}

// goLive makes this process's policy the live one on a database that has none yet. On
// one that lives under another it refuses: what this process evaluated would open
// nothing, and close case after case.
func goLive(ctx context.Context, st *store.Store) error {
	return st.Run(ctx, rule.Scope{Mode: rule.Onboarding}, false, func(ctx context.Context, op *store.Op) error {
		live, err := op.Gate.Query().Where(gate.ID("policy")).Only(ctx)
		switch {
		case ent.IsNotFound(err):
			return onboarding.SetPolicy(ctx, op, st.Revision())
		case err != nil:
			return errs.Wrap(err, errs.Unavailable, "the live policy cannot be read: is the database migrated?")
		case live.Revision != st.Revision():
			return errs.New(errs.Conflict, "the database lives under another policy than this program's: serve with --policy and the bundle that it lives under")
		}
		return nil
	})
}

func listen(ctx context.Context, addr string, handler http.Handler, st *store.Store) error {
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	running, stop := context.WithCancel(ctx)
	defer stop()
	go api.Sequence(running, st, time.Second, log)
	server := &http.Server{Addr: addr, Handler: handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, IdleTimeout: 2 * time.Minute}
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	log.LogAttrs(ctx, slog.LevelInfo, "serving", slog.String("addr", addr))
	select {
	case err := <-failed:
		return errs.Wrap(err, errs.Unavailable, "the address cannot be served: is it taken?")
	case <-ctx.Done():
	}
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	return server.Shutdown(bounded)
}
