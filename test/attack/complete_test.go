package attack

import (
	"context"
	"fmt"
	"testing"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/test/world"
)

func complete(w *world.World, s rule.Scope, ref string) error {
	return w.Do(s, func(ctx context.Context, op *store.Op) error {
		return casework.CompleteReferral(ctx, op, casework.CompleteReferralInput{ReferralID: ref, Outcome: "SERVICE_GIVEN"})
	})
}

// A referral is completed by whoever is assigned, for its purpose, while it stands; and
// however it ended, the receiver gets one answer (D3, D5).
func TestCompletingTellsNothing(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		s := share(w, "Canary Complete")
		before := sees(t, w, as(w, "ngo"), s.Case)
		colleague := as(w, "ngo")
		colleague.Member = w.Agencies["ngo"].Colleague
		wantKind(t, "one who is not assigned", complete(w, colleague, s.Referral), errs.Conflict)
		wantKind(t, "for another purpose", complete(w, w.As("ngo", justice), s.Referral), errs.Invalid)
		if got := sees(t, w, as(w, "ngo"), s.Case); got != before {
			t.Errorf("after these ngo sees %q, want %q", got, before)
		}
		revoked, withdrawn, left := share(w, "Canary Complete"), share(w, "Canary Complete"), share(w, "Canary Complete")
		w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
			return casework.RevokeReferral(ctx, op, revoked.Referral)
		})
		w.Withdraw("lwu", withdrawn.Case, "ngo")
		w.Shut("lwu")
		suspended := complete(w, as(w, "ngo"), left.Referral)
		w.Open("lwu")
		for _, who := range []rule.Scope{as(w, "ngo"), colleague} {
			want := fmt.Sprint(complete(w, who, revoked.Referral))
			if got := fmt.Sprint(complete(w, who, withdrawn.Referral)); got != want || fmt.Sprint(suspended) != want {
				t.Errorf("revoked %q, withdrawn %q, suspended %q", want, got, suspended)
			}
		}
		if err := complete(w, as(w, "ngo"), s.Referral); err != nil {
			t.Errorf("the one who is assigned: %v (%v)", err, world.Cause(err))
		}
		evaluated(t, w)
	})
}

// By SQL neither side moves a referral where its verb would not, and nothing that ended
// begins again (D3); a receiver that lost it adds nothing to the case (C8).
func TestReferralStatesBySQL(t *testing.T) {
	t.Parallel()
	w := onPostgres(t)
	login := app(t, w)
	s, open := share(w, "Canary States"), ""
	open = w.Refer("lwu", s.Case, "ngo", assistance, "IDENTITY")
	over := share(w, "Canary Over")
	w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error { return casework.RevokeReferral(ctx, op, over.Referral) })
	gone := share(w, "Canary Gone")
	w.Withdraw("lwu", gone.Case, "ngo")
	try := func(code, statement string, args ...any) error {
		tx, err := login.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = tx.Rollback() }()
		settle(t, tx, w, w.Agencies[code])
		_, err = tx.ExecContext(t.Context(), fmt.Sprintf(statement, args...))
		return err
	}
	now := "current_setting('sala.now')::bigint"
	accept := "UPDATE referrals SET state = 'ACCEPTED', accepted_categories = categories, accepted_on = " + now + " WHERE id = '%s'"
	end := "UPDATE referrals SET state = '%[2]s', ended_on = " + now + " WHERE id = '%[1]s'"
	for name, err := range map[string]error{
		"the sender accepts":                   try("lwu", accept, open),
		"the sender declines":                  try("lwu", end, open, "DECLINED"),
		"the sender completes":                 try("lwu", end, s.Referral, "COMPLETED"),
		"the receiver revokes":                 try("ngo", end, open, "REVOKED"),
		"the receiver revives a revoked one":   try("ngo", "UPDATE referrals SET state = 'ACCEPTED', ended_on = NULL WHERE id = '%s'", over.Referral),
		"the receiver reopens an accepted one": try("ngo", "UPDATE referrals SET state = 'OFFERED' WHERE id = '%s'", s.Referral),
		"the receiver accepts twice":           try("ngo", accept, s.Referral),
		"the receiver accepts more":            try("ngo", "UPDATE referrals SET state = 'ACCEPTED', accepted_categories = '[\"NARRATIVE\"]', accepted_on = "+now+" WHERE id = '%s'", open),
		"the receiver accepts before now":      try("ngo", "UPDATE referrals SET state = 'ACCEPTED', accepted_categories = categories, accepted_on = 5 WHERE id = '%s'", open),
		"the receiver widens what it accepted": try("ngo", "UPDATE referrals SET accepted_categories = '[\"NARRATIVE\"]' WHERE id = '%s'", s.Referral),
		"it ends and goes on":                  try("ngo", "UPDATE referrals SET state = 'COMPLETED' WHERE id = '%s'", s.Referral),
	} {
		if state(err) != checkViolated {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, err := range map[string]error{
		"the receiver accepts":   try("ngo", accept, open),
		"the receiver declines":  try("ngo", end, open, "DECLINED"),
		"the receiver completes": try("ngo", end, s.Referral, "COMPLETED"),
		"the sender revokes":     try("lwu", end, s.Referral, "REVOKED"),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	// The policy role, which ends the referrals of an agency that leaves, does nothing else.
	policy := func(statement string) error {
		tx, err := login.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = tx.Rollback() }()
		settle(t, tx, w, w.Agencies["mops"])
		exec(t, tx, "SET LOCAL ROLE sala_policy")
		_, err = tx.ExecContext(t.Context(), statement)
		return err
	}
	if err := policy(fmt.Sprintf(end, open, "REVOKED")); err != nil {
		t.Errorf("policy ends a referral: %v", err)
	}
	for _, ending := range []string{"COMPLETED", "DECLINED"} {
		if err := policy(fmt.Sprintf(end, open, ending)); state(err) != checkViolated {
			t.Errorf("policy makes a referral %s: %v", ending, err)
		}
	}
	assign := "INSERT INTO assignments (id, case_id, agency_id, member_id, since) VALUES ('assignment_x', '%s', '%s', '%s', 1)"
	ngo := w.Agencies["ngo"]
	for _, former := range []shared{over, gone} {
		if err := try("ngo", assign, former.Case, ngo.ID, ngo.Worker); state(err) != notPrivileged {
			t.Errorf("assigning a case that was lost: %v", err)
		}
	}
	// A referral whose state still says ACCEPTED, and whose consent is gone.
	exec(t, root(t, w), "SET session_replication_role = replica", "UPDATE referrals SET state = 'ACCEPTED', ended_on = NULL WHERE id = '"+gone.Referral+"'")
	if err := try("ngo", assign, gone.Case, ngo.ID, ngo.Worker); state(err) != notPrivileged {
		t.Errorf("assigning a case on a referral that does not stand: %v", err)
	}
	if err := try("ngo", assign, s.Case, ngo.ID, ngo.Worker); err != nil {
		t.Errorf("assigning a case that is open: %v", err)
	}
}
