// Package viewer says who asks: agency, member, roles, purposes, assurance.
//
// It promises that a viewer comes from a verified token only, through one typed
// context key, and that a missing viewer is an error: never an anonymous one.
package viewer

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/origin"
)

// Role is what a member may do in the member's own agency.
type Role string

// The roles. Platform administrators and operators never reach case data; an operator is a
// program, which proposes and decides nothing.
const (
	CaseWorker            Role = "CASE_WORKER"
	Supervisor            Role = "SUPERVISOR"
	DataProtection        Role = "DATA_PROTECTION_FOCAL_POINT"
	Analyst               Role = "ANALYST"
	AgencyAdministrator   Role = "AGENCY_ADMINISTRATOR"
	PlatformAdministrator Role = "PLATFORM_ADMINISTRATOR"
	PlatformOperator      Role = "PLATFORM_OPERATOR"
	Auditor               Role = "AUDITOR"
	OversightPanelMember  Role = "OVERSIGHT_PANEL_MEMBER"
)

var roles = []Role{
	CaseWorker, Supervisor, DataProtection, Analyst, AgencyAdministrator,
	PlatformAdministrator, PlatformOperator, Auditor, OversightPanelMember,
}

// Valid reports whether r is one of the roles.
func (r Role) Valid() bool { return slices.Contains(roles, r) }

// Values lists the words, for the stored model and the API.
func (Role) Values() []string {
	out := make([]string, len(roles))
	for i, r := range roles {
		out[i] = string(r)
	}
	return out
}

// MarshalGQL writes the word as a GraphQL enum value.
func (r Role) MarshalGQL(w io.Writer) { _, _ = io.WriteString(w, strconv.Quote(string(r))) }

// UnmarshalGQL reads the word.
func (r *Role) UnmarshalGQL(v any) error {
	s, ok := v.(string)
	if !ok || !Role(s).Valid() {
		return fmt.Errorf("not a role")
	}
	*r = Role(s)
	return nil
}

// Viewer is one authenticated member of one agency.
type Viewer struct {
	Issuer  string // the issuer of the token, as registered
	Subject string // the subject within the issuer
	Client  string // the OAuth client
	Agency  string // id of the agency, from the verified token only
	// AgencyKind, AgencyActive and AgencyFrozen (it is being offboarded) are the
	// agency's, as its directory has them now.
	AgencyKind   string
	AgencyActive bool
	AgencyFrozen bool
	Member       string // id of the member
	Roles        []Role // granted in Sala, never by the token
	// Purposes is what the token's scopes leave of the purposes; nil means the
	// scopes name none and narrow nothing.
	Purposes  []category.Purpose
	Assurance string // the token's acr, as given
	// SecondFactor says that the issuer's settings list the acr as one that stands for a
	// second factor.
	SecondFactor bool
	// RequestsPerMinute and ConcurrentRequests bound what the agency's members ask for
	// together; 0 is no bound.
	RequestsPerMinute, ConcurrentRequests int
	// Policy is the revision of policy that was live as the viewer signed in.
	Policy string
	// From is where the request comes from; none where it is not known.
	From origin.Address
}

// Has reports whether the viewer holds r.
func (v *Viewer) Has(r Role) bool { return v != nil && slices.Contains(v.Roles, r) }

type key struct{}

// NewContext returns ctx with v.
func NewContext(ctx context.Context, v *Viewer) context.Context {
	return context.WithValue(ctx, key{}, v)
}

// FromContext returns the viewer, or an Unauthenticated error where there is none.
func FromContext(ctx context.Context) (*Viewer, error) {
	v, ok := ctx.Value(key{}).(*Viewer)
	if !ok || v == nil || v.Agency == "" || v.Member == "" {
		return nil, errs.New(errs.Unauthenticated, "no viewer: sign in and send the access token")
	}
	return v, nil
}
