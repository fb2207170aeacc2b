package attack

import (
	"context"
	"database/sql"
	"strconv"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent/permission"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/test/world"
)

// passed is a case of lwu that ngo reads, IDENTITY and CONTACT, and may pass on as far as
// she says: IDENTITY to mops.
type passed struct{ Case, First, Onward string }

const readsPassedOn = "CASE by lwu, IDENTITY by lwu, PROVISION by lwu, REFERRAL by ngo"

// says makes the agreement of lwu and ngo say of passing on what it says; without it an
// agreement says NO.
func says(t *testing.T, w *world.World, word string) {
	t.Helper()
	exec(t, w.Root(), "UPDATE agreements SET onward = '"+word+"' WHERE id = '"+w.Agreements["lwu+ngo"]+"'")
	// An agreement's terms never change: cases from before are decided by them too here.
	w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
		ids, err := op.CaseFile.Query().IDs(rule.InMode(ctx, rule.Policy))
		for _, id := range ids {
			op.Touch(id)
		}
		return err
	})
}

// readBy is a case that ngo reads; change alters what she says of ngo.
func readBy(t *testing.T, w *world.World, change func(*casework.ProvisionInput)) passed {
	t.Helper()
	p := passed{Case: w.Register("lwu", "Canary Onward")}
	in := statement(w, p.Case, "ngo", assistance, category.Identity, category.Contact)
	in.Provisions[0].Onward = world.Ptr(true)
	if change != nil {
		change(in.Provisions[0])
	}
	stated(t, w, in)
	stated(t, w, statement(w, p.Case, "mops", assistance, category.Identity))
	p.First = w.Refer("lwu", p.Case, "ngo", assistance, category.Identity, category.Contact)
	w.Accept("ngo", assistance, p.First)
	return p
}

func onwardTo(w *world.World, first, to string, change func(*casework.OfferOnwardInput)) casework.OfferOnwardInput {
	in := casework.OfferOnwardInput{ReferralID: first, ToID: w.Agencies[to].ID, Service: valueset.ServiceCounselling,
		Categories: []category.Category{category.Identity}, Urgency: valueset.UrgencyRoutine, ReplyBy: w.Store.Now() + int64(24*time.Hour/time.Microsecond)}
	if change != nil {
		change(&in)
	}
	return in
}

func passOn(w *world.World, by string, in casework.OfferOnwardInput) (id string, err error) {
	err = w.Do(as(w, by), func(ctx context.Context, op *store.Op) error {
		id, err = casework.OfferOnward(ctx, op, in)
		return err
	})
	return id, err
}

// passedOn is one that mops reads.
func passedOn(t *testing.T, w *world.World) passed {
	t.Helper()
	p := readBy(t, w, nil)
	id, err := passOn(w, "ngo", onwardTo(w, p.First, "mops", nil))
	if err != nil {
		t.Fatalf("%v (%v)", err, world.Cause(err))
	}
	p.Onward = id
	w.Accept("mops", assistance, id)
	if got := sees(t, w, as(w, "mops"), p.Case); got != readsPassedOn {
		t.Fatalf("mops sees %q, want %q", got, readsPassedOn)
	}
	return p
}

func linked(w *world.World) string {
	return w.InForce([]string{"mops", "ngo"}, []category.Purpose{assistance}, category.Shareable(), time.Hour, 3*365*24*time.Hour)
}

