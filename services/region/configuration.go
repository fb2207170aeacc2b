package region

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
	"golang.org/x/mod/sumdb/note"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/fraction"
	"github.com/sala-exchange/sala/services/identity"
	"github.com/sala-exchange/sala/services/publication"
	"github.com/sala-exchange/sala/services/region/catalogue"
)

// Configuration is the file that sala-region is started with, in YAML. A key that is not
// known stops the program. It holds no secret: a bucket's credentials come from the
// environment, as AWS's programs read them.
type Configuration struct {
	// Address is where the API listens; OperationsAddress where health and metrics do.
	Address           string `yaml:"address"`
	OperationsAddress string `yaml:"operationsAddress"`
	// TLSCertificateFile and TLSKeyFile are taken up anew when they change.
	TLSCertificateFile string `yaml:"tlsCertificateFile"`
	TLSKeyFile         string `yaml:"tlsKeyFile"`
	// ProxyTerminatesTLS allows an address beyond loopback without a certificate.
	ProxyTerminatesTLS bool `yaml:"proxyTerminatesTLS"`
	// ClientCertificates asks clients for a TLS certificate, to which their tokens may be
	// bound (RFC 8705).
	ClientCertificates bool `yaml:"clientCertificates"`
	// PublicURL is where clients reach this server, without a path, as their proofs of
	// possession name it before the path (RFC 9449). Where it is left out, tokens that are
	// bound to a key are refused.
	PublicURL string `yaml:"publicURL"`
	// Audience is the one audience that a token must name: this program's own, not that
	// of the API of cases.
	Audience string `yaml:"audience"`
	// Issuers sign the tokens of counterparts.
	Issuers []Issuer `yaml:"issuers"`
	// Sources are the stores of releases with the keys that are trusted for each.
	Sources []Source `yaml:"sources"`
	// Documents is a file of registered documents; AnyDocument answers others too.
	Documents   string `yaml:"documents"`
	AnyDocument bool   `yaml:"anyDocument"`
	// MaxMemoryMiB bounds the releases that are held in memory; 512 where it is 0.
	MaxMemoryMiB int `yaml:"maxMemoryMiB"`
	// MaxOperations bounds the requests under way; 256 where it is 0.
	MaxOperations int `yaml:"maxOperations"`
	// LookInterval is how often stores and files are looked at for a change; 10s where it
	// is 0.
	LookInterval time.Duration `yaml:"lookInterval"`
	// TraceEndpoint is a collector of traces, TraceShare the share of the requests.
	TraceEndpoint string  `yaml:"traceEndpoint"`
	TraceShare    float64 `yaml:"traceShare"`
}

// Issuer signs the tokens of one counterpart.
type Issuer struct {
	URL         string `yaml:"url"`
	Counterpart string `yaml:"counterpart"` // its name, for bounds; never logged
	// Client, and AgencyClaim with AgencyValue, narrow whose tokens count where others
	// have tokens of the same issuer.
	Client      string `yaml:"client"`
	AgencyClaim string `yaml:"agencyClaim"`
	AgencyValue string `yaml:"agencyValue"`
}

// Source is the store of one country's releases: a trust anchor.
type Source struct {
	Country string   `yaml:"country"` // ISO 3166-1 alpha-2
	Store   string   `yaml:"store"`   // publication.Forms
	Keys    []string `yaml:"keys"`    // verifier keys, as `NAME+HASH+KEY`
}

// maxConfiguration bounds the file, in bytes.
const maxConfiguration = 1 << 20

// ReadConfiguration reads and checks the file of that name. Errors are of kind Invalid and
// repeat no value.
func ReadConfiguration(path string) (*Configuration, error) {
	f, err := os.Open(path) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, errs.Wrap(err, errs.Invalid, "the configuration cannot be read: is it there, and may you read it?")
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, maxConfiguration))
	if err != nil {
		return nil, errs.Wrap(err, errs.Invalid, "the configuration cannot be read")
	}
	return ParseConfiguration(text)
}

// ParseConfiguration is ReadConfiguration of a file's content.
func ParseConfiguration(text []byte) (*Configuration, error) {
	c := &Configuration{Address: "127.0.0.1:8090", OperationsAddress: "127.0.0.1:9091", MaxMemoryMiB: 512, MaxOperations: 256, LookInterval: 10 * time.Second, TraceShare: 0.1}
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	err := d.Decode(c)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, errs.Wrap(err, errs.Invalid, "the configuration is not YAML of the keys that docs/region.md describes")
	}
	if line := fraction.Line(text, c); line > 0 {
		return nil, errs.New(errs.Invalid, "the configuration, line %d: a whole number is meant here", line)
	}
	return c, c.check()
}

