package onboarding

import (
	"context"
	"encoding/json"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/canon"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
)

// AgencyInput is an agency as it is proposed (I7).
type AgencyInput struct {
	Code  string              `json:"code"` // lower-case ASCII letters, digits and hyphens, 2 to 32
	Name  string              `json:"name"`
	Names []*LocalName        `json:"names,omitempty"`
	Kind  valueset.AgencyKind `json:"kind"`
	// Country is the one whose law it works under, ISO 3166-1 alpha-2; nil or empty: none,
	// as for an international organisation. No rule reads it.
	Country *string `json:"country,omitempty"`
	// AdministersPlatform: its members may be granted PLATFORM_ADMINISTRATOR.
	AdministersPlatform bool           `json:"administersPlatform,omitempty"`
	Settings            *SettingsInput `json:"settings,omitempty"`
	Units               []*UnitInput   `json:"units,omitempty"`
	Issuers             []*IssuerInput `json:"issuers,omitempty"`
	// AllowedNetworks are those that its members may come from, as ADDRESS/BITS; empty:
	// from anywhere.
	AllowedNetworks []string `json:"allowedNetworks,omitempty"`
}

// SettingsInput is what an agency's own work is bounded by. Nil leaves what is.
type SettingsInput struct {
	NeedToKnow         *valueset.NeedToKnow `json:"needToKnow,omitempty"`
	RequestsPerMinute  *int                 `json:"requestsPerMinute,omitempty"`  // 1 to 1,000,000
	ConcurrentRequests *int                 `json:"concurrentRequests,omitempty"` // 1 to 10,000
	Retention          *RetentionInput      `json:"retention,omitempty"`
}

// RetentionInput is for how long an agency keeps what is its own, by kind of record, before
// it decides whether to erase it (H4). Nil leaves what is.
type RetentionInput struct {
	ClosedCases *int `json:"closedCases,omitempty"` // months since a case was closed, 12 to 600
}

// closedCases are the months, or nil.
func (in *SettingsInput) closedCases() *int {
	if in == nil || in.Retention == nil {
		return nil
	}
	return in.Retention.ClosedCases
}

// UnitInput is a part of an agency (A5).
type UnitInput struct {
	Code  string       `json:"code"`
	Name  string       `json:"name"`
	Names []*LocalName `json:"names,omitempty"`
}

// LocalName is a name in one language, by its code of ISO 639.
type LocalName struct {
	Language string `json:"language"`
	Text     string `json:"text"`
}

// Bounds of what may be proposed at once.
const (
	mostUnits   = 500
	mostIssuers = 8
	mostNames   = 20
	longestName = 200 // characters
)

// decode reads a proposal's own content back.
func decode[T any](p *ent.Proposal) (T, error) {
	var out T
	if err := json.Unmarshal([]byte(p.Content), &out); err != nil {
		return out, errs.Wrap(err, errs.Internal, "reading a proposal failed")
	}
	return out, nil
}

func (in AgencyInput) validate() error {
	if !code.MatchString(in.Code) {
		return errs.New(errs.Invalid, "an agency's code is 2 to 32 lower-case letters, digits and hyphens, beginning with a letter").WithFields("code")
	}
	if err := readableName(in.Name, in.Names); err != nil {
		return err
	}
	if !in.Kind.Valid() {
		return errs.New(errs.Invalid, "name the kind of agency (I7)").WithFields("kind")
	}
	if err := existingCountry(in.Country); err != nil {
		return err
	}
	if in.AdministersPlatform && in.Kind == valueset.AgencyKindRegionalCounterpart {
		return errs.New(errs.Invalid, "a regional counterpart does not administer the platform (J7)").WithFields("administersPlatform")
	}
	if err := in.Settings.validate(); err != nil {
		return err
	}
	if err := validateUnits(in.Units); err != nil {
		return err
	}
	if _, err := readNetworks(in.AllowedNetworks); err != nil {
		return err
	}
	return validateIssuers(in.Issuers)
}

func readableName(name string, names []*LocalName) error {
	if err := canon.Name(name); err != nil || name == "" || len([]rune(name)) > longestName {
		return errs.New(errs.Invalid, "give a readable name of at most %d characters", longestName).WithFields("name")
	}
	seen := map[string]bool{}
	for _, n := range names {
		if n == nil || !language.MatchString(n.Language) || seen[n.Language] || n.Text == "" || canon.Name(n.Text) != nil || len([]rune(n.Text)) > longestName || len(names) > mostNames {
			return errs.New(errs.Invalid, "give each language once, by its code of ISO 639, with a readable name").WithFields("names")
		}
		seen[n.Language] = true
	}
	return nil
}

