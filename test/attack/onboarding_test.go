package attack

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent/agency"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/origin"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/internal/viewer"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/services/onboarding"
	"github.com/sala-exchange/sala/test/world"
)

// newcomer is an agency that nobody has approved yet.
func newcomer(code string) onboarding.AgencyInput {
	return onboarding.AgencyInput{Code: code, Name: "Newcomer", Kind: valueset.AgencyKindShelter,
		Issuers: []*onboarding.IssuerInput{{URL: "https://" + code + ".example/login"}}}
}

func proposeAgency(t *testing.T, w *world.World, by, code string) string {
	t.Helper()
	return run(t, w, w.AsPlatform(by), func(ctx context.Context, op *store.Op) (string, error) {
		return onboarding.ProposeAgency(ctx, op, newcomer(code))
	})
}

func approval(id string) func(context.Context, *store.Op) error {
	return func(ctx context.Context, op *store.Op) error { return onboarding.Approve(ctx, op, id) }
}

// stands reports whether there is an agency of the code whose gate is open.
func stands(t *testing.T, w *world.World, code string) bool {
	t.Helper()
	return run(t, w, onboarding.Scope(), func(ctx context.Context, op *store.Op) (bool, error) {
		id, err := op.Agency.Query().Where(agency.Code(code)).IDs(ctx)
		if err != nil || len(id) == 0 {
			return false, err
		}
		g, err := op.Gate.Get(ctx, id[0])
		return err == nil && g.Open, err
	})
}

// enter makes another member of an agency.
func enter(t *testing.T, w *world.World, code, subject string, roles ...viewer.Role) rule.Scope {
	t.Helper()
	id := run(t, w, onboarding.Scope(), func(ctx context.Context, op *store.Op) (string, error) {
		return onboarding.AddMember(ctx, op, onboarding.MemberInput{Agency: w.Agencies[code].ID, Issuer: w.IssuerURL(code), Subject: subject, Roles: roles})
	})
	return rule.Scope{Mode: rule.Request, Agency: w.Agencies[code].ID, Member: id}
}

// TestTwoPeopleOfDifferentAgencies: one administrator alone, two of one agency, one of
// an agency that was suspended meanwhile, and those who do not administer the platform
// make no agency (I7).
func TestTwoPeopleOfDifferentAgencies(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		id := proposeAgency(t, w, "lwu", "newcomer")
		w.Must(w.AsPlatform("lwu"), approval(id))
		w.Must(w.AsPlatform("lwu"), approval(id)) // again is the same, and counts once
		if stands(t, w, "newcomer") {
			t.Error("one administrator approved twice, and it counted twice")
		}
		second := enter(t, w, "lwu", "platform-two", viewer.PlatformAdministrator)
		wantKind(t, "another of the same agency", w.Do(second, approval(id)), errs.Conflict)
		wantKind(t, "an agency's administrator", w.Do(w.AsAdmin("atd"), approval(id)), errs.Forbidden)
		wantKind(t, "a platform administrator of an agency that was not approved for it", w.Do(w.AsPlatform("ngo"), approval(id)), errs.Forbidden)
		stolen := w.AsPlatform("atd")
		stolen.Agency = w.Agencies["iom"].ID
		wantKind(t, "a member under another agency's name", w.Do(stolen, approval(id)), errs.Forbidden)
		w.Shut("lwu")
		wantKind(t, "an agency that is suspended", w.Do(w.AsPlatform("lwu"), approval(id)), errs.Forbidden)
		w.Must(w.AsPlatform("atd"), approval(id))
		if stands(t, w, "newcomer") {
			t.Error("the yes of an agency that is suspended by now counted")
		}
		w.Must(w.AsPlatform("iom"), approval(id))
		if !stands(t, w, "newcomer") {
			t.Error("two agencies approved and there is none")
		}
		w.Must(w.AsPlatform("iom"), approval(id)) // again is the same
	})
}