// What was received is passed on where she and the agreements say so, of what the one who
// passes on reads, to a third agency, one step; and whatever ends either link cuts it (D4).
func TestPassingOnRestsOnBothLinks(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		second := linked(w)
		refused := func(what string, p passed) {
			t.Helper()
			if _, err := passOn(w, "ngo", onwardTo(w, p.First, "mops", nil)); errs.KindOf(err) != errs.Conflict {
				t.Errorf("%s: %v (%v)", what, err, world.Cause(err))
			}
			if got := sees(t, w, as(w, "mops"), p.Case); got != "" {
				t.Errorf("%s: mops sees %q", what, got)
			}
		}
		refused("the agreement says NO", readBy(t, w, nil))
		says(t, w, "ASK")
		refused("nobody was asked", readBy(t, w, nil))
		says(t, w, "YES")
		refused("she does not let it be passed on", readBy(t, w, func(p *casework.ProvisionInput) { p.Onward = nil }))
		p := passedOn(t, w)
		for what, in := range map[string]casework.OfferOnwardInput{
			"back to its owner": onwardTo(w, p.First, "lwu", nil),
			"to itself":         onwardTo(w, p.First, "ngo", nil),
			"to a counterpart":  onwardTo(w, p.First, "thailand", nil),
			"what it does not read": onwardTo(w, p.First, "mops", func(in *casework.OfferOnwardInput) {
				in.Categories = []category.Category{category.Profile}
			}),
		} {
			_, err := passOn(w, "ngo", in)
			wantKind(t, what, err, errs.Invalid)
		}
		_, err := passOn(w, "ngo", onwardTo(w, p.First, "mops", func(in *casework.OfferOnwardInput) { in.Categories = []category.Category{category.Contact} }))
		wantKind(t, "what she did not open to the third", err, errs.Conflict)
		_, err = passOn(w, "mops", onwardTo(w, p.Onward, "atd", nil))
		wantKind(t, "one step further", err, errs.Conflict)
		_, err = passOn(w, "lwu", onwardTo(w, p.First, "mops", nil))
		wantKind(t, "by its sender", err, errs.Forbidden)
		_, err = passOn(w, "atd", onwardTo(w, p.First, "mops", nil))
		wantKind(t, "by a stranger", err, errs.Withheld)

		const gone = "REFERRAL by ngo"
		for what, cut := range map[string]struct {
			off func(passed)
			on  func()
		}{
			"the first referral is revoked": {off: func(p passed) {
				w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error { return casework.RevokeReferral(ctx, op, p.First) })
			}},
			"it is completed": {off: func(p passed) {
				w.Must(as(w, "ngo"), func(ctx context.Context, op *store.Op) error {
					return casework.CompleteReferral(ctx, op, casework.CompleteReferralInput{ReferralID: p.First, Outcome: "SERVICE_GIVEN"})
				})
			}},
			"the second is revoked": {off: func(p passed) {
				w.Must(as(w, "ngo"), func(ctx context.Context, op *store.Op) error { return casework.RevokeReferral(ctx, op, p.Onward) })
			}},
			"she withdraws from the one who passes on": {off: func(p passed) { w.Withdraw("lwu", p.Case, "ngo") }},
			"she withdraws from the third":             {off: func(p passed) { w.Withdraw("lwu", p.Case, "mops") }},
			"she lets it be passed on no more": {off: func(p passed) {
				stated(t, w, statement(w, p.Case, "ngo", assistance, category.Identity, category.Contact))
			}},
			"the owner is suspended":                   {off: func(passed) { w.Shut("lwu") }, on: func() { w.Open("lwu") }},
			"the one who passes on is suspended":       {off: func(passed) { w.Shut("ngo") }, on: func() { w.Open("ngo") }},
			"the first link's agreement is suspended":  {off: func(passed) { shutGate(t, w, w.Agreements["lwu+ngo"], false) }, on: func() { shutGate(t, w, w.Agreements["lwu+ngo"], true) }},
			"the second link's agreement is suspended": {off: func(passed) { shutGate(t, w, second, false) }, on: func() { shutGate(t, w, second, true) }},
		} {
			p := passedOn(t, w)
			cut.off(p)
			if got := sees(t, w, as(w, "mops"), p.Case); got != gone {
				t.Errorf("%s: mops sees %q, want %q", what, got, gone)
			}
			if cut.on != nil {
				cut.on()
				if got := sees(t, w, as(w, "mops"), p.Case); got != readsPassedOn {
					t.Errorf("%s, and no more: mops sees %q", what, got)
				}
			}
		}
		// A later yes does not bring back what was passed on (C8).
		w.Withdraw("lwu", p.Case, "mops")
		stated(t, w, statement(w, p.Case, "mops", assistance, category.Identity))
		if got := sees(t, w, as(w, "mops"), p.Case); got != gone {
			t.Errorf("a later yes: mops sees %q", got)
		}
		evaluated(t, w)
	})
}