func (c *Configuration) check() error {
	host, _, err := net.SplitHostPort(c.Address)
	_, _, errOperations := net.SplitHostPort(c.OperationsAddress)
	ip := net.ParseIP(host)
	switch {
	case err != nil || errOperations != nil:
		return wrong("address and operationsAddress are IP:PORT", "address", "operationsAddress")
	case (c.TLSCertificateFile == "") != (c.TLSKeyFile == ""):
		return wrong("tlsCertificateFile and tlsKeyFile go together: give both or neither", "tlsCertificateFile", "tlsKeyFile")
	case c.TLSCertificateFile == "" && !c.ProxyTerminatesTLS && host != "localhost" && (ip == nil || !ip.IsLoopback()):
		return wrong("refusing to serve without TLS beyond loopback: give tlsCertificateFile and tlsKeyFile, or say proxyTerminatesTLS where a proxy does it", "address")
	case c.ClientCertificates && c.TLSCertificateFile == "":
		return wrong("clientCertificates needs tlsCertificateFile and tlsKeyFile: certificates come with this program's own TLS", "clientCertificates")
	case c.PublicURL != "" && !(secure(c.PublicURL) && strings.Count(c.PublicURL, "/") == 2):
		return wrong("publicURL is https://HOST, or http://HOST on this machine, without a path", "publicURL")
	case c.TraceEndpoint != "" && !secure(c.TraceEndpoint) || !(c.TraceShare >= 0 && c.TraceShare <= 1):
		return wrong("traceEndpoint is an https URL, or http on this machine, and traceShare 0 to 1", "traceEndpoint", "traceShare")
	case c.Audience == "":
		return wrong("refusing to start without audience: tokens for others could not be told apart", "audience")
	case len(c.Issuers) == 0 || len(c.Sources) == 0:
		return wrong("name at least one issuer of tokens and one source of releases", "issuers", "sources")
	case c.MaxMemoryMiB < 1 || c.MaxOperations < 1 || c.LookInterval < time.Second || c.LookInterval > time.Hour:
		return wrong("maxMemoryMiB and maxOperations are at least 1, lookInterval is 1s to 1h", "maxMemoryMiB", "maxOperations", "lookInterval")
	}
	for i, s := range c.Issuers {
		if s.URL == "" || s.Counterpart == "" || slices.ContainsFunc(c.Issuers[:i], func(o Issuer) bool { return o.URL == s.URL }) {
			return wrong("each issuer has a url of its own and a counterpart", "issuers")
		}
	}
	for i, s := range c.Sources {
		if !country.MatchString(s.Country) || s.Store == "" || len(s.Keys) == 0 || slices.ContainsFunc(c.Sources[:i], func(o Source) bool { return o.Country == s.Country }) {
			return wrong("each source has a country of its own by two letters (ISO 3166-1), a store and at least one key", "sources")
		}
		if _, err := s.verifiers(); err != nil {
			return err
		}
	}
	return nil
}

// secure reports whether a URL is of https, or of http on this machine.
func secure(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}

var country = regexp.MustCompile(`^[A-Z]{2}$`)

func wrong(message string, fields ...string) error {
	return errs.New(errs.Invalid, "%s", message).WithFields(fields...)
}

func (s Source) verifiers() (note.Verifiers, error) {
	var all []note.Verifier
	for _, k := range s.Keys {
		v, err := note.NewVerifier(k)
		if err != nil {
			return nil, errs.Wrap(err, errs.Invalid, "a key of the source of %s is no verifier key: it has a name, a hash and the key, with plus signs between them", s.Country).WithFields("sources")
		}
		all = append(all, v)
	}
	return note.VerifierList(all...), nil
}

// open opens the stores of the sources.
func (c *Configuration) open(ctx context.Context) (all []catalogue.Source, closing func(), err error) {
	var closes []func() error
	closing = func() {
		for _, f := range closes {
			_ = f()
		}
	}
	for _, s := range c.Sources {
		store, f, err := publication.OpenStore(ctx, s.Store)
		if err != nil {
			closing()
			return nil, nil, errs.Wrap(err, errs.KindOf(err), "the source of %s: %s", s.Country, errs.Public(err).Message)
		}
		closes = append(closes, f)
		keys, err := s.verifiers()
		if err != nil {
			closing()
			return nil, nil, err
		}
		all = append(all, catalogue.Source{Country: s.Country, Store: store, Keys: keys})
	}
	return all, closing, nil
}

// issuers are the issuers as identity has them.
func (c *Configuration) issuers() []identity.Issuer {
	var all []identity.Issuer
	for _, i := range c.Issuers {
		all = append(all, identity.Issuer{URL: i.URL, Audience: c.Audience, Client: i.Client, AgencyClaim: i.AgencyClaim, AgencyValue: i.AgencyValue})
	}
	return all
}
