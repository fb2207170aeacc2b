// Package demo runs the whole system on the embedded database: a built-in issuer,
// the API, GraphiQL, nine agencies with fictional staff and cases, the platform's
// secretariat, and the region's server with a release that the Thai counterpart reads.
//
// It promises that everything it shows went through the same verbs, API and tokens
// as in production, and that nobody in it exists. It is for trying Sala out: the
// embedded database has no row-level security, and its issuer lets anybody sign in
// as anybody.
package demo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sala-exchange/sala/ent/migrate/versions"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/seal"
	"github.com/sala-exchange/sala/internal/seal/keyfile"
	"github.com/sala-exchange/sala/services/api"
	"github.com/sala-exchange/sala/services/exchange/client"
	"github.com/sala-exchange/sala/services/identity"
	"github.com/sala-exchange/sala/services/identity/devissuer"
	"github.com/sala-exchange/sala/services/keystore/folder"
	"github.com/sala-exchange/sala/services/notify"
	"github.com/sala-exchange/sala/services/revisions"
)

// Options of a demonstration.
type Options struct {
	Dir  string // folder of the database; a temporary one where empty
	Addr string // address to listen on, loopback only; 127.0.0.1:8080 where empty
	// RegionAddr is the same for the region's server; a free port where empty.
	RegionAddr string
	Seed       uint64          // of the fictional cases
	Cases      int             // how many
	Import     string          // HTCDS file to read in instead of the fictional cases
	Calendar   string          // calendar of that file
	Check      bool            // walk through the nine steps, print what each saw, and end
	Policies   *revisions.Book // its own, and what is applied to its database with known keys
	Out        io.Writer
}

// audience is what the demonstration's tokens are for.
const audience = "https://sala.example/api"