// TestTheProgramGivesNobodysYes: whoever steals the account of the program that keeps the
// agencies proposes with it, and decides nothing (I7): with a person's role the same theft
// gives one of the two approvals. It ends no departure and refuses nobody else's proposal.
func TestTheProgramGivesNobodysYes(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		program := enter(t, w, "lwu", "program", viewer.PlatformOperator)
		person := enter(t, w, "lwu", "platform-two", viewer.PlatformAdministrator)
		id := run(t, w, program, func(ctx context.Context, op *store.Op) (string, error) {
			return onboarding.ProposeAgency(ctx, op, newcomer("newcomer"))
		})
		w.Must(w.AsPlatform("atd"), approval(id))
		wantKind(t, "the program's yes", w.Do(program, approval(id)), errs.Forbidden)
		if stands(t, w, "newcomer") {
			t.Fatal("one person and a program made an agency")
		}
		w.Must(person, approval(id))
		if !stands(t, w, "newcomer") {
			t.Error("with a person's role the same account would not have counted: this test shows nothing")
		}
		theirs := proposeAgency(t, w, "atd", "another")
		wantKind(t, "another's proposal refused", w.Do(program, func(ctx context.Context, op *store.Op) error { return onboarding.Refuse(ctx, op, theirs) }), errs.Withheld)
		wantKind(t, "a panel", w.Do(program, func(ctx context.Context, op *store.Op) error {
			_, err := onboarding.ProposeOversightPanel(ctx, op, []string{w.Agencies["lwu"].ID, w.Agencies["ngo"].ID})
			return err
		}), errs.Forbidden)
		wantKind(t, "an agency's departure to its end", w.Do(program, func(ctx context.Context, op *store.Op) error {
			_, err := onboarding.Offboard(ctx, op, w.Agencies["ngo"].ID, onboarding.Departure{})
			return err
		}), errs.Forbidden)
		wantKind(t, "a program with a second role", w.Do(w.AsAdmin("lwu"), func(ctx context.Context, op *store.Op) error {
			return onboarding.SetRoles(ctx, op, program.Member, []viewer.Role{viewer.PlatformOperator, viewer.CaseWorker})
		}), errs.Invalid)
		wantKind(t, "a program of an agency that was not approved for it", w.Do(w.AsAdmin("ngo"), func(ctx context.Context, op *store.Op) error {
			return onboarding.SetRoles(ctx, op, w.Agencies["ngo"].Worker, []viewer.Role{viewer.PlatformOperator})
		}), errs.Invalid)
		own := run(t, w, program, func(ctx context.Context, op *store.Op) (string, error) {
			return onboarding.ProposeAgency(ctx, op, newcomer("third"))
		})
		w.Must(program, func(ctx context.Context, op *store.Op) error { return onboarding.Refuse(ctx, op, own) })
	})
}

// TestAtOnce: two approvals at once decide exactly once. Without the lock each sees
// one too few and nothing is ever decided.
func TestAtOnce(t *testing.T) {
	for _, without := range []bool{true, false} {
		w := onPostgres(t)
		st := behind(t, w, store.Options{Walls: store.Walls{WithoutLock: without}})
		id := proposeAgency(t, w, "lwu", "newcomer")
		ctx, first, err := st.Begin(t.Context(), w.AsPlatform("atd"), false)
		if err != nil {
			t.Fatal(err)
		}
		if err := onboarding.Approve(ctx, first, id); err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() { done <- st.Run(context.Background(), w.AsPlatform("iom"), false, approval(id)) }()
		if without {
			if err := <-done; err != nil {
				t.Fatal(err)
			}
		}
		if err := first.Commit(ctx); err != nil {
			t.Fatal(err)
		}
		if !without {
			if err := <-done; err != nil {
				t.Fatal(err)
			}
		}
		if got := stands(t, w, "newcomer"); got == without {
			t.Errorf("without the lock: %v; decided: %v", without, got)
		}
	}
}

// TestHomographs: a code or an issuer that looks like another is refused.
func TestHomographs(t *testing.T) { both(t, homographs) }

