package demo

import (
	"context"
	"io"
	"slices"

	"github.com/sala-exchange/sala/services/exchange/client"
	"github.com/sala-exchange/sala/services/identity/devissuer"
)

// Elsewhere is an exchange that runs somewhere else, such as in a cluster, and is to have
// the demonstration's agencies. All is done through its API, as their members would.
type Elsewhere struct {
	// As returns a client that asks as a member of an agency.
	As func(agency, subject string) (*client.Client, error)
	// Issuers is the URL under which each agency has its issuer, with a slash at the end.
	Issuers string
	// Out is where is written what each step saw.
	Out io.Writer
}

func (e *Elsewhere) session() *session {
	return &session{Options: Options{Out: e.Out}, elsewhere: e, ids: map[string]string{}}
}

// Accounts are the agencies and people for a development issuer, with more clients of
// agencies by their codes.
func Accounts(more map[string][]devissuer.Client) []devissuer.Agency {
	all := accounts("")
	for i, a := range all {
		all[i].Clients = slices.DeleteFunc(append(a.Clients, more[a.Code]...), func(c devissuer.Client) bool { return c.Secret == "" })
	}
	return all
}

// Join has an agency's administrator accept the invitation and let the colleagues in.
func (e *Elsewhere) Join(ctx context.Context, agency, invitation string) error {
	return e.session().join(ctx, agency, invitation)
}

// Colleagues has an agency's administrator, who has joined, let the colleagues in.
func (e *Elsewhere) Colleagues(ctx context.Context, agency string) error {
	return e.session().colleagues(ctx, agency)
}

// Sign has each party sign the agreements of the manifests (D6).
func (e *Elsewhere) Sign(ctx context.Context) error { return e.session().signAll(ctx) }

// Walk takes the steps that need the API and nothing else, and prints what each saw: from
// the registration of a case to the record of who saw it, without a look into the
// database (1 to 8). It fails where one did not hold.
func (e *Elsewhere) Walk(ctx context.Context) error {
	s := e.session()
	if err := s.learnIDs(ctx); err != nil {
		return err
	}
	return s.walk(ctx, (*walk).register, (*walk).consent, (*walk).refer, (*walk).add, (*walk).others, (*walk).withdraw, (*walk).suspend, (*walk).recordElsewhere)
}
