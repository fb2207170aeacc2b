package world

import (
	"context"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/services/onboarding"
)

// Stories are what happens to the one case of a world, by the names that doors.tsv
// knows them by; at is told when a step is done, with the case's id.
var Stories = map[string]func(w *World, at func(step, caseID string)){"walk": (*World).walk, "referral": (*World).referral}

// registered is a case of lwu with a row in every part.
func (w *World) registered() string {
	w.T.Helper()
	id := w.Register("lwu", "Canary Step")
	w.Must(w.As("lwu", category.ForAssistance), func(ctx context.Context, op *store.Op) error {
		_, err := casework.RecordNarrative(ctx, op, id, casework.NarrativeInput{Kind: "STATEMENT", Text: "Canary Step"})
		return err
	})
	w.Further("lwu", id, "Canary Step")
	return id
}

// walk is steps 1 to 7 of the walk-through.
func (w *World) walk(at func(step, caseID string)) {
	w.T.Helper()
	assistance, justice := category.ForAssistance, category.ForJustice
	id := w.registered()
	at("1 registered", id)
	w.Share("lwu", id, "atd", justice, category.Profile, category.Trafficking)
	w.Share("lwu", id, "ngo", assistance, category.Identity, category.Contact)
	at("2 she consented", id)
	toATD := w.Refer("lwu", id, "atd", justice, category.Profile, category.Trafficking)
	toNGO := w.Refer("lwu", id, "ngo", assistance, category.Identity, category.Contact)
	at("3 referred", id)
	w.Accept("atd", justice, toATD)
	w.Accept("ngo", assistance, toNGO)
	at("3 accepted", id)
	w.own("ngo", assistance, id, func(ctx context.Context, op *store.Op) error {
		_, err := casework.RecordProfile(ctx, op, id, casework.ProfileInput{Sex: Ptr(valueset.SexFemale)})
		return err
	})
	w.own("atd", justice, id, func(ctx context.Context, op *store.Op) error {
		_, err := casework.RecordTrafficking(ctx, op, id, casework.TraffickingInput{})
		return err
	})
	at("4 rows added", id)
	at("5 others ask", id)
	w.Withdraw("lwu", id, "atd")
	at("6 withdrawn", id)
	w.suspend("lwu+ngo")
	at("7 suspended", id)
	w.resume("lwu+ngo")
	at("7 resumed", id)
}

// referral is what becomes of one referral and of the next.
func (w *World) referral(at func(step, caseID string)) {
	w.T.Helper()
	id := w.registered()
	w.Share("lwu", id, "ngo", category.ForAssistance, category.Identity, category.Contact)
	at("consented", id)
	ref := w.Refer("lwu", id, "ngo", category.ForAssistance, category.Identity, category.Contact)
	at("offered", id)
	w.Accept("ngo", category.ForAssistance, ref)
	at("accepted", id)
	w.Must(w.As("ngo", category.ForAssistance), func(ctx context.Context, op *store.Op) error {
		return casework.Unassign(ctx, op, id, w.Agencies["ngo"].Worker)
	})
	at("unassigned", id)
	w.suspend("lwu+ngo")
	at("suspended", id)
	w.resume("lwu+ngo")
	w.Withdraw("lwu", id, "ngo")
	at("withdrawn", id)
	w.Share("lwu", id, "ngo", category.ForAssistance, category.Contact)
	ref = w.Refer("lwu", id, "ngo", category.ForAssistance, category.Contact)
	w.Must(w.As("ngo", category.ForAssistance), func(ctx context.Context, op *store.Op) error {
		return casework.DeclineReferral(ctx, op, casework.DeclineReferralInput{ReferralID: ref, Reason: valueset.DeclineReasonNoCapacity})
	})
	at("declined", id)
}

// own records her consent to the agency's own recording (C1), then a row on it.
func (w *World) own(code string, p category.Purpose, id string, record func(context.Context, *store.Op) error) {
	w.T.Helper()
	if err := w.Do(w.As(code, p), record); err == nil {
		w.T.Errorf("%s recorded without a basis (C1)", code)
	}
	w.Must(w.As(code, p), func(ctx context.Context, op *store.Op) error {
		in := Recording(p)
		in.CaseID = id
		_, err := casework.RecordConsent(ctx, op, in)
		return err
	})
	w.Must(w.As(code, p), record)
}

func (w *World) suspend(agreement string) {
	w.T.Helper()
	w.Must(w.As("lwu", category.ForAssistance), func(ctx context.Context, op *store.Op) error {
		return onboarding.SuspendAgreement(ctx, op, w.Agreements[agreement])
	})
}

func (w *World) resume(agreement string) {
	w.T.Helper()
	w.Must(w.As("lwu", category.ForAssistance), func(ctx context.Context, op *store.Op) error {
		return onboarding.ResumeAgreement(ctx, op, w.Agreements[agreement])
	})
}
