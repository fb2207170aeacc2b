package attack

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent/casefile"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/services/notify"
	"github.com/sala-exchange/sala/test/world"
)

// It is 2026-03-02. A girl of 13, of 8, and one who turns 18 on 2026-03-20.
const (
	thirteen  = "2012-05-17"
	eight     = "2017-05-17"
	seventeen = "2008-03-20"
)

// guardian records somebody who speaks for the child, and returns the guardianship's id.
func guardian(t *testing.T, w *world.World, caseID string, change func(*casework.RecordGuardianshipInput)) string {
	t.Helper()
	in := casework.RecordGuardianshipInput{CaseID: caseID, Relation: valueset.GuardianRelationMother, Capacity: valueset.GuardianCapacityParent, Name: "Canary Mother"}
	if change != nil {
		change(&in)
	}
	return run(t, w, as(w, "lwu"), func(ctx context.Context, op *store.Op) (string, error) {
		return casework.RecordGuardianship(ctx, op, in)
	})
}

// carer is a guardian's yes about sharing, with the child's views.
func carer(w *world.World, caseID, guardianship, to string, p category.Purpose, cs ...category.Category) casework.RecordConsentInput {
	in := statement(w, caseID, to, p, cs...)
	in.Voice, in.GuardianshipID, in.ChildsViews = world.Ptr(valueset.VoiceCaregiver), &guardianship, world.Ptr(valueset.ChildsViewsHeard)
	return in
}

// assent is the child's own yes, in writing.
func assent(w *world.World, caseID, to string, p category.Purpose, cs ...category.Category) casework.RecordConsentInput {
	in := statement(w, caseID, to, p, cs...)
	in.Form = world.Ptr(valueset.ConsentFormThumbprint)
	return in
}

func stated(t *testing.T, w *world.World, in casework.RecordConsentInput) {
	t.Helper()
	if err := record(w, "lwu", in); err != nil {
		t.Fatalf("%v (%v)", err, world.Cause(err))
	}
}

// childShared is a child of 13 whom ngo reads, by her mother's consent and her assent.
func childShared(t *testing.T, w *world.World) (s shared, mother string) {
	t.Helper()
	s.Case = born(w, thirteen)
	mother = guardian(t, w, s.Case, nil)
	stated(t, w, carer(w, s.Case, mother, "ngo", assistance, category.Identity))
	stated(t, w, assent(w, s.Case, "ngo", assistance, category.Identity))
	s.Referral = w.Refer("lwu", s.Case, "ngo", assistance, category.Identity)
	w.Accept("ngo", assistance, s.Referral)
	return s, mother
}

const (
	readsIdentity = "CASE by lwu, IDENTITY by lwu, PROVISION by lwu, REFERRAL by lwu"
	hasEnded      = "REFERRAL by lwu"
)

func flag(w *world.World, guardianship string, conflict bool) error {
	return w.Do(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
		_, err := casework.ChangeGuardianship(ctx, op, casework.ChangeGuardianshipInput{GuardianshipID: guardianship, Conflict: &conflict})
		return err
	})
}