func existingCountry(alpha2 *string) error {
	if alpha2 != nil && *alpha2 != "" && !valueset.Country(*alpha2) {
		return errs.New(errs.Invalid, "a country is its two capital letters of ISO 3166-1, as LA or GB, and this is none of them").WithFields("country")
	}
	return nil
}

func (in *SettingsInput) validate() error {
	switch {
	case in == nil:
	case in.NeedToKnow != nil && !in.NeedToKnow.Valid():
		return errs.New(errs.Invalid, "the need-to-know mode is ASSIGNMENT, TEAM, UNIT or AGENCY (D5)").WithFields("needToKnow")
	case in.RequestsPerMinute != nil && (*in.RequestsPerMinute < 1 || *in.RequestsPerMinute > 1_000_000):
		return errs.New(errs.Invalid, "requests a minute are 1 to 1,000,000").WithFields("requestsPerMinute")
	case in.ConcurrentRequests != nil && (*in.ConcurrentRequests < 1 || *in.ConcurrentRequests > 10_000):
		return errs.New(errs.Invalid, "requests at once are 1 to 10,000").WithFields("concurrentRequests")
	case in.closedCases() != nil && (*in.closedCases() < store.LeastMonths || *in.closedCases() > store.MostMonths):
		return errs.New(errs.Invalid, "closed cases are kept for 12 to 600 months before it is decided whether to erase them (H4)").WithFields("retention.closedCases")
	}
	return nil
}

func validateUnits(units []*UnitInput) error {
	if len(units) > mostUnits {
		return errs.New(errs.Limited, "at most %d units at once", mostUnits).WithFields("units")
	}
	seen := map[string]bool{}
	for _, u := range units {
		if u == nil || !code.MatchString(u.Code) || seen[u.Code] {
			return errs.New(errs.Invalid, "a unit's code is 2 to 32 lower-case letters, digits and hyphens, and each stands once").WithFields("units.code")
		}
		seen[u.Code] = true
		if err := readableName(u.Name, u.Names); err != nil {
			return errs.New(errs.Invalid, "give each unit a readable name").WithFields("units.name")
		}
	}
	return nil
}

// AddAgency enters an agency that has been decided on, with its units and the ways in
// which it signs in, and opens its gate. It asks nobody: bootstrap and an approved
// proposal come here.
func AddAgency(ctx context.Context, op *store.Op, in AgencyInput) (string, error) {
	return enterAgency(administering(ctx), op, pubid.New("agency"), "", in)
}

func enterAgency(ctx context.Context, op *store.Op, id, proposalID string, in AgencyInput) (string, error) {
	if err := in.validate(); err != nil {
		return "", err
	}
	create := op.Agency.Create().SetID(id).SetCode(in.Code).SetName(in.Name).SetNames(byLanguage(in.Names)).SetKind(in.Kind).SetNillableCountry(in.Country).
		SetState(valueset.AgencyStateActive).SetAdministersPlatform(in.AdministersPlatform).SetCreatedOn(op.Scope.Now)
	if s := in.Settings; s != nil {
		create.SetNillableNeedToKnow(s.NeedToKnow).SetNillableRequestsPerMinute(s.RequestsPerMinute).SetNillableConcurrentRequests(s.ConcurrentRequests).SetNillableClosedCaseMonths(s.closedCases())
	}
	if err := create.Exec(ctx); err != nil {
		return "", outward(err, "adding the agency")
	}
	for _, u := range in.Units {
		if err := op.AgencyUnit.Create().SetAgencyID(id).SetCode(u.Code).SetName(u.Name).SetNames(byLanguage(u.Names)).Exec(ctx); err != nil {
			return "", outward(err, "adding a unit")
		}
	}
	for _, i := range in.Issuers {
		if err := enterIssuer(ctx, op, id, proposalID, op.Scope.Now, i); err != nil {
			return "", err
		}
	}
	if len(in.AllowedNetworks) > 0 {
		if err := enterNetworks(ctx, op, id, proposalID, op.Scope.Now, in.AllowedNetworks); err != nil {
			return "", err
		}
	}
	return id, SetGate(ctx, op, id, true)
}

func byLanguage(names []*LocalName) map[string]string {
	out := map[string]string{}
	for _, n := range names {
		out[n.Language] = n.Text
	}
	return out
}
