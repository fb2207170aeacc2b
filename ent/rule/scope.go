package rule

import (
	"context"
	"slices"

	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/origin"
)

// Mode says under which role statements run. The zero Mode reads and writes
// nothing.
type Mode int

// The modes, each one role of the database.
const (
	None       Mode = iota
	Request         // a viewer's own operation: both walls stand
	Policy          // reads facts, writes accesses, gates and notices
	Ledger          // rechecks an answer and writes its record
	Onboarding      // agencies, members, agreements, gates; no case data
	Erasure         // deletes what a due erasure names; reads no part of a case
	Departure       // reads what an agency that leaves has contributed, for its export
	Trial           // reads facts, to try a policy, and writes nothing
	Release         // reads what of a case may go into a release, and nothing else
	Sequence        // gives records their places in the ledger; reads when they were, and no detail
)

// Role is the PostgreSQL role of the mode, or empty for None.
func (m Mode) Role() string {
	return map[Mode]string{
		Request: "sala_request", Policy: "sala_policy", Ledger: "sala_ledger", Onboarding: "sala_onboarding",
		Erasure: "sala_erasure", Departure: "sala_departure", Trial: "sala_trial", Release: "sala_release",
		Sequence: "sala_sequence",
	}[m]
}

// Scope is what both walls know of an operation. Its zero value opens nothing.
type Scope struct {
	Mode    Mode
	Agency  string // id of the viewer's agency
	Member  string // id of the viewer
	Purpose category.Purpose
	// Holders are the ids under which an access counts for the viewer (D5): the
	// member's own, those of its teams and units and the agency's, as far as the
	// agency's need-to-know mode lets them. The store reads them in the transaction;
	// none opens nothing.
	Holders []string
	// Units are those that the viewer belongs to, in every need-to-know mode: what consent or
	// referral limits to a unit counts within it alone, whomever it is for (A5). The store
	// reads them with the holders.
	Units []string
	// Supervisor opens the agency-level accesses, which hold no IDENTITY (D5).
	Supervisor bool
	// CaseWork opens referrals addressed to the agency, with their previews.
	CaseWork bool
	// CaseNotices opens the notices of single cases to whoever does case work for some
	// purpose; an operation that reads notices declares none.
	CaseNotices bool
	// Parties opens the notices that tell the agency of interruptions as a party of
	// agreements (D6).
	Parties bool
	// Acknowledges are the kinds of subject, of NoticeSubjects, of which the viewer
	// acknowledges notices for the agency; none acknowledges nothing.
	Acknowledges []string
	// BreakGlass lets the viewer try to break glass: policy permits it to this account, for
	// this purpose, signed in as it is (F3). It opens nothing by itself.
	BreakGlass bool
	// Disclosures opens the record of who saw the agency's own rows.
	Disclosures bool
	// Administers opens how the viewer's own agency is set up, Platform how every
	// agency is; neither opens a case.
	Administers, Platform bool
	// Lists says that the operation asks for lists of cases: PostgreSQL then looks once
	// through what is open, instead of asking about each case. It changes no answer.
	Lists bool
	// From is where the viewer's request comes from; it opens nothing.
	From origin.Address
	// Policy is the revision by which it was decided what the viewer may try; nothing is
	// shown or decided under another. Empty where nobody asked a policy.
	Policy string
	// Now is the transaction's time in UTC microseconds, read once.
	Now int64
}

// Within reports whether what is limited to a unit counts for the viewer; what is limited to
// none always does (A5).
func (s *Scope) Within(unit string) bool { return unit == "" || slices.Contains(s.Units, unit) }

type scopeKey struct{}

// WithScope returns ctx with the operation's scope.
func WithScope(ctx context.Context, s *Scope) context.Context {
	return context.WithValue(ctx, scopeKey{}, s)
}

// ScopeOf returns the operation's scope, or an error where there is none: a
// query outside an operation reads nothing.
func ScopeOf(ctx context.Context) (*Scope, error) {
	s, ok := ctx.Value(scopeKey{}).(*Scope)
	if !ok || s == nil || s.Mode == None || s.Now == 0 {
		return nil, errs.New(errs.Internal, "query outside an operation")
	}
	return s, nil
}

// InMode returns ctx with the same scope under another role.
func InMode(ctx context.Context, m Mode) context.Context {
	s, err := ScopeOf(ctx)
	if err != nil {
		return ctx
	}
	c := *s
	c.Mode = m
	return WithScope(ctx, &c)
}