// A child's case opens by every voice that her age requires and by none alone; each
// guard is shown missing first (E2, E3, E4).
func TestEveryVoiceOfAChild(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		id, identity := born(w, thirteen), category.Identity
		denied := func(what string) {
			t.Helper()
			wantKind(t, what, refer(w, "lwu", id, "ngo", assistance, identity), errs.Conflict)
		}
		denied("no voice")
		stated(t, w, assent(w, id, "ngo", assistance, identity))
		denied("the child alone")
		unknown := carer(w, id, "", "ngo", assistance, identity)
		unknown.GuardianshipID = nil
		stated(t, w, unknown)
		denied("a caregiver of whom nothing is known")
		agency := guardian(t, w, id, func(in *casework.RecordGuardianshipInput) { in.AgencyID = &w.Agencies["ngo"].ID })
		stated(t, w, carer(w, id, agency, "ngo", assistance, identity))
		denied("a member of the agency that is asked")
		mother := guardian(t, w, id, nil)
		yes := carer(w, id, mother, "ngo", assistance, identity)
		stated(t, w, yes)
		ref := w.Refer("lwu", id, "ngo", assistance, identity)
		w.Accept("ngo", assistance, ref)
		look := func(what, want string) {
			t.Helper()
			if got := sees(t, w, as(w, "ngo"), id); got != want {
				t.Errorf("%s: ngo sees %q, want %q", what, got, want)
			}
		}
		look("with all voices", readsIdentity)
		if err := flag(w, mother, true); err != nil {
			t.Fatalf("%v (%v)", err, world.Cause(err))
		}
		look("the mother is in conflict", hasEnded)
		if err := flag(w, mother, false); err != nil {
			t.Fatal(err)
		}
		look("the conflict was none", readsIdentity)
		oral := statement(w, id, "ngo", assistance, identity)
		stated(t, w, oral)
		look("her last word is oral", hasEnded)
		stated(t, w, assent(w, id, "ngo", assistance, identity))
		look("in writing again", readsIdentity)
		w.Must(as(w, "lwu"), withdraw(w, id, "ngo"))
		look("she refuses, and her mother does not", hasEnded)
		evaluated(t, w)

		young := born(w, eight)
		mother = guardian(t, w, young, nil)
		without := carer(w, young, mother, "ngo", assistance, identity)
		without.ChildsViews = nil
		stated(t, w, without)
		stated(t, w, statement(w, young, "ngo", assistance, identity))
		wantKind(t, "without the child's views", refer(w, "lwu", young, "ngo", assistance, identity), errs.Conflict)
		stated(t, w, carer(w, young, mother, "ngo", assistance, identity))
		if err := refer(w, "lwu", young, "ngo", assistance, identity); err != nil {
			t.Errorf("with oral assent and her views at 8: %v (%v)", err, world.Cause(err))
		}
		evaluated(t, w)
	})
}

// Who speaks for her and what was decided for her is nobody's but the owner's, in any
// position (E4, D5).
func TestWhoSpeaksForAChildIsTheOwners(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		s, mother := childShared(t, w)
		decision, ref := decide(t, w, interests(w, s.Case, valueset.BestInterestsKindAssessment)), reference(w, s.Case)
		for code, want := range map[string]int{"lwu": 4, "ngo": 0, "iom": 0} {
			w.Look(as(w, code), func(ctx context.Context, op *store.Op) error {
				g, err1 := op.Guardianship.Query().Count(ctx)
				b, err2 := op.BestInterests.Query().Count(ctx)
				c, err3 := op.InterestsSignature.Query().Count(ctx)
				rows, err4 := op.Guardianship.Query().All(ctx)
				for _, err := range []error{err1, err2, err3, err4} {
					if err != nil {
						return err
					}
				}
				if got := g + b + c + len(rows); got != want {
					t.Errorf("%s sees %d, want %d", code, got, want)
				}
				for _, r := range rows {
					if r.Name != "Canary Mother" {
						t.Errorf("%s reads the name %q", code, r.Name)
					}
				}
				return nil
			})
		}
		w.Look(supervising(w, "lwu"), func(ctx context.Context, op *store.Op) error {
			rows, err := op.Guardianship.Query().All(ctx)
			if err != nil || len(rows) != 1 || rows[0].Name != "" {
				t.Errorf("a supervisor sees who speaks for her: %d rows, %v", len(rows), err)
			}
			return nil
		})
		for name, try := range map[string]func(context.Context, *store.Op) error{
			"flag": func(ctx context.Context, op *store.Op) error {
				_, err := casework.ChangeGuardianship(ctx, op, casework.ChangeGuardianshipInput{GuardianshipID: mother, Conflict: world.Ptr(true)})
				return err
			},
			"sign": func(ctx context.Context, op *store.Op) error {
				_, err := casework.SignBestInterests(ctx, op, casework.SignBestInterestsInput{BestInterestsID: decision, Reference: ref})
				return err
			},
		} {
			wantKind(t, name+" by the receiver", w.Do(as(w, "ngo"), try), errs.Withheld)
			wantKind(t, name+" by a stranger", w.Do(as(w, "iom"), try), errs.Withheld)
		}
		wantKind(t, "recording one in another's case", w.Do(as(w, "ngo"), func(ctx context.Context, op *store.Op) error {
			_, err := casework.RecordGuardianship(ctx, op, casework.RecordGuardianshipInput{CaseID: s.Case, Relation: valueset.GuardianRelationMother,
				Capacity: valueset.GuardianCapacityParent, Name: "x"})
			return err
		}), errs.Forbidden)
		other := born(w, thirteen)
		wantKind(t, "a guardian of another child", record(w, "lwu", carer(w, other, mother, "ngo", assistance, category.Identity)), errs.Invalid)
		evil := statement(w, other, "ngo", assistance, category.Identity)
		evil.Voice = world.Ptr(valueset.VoiceBestInterests)
		wantKind(t, "a decision that was never taken", record(w, "lwu", evil), errs.Invalid)
	})
}

