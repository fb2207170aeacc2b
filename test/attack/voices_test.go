package attack

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/test/world"
)

// Whatever is said by whomever about one of whatever age, what policy opens the second
// wall lets through: it judges what was said by itself, and a commit that it refuses would
// be an access that policy should not have given, or a rule that it does not know (C4, C6,
// C9, D7, E1 to E6).
func TestPolicyAndTheSecondWallAgree(t *testing.T) {
	t.Parallel()
	w := onPostgres(t)
	rounds := 1
	if !testing.Short() {
		rounds = 12
	}
	opened, seed := 0, uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	for range rounds {
		for _, date := range []string{"", "2022-05-17", "2015-05-17", "2012-05-17", "2009-01-17", seventeen, "1990-05-17"} {
			opened += talk(t, w, r, date)
		}
	}
	if opened == 0 {
		t.Error("nothing was ever opened: nothing was compared")
	}
	t.Logf("%d referrals were accepted", opened)
	evaluated(t, w)
}

// talk has many voices speak of one person, in any order, and offers referrals in between;
// it returns how many were accepted.
func talk(t *testing.T, w *world.World, r *rand.Rand, date string) (opened int) {
	t.Helper()
	pick := func(n int) int { return r.IntN(n) }
	odds := func(n int) bool { return r.IntN(n) == 0 }
	id := run(t, w, as(w, "lwu"), func(ctx context.Context, op *store.Op) (string, error) {
		who := world.Adult("Canary Talk")
		who.BirthDate = &date
		return casework.RegisterCase(ctx, op, casework.RegisterCaseInput{Kind: valueset.CaseKindPresumedVictim,
			Recording: world.Recording(assistance, justice), Identity: who})
	})
	guardians := []string{guardian(t, w, id, nil), guardian(t, w, id, func(in *casework.RecordGuardianshipInput) { in.AgencyID = &w.Agencies["ngo"].ID })}
	fine := func(what string, err error) bool {
		t.Helper()
		if err != nil && (errs.KindOf(err) == errs.Internal || strings.Contains(err.Error(), "database")) {
			t.Errorf("%s: %v (%v)", what, err, world.Cause(err))
		}
		return err == nil
	}
	for range 14 {
		to, p := "ngo", assistance
		if odds(3) {
			to, p = "atd", justice
		}
		cs := [][]category.Category{{category.Identity}, {category.Narrative}, {category.Identity, category.Profile}}[pick(3)]
		in := statement(w, id, to, p, cs...)
		in.LegalAdvice = world.Ptr(odds(2))
		if odds(2) {
			in.Form = world.Ptr(valueset.ConsentFormWritten)
		}
		if odds(6) {
			in.Interpretation = valueset.InterpretationRelative
		}
		if odds(8) {
			in.Setting = valueset.SettingCustody
		}
		if odds(5) {
			in.Provisions[0].Decision = valueset.DecisionDeny
		}
		switch pick(8) {
		case 0, 1, 2:
			in.MatureAndSafe = world.Ptr(odds(2))
			fine("her statement", record(w, "lwu", in))
		case 3, 4:
			in.Voice = world.Ptr(valueset.VoiceCaregiver)
			if !odds(6) {
				in.GuardianshipID = &guardians[pick(2)]
			}
			if !odds(4) {
				in.ChildsViews = world.Ptr(valueset.ChildsViewsHeard)
			}
			fine("a guardian's statement", record(w, "lwu", in))
		case 5:
			fine("a conflict", flag(w, guardians[0], odds(3)))
		case 6:
			kind := []valueset.BestInterestsKind{valueset.BestInterestsKindAssessment, valueset.BestInterestsKindDetermination}[pick(2)]
			decision := interests(w, id, kind)
			decision.Provisions, decision.LegalAdvice = in.Provisions, in.LegalAdvice
			decision.StandsFor = decision.StandsFor[:1+pick(2)]
			signed := decide(t, w, decision)
			colleague := as(w, "iom")
			colleague.Member = w.Agencies["iom"].Colleague
			fine("a supervisor's signature", signs(w, supervising(w, "lwu"), signed, reference(w, id)))
			fine("the panel's", signs(w, as(w, "lwu"), signed, reference(w, id)))
			fine("the panel's", signs(w, as(w, "iom"), signed, reference(w, id)))
			fine("the panel's", signs(w, colleague, signed, reference(w, id)))
		case 7:
			fine("an incapacity", w.Do(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
				_, err := casework.RecordIncapacity(ctx, op, casework.RecordIncapacityInput{CaseID: id, Kind: valueset.IncapacityKindTemporary, Grounds: "x",
					ValidUntil: world.Ptr(op.Scope.Now + int64(time.Hour/time.Microsecond))})
				return err
			}))
		}
		var ref string
		if fine("offering", w.Do(as(w, "lwu"), func(ctx context.Context, op *store.Op) (err error) {
			ref, err = casework.OfferReferral(ctx, op, casework.OfferReferralInput{CaseID: id, ToID: w.Agencies[to].ID, Service: valueset.ServiceCounselling,
				Purpose: p, Categories: cs, Urgency: valueset.UrgencyRoutine, ReplyBy: op.Scope.Now + int64(7*24*time.Hour/time.Microsecond)})
			return err
		})) && fine("accepting", w.Do(w.As(to, p), func(ctx context.Context, op *store.Op) error {
			return casework.AcceptReferral(ctx, op, casework.AcceptReferralInput{ReferralID: ref})
		})) {
			opened++
		}
		w.Advance(time.Duration(pick(40)) * time.Minute)
	}
	return opened
}
