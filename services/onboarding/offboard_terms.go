package onboarding

import (
	"context"
	"time"

	"filippo.io/age"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/agency"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
)

// How far ahead the deadline of a departure lies when it is proposed: cases are handed over
// one by one, each with its person's statement, and a year that is mistyped is noticed.
const (
	soonestDeadline = 7 * 24 * time.Hour
	latestDeadline  = 730 * 24 * time.Hour
)

// OffboardingInput starts a departure.
type OffboardingInput struct {
	// ExportTo is the age public key (age1…) to which the agency's own contributions are
	// encrypted; the private key is the agency's alone. Its own administrator names one;
	// who proposes the departure may leave it to the agency.
	ExportTo string `json:"exportTo,omitempty"`
	// HandOverTo is the code of the agency that cases are offered to where an offer names
	// none, or empty: one that is active, and of a kind that may own cases. It moves no case
	// and asks that agency for nothing.
	HandOverTo string `json:"handOverTo,omitempty"`
	// Deadline is until when the agency is to have left, in UTC microseconds, 7 to 730 days
	// ahead, or nil. Nothing ends by it.
	Deadline *int64 `json:"deadline,omitempty"`
}

// offboardingContent is what a proposal of a departure holds, for those who approve it.
type offboardingContent struct {
	ExportTo   string `json:"exportTo,omitempty"`
	HandOverTo string `json:"handOverTo,omitempty"` // code
	Deadline   string `json:"deadline,omitempty"`   // RFC 3339, UTC
}

// offboardingTerms are what a departure begins with.
type offboardingTerms struct {
	exportTo     string
	handOverToID string
	deadline     *int64
}

func (in OffboardingInput) validate() error {
	if in.ExportTo == "" {
		return nil
	}
	if _, err := age.ParseX25519Recipient(in.ExportTo); err != nil {
		return errs.New(errs.Invalid, "the key is the line age1… that `age-keygen` prints").WithFields("exportTo")
	}
	return nil
}

func (in OffboardingInput) content() offboardingContent {
	c := offboardingContent{ExportTo: in.ExportTo, HandOverTo: in.HandOverTo}
	if in.Deadline != nil {
		c.Deadline = time.UnixMicro(*in.Deadline).UTC().Format(time.RFC3339Nano)
	}
	return c
}

// terms checks what is asked for now.
func (in OffboardingInput) terms(ctx context.Context, op *store.Op, agencyID string) (*offboardingTerms, error) {
	t := &offboardingTerms{exportTo: in.ExportTo, deadline: in.Deadline}
	if in.Deadline != nil {
		ahead := *in.Deadline - op.Scope.Now
		if ahead < soonestDeadline.Microseconds() || ahead > latestDeadline.Microseconds() {
			return nil, errs.New(errs.Invalid, "the deadline of a departure is 7 to 730 days ahead").WithFields("deadline")
		}
	}
	var err error
	t.handOverToID, err = handOverTo(ctx, op, agencyID, in.HandOverTo)
	return t, err
}

// agreedTerms are those of an approved proposal. What has become impossible since it was
// proposed is not what two people approved.
func agreedTerms(ctx context.Context, op *store.Op, p *ent.Proposal) (*offboardingTerms, error) {
	c, err := decode[offboardingContent](p)
	if err != nil {
		return nil, err
	}
	t := &offboardingTerms{exportTo: c.ExportTo}
	if c.Deadline != "" {
		at, err := time.Parse(time.RFC3339Nano, c.Deadline)
		if err != nil {
			return nil, errs.Wrap(err, errs.Internal, "reading a proposal failed")
		}
		if at.UnixMicro() <= op.Scope.Now {
			return nil, errs.New(errs.Conflict, "the deadline of this proposal has passed: refuse it, and propose the departure with another").WithFields("deadline")
		}
		t.deadline = new(at.UnixMicro())
	}
	if t.handOverToID, err = handOverTo(ctx, op, p.AgencyID, c.HandOverTo); errs.KindOf(err) == errs.Invalid {
		err = errs.New(errs.Conflict, "the agency that cases were to be handed over to takes none on any more: refuse this proposal, and propose the departure with another").WithFields("handOverTo")
	}
	return t, err
}

// handOverTo finds the agency that cases are offered to where an offer names none. Which of
// the conditions it misses is not told: whether another agency is suspended is not for
// everybody who may ask (C8).
func handOverTo(ctx context.Context, op *store.Op, agencyID, code string) (string, error) {
	if code == "" {
		return "", nil
	}
	id, err := op.Agency.Query().Where(agency.Code(code), agency.IDNEQ(agencyID), agency.StateEQ(valueset.AgencyStateActive),
		agency.KindNEQ(valueset.AgencyKindRegionalCounterpart)).OnlyID(ctx)
	if ent.IsNotFound(err) {
		return "", errs.New(errs.Invalid, "name the code of another agency, one that is active and may own cases: no regional counterpart (J7)").WithFields("handOverTo")
	}
	return id, outward(err, "reading the agency that cases are handed over to")
}

// unchanged refuses other terms for a departure that has begun.
func (in OffboardingInput) unchanged(ctx context.Context, op *store.Op, row *ent.Offboarding) error {
	if in.Deadline != nil && (row.Deadline == nil || *row.Deadline != *in.Deadline) {
		return errs.New(errs.Conflict, "the departure has begun: its deadline never changes").WithFields("deadline")
	}
	if in.HandOverTo == "" {
		return nil
	}
	same, err := op.Agency.Query().Where(agency.Code(in.HandOverTo), agency.ID(row.HandOverToID)).Exist(ctx)
	if err == nil && !same {
		err = errs.New(errs.Conflict, "the departure has begun: to whom cases are handed over never changes; name another agency in each offer").WithFields("handOverTo")
	}
	return outward(err, "reading the agency that cases are handed over to")
}

// LeavingAt is how far a departure had come at a time, in UTC microseconds.
func LeavingAt(row *ent.Offboarding, now int64) *Leaving {
	return &Leaving{Offboarding: row, Overdue: overdue(row, now)}
}

func overdue(row *ent.Offboarding, now int64) bool {
	return row.Deadline != nil && *row.Deadline <= now && row.EndedOn == nil
}
