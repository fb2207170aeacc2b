package operation

import (
	"context"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/viewer"
)

// Permissions is what a viewer may try for a purpose. The zero value permits
// nothing; what is then shown or stored is decided by both walls and the verbs.
type Permissions struct {
	ReadOwn         bool // the agency's own affairs, no case
	ReadCase        bool
	Write           bool
	Register        bool
	Import          bool
	UndoImport      bool
	Consent         bool
	Refer           bool
	TakeOn          bool // what is offered to the agency
	Assign          bool
	Sign            bool // a decision in somebody's best interests
	ReadDisclosures bool
	ManageAgreement bool
	// AdministerAgency is of the viewer's own agency; AdministerPlatform, of which
	// agencies there are, shows how each is set up and never a case. OperatePlatform shows
	// the same, and only proposes.
	AdministerAgency   bool
	AdministerPlatform bool
	OperatePlatform    bool
	ShutDown           bool
	AskErasure         bool
	DecideErasure      bool
	Join               bool
	EnterBasis         bool // a legal basis for another agency's rows
	CheckBasis         bool // one for the own agency's rows
	ReadRefusals       bool // counts by a statute
	BreakGlass         bool // in an emergency (F3)
	Oversee            bool // break-glass, by pseudonyms and counts (F5)
	// Supervisor opens the agency-level accesses (D5), CaseWork the referrals
	// addressed to the agency, CaseNotices the notices of single cases, for which no
	// purpose is declared.
	Supervisor  bool
	CaseWork    bool
	CaseNotices bool
	// Acknowledges are the kinds of subject of which the viewer acknowledges notices.
	Acknowledges []string
}

// Desk is what an operation asks of the rest of the server.
type Desk interface {
	// Permit decides on the viewer's account alone, before a row is read. An empty
	// purpose is none declared.
	Permit(ctx context.Context, v *viewer.Viewer, p category.Purpose) (Permissions, error)
	// Begin starts the operation's transaction.
	Begin(ctx context.Context, s rule.Scope, readOnly bool) (context.Context, *store.Op, error)
	// Disclose records what op read, after rechecking that it is still open: within op
	// where op changes something and has not ended, else in a transaction of its own,
	// committed. An error means that the answer must not leave.
	Disclose(ctx context.Context, op *store.Op) error
}