// Run starts the demonstration. With Check it returns when the walk-through has
// ended, with an error if a step did not hold; otherwise when ctx ends.
func Run(ctx context.Context, o Options) error {
	s, err := start(ctx, &o)
	if err != nil {
		return err
	}
	defer s.stop()
	if err := s.seed(ctx); err != nil {
		return err
	}
	if o.Check {
		return s.check(ctx)
	}
	if err := s.welcome(ctx); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// session is a running demonstration.
type session struct {
	Options
	store  *store.Store
	issuer *devissuer.Issuer
	signIn *identity.Verifier
	base   string
	dir    string
	clock  *clock
	region regional
	ids    map[string]string // ids of agencies and agreements by code
	stops  []func()
	// elsewhere is where the exchange runs, where it is none of this process's own.
	elsewhere *Elsewhere
}

func (s *session) stop() {
	for i := len(s.stops) - 1; i >= 0; i-- {
		s.stops[i]()
	}
}

func start(ctx context.Context, o *Options) (*session, error) {
	if o.Addr == "" {
		o.Addr = "127.0.0.1:8080"
	}
	if o.RegionAddr == "" {
		o.RegionAddr = "127.0.0.1:0"
	}
	for _, addr := range []string{o.Addr, o.RegionAddr} {
		if host, _, err := net.SplitHostPort(addr); err != nil || !loopback(host) {
			return nil, errs.New(errs.Invalid, "the demonstration listens on a loopback address only: use 127.0.0.1:PORT")
		}
	}
	s := &session{Options: *o, clock: newClock(), ids: map[string]string{}}
	ok := false
	defer func() {
		if !ok {
			s.stop()
		}
	}()
	for _, step := range []func(context.Context) error{s.openFolder, s.openStore, s.serve} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	ok = true
	return s, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (s *session) say(format string, args ...any) { _, _ = fmt.Fprintf(s.Out, format+"\n", args...) }

func (s *session) openFolder(context.Context) error {
	if s.Dir != "" {
		s.dir = s.Dir
		if err := os.MkdirAll(s.dir, 0o700); err != nil {
			return errs.Wrap(err, errs.Invalid, "the folder cannot be made: give another with --dir")
		}
		if in, err := os.ReadDir(s.dir); err != nil || len(in) > 0 {
			return errs.Wrap(err, errs.Conflict, "the folder is not empty, or cannot be read: give an empty one with --dir")
		}
		return nil
	}
	dir, err := os.MkdirTemp("", "sala-demo-")
	if err != nil {
		return errs.Wrap(err, errs.Unavailable, "no temporary folder can be made: give one with --dir")
	}
	s.dir = dir
	s.stops = append(s.stops, func() { _ = os.RemoveAll(dir) })
	return nil
}

func (s *session) openStore(ctx context.Context) error {
	keys, err := s.keys()
	if err != nil {
		return err
	}
	secret := make([]byte, 32)
	_, _ = rand.Read(secret)
	st, err := store.OpenSQLite(filepath.Join(s.dir, "sala.db"), store.Options{Evaluator: s.Policies, Clock: s.clock.now, Keys: keys, Secret: secret})
	if err != nil {
		return err
	}
	s.store = st
	s.Policies.Attach(st)
	s.stops = append(s.stops, func() { _ = st.Close() })
	if err := versions.Up(ctx, st.DB(), st.Dialect()); err != nil {
		return err
	}
	s.say("Database: %s (SQLite: no row-level security, for trying out only; real people's data belong on PostgreSQL)", filepath.Join(s.dir, "sala.db"))
	return nil
}

// keys makes a key store and a key-encryption key beside the database: on a server
// they lie elsewhere.
func (s *session) keys() (*seal.Keyring, error) {
	file, root := filepath.Join(s.dir, "kek.json"), filepath.Join(s.dir, "keys")
	if err := errors.Join(keyfile.Make(file), folder.Make(root)); err != nil {
		return nil, err
	}
	wrapper, err := keyfile.Open(file)
	if err != nil {
		return nil, err
	}
	keys, err := folder.Open(root)
	if err != nil {
		return nil, err
	}
	s.stops = append(s.stops, func() { _ = keys.Close() })
	return seal.New(keys, wrapper, seal.Options{}), nil
}

func (s *session) serve(ctx context.Context) error {
	listener, err := listening(s.Addr, "--addr")
	if err != nil {
		return err
	}
	s.base = "http://" + listener.Addr().String()
	s.region.secret = rand.Text()
	s.issuer, err = devissuer.New(devissuer.Config{BaseURL: s.base, Audience: audience, Agencies: accounts(s.region.secret), EmbeddedDatabase: true})
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	// The issuers come from the database, as in production; here they are on this machine.
	near := identity.Reach{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}}
	verifier, err := identity.New(ctx, nil, identity.WithSource(api.Registry{Store: s.store, Audience: audience}, near))
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	s.signIn = verifier
	key := make([]byte, 32)
	_, _ = rand.Read(key)
	examples, err := s.examples()
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	ending := make(chan struct{})
	handler, err := api.New(api.Config{Store: s.store, Policies: s.Policies.Policy, Verifier: verifier, CursorKey: key, Development: true, Examples: examples,
		Streams: &api.Streams{Every: time.Second, Within: 30 * time.Second, Most: 20, OfMember: 4, Ending: ending}})
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	mux := http.NewServeMux()
	mux.Handle("/issuer/", s.issuer.Handler())
	mux.Handle("/", handler)
	s.serveOn(listener, mux)
	running, cancel := context.WithCancel(ctx)
	s.stops = append(s.stops, func() { close(ending); cancel() })
	log := slog.New(slog.NewTextHandler(s.Out, nil))
	go verifier.Watch(running, time.Second, func(err error) { log.LogAttrs(running, slog.LevelWarn, "sign-in", slog.Any("error", err)) })
	go api.Sequence(running, s.store, time.Second, log)
	go notify.Run(running, s.store, time.Second, log)
	return nil
}

func listening(addr, flag string) (net.Listener, error) {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, errs.Wrap(err, errs.Unavailable, "%s cannot be listened on, as when another program does: give another address with %s", addr, flag)
	}
	return listener, nil
}