func supervising(w *world.World, code string) rule.Scope {
	s := as(w, code)
	s.Member, s.Supervisor = w.Agencies[code].Supervisor, true
	return s
}

func reference(w *world.World, caseID string) (ref string) {
	w.Must(rule.Scope{Mode: rule.Policy}, func(ctx context.Context, op *store.Op) error {
		c, err := op.CaseFile.Query().Where(casefile.ID(caseID)).Only(ctx)
		if err == nil {
			ref = c.Reference
		}
		return err
	})
	return ref
}

// interests is a decision that ngo may read her identity, in place of both voices.
func interests(w *world.World, caseID string, kind valueset.BestInterestsKind) casework.RecordBestInterestsInput {
	in := casework.RecordBestInterestsInput{CaseID: caseID, Kind: kind, Matter: valueset.BestInterestsMatterReferral,
		StandsFor: []valueset.Voice{valueset.VoicePerson, valueset.VoiceCaregiver}, Options: "a", Views: "b", Reasons: "c",
		Provisions: statement(w, caseID, "ngo", assistance, category.Identity).Provisions}
	if kind == valueset.BestInterestsKindDetermination {
		in.Panel = []*casework.PanelMemberInput{{AgencyID: w.Agencies["lwu"].ID, MemberID: w.Agencies["lwu"].Worker},
			{AgencyID: w.Agencies["iom"].ID, MemberID: w.Agencies["iom"].Worker}, {AgencyID: w.Agencies["iom"].ID, MemberID: w.Agencies["iom"].Colleague}}
	}
	return in
}

func decide(t *testing.T, w *world.World, in casework.RecordBestInterestsInput) string {
	t.Helper()
	return run(t, w, as(w, "lwu"), func(ctx context.Context, op *store.Op) (string, error) {
		return casework.RecordBestInterests(ctx, op, in)
	})
}

func signs(w *world.World, s rule.Scope, decision, reference string) error {
	return w.Do(s, func(ctx context.Context, op *store.Op) error {
		_, err := casework.SignBestInterests(ctx, op, casework.SignBestInterestsInput{BestInterestsID: decision, Reference: reference})
		return err
	})
}

// An assessment takes a case worker and another as supervisor, and is over after 30 days;
// nobody signs for another, or twice (E5).
func TestAnAssessmentTakesTwo(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		id, identity := born(w, thirteen), category.Identity
		ref := reference(w, id)
		decision := decide(t, w, interests(w, id, valueset.BestInterestsKindAssessment))
		wantKind(t, "unsigned", refer(w, "lwu", id, "ngo", assistance, identity), errs.Conflict)
		itself := as(w, "lwu")
		itself.Supervisor = true
		wantKind(t, "whoever recorded it, being a supervisor too", signs(w, itself, decision, ref), errs.Withheld)
		colleague := as(w, "lwu")
		colleague.Member = w.Agencies["lwu"].Colleague
		wantKind(t, "a colleague who is no supervisor", signs(w, colleague, decision, ref), errs.Withheld)
		wantKind(t, "a supervisor of another agency", signs(w, supervising(w, "ngo"), decision, ref), errs.Withheld)
		wantKind(t, "with another case's reference", signs(w, supervising(w, "lwu"), decision, reference(w, born(w, eight))), errs.Withheld)
		wantKind(t, "still unsigned", refer(w, "lwu", id, "ngo", assistance, identity), errs.Conflict)
		if err := signs(w, supervising(w, "lwu"), decision, ref); err != nil {
			t.Fatalf("%v (%v)", err, world.Cause(err))
		}
		wantKind(t, "twice", signs(w, supervising(w, "lwu"), decision, ref), errs.Conflict)
		wantKind(t, "for justice", shareForJustice(w, id), errs.Conflict)
		w.Accept("ngo", assistance, w.Refer("lwu", id, "ngo", assistance, identity))
		if got := sees(t, w, as(w, "ngo"), id); got != readsIdentity {
			t.Errorf("ngo sees %q", got)
		}
		w.Advance(30*24*time.Hour - time.Minute)
		if got := sees(t, w, as(w, "ngo"), id); got != readsIdentity {
			t.Errorf("within 30 days ngo sees %q", got)
		}
		w.Advance(2 * time.Minute)
		if got := sees(t, w, as(w, "ngo"), id); got != hasEnded {
			t.Errorf("after 30 days ngo sees %q", got)
		}
		for what, change := range map[string]func(*casework.RecordBestInterestsInput){
			"about justice": func(in *casework.RecordBestInterestsInput) { in.Matter = valueset.BestInterestsMatterJustice },
			"with a panel":  func(in *casework.RecordBestInterestsInput) { in.Panel = []*casework.PanelMemberInput{{}} },
			"for longer": func(in *casework.RecordBestInterestsInput) {
				in.ReviewOn = world.Ptr(w.Store.Now() + int64(40*24*time.Hour/time.Microsecond))
			},
			"without her views": func(in *casework.RecordBestInterestsInput) { in.Views = "" },
			"for nobody's voice": func(in *casework.RecordBestInterestsInput) {
				in.StandsFor = []valueset.Voice{valueset.VoiceBestInterests}
			},
		} {
			in := interests(w, id, valueset.BestInterestsKindAssessment)
			change(&in)
			wantKind(t, "an assessment "+what, w.Do(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
				_, err := casework.RecordBestInterests(ctx, op, in)
				return err
			}), errs.Invalid)
		}
		evaluated(t, w)
	})
}

