package apply

import (
	"cmp"
	"encoding/json"
	"maps"
	"reflect"
	"slices"

	"github.com/sala-exchange/sala/internal/origin"
	"github.com/sala-exchange/sala/operator/api/v1alpha1"
)

// What follows has the form of the API's inputs, which is also that of a proposal's
// content.
type (
	agencyInput struct {
		Code                string      `json:"code"`
		Name                string      `json:"name"`
		Names               []localName `json:"names,omitempty"`
		Kind                string      `json:"kind"`
		Country             string      `json:"country,omitempty"`
		AdministersPlatform bool        `json:"administersPlatform,omitempty"`
		Settings            *settings   `json:"settings,omitempty"`
		Units               []unit      `json:"units,omitempty"`
		Issuers             []issuer    `json:"issuers,omitempty"`
		AllowedNetworks     []string    `json:"allowedNetworks,omitempty"` // nil: the manifest says nothing of them
		State               string      `json:"-"`                         // no part of a proposal
		Leaving             leaving     `json:"-"`
	}
	localName struct {
		Language string `json:"language"`
		Text     string `json:"text"`
	}
	settings struct {
		NeedToKnow         *string    `json:"needToKnow,omitempty"`
		RequestsPerMinute  *int       `json:"requestsPerMinute,omitempty"`
		ConcurrentRequests *int       `json:"concurrentRequests,omitempty"`
		Retention          *retention `json:"retention,omitempty"`
	}
	retention struct {
		ClosedCases int `json:"closedCases,omitempty"`
	}
	unit struct {
		Code  string      `json:"code"`
		Name  string      `json:"name"`
		Names []localName `json:"names,omitempty"`
	}
	issuer struct {
		URL                string   `json:"url"`
		Audiences          []string `json:"audiences,omitempty"`
		ClientID           string   `json:"clientID,omitempty"`
		AgencyClaim        string   `json:"agencyClaim,omitempty"`
		AgencyValue        string   `json:"agencyValue,omitempty"`
		DiscriminatorClaim string   `json:"discriminatorClaim,omitempty"`
		DiscriminatorValue string   `json:"discriminatorValue,omitempty"`
		AcrValues          []string `json:"acrValues,omitempty"`
		StrongAcrValues    []string `json:"strongAcrValues,omitempty"`
	}
	signInInput struct {
		Add             []issuer `json:"add,omitempty"`
		End             []string `json:"end,omitempty"`
		AllowedNetworks []string `json:"allowedNetworks,omitzero"` // nil: as they are
	}
	kindContent struct {
		Kind string `json:"kind"`
	}
)

func inputOf(a *v1alpha1.Agency) agencyInput {
	spec := a.Spec
	in := agencyInput{Code: a.Name, Name: spec.DisplayName, Names: named(spec.DisplayNames), Kind: spec.Kind, Country: spec.Country, AdministersPlatform: spec.AdministersPlatform, State: spec.State}
	if o := spec.Offboarding; o != nil && spec.State == "OFFBOARDING" {
		in.Leaving = leaving{o.HandOverTo, o.Deadline}
	}
	if spec.NeedToKnow != "" {
		in.Settings = &settings{NeedToKnow: &spec.NeedToKnow}
	}
	if r := spec.Retention; r != nil && r.ClosedCases != 0 {
		if in.Settings == nil {
			in.Settings = &settings{}
		}
		in.Settings.Retention = &retention{r.ClosedCases}
	}
	if l := spec.Limits; l != nil && *l != (v1alpha1.Limits{}) {
		if in.Settings == nil {
			in.Settings = &settings{}
		}
		in.Settings.RequestsPerMinute, in.Settings.ConcurrentRequests = l.RequestsPerMinute, l.ConcurrentRequests
	}
	for _, u := range spec.Units {
		in.Units = append(in.Units, unit{u.Name, u.DisplayName, named(u.DisplayNames)})
	}
	for _, i := range spec.SignIn.Issuers {
		one := issuer{URL: i.URL, Audiences: i.Audiences, ClientID: i.ClientID, AcrValues: i.ACRValues, StrongAcrValues: i.StrongACRValues}
		if i.Agency != nil {
			one.AgencyClaim, one.AgencyValue = i.Agency.Claim, i.Agency.Value
		}
		if i.AccessTokens != nil {
			one.DiscriminatorClaim, one.DiscriminatorValue = i.AccessTokens.Claim, i.AccessTokens.Value
		}
		in.Issuers = append(in.Issuers, one)
	}
	in.AllowedNetworks = networksOf(spec.AllowedNetworks)
	return in
}

// networksOf brings networks into the form and order that the API gives them. What is
// wrong stays as it is, for the API to refuse.
func networksOf(texts []string) []string {
	n, err := origin.ParseNetworks(texts)
	if texts == nil || err != nil {
		return texts
	}
	return n.Texts()
}

// named lists names by language in a fixed order; nil where a manifest says nothing of
// them, which is another than that there are none.
func named(names map[string]v1alpha1.LocalName) []localName {
	if names == nil {
		return nil
	}
	out := []localName{}
	for _, language := range slices.Sorted(maps.Keys(names)) {
		out = append(out, localName{language, string(names[language])})
	}
	return out
}

// same compares as JSON, where nothing and empty are one.
func same(a, b any) bool { return reflect.DeepEqual(plain(a), plain(b)) }

func plain(v any) any {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	var out any
	if err := json.Unmarshal(raw, &out); err != nil {
		return err
	}
	return prune(out)
}

// prune leaves out what says nothing.
func prune(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			if x = prune(x); x == nil || x == "" || x == false {
				delete(v, k)
			} else {
				v[k] = x
			}
		}
		if len(v) == 0 {
			return nil
		}
		return v
	case []any:
		if len(v) == 0 {
			return nil
		}
		for i := range v {
			v[i] = prune(v[i])
		}
	}
	return v
}

// holds reports whether a proposal's content is what is wanted, whatever its order.
func (p *proposal) holds(want any) bool {
	var content any
	return json.Unmarshal([]byte(p.Content), &content) == nil && same(content, want)
}

// changes reports whether a proposal is of this change and no other: none of networks is
// another than to no network.
func (p *proposal) changes(want signInInput) bool {
	var content signInInput
	return p.Kind == "SIGN_IN" && decode(p.Content, &content) == nil && same(content, want) &&
		(content.AllowedNetworks == nil) == (want.AllowedNetworks == nil)
}

func (c signInInput) ofIssuers() bool { return len(c.Add)+len(c.End) > 0 }

func (c signInInput) ofNetworks() bool { return c.AllowedNetworks != nil }

func sortedIssuers(in []issuer) []issuer {
	out := slices.Clone(in)
	slices.SortFunc(out, func(a, b issuer) int { return cmp.Compare(a.URL, b.URL) })
	return out
}