// serveOn serves until the demonstration stops.
func (s *session) serveOn(listener net.Listener, handler http.Handler) {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }()
	s.stops = append(s.stops, func() {
		bounded, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = server.Shutdown(bounded)
	})
}

// as returns a client that asks as a member of an agency.
func (s *session) as(agency, subject string) (*client.Client, error) {
	if s.elsewhere != nil {
		return s.elsewhere.As(agency, subject)
	}
	token, err := s.issuer.Mint(agency, subject)
	if err != nil {
		return nil, err
	}
	return &client.Client{Endpoint: s.base + "/graphql", Token: token}, nil
}

func (s *session) welcome(ctx context.Context) error {
	nobody := "Nobody in it exists."
	if s.Import != "" {
		nobody = "Its agencies and officers do not exist; the file's persons may: whoever is on this machine sees them."
	}
	s.say("\nSala is running. %s\n", nobody)
	s.say("  GraphiQL   %s/", s.base)
	s.say("  API        %s/graphql", s.base)
	s.say("\nUsers (each with a token for an hour; an OpenID client that signs in at the agency's issuer picks one by a click):")
	for _, a := range agencies {
		s.say("  %-12s %-55s %s", a.code, a.name, s.issuer.IssuerURL(a.code))
		for _, m := range a.members {
			token, err := s.issuer.Mint(a.code, m.subject)
			if err != nil {
				return err
			}
			s.say("    %-14s %-28s token %s", m.subject, roleWords(m), token)
		}
	}
	examples, err := s.examples()
	if err != nil {
		return err
	}
	s.say("\nThree operations to paste, with that user's token in the header \"Authorization: Bearer TOKEN\" (in GraphiQL they stand ready, each with its token):")
	for _, e := range examples {
		s.say("\n# %s\n%s", e.Title, e.Query)
	}
	if err := s.suggest(ctx); err != nil {
		return err
	}
	if err := s.howToRead(); err != nil {
		return err
	}
	s.say("\nBegin at %s/ and stop with Ctrl-C.", s.base)
	return nil
}

func roleWords(m member) string {
	out := make([]string, len(m.roles))
	for i, r := range m.roles {
		out[i] = string(r)
	}
	return strings.Join(out, ",")
}

// examples are the operations that the demonstration suggests.
func (s *session) examples() ([]api.Example, error) {
	out := []api.Example{
		{Title: "LWU's case worker: the cases of the agency, for assistance", Query: `query Cases @purpose(of: ASSISTANCE) {
  cases(first: 20, orderBy: {field: OPENED_ON, direction: DESC}) {
    edges {
      node {
        reference kind state
        identities { names { text script } contributor { code } }
        referrals { state service to { code } }
        accessibleBy { agency { code } category purpose until }
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}`},
		{Title: "the NGO's case worker: referrals to the agency, with their previews", Query: `query Inbox @purpose(of: ASSISTANCE) {
  referrals(first: 20, box: INBOX, orderBy: {field: OFFERED_ON, direction: DESC}) {
    edges {
      node {
        id state service urgency from { code }
        preview { ageGroup sex interpreterLanguage }
        case { reference identities { names { text } } contacts { channel address } }
      }
    }
  }
}`},
		{Title: "LWU's data-protection focal point: who saw the agency's rows", Query: `query WhoSaw {
  disclosures(first: 10, orderBy: {field: AT, direction: DESC}) {
    edges {
      node { at kind verb purpose basis categories rowCount agency { code } }
    }
  }
}`},
	}
	for i, who := range [][2]string{{"lwu", "worker"}, {"ngo", "worker"}, {"lwu", "dataprotection"}} {
		token, err := s.issuer.Mint(who[0], who[1])
		if err != nil {
			return nil, err
		}
		out[i].Token = token
	}
	return out, nil
}