// shareForJustice lets every voice say yes to the police, and refers.
func shareForJustice(w *world.World, id string) error {
	if err := record(w, "lwu", assent(w, id, "atd", justice, category.Profile)); err != nil {
		return err
	}
	return refer(w, "lwu", id, "atd", justice, category.Profile)
}

// For JUSTICE about a child it takes a panel of three people of two agencies, each with
// their own sign-in; and a panel stands above her refusal (E3, E5).
func TestADeterminationTakesAPanel(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		id := run(t, w, as(w, "lwu"), func(ctx context.Context, op *store.Op) (string, error) {
			who := world.Adult("Canary Panel")
			who.BirthDate = world.Ptr(thirteen)
			return casework.RegisterCase(ctx, op, casework.RegisterCaseInput{Kind: valueset.CaseKindPresumedVictim,
				Recording: world.Recording(assistance, justice), Identity: who, Profile: &casework.ProfileInput{Sex: world.Ptr(valueset.SexFemale)}})
		})
		mother := guardian(t, w, id, nil)
		stated(t, w, carer(w, id, mother, "atd", justice, category.Profile))
		wantKind(t, "without a panel", shareForJustice(w, id), errs.Conflict)
		in := interests(w, id, valueset.BestInterestsKindDetermination)
		in.Matter, in.Provisions = valueset.BestInterestsMatterJustice, statement(w, id, "atd", justice, category.Profile).Provisions
		for what, panel := range map[string][]*casework.PanelMemberInput{
			"of two people": in.Panel[:2], "of one agency": {in.Panel[1], in.Panel[2], {AgencyID: w.Agencies["iom"].ID, MemberID: w.Agencies["iom"].Admin}},
			"of two, one twice": {in.Panel[0], in.Panel[1], in.Panel[1]},
		} {
			small := in
			small.Panel = panel
			wantKind(t, "a panel "+what, w.Do(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
				_, err := casework.RecordBestInterests(ctx, op, small)
				return err
			}), errs.Invalid)
		}
		decision := decide(t, w, in)
		ref, colleague := reference(w, id), as(w, "iom")
		colleague.Member = w.Agencies["iom"].Colleague
		wantKind(t, "one who is not on the panel", signs(w, as(w, "ngo"), decision, ref), errs.Withheld)
		borrowed := as(w, "ngo")
		borrowed.Member = w.Agencies["iom"].Worker
		wantKind(t, "another agency under a member's id", signs(w, borrowed, decision, ref), errs.Withheld)
		for i, s := range []rule.Scope{as(w, "lwu"), as(w, "iom"), colleague} {
			wantKind(t, "before all have signed", refer(w, "lwu", id, "atd", justice, category.Profile), errs.Conflict)
			if err := signs(w, s, decision, ref); err != nil {
				t.Fatalf("signature %d: %v (%v)", i, err, world.Cause(err))
			}
		}
		w.Accept("atd", justice, w.Refer("lwu", id, "atd", justice, category.Profile))
		if got := sees(t, w, w.As("atd", justice), id); !strings.Contains(got, "PROFILE by lwu") {
			t.Errorf("atd sees %q", got)
		}
		// Who has signed sees no more of the case for it.
		if got := sees(t, w, as(w, "iom"), id); got != "" {
			t.Errorf("one of the panel sees %q", got)
		}
		no := in
		no.Provisions = statement(w, id, "atd", justice, category.Profile).Provisions
		no.Provisions[0].Decision = valueset.DecisionDeny
		decide(t, w, no)
		if got := sees(t, w, w.As("atd", justice), id); got != hasEnded {
			t.Errorf("a panel says no, unsigned: atd sees %q", got)
		}
		evaluated(t, w)
	})
}

