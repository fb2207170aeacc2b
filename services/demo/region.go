package demo

import (
	"bytes"
	"context"
	"crypto/rand"
	_ "embed"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"golang.org/x/mod/sumdb/note"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/logline"
	"github.com/sala-exchange/sala/services/disclosure"
	"github.com/sala-exchange/sala/services/listen"
	"github.com/sala-exchange/sala/services/publication"
	"github.com/sala-exchange/sala/services/region"
	"github.com/sala-exchange/sala/services/release"
)

// The demonstration publishes an authority's counts of earlier years. Cases are counted on
// PostgreSQL alone, under a role that reads one view (J7); the embedded database has no
// roles, and counting past them would show what never happens.
var (
	//go:embed release/definition.yaml
	releaseDefinition []byte
	//go:embed release/figures.csv
	releaseFigures []byte
	//go:embed release/corridors.yaml
	corridorsDefinition []byte
	//go:embed release/corridors.csv
	corridorsFigures []byte
)

// regionAudience is what a token for the region's server names, and reader the Thai
// counterpart's program, whose tokens alone do.
const (
	regionAudience = "https://sala.example/region"
	reader         = "thai-statistics"
)

// regional is the region's server beside the exchange, with who publishes behind it.
type regional struct {
	server             *region.Server
	url                string
	store              string // folder of the releases
	secret             string // of the counterpart's program
	builder, publisher note.Signer
	keys               note.Verifiers
	key                string // the publisher's verifier key
	published          *release.Publication
	neighbour          neighbour
}

// figures publishes the release by two people's keys, as `sala release build` and `publish`
// do.
func (s *session) figures(ctx context.Context) error {
	d := &s.region
	d.store = filepath.Join(s.dir, "releases")
	err := os.Mkdir(d.store, 0o700)
	if err != nil {
		return errs.Wrap(err, errs.Unavailable, "the folder of releases cannot be made")
	}
	var public [2][]byte
	for i, of := range []struct {
		name string
		to   *note.Signer
	}{{"analyst.secretariat", &d.builder}, {"head.secretariat", &d.publisher}} {
		secret, verifier, err := note.GenerateKey(rand.Reader, of.name)
		if err != nil {
			return err
		}
		if *of.to, err = note.NewSigner(secret); err != nil {
			return err
		}
		public[i], d.key = []byte(verifier), verifier // the publisher's is the last
	}
	if d.keys, _, err = release.Keys(public[0], public[1]); err != nil {
		return err
	}
	b, by, err := s.built(ctx)
	if err != nil {
		return err
	}
	d.published, err = s.publish(ctx, d.publisher, b, by)
	if err != nil {
		return err
	}
	corridors, by, err := s.builtOf(ctx, corridorsDefinition, corridorsFigures)
	if err != nil {
		return err
	}
	if _, err := s.publish(ctx, d.publisher, corridors, by); err != nil {
		return err
	}
	if err := d.neighbour.publishes(ctx, s.dir); err != nil {
		return err
	}
	s.say("Release: %s/%d of %d invented figures, built by %s, published by %s; cases are counted on PostgreSQL only. Beside it the Lao end of corridors, and the other end from a neighbour", d.published.Name, d.published.Edition, len(b.Rows), by, d.publisher.Name())
	return nil
}

// built builds the candidate of the key figures.
func (s *session) built(ctx context.Context) (*release.Built, string, error) {
	return s.builtOf(ctx, releaseDefinition, releaseFigures)
}

// builtOf builds a candidate, signs it and reads it again, as whoever publishes does.
func (s *session) builtOf(ctx context.Context, definition, series []byte) (*release.Built, string, error) {
	figures, err := release.ReadSeries(bytes.NewReader(series))
	if err != nil {
		return nil, "", err
	}
	var candidate bytes.Buffer
	err = disclosure.Used(ctx, s.store, "build release as "+s.region.builder.Name(), func() (disclosure.Counts, error) {
		b, err := release.Build(ctx, s.store, definition, release.Inputs{Series: figures})
		if err != nil {
			return nil, err
		}
		return disclosure.Counts{"rows": len(b.Rows)}, release.Seal(&candidate, b, s.region.builder)
	})
	if err != nil {
		return nil, "", err
	}
	return release.Open(&candidate, s.region.keys)
}

// publish publishes by a key, through every gate.
func (s *session) publish(ctx context.Context, by note.Signer, b *release.Built, builtBy string) (*release.Publication, error) {
	to, err := publication.OpenFolder(s.region.store)
	if err != nil {
		return nil, err
	}
	p := &release.Publisher{Store: s.store, Releases: to, Signer: by, Verifiers: s.region.keys, Auditor: release.Bounds{}}
	return p.Publish(ctx, b, builtBy)
}

// openDoor starts the region's server on a listener of its own.
func (s *session) openDoor(ctx context.Context) error {
	d := &s.region
	c, err := region.ParseConfiguration(fmt.Appendf(nil, `audience: %q
anyDocument: true
lookInterval: 1s
issuers: [{url: %q, counterpart: TH, client: %q}]
sources: [{country: LA, store: %q, keys: [%q]}, {country: TH, store: %q, keys: [%q]}]
`, regionAudience, s.issuer.IssuerURL("thailand"), reader, d.store, d.key, d.neighbour.store, d.neighbour.key))
	if err != nil {
		return err
	}
	to := io.Discard // the walk damages releases, and looks itself at what is served
	if !s.Check {
		to = s.Out
	}
	if d.server, err = region.New(ctx, c, logline.New(to, slog.LevelWarn)); err != nil {
		return err
	}
	s.stops = append(s.stops, d.server.Close)
	listener, err := listening(s.RegionAddr, "--region-addr")
	if err != nil {
		return err
	}
	d.url = "http://" + listener.Addr().String()
	s.serveOn(listener, d.server)
	running, cancel := context.WithCancel(ctx)
	s.stops = append(s.stops, cancel)
	go listen.Watch(running, c.LookInterval, func() error { return d.server.Look(running) })
	return nil
}

// howToRead prints how the Thai counterpart reads the release.
func (s *session) howToRead() error {
	d := &s.region
	token, err := s.issuer.Mint("thailand", reader)
	if err != nil {
		return err
	}
	path := fmt.Sprintf("%s/releases/LA/%s/%d/", d.url, d.published.Name, d.published.Edition)
	s.say("\nThe Thai counterpart has no way to cases. Its program %s reads what was published, at the region's own server %s, with tokens of its own audience:", reader, d.url)
	s.say("  token for an hour: %s", token)
	s.say("  or: curl -u %s:%s -d grant_type=client_credentials %s/oauth/token", reader, d.secret, s.issuer.IssuerURL("thailand"))
	s.say(`  curl -H "Authorization: Bearer TOKEN" -H "Content-Type: application/json" %s/graphql -d '{"query": "%s"}'`, d.url, figuresQuery)
	s.say("  a file: curl -OH \"Authorization: Bearer TOKEN\" %sdata.csv (and manifest.json, manifest.note beside it)", path)
	s.say("  its check, without a network: sala region verify data.csv --key %s", d.key)
	return nil
}

// figuresQuery asks for the figures of the last years.
const figuresQuery = `{ release(country: \"LA\", id: \"key-figures\") { title codebook { sources notes } figures(where: [{dimension: \"year\", in: [\"2019\", \"2020\"]}]) { nodes { dimensions { name code } measures { value } } } } }`