func shutGate(t *testing.T, w *world.World, id string, open bool) {
	t.Helper()
	w.Must(rule.Scope{Mode: rule.Onboarding}, func(ctx context.Context, op *store.Op) error {
		return op.Gate.UpdateOneID(id).SetOpen(open).SetChangedOn(op.Scope.Now).Exec(ctx)
	})
}

// Where the agreement says ASK the contributor says yes to each referral; the third agency
// hears of nothing before (D4).
func TestPassingOnIsAskedFirst(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		linked(w)
		says(t, w, "ASK")
		ask := func(p passed) string {
			t.Helper()
			w.Must(as(w, "ngo"), func(ctx context.Context, op *store.Op) error {
				_, err := casework.AskOnward(ctx, op, onwardTo(w, p.First, "mops", nil))
				return err
			})
			if got := sees(t, w, as(w, "mops"), p.Case); got != "" {
				t.Errorf("asked: mops sees %q", got)
			}
			return run(t, w, as(w, "lwu"), func(ctx context.Context, op *store.Op) (string, error) {
				return op.Permission.Query().Where(permission.CaseID(p.Case), permission.StateEQ(valueset.PermissionStateAsked)).OnlyID(ctx)
			})
		}
		answer := func(by, id string, allow bool) error {
			return w.Do(as(w, by), func(ctx context.Context, op *store.Op) error {
				_, err := casework.AnswerOnward(ctx, op, casework.AnswerOnwardInput{PermissionID: id, Allow: allow})
				return err
			})
		}
		offer := func(p passed) (string, error) { return passOn(w, "ngo", onwardTo(w, p.First, "mops", nil)) }
		p := readBy(t, w, nil)
		id := ask(p)
		_, err := offer(p)
		wantKind(t, "before the answer", err, errs.Conflict)
		for _, by := range []string{"ngo", "mops"} {
			wantKind(t, "answered by "+by, answer(by, id, true), errs.Withheld)
		}
		if err := answer("lwu", id, false); err != nil {
			t.Fatalf("%v (%v)", err, world.Cause(err))
		}
		_, err = offer(p)
		wantKind(t, "refused", err, errs.Conflict)
		wantKind(t, "answered twice", answer("lwu", id, true), errs.Conflict)

		id = ask(p)
		if err := answer("lwu", id, true); err != nil {
			t.Fatalf("%v (%v)", err, world.Cause(err))
		}
		ref, err := offer(p)
		if err != nil {
			t.Fatalf("allowed: %v (%v)", err, world.Cause(err))
		}
		_, err = offer(p)
		wantKind(t, "on the same answer once more", err, errs.Conflict)
		w.Accept("mops", assistance, ref)
		if got := sees(t, w, as(w, "mops"), p.Case); got != readsPassedOn {
			t.Errorf("allowed: mops sees %q", got)
		}
		back := func(by string) error {
			return w.Do(as(w, by), func(ctx context.Context, op *store.Op) error {
				_, err := casework.WithdrawPermission(ctx, op, id)
				return err
			})
		}
		wantKind(t, "taken back by another", back("ngo"), errs.Withheld)
		if err := back("lwu"); err != nil {
			t.Fatalf("%v (%v)", err, world.Cause(err))
		}
		if got := sees(t, w, as(w, "mops"), p.Case); got != "REFERRAL by ngo" {
			t.Errorf("taken back: mops sees %q", got)
		}
		evaluated(t, w)
	})
}