// At 18 JUSTICE and new sharing stop; a service that is open keeps access for 30 days; 90
// days before, the owner is told, once (E6).
func TestEighteen(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		s := shared{Case: born(w, seventeen)}
		own := statement(w, s.Case, "ngo", assistance, category.Identity)
		own.MatureAndSafe = world.Ptr(true)
		stated(t, w, own)
		s.Referral = w.Refer("lwu", s.Case, "ngo", assistance, category.Identity)
		w.Accept("ngo", assistance, s.Referral)
		young := born(w, thirteen)
		for range 2 {
			if _, err := notify.Tell(t.Context(), w.Store); err != nil {
				t.Fatal(err)
			}
		}
		told := func(id string) int64 {
			return one[int64](t, w.Root(), "SELECT count(*) FROM notices WHERE kind = 'OWN_CONSENT_DUE' AND subject_id = '"+id+"'")
		}
		if told(s.Case) != 1 || told(young) != 0 {
			t.Errorf("told of her %d times, of one of 13 %d times", told(s.Case), told(young))
		}
		w.Advance(17 * 24 * time.Hour) // 2026-03-19
		if got := sees(t, w, as(w, "ngo"), s.Case); got != readsIdentity {
			t.Errorf("at 17 ngo sees %q", got)
		}
		if err := refer(w, "lwu", s.Case, "ngo", assistance, category.Identity); err != nil {
			t.Errorf("at 17: %v (%v)", err, world.Cause(err))
		}
		w.Advance(2 * 24 * time.Hour) // 2026-03-21
		if got := sees(t, w, as(w, "ngo"), s.Case); !strings.HasPrefix(got, "CASE by lwu, IDENTITY by lwu") {
			t.Errorf("a day after her birthday ngo sees %q", got)
		}
		wantKind(t, "new sharing at 18", refer(w, "lwu", s.Case, "ngo", assistance, category.Identity), errs.Conflict)
		w.Advance(30 * 24 * time.Hour)
		if got := sees(t, w, as(w, "ngo"), s.Case); strings.Contains(got, "IDENTITY") {
			t.Errorf("a month after her birthday ngo sees %q", got)
		}
		w.Share("lwu", s.Case, "ngo", assistance, category.Identity)
		if err := refer(w, "lwu", s.Case, "ngo", assistance, category.Identity); err != nil {
			t.Errorf("by her own word as an adult: %v (%v)", err, world.Cause(err))
		}
		evaluated(t, w)
	})
}

// What a woman says while she is incapable opens nothing; what two decide in her best
// interests does, and never what she refused (C7).
func TestIncapacity(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		id, identity := w.Register("lwu", "Canary Incapable"), category.Identity
		spell := run(t, w, as(w, "lwu"), func(ctx context.Context, op *store.Op) (string, error) {
			return casework.RecordIncapacity(ctx, op, casework.RecordIncapacityInput{CaseID: id, Kind: valueset.IncapacityKindLasting, Grounds: "a physician"})
		})
		w.Share("lwu", id, "ngo", assistance, identity)
		wantKind(t, "on what she says meanwhile", refer(w, "lwu", id, "ngo", assistance, identity), errs.Conflict)
		other := w.Register("lwu", "Canary Capable")
		decision := decide(t, w, interests(w, other, valueset.BestInterestsKindAssessment))
		if err := signs(w, supervising(w, "lwu"), decision, reference(w, other)); err != nil {
			t.Fatal(err)
		}
		wantKind(t, "in place of one who can decide", refer(w, "lwu", other, "ngo", assistance, identity), errs.Conflict)
		decision = decide(t, w, interests(w, id, valueset.BestInterestsKindAssessment))
		if err := signs(w, supervising(w, "lwu"), decision, reference(w, id)); err != nil {
			t.Fatal(err)
		}
		w.Accept("ngo", assistance, w.Refer("lwu", id, "ngo", assistance, identity))
		if got := sees(t, w, as(w, "ngo"), id); got != readsIdentity {
			t.Errorf("by an assessment ngo sees %q", got)
		}
		w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
			_, err := casework.EndIncapacity(ctx, op, spell)
			return err
		})
		if got := sees(t, w, as(w, "ngo"), id); got != hasEnded {
			t.Errorf("she decides herself again, and has not: ngo sees %q", got)
		}
		evaluated(t, w)
	})
}

