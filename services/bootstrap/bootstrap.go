// Package bootstrap makes the first two agencies of an empty database from manifests.
//
// It promises what services/onboarding does: nothing on a database that holds an agency
// or a case, both agencies or none, and an entry in the ledger. It serves nothing and
// needs no token: it is for who installs Sala.
package bootstrap

import (
	"context"
	"maps"
	"slices"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/operator/api/v1alpha1"
	"github.com/sala-exchange/sala/services/onboarding"
)

// Found makes the two agencies of the manifests, and returns the invitation of each
// one's first administrator.
func Found(ctx context.Context, st *store.Store, docs []*v1alpha1.Document) ([]onboarding.Founded, error) {
	var in []onboarding.AgencyInput
	for _, d := range docs {
		if d.Agency == nil {
			return nil, errs.New(errs.Invalid, "%s: bootstrap takes agencies only; an agreement is proposed by one of its parties", d.Place())
		}
		if state := d.Agency.Spec.State; state != "" && state != "ACTIVE" {
			return nil, errs.New(errs.Invalid, "%s: the first agencies are active: leave spec.state out", d.Place())
		}
		in = append(in, inputOf(d.Agency))
	}
	var out []onboarding.Founded
	err := st.Run(ctx, onboarding.Scope(), false, func(ctx context.Context, op *store.Op) error {
		var err error
		out, err = onboarding.Bootstrap(ctx, op, in)
		return err
	})
	return out, err
}

func inputOf(a *v1alpha1.Agency) onboarding.AgencyInput {
	spec := a.Spec
	in := onboarding.AgencyInput{Code: a.Name, Name: spec.DisplayName, Names: named(spec.DisplayNames),
		Kind: valueset.AgencyKind(spec.Kind), AdministersPlatform: spec.AdministersPlatform, Settings: &onboarding.SettingsInput{}, AllowedNetworks: spec.AllowedNetworks}
	if spec.Country != "" {
		in.Country = &spec.Country
	}
	if r := spec.Retention; r != nil && r.ClosedCases != 0 {
		in.Settings.Retention = &onboarding.RetentionInput{ClosedCases: &r.ClosedCases}
	}
	if spec.NeedToKnow != "" {
		mode := valueset.NeedToKnow(spec.NeedToKnow)
		in.Settings.NeedToKnow = &mode
	}
	if l := spec.Limits; l != nil {
		in.Settings.RequestsPerMinute, in.Settings.ConcurrentRequests = l.RequestsPerMinute, l.ConcurrentRequests
	}
	for _, u := range spec.Units {
		in.Units = append(in.Units, &onboarding.UnitInput{Code: u.Name, Name: u.DisplayName, Names: named(u.DisplayNames)})
	}
	for _, i := range spec.SignIn.Issuers {
		in.Issuers = append(in.Issuers, issuerOf(i))
	}
	return in
}

func issuerOf(i v1alpha1.Issuer) *onboarding.IssuerInput {
	out := &onboarding.IssuerInput{URL: i.URL, Audiences: i.Audiences, ClientID: &i.ClientID, AcrValues: i.ACRValues, StrongAcrValues: i.StrongACRValues}
	if i.Agency != nil {
		out.AgencyClaim, out.AgencyValue = &i.Agency.Claim, &i.Agency.Value
	}
	if i.AccessTokens != nil {
		out.DiscriminatorClaim, out.DiscriminatorValue = &i.AccessTokens.Claim, &i.AccessTokens.Value
	}
	return out
}

func named(names map[string]v1alpha1.LocalName) []*onboarding.LocalName {
	var out []*onboarding.LocalName
	for _, language := range slices.Sorted(maps.Keys(names)) {
		out = append(out, &onboarding.LocalName{Language: language, Text: string(names[language])})
	}
	return out
}
