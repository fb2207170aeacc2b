package policy

import (
	"context"
	"fmt"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/viewer"
)

// Action is a kind of thing that a request does. The zero Action is refused.
type Action string

// The actions. Those from ReadCase to Register but ReadOwn, ManageAgreement and
// ReadDisclosures touch case data and need a purpose.
const (
	ReadCase        Action = "READ_CASE"
	WriteCase       Action = "WRITE_CASE"
	ReadOwn         Action = "READ_OWN" // notices, oneself, agencies, agreements
	ManageAgreement Action = "MANAGE_AGREEMENT"
	ReadDisclosures Action = "READ_DISCLOSURES"
	Assign          Action = "ASSIGN"
	Sign            Action = "SIGN" // a decision in somebody's best interests
	Refer           Action = "REFER"
	TakeOn          Action = "TAKE_ON" // a referral or a case that is offered
	Consent         Action = "CONSENT"
	Import          Action = "IMPORT"
	UndoImport      Action = "UNDO_IMPORT"
	Register        Action = "REGISTER"
	// AdministerAgency is of the viewer's own agency, AdministerPlatform of which
	// agencies there are, OperatePlatform to propose that; none reaches a case.
	AdministerAgency   Action = "ADMINISTER_AGENCY"
	AdministerPlatform Action = "ADMINISTER_PLATFORM"
	OperatePlatform    Action = "OPERATE_PLATFORM"
	ShutDown           Action = "SHUT_DOWN" // an agreement, in an emergency
	AskErasure         Action = "ASK_ERASURE"
	DecideErasure      Action = "DECIDE_ERASURE" // confirm or stop what another asked for
	Join               Action = "JOIN"           // show an invitation, before any role
	// EnterBasis is a legal basis for another agency's rows, CheckBasis for one's own (F1).
	EnterBasis   Action = "ENTER_LEGAL_BASIS"
	CheckBasis   Action = "CHECK_LEGAL_BASIS"
	ReadRefusals Action = "READ_REFUSALS" // monthly counts by a statute (F4)
	BreakGlass   Action = "BREAK_GLASS"   // in an emergency (F3)
	Oversee      Action = "OVERSEE"       // break-glass, by pseudonyms and counts (F5)
)

// Actor is the viewer as act sees it.
type Actor struct {
	Agency       string `json:"agency"`      // id
	AgencyKind   string `json:"agency_kind"` // rules.md I7
	AgencyActive bool   `json:"agency_active"`
	AgencyFrozen bool   `json:"agency_frozen"` // it is being offboarded
	Member       string `json:"member"`        // id
	MemberActive bool   `json:"member_active"`
	SecondFactor bool   `json:"second_factor"` // as the settings of the token's issuer say
	// Roles are the roles granted in Sala; one unknown role voids them all.
	Roles []viewer.Role `json:"roles"`
	// ScopePurposes is what the token's scopes leave of the purposes: nil narrows
	// nothing, an empty list leaves none.
	ScopePurposes []category.Purpose `json:"scope_purposes"`
}

// Request is one request: who, for what, to do what kind of thing.
type Request struct {
	Viewer  Actor            `json:"viewer"`
	Purpose category.Purpose `json:"purpose"` // empty where none was declared
	Action  Action           `json:"action"`
}

// Decision is what act answers. The zero Decision refuses.
type Decision struct {
	Allow bool
	// Supervisor opens the agency-level accesses, which hold no IDENTITY (D5).
	Supervisor bool
	// Purposes are those for which the viewer may ask for case data, sorted.
	Purposes []category.Purpose
	// Acknowledges are the kinds of subject, of rule.NoticeSubjects, of which the viewer
	// acknowledges notices for the whole agency, sorted.
	Acknowledges []string
}

// Act decides one request. Any doubt about the result is an error of kind
// Unavailable, beside which the Decision refuses.
func (p *Policy) Act(ctx context.Context, r Request) (Decision, error) {
	const doing = "deciding what the viewer may do"
	v, err := p.evaluate(ctx, doing, actEntrypoint, requestValue(&r))
	if err != nil {
		return Decision{}, err
	}
	d, err := readDecision(v)
	if err != nil {
		return Decision{}, errs.Wrap(err, errs.Unavailable, doing+": the policy's answer is malformed; load a sound policy")
	}
	return d, nil
}

func requestValue(r *Request) ast.Value {
	scope := ast.Value(ast.NullValue)
	if r.Viewer.ScopePurposes != nil {
		scope = each(text[category.Purpose])(r.Viewer.ScopePurposes)
	}
	return object(
		"viewer", object(
			"agency", text(r.Viewer.Agency), "agency_kind", text(r.Viewer.AgencyKind),
			"agency_active", ast.Boolean(r.Viewer.AgencyActive), "agency_frozen", ast.Boolean(r.Viewer.AgencyFrozen),
			"member", text(r.Viewer.Member), "member_active", ast.Boolean(r.Viewer.MemberActive),
			"second_factor", ast.Boolean(r.Viewer.SecondFactor),
			"roles", each(text[viewer.Role])(r.Viewer.Roles), "scope_purposes", scope,
		),
		"purpose", text(r.Purpose), "action", text(r.Action),
	)
}

func readDecision(v ast.Value) (Decision, error) {
	r, err := newFields(v, 4)
	if err != nil {
		return Decision{}, err
	}
	d := Decision{Allow: r.boolean("allow"), Supervisor: r.boolean("supervisor")}
	for _, word := range r.texts("purposes") {
		if !category.Purpose(word).OpensCase() {
			return Decision{}, fmt.Errorf("an answer has a purpose that opens no case")
		}
		d.Purposes = append(d.Purposes, category.Purpose(word))
	}
	for _, word := range r.texts("acknowledges") {
		if !slices.Contains(rule.NoticeSubjects(), word) {
			return Decision{}, fmt.Errorf("an answer has a subject that no notice has")
		}
		d.Acknowledges = append(d.Acknowledges, word)
	}
	if r.err != nil {
		return Decision{}, r.err
	}
	return d, nil
}
