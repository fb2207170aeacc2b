package command

import (
	"cmp"
	"context"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/exchange/client"
	"github.com/sala-exchange/sala/services/signin"
)

// defaultEndpoint is that of `sala demo`.
const defaultEndpoint = "http://127.0.0.1:8080/graphql"

// session says where a command asks and as whom.
type session struct{ endpoint, tokenFile, profile string }

func (s *session) flags(c *cobra.Command) { s.among(c.Flags()) }

// everywhere adds the flags to all sub-commands.
func (s *session) everywhere(c *cobra.Command) { s.among(c.PersistentFlags()) }

func (s *session) among(f *pflag.FlagSet) {
	f.StringVar(&s.endpoint, "endpoint", "", "URL of the API; SALA_ENDPOINT, the sign-in's server, or "+defaultEndpoint+" where left out")
	f.StringVar(&s.tokenFile, "token-file", "", "file with an access token; SALA_TOKEN, or the sign-in of sala login, where left out")
	f.StringVar(&s.profile, "profile", "", "sign-in to use; SALA_PROFILE, or the current one, where left out")
}

// client returns a client of the API. A token of a sign-in goes to the server alone
// that the sign-in is for.
func (s *session) client(ctx context.Context) (*client.Client, error) {
	endpoint := cmp.Or(s.endpoint, os.Getenv("SALA_ENDPOINT"))
	token, err := givenToken(s.tokenFile)
	if err != nil {
		return nil, err
	}
	if token == "" {
		var p *signin.Profile
		if token, p, err = s.signedIn(ctx); err != nil {
			return nil, err
		}
		if endpoint != "" && endpoint != p.Server {
			return nil, errs.New(errs.Unauthenticated, "the sign-in is for another server: sign in there with sala login --server, or choose another --profile")
		}
		endpoint = p.Server
	}
	endpoint = cmp.Or(endpoint, defaultEndpoint)
	if !signin.Secure(endpoint) {
		return nil, errs.New(errs.Invalid, "the API must be an https URL: a token over an open line would be everybody's")
	}
	return &client.Client{Endpoint: endpoint, Token: token}, nil
}

func (s *session) signedIn(ctx context.Context) (string, *signin.Profile, error) {
	shelf, err := signin.DefaultShelf()
	if err != nil {
		return "", nil, err
	}
	token, p, err := shelf.AccessToken(ctx, cmp.Or(s.profile, os.Getenv("SALA_PROFILE")), issuerOf)
	if errs.KindOf(err) == errs.Unauthenticated {
		return "", nil, errs.Wrap(err, errs.Unauthenticated, "%s, or give the access token in a file with --token-file, or in SALA_TOKEN", err.Error())
	}
	return token, p, err
}

func issuerOf(p *signin.Profile) signin.Issuer {
	return signin.Issuer{URL: p.Issuer, ClientID: p.ClientID, Scopes: p.Scopes}
}

// givenToken keeps the token out of the command line, where others could read it.
func givenToken(path string) (string, error) {
	if path == "" {
		return oneToken(strings.TrimSpace(os.Getenv("SALA_TOKEN")), "SALA_TOKEN")
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", errs.Wrap(err, errs.Invalid, "the token file cannot be read: check --token-file")
	}
	if trimmed(raw) == "" {
		return "", errs.New(errs.Invalid, "the token file is empty: check --token-file")
	}
	return oneToken(trimmed(raw), "the token file")
}

// oneToken refuses what no server could be asked with.
func oneToken(token, from string) (string, error) {
	switch {
	case strings.ContainsAny(token, "\r\n"):
		return "", errs.New(errs.Invalid, "%s has more than one line: an access token is one line, and nothing else may stand there", from)
	case strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }):
		return "", errs.New(errs.Invalid, "%s has characters that no access token has", from)
	}
	return token, nil
}