// By the database alone: what a child's voices do not carry is no access, whoever writes
// it; without the trigger it would be one.
func TestAForgedAccessOfAChild(t *testing.T) {
	t.Parallel()
	w := onPostgres(t)
	db, login := root(t, w), app(t, w)
	tables := []string{"consents", "persons", "guardianships", "best_interests", "interests_signatures", "incapacities"}
	quietly := func(statement string) {
		t.Helper()
		for _, table := range tables {
			exec(t, db, "ALTER TABLE "+table+" DISABLE TRIGGER ALL")
		}
		exec(t, db, statement)
		for _, table := range tables {
			exec(t, db, "ALTER TABLE "+table+" ENABLE TRIGGER ALL")
		}
	}
	assessed := func() (shared, string) {
		s := shared{Case: born(w, thirteen)}
		decision := decide(t, w, interests(w, s.Case, valueset.BestInterestsKindAssessment))
		if err := signs(w, supervising(w, "lwu"), decision, reference(w, s.Case)); err != nil {
			t.Fatal(err)
		}
		s.Referral = w.Refer("lwu", s.Case, "ngo", assistance, category.Identity)
		w.Accept("ngo", assistance, s.Referral)
		return s, decision
	}
	voiced := func() (shared, string) { return childShared(t, w) }
	for name, c := range map[string]struct {
		make   func() (shared, string)
		change string // $case and $who stand for the case and the guardianship or decision
		open   bool
	}{
		"all voices":              {voiced, "UPDATE persons SET created_on = created_on WHERE case_id = '$case'", true},
		"an assessment":           {assessed, "UPDATE persons SET created_on = created_on WHERE case_id = '$case'", true},
		"a guardian in conflict":  {voiced, "UPDATE guardianships SET conflict = true WHERE id = '$who'", false},
		"one of the asked agency": {voiced, "UPDATE guardianships SET agency_id = '" + w.Agencies["ngo"].ID + "' WHERE id = '$who'", false},
		"one of the owner":        {voiced, "UPDATE guardianships SET agency_id = '" + w.Agencies["lwu"].ID + "' WHERE id = '$who'", false},
		"one whose time is over":  {voiced, "UPDATE guardianships SET valid_until = valid_from + 1 WHERE id = '$who'", false},
		"no guardianship":         {voiced, "DELETE FROM guardianships WHERE id = '$who'", false},
		"oral assent":             {voiced, "UPDATE consents SET form = 'ORAL_WITNESSED' WHERE case_id = '$case'", false},
		"her refusal":             {voiced, "UPDATE provisions SET decision = 'DENY' FROM consents k WHERE k.id = consent_id AND k.voice = 'PERSON' AND k.kind = 'SHARING' AND k.case_id = '$case'", false},
		"her mother's refusal":    {voiced, "UPDATE provisions SET decision = 'DENY' FROM consents k WHERE k.id = consent_id AND k.voice = 'CAREGIVER' AND k.case_id = '$case'", false},
		"an adult before she said it": {voiced, `UPDATE persons SET age_bounds = (SELECT jsonb_object_agg(key, '{"earliest": 1, "latest": 1}'::jsonb)
			FROM jsonb_each(age_bounds)) WHERE case_id = '$case'`, true},
		"an adult since she said it": {voiced, `UPDATE persons SET age_bounds = (SELECT jsonb_object_agg(key, jsonb_build_object('earliest', 1, 'latest',
			(SELECT r.accepted_on FROM referrals r WHERE r.case_id = '$case'))) FROM jsonb_each(age_bounds)) WHERE case_id = '$case'`, false},
		"one of whom nobody knows": {voiced, "UPDATE persons SET age_bounds = NULL WHERE case_id = '$case'", true},
		"no supervisor's name":     {assessed, "DELETE FROM interests_signatures WHERE interests_id = '$who' AND capacity = 'SUPERVISOR'", false},
		"another agency's name":    {assessed, "UPDATE interests_signatures SET agency_id = '" + w.Agencies["ngo"].ID + "' WHERE interests_id = '$who' AND capacity = 'SUPERVISOR'", false},
		"for one voice alone":      {assessed, `UPDATE best_interests SET stands_for = '["CAREGIVER"]' WHERE id = '$who'`, false},
		"a determination of two":   {assessed, "UPDATE best_interests SET kind = 'DETERMINATION' WHERE id = '$who'", false},
	} {
		s, who := c.make()
		good := genuine(t, w, db, s.Referral, "READ")
		exec(t, db, "ALTER TABLE provisions DISABLE TRIGGER ALL")
		quietly(strings.NewReplacer("$case", s.Case, "$who", who).Replace(c.change))
		exec(t, db, "ALTER TABLE provisions ENABLE TRIGGER ALL")
		if err := good.insert(t, login); c.open != (err == nil) || err != nil && state(err) != checkViolated {
			t.Errorf("%s: %v", name, err)
		}
		if name != "a guardian in conflict" {
			continue
		}
		exec(t, db, "ALTER TABLE accesses DISABLE TRIGGER accesses_rest")
		if err := good.insert(t, login); err != nil {
			t.Errorf("without the trigger: %v", err)
		}
		exec(t, db, "ALTER TABLE accesses ENABLE TRIGGER accesses_rest")
	}
	s, _ := voiced()
	good := genuine(t, w, db, s.Referral, "READ")
	for name, change := range map[string]func(*access){
		"beyond her band":  func(a *access) { a.Until = rule.Forever },
		"for justice":      func(a *access) { a.Purpose = "JUSTICE" },
		"more than agreed": func(a *access) { a.Categories |= category.SetOf(category.Contact) },
	} {
		forged := good
		change(&forged)
		if err := forged.insert(t, login); state(err) != checkViolated {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// By SQL under the request's own role nobody signs for another, nor tells who speaks for
// another agency's child.
func TestSignaturesBySQL(t *testing.T) {
	t.Parallel()
	w := onPostgres(t)
	login := app(t, w)
	id := born(w, thirteen)
	assessment := decide(t, w, interests(w, id, valueset.BestInterestsKindAssessment))
	determination := decide(t, w, interests(w, id, valueset.BestInterestsKindDetermination))
	lwu, ngo, iom := w.Agencies["lwu"], w.Agencies["ngo"], w.Agencies["iom"]
	try := func(agency *world.Agency, statement string, args ...any) error {
		tx, err := login.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = tx.Rollback() }()
		settle(t, tx, w, agency)
		_, err = tx.ExecContext(t.Context(), statement, args...)
		return err
	}
	const insert = "INSERT INTO interests_signatures (id, case_id, interests_id, agency_id, member_id, capacity, signed_on) VALUES ('raw', $1, $2, $3, $4, $5, 1)"
	for name, err := range map[string]error{
		"a supervisor's signature by a case worker": try(lwu, insert, id, assessment, lwu.ID, lwu.Worker, "SUPERVISOR"),
		"for another member":                        try(iom, insert, id, determination, iom.ID, iom.Colleague, "PANEL"),
		"for another agency":                        try(ngo, insert, id, determination, iom.ID, iom.Worker, "PANEL"),
		"by one who is not on the panel":            try(ngo, insert, id, determination, ngo.ID, ngo.Worker, "PANEL"),
		"in another case":                           try(iom, insert, born(w, eight), determination, iom.ID, iom.Worker, "PANEL"),
		"a guardian of another agency's child": try(ngo, `INSERT INTO guardianships (id, case_id, contributor_id, recorded_on, recorded_by, relation, capacity, sealed, valid_from, valid_until)
			VALUES ('raw', $1, $2, 1, $3, 'MOTHER', 'PARENT', '', 1, 2)`, id, ngo.ID, ngo.Worker),
	} {
		if state(err) != notPrivileged {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := try(iom, insert, id, determination, iom.ID, iom.Worker, "PANEL"); err != nil {
		t.Errorf("one of the panel: %v", err)
	}
	for _, statement := range []string{"UPDATE best_interests SET stands_for = '[]'", "DELETE FROM interests_signatures", "UPDATE guardianships SET agency_id = ''"} {
		if err := try(lwu, statement); state(err) != notPrivileged {
			t.Errorf("%s: %v", statement, err)
		}
	}

}
