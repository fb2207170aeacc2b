package api

import (
	"context"
	"time"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/services/identity"
	"github.com/sala-exchange/sala/services/onboarding"
)

// ahead is how long before an issuer comes into effect it is loaded, so that it counts
// in the very moment.
const ahead = int64(time.Hour / time.Microsecond)

// Registry gives the issuers that agencies have registered to identity.Verifier.
type Registry struct {
	Store *store.Store
	// Audience is what a token names whose agency has registered none of its own.
	Audience string
}

// Issuers implements identity.Source.
func (r Registry) Issuers(ctx context.Context) ([]identity.Issuer, error) {
	rows, err := onboarding.Registered(ctx, r.Store, ahead)
	if err != nil {
		return nil, err
	}
	var out []identity.Issuer
	for _, row := range rows {
		audiences := row.Audiences
		if len(audiences) == 0 {
			audiences = []string{r.Audience}
		}
		for _, a := range audiences {
			out = append(out, issuerOf(row, a))
		}
	}
	return out, nil
}

func issuerOf(row *ent.Issuer, audience string) identity.Issuer {
	is := identity.Issuer{
		URL: row.URL, Audience: audience, Client: row.ClientID, AgencyClaim: row.AgencyClaim, AgencyValue: row.AgencyValue,
		Discriminator: identity.Discriminator{Claim: row.DiscriminatorClaim, Value: row.DiscriminatorValue},
		Assurance:     row.AcrValues, SecondFactor: row.StrongAcrValues, From: time.UnixMicro(row.ValidFrom), Discovered: row.DiscoveredOn != nil,
	}
	if row.ValidUntil != nil {
		is.Until = time.UnixMicro(*row.ValidUntil)
	}
	return is
}

// Discovered implements identity.Source.
func (r Registry) Discovered(ctx context.Context, url string) error {
	return onboarding.Discovered(ctx, r.Store, url)
}