func homographs(t *testing.T, w *world.World) {
	try := func(in onboarding.AgencyInput) error {
		return w.Do(w.AsPlatform("lwu"), func(ctx context.Context, op *store.Op) error {
			_, err := onboarding.ProposeAgency(ctx, op, in)
			return err
		})
	}
	for _, c := range []string{"аtd", "ATD", "atd ", "ａtd", "at\u200bd", "-atd", "a", "", "atd\n", strings.Repeat("a", 33)} {
		wantKind(t, "code "+c, try(newcomer(c)), errs.Invalid)
	}
	in := newcomer("newcomer")
	in.Name = "Lao Women\u202eyad"
	wantKind(t, "a name that runs backwards", try(in), errs.Invalid)
	for _, u := range []string{
		"http://newcomer.example", "https://Newcomer.example", "https://newcomer.example:443/x", "https://newcomer.example.", "https://nеwcomer.example",
		"https://user:pw@newcomer.example", "https://newcomer.example?x", "https://newcomer.example#x", "file:///etc/passwd", "https://", "//x", "", "https://newcomer.example\n",
	} {
		in := newcomer("newcomer")
		in.Issuers[0].URL = u
		wantKind(t, "issuer "+u, try(in), errs.Invalid)
	}
	in = newcomer("newcomer")
	in.Issuers[0].URL = w.IssuerURL("atd")
	wantKind(t, "another agency's issuer", try(in), errs.Conflict)
	if err := try(newcomer("newcomer")); err != nil {
		t.Errorf("a sound one: %v", err)
	}
}

// signIn asks the directory who a subject of an issuer is.
func signIn(t *testing.T, w *world.World, url string) errs.Kind {
	t.Helper()
	f, err := onboarding.Find(t.Context(), w.Store, url, "somebody", "", origin.Address{})
	if err == nil && len(f.Roles) > 0 {
		t.Errorf("an unknown subject has the roles %v", f.Roles)
	}
	if err == nil {
		return -1
	}
	return errs.KindOf(err)
}

// TestNobodyTakesOverASignIn: those who administer the platform, two of different
// agencies even, point an agency that is in use at an issuer of their own. It is not in
// effect before the agency's own administrator has countersigned or 72 hours have
// passed, and never if it refuses.
func TestNobodyTakesOverASignIn(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		const theirs = "https://theirs.example"
		change := func(url string) string {
			id := run(t, w, w.AsPlatform("atd"), func(ctx context.Context, op *store.Op) (string, error) {
				return onboarding.ProposeSignIn(ctx, op, w.Agencies["lwu"].ID, onboarding.SignInInput{
					Add: []*onboarding.IssuerInput{{URL: url}}, End: []string{w.IssuerURL("lwu")}})
			})
			w.Must(w.AsPlatform("atd"), approval(id))
			w.Must(w.AsPlatform("iom"), approval(id))
			return id
		}
		refuse := func(id string) func(context.Context, *store.Op) error {
			return func(ctx context.Context, op *store.Op) error { return onboarding.Refuse(ctx, op, id) }
		}
		w.Register("lwu", "Canary")

		id := change(theirs)
		if signIn(t, w, theirs) != errs.Unauthenticated || signIn(t, w, w.IssuerURL("lwu")) != -1 {
			t.Fatal("the change is in effect at once")
		}
		if n := noticed(t, w, "lwu", valueset.NoticeKindSignInChange); n < 1 {
			t.Error("the agency was not told")
		}
		wantKind(t, "a platform administrator takes the waiting change back", w.Do(w.AsPlatform("iom"), refuse(id)), errs.Withheld)
		wantKind(t, "another agency's administrator countersigns", w.Do(w.AsAdmin("atd"), func(ctx context.Context, op *store.Op) error {
			return onboarding.Countersign(ctx, op, id)
		}), errs.Withheld)
		w.Advance(71 * time.Hour)
		if signIn(t, w, theirs) != errs.Unauthenticated {
			t.Error("in effect before the time to object is over")
		}
		w.Must(w.AsAdmin("lwu"), refuse(id))
		w.Advance(48 * time.Hour)
		if signIn(t, w, theirs) != errs.Unauthenticated || signIn(t, w, w.IssuerURL("lwu")) != -1 {
			t.Error("a refused change came into effect, or the old sign-in ended")
		}

		id = change("https://agreed.example")
		w.Must(w.AsAdmin("lwu"), func(ctx context.Context, op *store.Op) error { return onboarding.Countersign(ctx, op, id) })
		if signIn(t, w, "https://agreed.example") != -1 || signIn(t, w, w.IssuerURL("lwu")) != errs.Unauthenticated {
			t.Error("countersigned, it is not in effect")
		}
		wantKind(t, "refused too late", w.Do(w.AsAdmin("lwu"), refuse(id)), errs.Conflict)
	})
}