// What an international organisation contributed opens by its own decision alone, besides
// consent, agreement and referral (A6).
func TestAnInternationalOrganisationDecides(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		id := w.Register("lwu", "Canary Organisation")
		w.Share("lwu", id, "iom", assistance, category.Profile)
		w.Accept("iom", assistance, w.Refer("lwu", id, "iom", assistance, category.Profile))
		w.Must(as(w, "iom"), recording(id))
		w.Must(as(w, "iom"), func(ctx context.Context, op *store.Op) error {
			_, err := casework.RecordProfile(ctx, op, id, casework.ProfileInput{Sex: world.Ptr(valueset.SexFemale)})
			return err
		})
		agree(t, w, "iom", "ngo", category.Profile)
		in := statement(w, id, "ngo", assistance, category.Profile)
		in.Provisions[0].ContributorIDs = []string{w.Agencies["iom"].ID}
		stated(t, w, in)
		ref := w.Refer("lwu", id, "ngo", assistance, category.Profile)
		w.Accept("ngo", assistance, ref)
		const owners, all = "CASE by lwu, PROFILE by lwu, PROVISION by lwu, REFERRAL by lwu", "CASE by lwu, PROFILE by iom, PROFILE by lwu, PROVISION by lwu, REFERRAL by lwu"
		look := func(what, want string) {
			t.Helper()
			if got := sees(t, w, as(w, "ngo"), id); got != want {
				t.Errorf("%s: ngo sees %q, want %q", what, got, want)
			}
		}
		permit := func(by, to string, change func(*casework.PermitContributionInput)) (permission string, err error) {
			in := casework.PermitContributionInput{CaseID: id, RecipientID: w.Agencies[to].ID, Purpose: assistance, Categories: []category.Category{category.Profile}}
			if change != nil {
				change(&in)
			}
			err = w.Do(as(w, by), func(ctx context.Context, op *store.Op) error {
				permission, err = casework.PermitContribution(ctx, op, in)
				return err
			})
			return permission, err
		}
		look("undecided", owners)
		_, err := permit("lwu", "ngo", nil)
		wantKind(t, "decided by the owner", err, errs.Forbidden)
		_, err = permit("mops", "ngo", nil)
		wantKind(t, "decided by a stranger", err, errs.Withheld)
		if _, err := permit("iom", "mops", nil); err != nil {
			t.Fatalf("%v (%v)", err, world.Cause(err))
		}
		look("decided for another", owners)
		if _, err := permit("iom", "ngo", func(in *casework.PermitContributionInput) { in.Purpose = justice }); err != nil {
			t.Fatalf("%v (%v)", err, world.Cause(err))
		}
		look("decided for another purpose", owners)
		yes, err := permit("iom", "ngo", nil)
		if err != nil {
			t.Fatalf("%v (%v)", err, world.Cause(err))
		}
		look("decided", all)
		if w.URL != "" {
			db, login := root(t, w), app(t, w)
			theirs := one[string](t, db, "SELECT id FROM accesses WHERE referral_id = $1 AND contributor_id = $2 AND action = 'READ' AND member_id <> '' LIMIT 1", ref, w.Agencies["iom"].ID)
			if err := twin(t, login, theirs, "{}"); err != nil {
				t.Errorf("a genuine twin: %v", err)
			}
			exec(t, db, "ALTER TABLE permissions DISABLE TRIGGER ALL", "UPDATE permissions SET state = 'WITHDRAWN' WHERE id = '"+yes+"'", "ALTER TABLE permissions ENABLE TRIGGER ALL")
			if err := twin(t, login, theirs, "{}"); state(err) != checkViolated {
				t.Errorf("undecided, by SQL: %v", err)
			}
			exec(t, db, "ALTER TABLE permissions DISABLE TRIGGER ALL", "UPDATE permissions SET state = 'GRANTED' WHERE id = '"+yes+"'", "ALTER TABLE permissions ENABLE TRIGGER ALL")
		}
		w.Must(as(w, "iom"), func(ctx context.Context, op *store.Op) error {
			_, err := casework.WithdrawPermission(ctx, op, yes)
			return err
		})
		look("taken back", owners)

		// An international organisation's own referral is its decision.
		own := w.Register("iom", "Canary Own")
		w.Share("iom", own, "lwu", assistance, category.Profile)
		w.Accept("lwu", assistance, w.Refer("iom", own, "lwu", assistance, category.Profile))
		if got, want := sees(t, w, as(w, "lwu"), own), "CASE by iom, PROFILE by iom, PROVISION by iom, REFERRAL by iom"; got != want {
			t.Errorf("its own referral: lwu sees %q, want %q", got, want)
		}
		evaluated(t, w)
	})
}

// twin writes an access once more with changes, as the policy role, and commits.
func twin(t *testing.T, login *sql.DB, of, changes string) error {
	t.Helper()
	tx, err := login.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	exec(t, tx, "SET LOCAL ROLE sala_policy")
	res, err := tx.ExecContext(t.Context(), `INSERT INTO accesses SELECT (jsonb_populate_record(a, jsonb_build_object('id', $1::text) || $2::jsonb)).*
		FROM accesses a WHERE a.id = $3`, pubid.New("access"), changes, of)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		t.Fatalf("no access to copy: %d, %v", n, err)
	}
	return tx.Commit()
}