// TestTimeDecides: a change that nobody objects to comes into effect by time alone.
func TestTimeDecides(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		w.Register("lwu", "Canary")
		id := run(t, w, w.AsPlatform("atd"), func(ctx context.Context, op *store.Op) (string, error) {
			return onboarding.ProposeSignIn(ctx, op, w.Agencies["lwu"].ID, onboarding.SignInInput{
				Add: []*onboarding.IssuerInput{{URL: "https://new.example"}}, End: []string{w.IssuerURL("lwu")}})
		})
		w.Must(w.AsPlatform("atd"), approval(id))
		w.Must(w.AsPlatform("iom"), approval(id))
		w.Advance(73 * time.Hour)
		if signIn(t, w, "https://new.example") != -1 || signIn(t, w, w.IssuerURL("lwu")) != errs.Unauthenticated {
			t.Error("after 72 hours the change is not in effect, or the old sign-in still is")
		}
	})
}

// TestAdministratorInvitedOver: for an agency that has an administrator, an invitation
// is a change of how it signs in: it waits like one.
func TestAdministratorInvitedOver(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		w.Register("lwu", "Canary")
		i := run(t, w, w.AsPlatform("atd"), func(ctx context.Context, op *store.Op) (*onboarding.Invited, error) {
			return onboarding.Invite(ctx, op, w.Agencies["lwu"].ID)
		})
		plant := enter(t, w, "lwu", "plant")
		accept := func(ctx context.Context, op *store.Op) error { return onboarding.AcceptInvitation(ctx, op, i.Secret) }
		wantKind(t, "before any approval", w.Do(plant, accept), errs.Withheld)
		w.Must(w.AsPlatform("atd"), approval(i.ProposalID))
		w.Must(w.AsPlatform("iom"), approval(i.ProposalID))
		wantKind(t, "before the time to object is over", w.Do(plant, accept), errs.Withheld)
		w.Must(w.AsAdmin("lwu"), func(ctx context.Context, op *store.Op) error { return onboarding.Refuse(ctx, op, i.ProposalID) })
		w.Advance(80 * time.Hour)
		wantKind(t, "refused", w.Do(plant, accept), errs.Withheld)
	})
}

// TestInvitations: guessed, another agency's, over, voided or used: one answer.
func TestInvitations(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		id := proposeAgency(t, w, "lwu", "newcomer")
		w.Must(w.AsPlatform("lwu"), approval(id))
		w.Must(w.AsPlatform("atd"), approval(id))
		agencyID := run(t, w, onboarding.Scope(), func(ctx context.Context, op *store.Op) (string, error) {
			return op.Agency.Query().Where(agency.Code("newcomer")).OnlyID(ctx)
		})
		w.Agencies["newcomer"] = &world.Agency{ID: agencyID}
		invite := func() *onboarding.Invited {
			return run(t, w, w.AsPlatform("lwu"), func(ctx context.Context, op *store.Op) (*onboarding.Invited, error) {
				return onboarding.Invite(ctx, op, agencyID)
			})
		}
		accept := func(s rule.Scope, secret string) error {
			return w.Do(s, func(ctx context.Context, op *store.Op) error { return onboarding.AcceptInvitation(ctx, op, secret) })
		}
		first, second := enter(t, w, "newcomer", "first"), enter(t, w, "newcomer", "second")
		voided, over := invite(), invite()
		wantKind(t, "guessed", accept(first, strings.Repeat("a", 52)), errs.Withheld)
		wantKind(t, "empty", accept(first, ""), errs.Withheld)
		wantKind(t, "voided by a later one", accept(first, voided.Secret), errs.Withheld)
		wantKind(t, "another agency's member", accept(as(w, "ngo"), over.Secret), errs.Withheld)
		w.Advance(8 * 24 * time.Hour)
		wantKind(t, "over", accept(first, over.Secret), errs.Withheld)
		good := invite()
		if err := accept(first, good.Secret); err != nil {
			t.Fatal(err)
		}
		wantKind(t, "used, by another", accept(second, good.Secret), errs.Withheld)
		if err := accept(first, good.Secret); err != nil { // once more is the same, and gives nothing
			t.Errorf("used, by the same: %v", err)
		}
		var stored int
		if err := w.Root().QueryRowContext(t.Context(), "SELECT count(*) FROM invitations WHERE CAST(secret_hash AS text) LIKE '%"+good.Secret+"%'").Scan(&stored); err != nil || stored != 0 {
			t.Errorf("the secret is stored: %d %v", stored, err)
		}
	})
}