// By the database alone: an access that passes on what neither link carries is refused,
// whoever writes it; a genuine one is not.
func TestAForgedAccessThatPassesOn(t *testing.T) {
	t.Parallel()
	w := onPostgres(t)
	linked(w)
	says(t, w, "YES")
	p := passedOn(t, w)
	db, login := root(t, w), app(t, w)
	good := one[string](t, db, "SELECT id FROM accesses WHERE referral_id = $1 AND action = 'READ' AND grantee_id <> contributor_id ORDER BY member_id DESC LIMIT 1", p.Onward)
	if err := twin(t, login, good, "{}"); err != nil {
		t.Fatalf("a genuine twin: %v", err)
	}
	until := one[int64](t, db, "SELECT valid_until FROM accesses WHERE id = $1", good)
	other := share(w, "Canary Other").Referral
	for what, changes := range map[string]string{
		"as if the owner had referred":  `{"first_referral_id": "", "first_agreement_id": "", "first_referrer_id": ""}`,
		"without the first referral":    `{"first_referral_id": ""}`,
		"without the first agreement":   `{"first_agreement_id": ""}`,
		"another first referrer":        `{"first_referrer_id": "` + w.Agencies["ngo"].ID + `"}`,
		"another case's first referral": `{"first_referral_id": "` + other + `"}`,
		"the owner as the one who does": `{"referrer_id": "` + w.Agencies["lwu"].ID + `"}`,
		"another grantee":               `{"grantee_id": "` + w.Agencies["atd"].ID + `", "member_id": ""}`,
		"another contributor":           `{"contributor_id": "` + w.Agencies["ngo"].ID + `"}`,
		"what she did not open to it":   `{"categories": 13}`,
		"longer":                        `{"valid_until": ` + strconv.FormatInt(until+1, 10) + `}`,
		"for another purpose":           `{"purpose": "PROTECTION"}`,
		"to change":                     `{"action": "CORRECT"}`,
	} {
		if err := twin(t, login, good, changes); state(err) != checkViolated {
			t.Errorf("%s: %v", what, err)
		}
	}
	altered := func(what, table, was, is string) {
		t.Helper()
		exec(t, db, "ALTER TABLE "+table+" DISABLE TRIGGER ALL", "UPDATE "+table+" SET "+is)
		if err := twin(t, login, good, "{}"); state(err) != checkViolated {
			t.Errorf("%s: %v", what, err)
		}
		exec(t, db, "UPDATE "+table+" SET "+was, "ALTER TABLE "+table+" ENABLE TRIGGER ALL")
	}
	here := " WHERE id = '" + w.Agreements["lwu+ngo"] + "'"
	altered("the agreement says NO", "agreements", "onward = 'YES'"+here, "onward = 'NO'"+here)
	altered("nobody was asked", "agreements", "onward = 'YES'"+here, "onward = 'ASK'"+here)
	hers := " WHERE case_id = '" + p.Case + "' AND recipient_id = '" + w.Agencies["ngo"].ID + "'"
	altered("she does not let it be passed on", "provisions", "onward = true"+hers, "onward = false"+hers)
	third := " WHERE case_id = '" + p.Case + "' AND recipient_id = '" + w.Agencies["mops"].ID + "'"
	altered("she says no to the third", "provisions", "decision = 'PERMIT'"+third, "decision = 'DENY'"+third)
	altered("she says no to the one who passes on", "provisions", "decision = 'PERMIT'"+hers, "decision = 'DENY'"+hers)
	first := " WHERE id = '" + p.First + "'"
	altered("the first referral is revoked", "referrals", "state = 'ACCEPTED'"+first, "state = 'REVOKED'"+first)
	altered("it is itself passed on", "referrals", "onward_of = ''"+first, "onward_of = 'x'"+first)
	if err := twin(t, login, good, "{}"); err != nil {
		t.Errorf("all as it was: %v", err)
	}
}