// TestRolesAreTheAgencysOwn: who administers the platform grants nothing, and roles
// that conflict are refused.
func TestRolesAreTheAgencysOwn(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		grant := func(s rule.Scope, who string, roles ...viewer.Role) error {
			return w.Do(s, func(ctx context.Context, op *store.Op) error { return onboarding.SetRoles(ctx, op, who, roles) })
		}
		ngo, lwu := w.Agencies["ngo"], w.Agencies["lwu"]
		wantKind(t, "a platform administrator", grant(w.AsPlatform("lwu"), ngo.Worker, viewer.Supervisor), errs.Forbidden)
		wantKind(t, "a platform administrator, in the own agency", grant(w.AsPlatform("lwu"), lwu.Worker, viewer.Supervisor), errs.Forbidden)
		wantKind(t, "another agency's administrator", grant(w.AsAdmin("lwu"), ngo.Worker, viewer.Supervisor), errs.Withheld)
		wantKind(t, "the platform beside casework", grant(w.AsAdmin("lwu"), lwu.Worker, viewer.CaseWorker, viewer.PlatformAdministrator), errs.Invalid)
		wantKind(t, "the platform, by an agency that was not approved for it", grant(w.AsAdmin("ngo"), ngo.Worker, viewer.PlatformAdministrator), errs.Invalid)
		wantKind(t, "the last administrator steps down", grant(w.AsAdmin("ngo"), ngo.Admin), errs.Conflict)
		if err := grant(w.AsAdmin("ngo"), ngo.Worker, viewer.Supervisor); err != nil {
			t.Error(err)
		}
	})
}

// TestUnsigned: under an agreement that a party has not signed nothing flows (D6); nor
// under one that was shut down until all have signed anew, nor ever under one that
// ended.
func TestUnsigned(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		verb := func(s rule.Scope, f func(context.Context, *store.Op, string) error, id string) error {
			return w.Do(s, func(ctx context.Context, op *store.Op) error { return f(ctx, op, id) })
		}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatalf("%v (%v)", err, world.Cause(err))
			}
		}
		terms := func(a, b string) onboarding.AgreementInput {
			now := w.Store.Now()
			return onboarding.AgreementInput{Code: "shelter", Title: "Shelter", From: now, Until: now + 1e14,
				Parties:  []*onboarding.PartyInput{{AgencyID: w.Agencies[a].ID}, {AgencyID: w.Agencies[b].ID}},
				Purposes: []category.Purpose{assistance}, Categories: []category.Category{category.Profile}}
		}
		propose := func(s rule.Scope, in onboarding.AgreementInput) (id string, err error) {
			err = w.Do(s, func(ctx context.Context, op *store.Op) error {
				id, err = onboarding.ProposeAgreement(ctx, op, in)
				return err
			})
			return id, err
		}
		_, err := propose(w.AsAdmin("lwu"), terms("ngo", "mops"))
		wantKind(t, "proposed by none of its parties", err, errs.Invalid)
		_, err = propose(w.AsAdmin("ngo"), terms("ngo", "thailand"))
		wantKind(t, "with a regional counterpart", err, errs.Invalid)
		_, err = propose(as(w, "ngo"), terms("ngo", "mops"))
		wantKind(t, "by a case worker", err, errs.Forbidden)
		signed := terms("ngo", "mops")
		for _, digest := range []string{"", "e3b0", strings.Repeat("E3", 32), strings.Repeat("0", 65), strings.Repeat("g", 64)} {
			signed.DocumentDigest = &digest
			_, err = propose(w.AsAdmin("ngo"), signed)
			wantKind(t, "with a document's digest "+digest, err, errs.Invalid)
		}
		signed.DocumentDigest = new(strings.Repeat("e3", 32))
		id, err := propose(w.AsAdmin("ngo"), signed)
		must(err)
		other := signed
		other.DocumentDigest = new(strings.Repeat("e4", 32))
		_, err = propose(w.AsAdmin("ngo"), other)
		wantKind(t, "of another document", err, errs.Conflict)
		other.DocumentDigest = nil
		_, err = propose(w.AsAdmin("ngo"), other)
		wantKind(t, "of no document", err, errs.Conflict)

		caseID := w.Register("ngo", "Canary")
		w.Share("ngo", caseID, "mops", assistance, category.Profile)
		refer := func() string { return w.Refer("ngo", caseID, "mops", assistance, category.Profile) }
		flows := func(what string, want bool) {
			t.Helper()
			if got := strings.Contains(sees(t, w, as(w, "mops"), caseID), "PROFILE"); got != want {
				t.Errorf("%s: flows %v", what, got)
			}
		}
		must(verb(w.AsAdmin("ngo"), onboarding.SignAgreement, id))
		must(verb(w.AsAdmin("ngo"), onboarding.SignAgreement, id)) // again is the same
		flows("signed twice by one party", false)
		wantKind(t, "a stranger signs", verb(w.AsAdmin("lwu"), onboarding.SignAgreement, id), errs.Withheld)
		must(verb(w.AsAdmin("mops"), onboarding.SignAgreement, id))
		w.Accept("mops", assistance, refer())
		flows("signed by all", true)
		must(verb(w.AsAdmin("mops"), onboarding.ShutDownAgreement, id))
		flows("shut down", false)
		wantKind(t, "resumed by one", verb(w.AsAdmin("mops"), onboarding.ResumeAgreement, id), errs.Conflict)
		must(verb(w.AsAdmin("mops"), onboarding.SignAgreement, id))
		flows("signed anew by one", false)
		must(verb(w.AsAdmin("ngo"), onboarding.SuspendAgreement, id))
		must(verb(w.AsAdmin("ngo"), onboarding.ResumeAgreement, id))
		flows("suspended and resumed by one while shut down", false)
		must(verb(w.AsAdmin("ngo"), onboarding.SignAgreement, id))
		flows("signed anew by all", true)
		must(verb(w.AsAdmin("ngo"), onboarding.EndAgreement, id))
		flows("ended", false)
		for _, f := range []func(context.Context, *store.Op, string) error{onboarding.SignAgreement, onboarding.ResumeAgreement, onboarding.SuspendAgreement} {
			wantKind(t, "brought back", verb(w.AsAdmin("ngo"), f, id), errs.Conflict)
		}
	})
}

// TestUnsignedFlowsNothing: a referral under an agreement that one party has signed
// shows the receiver nothing, not even its preview.
func TestUnsignedFlowsNothing(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		now := w.Store.Now()
		w.Must(w.AsAdmin("ngo"), func(ctx context.Context, op *store.Op) error {
			id, err := onboarding.ProposeAgreement(ctx, op, onboarding.AgreementInput{Code: "shelter", Title: "Shelter", From: now, Until: now + 1e14,
				Parties:  []*onboarding.PartyInput{{AgencyID: w.Agencies["ngo"].ID}, {AgencyID: w.Agencies["mops"].ID}},
				Purposes: []category.Purpose{assistance}, Categories: []category.Category{category.Profile}})
			if err != nil {
				return err
			}
			return onboarding.SignAgreement(ctx, op, id)
		})
		caseID := w.Register("ngo", "Canary")
		w.Share("ngo", caseID, "mops", assistance, category.Profile)
		refused := w.Do(as(w, "ngo"), func(ctx context.Context, op *store.Op) error {
			_, err := casework.OfferReferral(ctx, op, casework.OfferReferralInput{CaseID: caseID, ToID: w.Agencies["mops"].ID,
				Service: valueset.ServiceCounselling, Purpose: assistance, Categories: []category.Category{category.Profile},
				Urgency: valueset.UrgencyRoutine, ReplyBy: op.Scope.Now + 1e12})
			return err
		})
		if got := sees(t, w, as(w, "mops"), caseID); got != "" || refused == nil {
			t.Errorf("an agreement that mops has not signed: sees %q, the offer: %v", got, refused)
		}
	})
}

// TestSuspended: one person shuts an agency out; to let it in again takes two of
// different agencies, and no one shuts out the other half of those who could.
func TestSuspended(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		suspend := func(s rule.Scope, code string) (id string, err error) {
			err = w.Do(s, func(ctx context.Context, op *store.Op) error {
				id, err = onboarding.SuspendAgency(ctx, op, w.Agencies[code].ID)
				return err
			})
			return id, err
		}
		s := share(w, "Canary")
		if !strings.Contains(sees(t, w, as(w, "ngo"), s.Case), "IDENTITY") {
			t.Fatal("nothing is shared")
		}
		if _, err := suspend(w.AsPlatform("lwu"), "ngo"); err != nil {
			t.Fatal(err)
		}
		if got := sees(t, w, as(w, "ngo"), s.Case); strings.Contains(got, "IDENTITY") {
			t.Errorf("suspended it sees %s", got)
		}
		_, err := suspend(w.AsAdmin("mops"), "iom")
		wantKind(t, "an agency suspends another", err, errs.Withheld)
		id := run(t, w, w.AsPlatform("lwu"), func(ctx context.Context, op *store.Op) (string, error) {
			return onboarding.ProposeResume(ctx, op, w.Agencies["ngo"].ID)
		})
		w.Must(w.AsPlatform("lwu"), approval(id))
		if got := sees(t, w, as(w, "ngo"), s.Case); strings.Contains(got, "IDENTITY") {
			t.Errorf("resumed by one it sees %s", got)
		}
		w.Must(w.AsPlatform("iom"), approval(id))
		if got := sees(t, w, as(w, "ngo"), s.Case); !strings.Contains(got, "IDENTITY") {
			t.Error("resumed by two it sees nothing")
		}
		if id, err := suspend(w.AsPlatform("lwu"), "atd"); err != nil || id == "" || !stands(t, w, "atd") {
			t.Errorf("one administrator shut out another agency that administers the platform: %v", err)
		}
	})
}

// TestWallsOfOnboarding: whoever does not administer sees nothing of it by either
// wall, and on PostgreSQL nobody rewrites what was approved.
func TestWallsOfOnboarding(t *testing.T) {
	w := onPostgres(t)
	id := proposeAgency(t, w, "lwu", "newcomer")
	w.Must(w.AsPlatform("lwu"), approval(id))
	for _, without := range []bool{false, true} {
		st := behind(t, w, store.Options{Walls: store.Walls{WithoutApplication: without}})
		count := func(s rule.Scope) (n int) {
			err := st.Run(t.Context(), s, true, func(ctx context.Context, op *store.Op) error {
				p, err := op.Proposal.Query().Count(ctx)
				if err != nil {
					return err
				}
				a, err := op.Approval.Query().Count(ctx)
				if err != nil {
					return err
				}
				i, err := op.Issuer.Query().Count(ctx)
				n = p*10000 + a*1000 + i
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		if n := count(as(w, "lwu")); n != 0 {
			t.Errorf("a case worker sees %d", n)
		}
		if n := count(w.AsAdmin("ngo")); n != 1 {
			t.Errorf("an agency's administrator sees %d, not the one own issuer", n)
		}
		if n := count(w.AsPlatform("lwu")); n != 11006 {
			t.Errorf("who administers the platform sees %d", n)
		}
	}
	db := app(t, w)
	for _, q := range []string{
		"UPDATE proposals SET content = '{}'", "UPDATE proposals SET agency_id = 'agency_x'", "UPDATE approvals SET agency_id = 'agency_x'",
		"DELETE FROM approvals", "DELETE FROM proposals",
	} {
		tx, err := db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.ExecContext(t.Context(), "SET LOCAL ROLE sala_onboarding"); err != nil {
			t.Fatal(err)
		}
		_, err = tx.ExecContext(t.Context(), q)
		if s := state(err); s != notPrivileged && s != checkViolated {
			t.Errorf("%s: %v", q, err)
		}
		_ = tx.Rollback()
	}
}

// noticed counts an agency's notices of a kind.
func noticed(t *testing.T, w *world.World, code string, kind valueset.NoticeKind) int {
	t.Helper()
	admin := w.AsAdmin(code)
	admin.CaseNotices = true // of every kind
	return run(t, w, admin, func(ctx context.Context, op *store.Op) (int, error) {
		rows, err := op.Notice.Query().All(ctx)
		n := 0
		for _, r := range rows {
			if r.Kind == kind {
				n++
			}
		}
		return n, err
	})
}
