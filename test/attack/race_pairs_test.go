package attack

import (
	"context"
	"time"

	"github.com/sala-exchange/sala/ent/identity"
	"github.com/sala-exchange/sala/ent/profile"
	"github.com/sala-exchange/sala/ent/referral"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/test/world"
)

// change is one verb of a member.
type change struct {
	verb string // of services/casework or services/onboarding
	who  rule.Scope
	do   func(context.Context, *store.Op) error
}

// pair is two verbs on one case; setup makes a fresh case for each round.
type pair struct {
	name  string
	setup func(w *world.World) (caseID string, first, second change)
	gate  bool // one of them changes a gate, and holds no case
	// dated: each is dated by when its transaction began, which need not be the order in
	// which they held the case. What is open is still as after one order or the other.
	dated bool
}

func accept(w *world.World, ref string, member func(*world.Agency) string) change {
	s := as(w, "ngo")
	s.Member = member(w.Agencies["ngo"])
	return change{"AcceptReferral", s, func(ctx context.Context, op *store.Op) error {
		return casework.AcceptReferral(ctx, op, casework.AcceptReferralInput{ReferralID: ref})
	}}
}

func worker(a *world.Agency) string    { return a.Worker }
func colleague(a *world.Agency) string { return a.Colleague }

func offer(w *world.World, caseID, to string) change {
	return change{"OfferReferral", as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
		_, err := casework.OfferReferral(ctx, op, casework.OfferReferralInput{
			CaseID: caseID, ToID: w.Agencies[to].ID, Service: valueset.ServiceCounselling, Purpose: assistance,
			Categories: []category.Category{category.Identity}, Urgency: valueset.UrgencyRoutine, ReplyBy: op.Scope.Now + 1e12,
		})
		return err
	}}
}

func consent(w *world.World, caseID, to string) change {
	return change{"RecordConsent", as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
		_, err := casework.RecordConsent(ctx, op, casework.RecordConsentInput{
			CaseID: caseID, Kind: valueset.ConsentKindSharing, Interpretation: valueset.InterpretationNoneNeeded, Setting: valueset.SettingSafePlace,
			Provisions: []*casework.ProvisionInput{{Decision: valueset.DecisionPermit, RecipientID: &w.Agencies[to].ID,
				Purposes: []category.Purpose{assistance}, Categories: []category.Category{category.Identity}}},
		})
		return err
	}}
}

// offeredTo makes a case with her consent and an open referral to ngo.
func offeredTo(w *world.World) (caseID, ref string) {
	resumed(w)
	caseID = w.Register("lwu", "Canary Race")
	w.Share("lwu", caseID, "ngo", assistance, category.Identity)
	return caseID, w.Refer("lwu", caseID, "ngo", assistance, category.Identity)
}

// open is a pair on such a case.
func openPair(name string, of func(w *world.World, caseID, ref string) (first, second change)) pair {
	return pair{name: name, setup: func(w *world.World) (string, change, change) {
		id, ref := offeredTo(w)
		first, second := of(w, id, ref)
		return id, first, second
	}}
}

func revoke(w *world.World, ref string) change {
	return change{"RevokeReferral", as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
		return casework.RevokeReferral(ctx, op, ref)
	}}
}

func declining(w *world.World, ref string) change {
	return change{"DeclineReferral", as(w, "ngo"), func(ctx context.Context, op *store.Op) error {
		return casework.DeclineReferral(ctx, op, casework.DeclineReferralInput{ReferralID: ref, Reason: valueset.DeclineReasonNoCapacity})
	}}
}

func withdrawing(w *world.World, caseID string) change {
	return change{"WithdrawConsent", as(w, "lwu"), withdraw(w, caseID, "ngo")}
}

func assigning(w *world.World, caseID string) change {
	return change{"Assign", as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
		return casework.Assign(ctx, op, caseID, w.Agencies["lwu"].Colleague)
	}}
}

// breaking is a break-glass by ngo of a case that is not shared with it, and locking the
// supervisor's lock.
func breaking(w *world.World, caseID string) change {
	s, reference := glassScope(w, "ngo", assistance), referenceOf(w, caseID)
	return change{"BreakGlass", s, func(ctx context.Context, op *store.Op) error {
		_, err := casework.BreakGlass(ctx, op, glassInput(reference, category.Identity))
		return err
	}}
}

func locking(w *world.World, caseID string) change {
	return change{"LockCase", supervisorOf(w, "lwu"), func(ctx context.Context, op *store.Op) error { return casework.LockCase(ctx, op, caseID) }}
}

var pairs = []pair{
	{name: "break glass, lock", setup: func(w *world.World) (string, change, change) {
		w.Advance(25 * time.Hour) // a member has three attempts in a day
		resumed(w)
		id := w.Register("lwu", "Canary Race")
		return id, breaking(w, id), locking(w, id)
	}},
	openPair("withdraw, accept", func(w *world.World, id, ref string) (change, change) {
		return withdrawing(w, id), accept(w, ref, worker)
	}),
	openPair("withdraw, offer", func(w *world.World, id, _ string) (change, change) {
		return withdrawing(w, id), offer(w, id, "ngo")
	}),
	basisPair("check a legal basis, withdraw", func(w *world.World, id, basis string) (change, change) {
		return checking(w, basis), withdrawing(w, id)
	}),
	basisPair("check a legal basis, end it", func(w *world.World, _, basis string) (change, change) {
		return checking(w, basis), endingBasis(w, basis)
	}),
	openPair("revoke, accept", func(w *world.World, _, ref string) (change, change) {
		return revoke(w, ref), accept(w, ref, worker)
	}),
	openPair("decline, accept", func(w *world.World, _, ref string) (change, change) {
		return declining(w, ref), accept(w, ref, colleague)
	}),
	openPair("accept, accept", func(w *world.World, _, ref string) (change, change) {
		return accept(w, ref, worker), accept(w, ref, colleague)
	}),
	openPair("consent, withdraw", func(w *world.World, id, ref string) (change, change) {
		w.Accept("ngo", assistance, ref)
		return consent(w, id, "ngo"), withdrawing(w, id)
	}),
	openPair("assign, unassign", func(w *world.World, id, _ string) (change, change) {
		return assigning(w, id), change{"Unassign", as(w, "lwu"), unassign(id, w.Agencies["lwu"].Colleague)}
	}),
	openPair("assign, assign", func(w *world.World, id, _ string) (change, change) {
		return assigning(w, id), assigning(w, id)
	}),
	openPair("accept transfer, offer", func(w *world.World, id, ref string) (change, change) {
		transferable(w, id, ref)
		w.Share("lwu", id, "iom", assistance, category.Identity)
		offerTransfer(w, id)
		return acceptingTransfer(w, id), offer(w, id, "iom")
	}),
	openPair("accept transfer, withdraw", func(w *world.World, id, ref string) (change, change) {
		transferable(w, id, ref)
		offerTransfer(w, id)
		return acceptingTransfer(w, id), withdrawing(w, id)
	}),
	openPair("accept transfer, revoke transfer", func(w *world.World, id, ref string) (change, change) {
		transferable(w, id, ref)
		offerTransfer(w, id)
		return acceptingTransfer(w, id), change{"RevokeTransfer", as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
			return casework.RevokeTransfer(ctx, op, id)
		}}
	}),
	openPair("offer transfer, withdraw", func(w *world.World, id, ref string) (change, change) {
		transferable(w, id, ref)
		return offeringTransfer(w, id), withdrawing(w, id)
	}),
	openPair("complete, withdraw", func(w *world.World, id, ref string) (change, change) {
		w.Accept("ngo", assistance, ref)
		return completing(w, ref), withdrawing(w, id)
	}),
	openPair("complete, revoke", func(w *world.World, _, ref string) (change, change) {
		w.Accept("ngo", assistance, ref)
		return completing(w, ref), revoke(w, ref)
	}),
	openPair("offer, offer", func(w *world.World, id, _ string) (change, change) {
		return offer(w, id, "ngo"), offer(w, id, "ngo")
	}),
	openPair("ask, accept", func(w *world.World, _, ref string) (change, change) {
		return asking(w, ref, false), accept(w, ref, worker)
	}),
	openPair("put on the waiting list, accept", func(w *world.World, _, ref string) (change, change) {
		return asking(w, ref, true), accept(w, ref, worker)
	}),
	openPair("close the case, accept", func(w *world.World, id, ref string) (change, change) {
		return closing(w, id), accept(w, ref, worker)
	}),
	openPair("correct the birth date, accept", func(w *world.World, id, ref string) (change, change) {
		return correctingBirth(w, id), accept(w, ref, worker)
	}),
	datedPair("record her death, accept", func(w *world.World, id, ref string) (change, change) {
		return recordingDeath(w, id), accept(w, ref, worker)
	}),
	childPair("flag a guardian's conflict, accept", func(w *world.World, _, mother, ref string) (change, change) {
		return change{"ChangeGuardianship", as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
			_, err := casework.ChangeGuardianship(ctx, op, casework.ChangeGuardianshipInput{GuardianshipID: mother, Conflict: world.Ptr(true)})
			return err
		}}, accept(w, ref, worker)
	}),
	childPair("decide against it, accept", func(w *world.World, id, _, ref string) (change, change) {
		return change{"RecordBestInterests", as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
			in := interests(w, id, valueset.BestInterestsKindAssessment)
			in.Provisions[0].Decision = valueset.DecisionDeny
			_, err := casework.RecordBestInterests(ctx, op, in)
			return err
		}}, accept(w, ref, worker)
	}),
	childPair("withdraw, sign", func(w *world.World, id, _, _ string) (change, change) {
		var decision string
		w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) (err error) {
			decision, err = casework.RecordBestInterests(ctx, op, interests(w, id, valueset.BestInterestsKindAssessment))
			return err
		})
		ref := reference(w, id)
		return withdrawing(w, id), change{"SignBestInterests", supervising(w, "lwu"), func(ctx context.Context, op *store.Op) error {
			_, err := casework.SignBestInterests(ctx, op, casework.SignBestInterestsInput{BestInterestsID: decision, Reference: ref})
			return err
		}}
	}),
	openPair("withdraw recording, accept", func(w *world.World, id, ref string) (change, change) {
		return change{"RecordConsent", as(w, "lwu"), noRecording(id)}, accept(w, ref, worker)
	}),
	partPair("RecordIdentity", func(ctx context.Context, op *store.Op, id string) (string, error) {
		return casework.RecordIdentity(ctx, op, id, *world.Adult("Canary Own"))
	}),
	partPair("RecordContact", func(ctx context.Context, op *store.Op, id string) (string, error) {
		return casework.RecordContact(ctx, op, id, casework.ContactInput{Channel: valueset.ContactChannelMobilePhone, Address: world.Ptr("+99912")})
	}),
	partPair("RecordProfile", func(ctx context.Context, op *store.Op, id string) (string, error) {
		return casework.RecordProfile(ctx, op, id, casework.ProfileInput{Sex: world.Ptr(valueset.SexFemale)})
	}),
	partPair("RecordTrafficking", func(ctx context.Context, op *store.Op, id string) (string, error) {
		return casework.RecordTrafficking(ctx, op, id, casework.TraffickingInput{})
	}),
	partPair("RecordNarrative", func(ctx context.Context, op *store.Op, id string) (string, error) {
		return casework.RecordNarrative(ctx, op, id, casework.NarrativeInput{Kind: "STATEMENT", Text: "Canary"})
	}),
	furtherPair("RecordWhereabouts", category.Whereabouts),
	openPair("RecordSuspect, withdraw", func(w *world.World, id, ref string) (change, change) {
		transferable(w, id, ref)
		proceeding := w.Further("ngo", id, "Canary Own", assistance)[category.Justice]
		return recordingFurther(w, "RecordSuspect", category.Suspect, proceeding), withdrawing(w, id)
	}),
	openPair("clear a suspect, accept", func(w *world.World, id, ref string) (change, change) {
		return clearing(w, w.Further("lwu", id, "Canary Own")[category.Suspect]), accept(w, ref, worker)
	}),
	openPair("ask for a suspect's erasure, charge again", func(w *world.World, id, _ string) (change, change) {
		suspect := w.Further("lwu", id, "Canary Own")[category.Suspect]
		c := clearing(w, suspect)
		w.Must(c.who, c.do)
		return askingAbout(w, "lwu", suspect), charging(w, suspect)
	}),
	openPair("take a proceeding from an agency, accept", func(w *world.World, id, ref string) (change, change) {
		return sharingProceeding(w, w.Further("lwu", id, "Canary Own")[category.Justice], "ngo"), accept(w, ref, worker)
	}),
	gatePair("suspend the agreement, accept", func(w *world.World, _, ref string) (change, change) {
		return change{"SuspendAgreement", as(w, "lwu"), suspend(w.Agreements["lwu+ngo"])}, accept(w, ref, worker)
	}),
	gatePair("resume the agreement, accept", func(w *world.World, _, ref string) (change, change) {
		w.Must(as(w, "lwu"), suspend(w.Agreements["lwu+ngo"]))
		return change{"ResumeAgreement", as(w, "lwu"), resume(w.Agreements["lwu+ngo"])}, accept(w, ref, worker)
	}),
}

// transferable lets ngo take the case over but for her statement about that.
func transferable(w *world.World, id, ref string) {
	w.Accept("ngo", assistance, ref)
	w.Must(as(w, "ngo"), recording(id))
}

// childPair is a pair on the case of a child with all voices and an open referral to ngo.
func childPair(name string, of func(w *world.World, caseID, mother, ref string) (first, second change)) pair {
	return pair{name: name, setup: func(w *world.World) (string, change, change) {
		resumed(w)
		id := born(w, thirteen)
		var mother string
		w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) (err error) {
			mother, err = casework.RecordGuardianship(ctx, op, casework.RecordGuardianshipInput{CaseID: id, Relation: valueset.GuardianRelationMother,
				Capacity: valueset.GuardianCapacityParent, Name: "Canary Mother"})
			return err
		})
		for _, in := range []casework.RecordConsentInput{carer(w, id, mother, "ngo", assistance, category.Identity), assent(w, id, "ngo", assistance, category.Identity)} {
			if err := record(w, "lwu", in); err != nil {
				w.T.Fatalf("%v (%v)", err, world.Cause(err))
			}
		}
		first, second := of(w, id, mother, w.Refer("lwu", id, "ngo", assistance, category.Identity))
		return id, first, second
	}}
}

// partPair is the first part of an agency's own beside her no to that agency.
func partPair(verb string, record func(ctx context.Context, op *store.Op, caseID string) (string, error)) pair {
	return openPair(verb+", withdraw", func(w *world.World, id, ref string) (change, change) {
		transferable(w, id, ref)
		return change{verb, as(w, "ngo"), func(ctx context.Context, op *store.Op) error {
			_, err := record(ctx, op, id)
			return err
		}}, withdrawing(w, id)
	})
}

// furtherPair is the same for a part that her first statement did not name.
func furtherPair(verb string, c category.Category) pair {
	return openPair(verb+", withdraw", func(w *world.World, id, ref string) (change, change) {
		transferable(w, id, ref)
		w.Must(as(w, "ngo"), func(ctx context.Context, op *store.Op) error {
			_, err := casework.RecordConsent(ctx, op, world.RecordingFurther(id, assistance))
			return err
		})
		return recordingFurther(w, verb, c, id), withdrawing(w, id)
	})
}

func recordingFurther(w *world.World, verb string, c category.Category, of string) change {
	return change{verb, as(w, "ngo"), func(ctx context.Context, op *store.Op) error {
		_, err := world.Record(ctx, op, c, of, "Canary Own")
		return err
	}}
}

// clearing records that a suspect of lwu's is acquitted (B2).
func clearing(w *world.World, id string) change {
	return change{"CorrectSuspect", as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
		row, err := op.Suspect.Get(ctx, id)
		if err != nil {
			return err
		}
		return casework.CorrectSuspect(ctx, op, casework.CorrectInput{ID: id, Version: row.Version}, casework.SuspectInput{State: valueset.SuspectStateAcquitted})
	}}
}

// sharingProceeding names the agencies of a proceeding of lwu's (B2).
func sharingProceeding(w *world.World, id string, with ...string) change {
	return change{"CorrectProceeding", as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
		row, err := op.Proceeding.Get(ctx, id)
		if err != nil {
			return err
		}
		in := casework.ProceedingInput{Kind: valueset.ProceedingKindCriminal, Stage: valueset.ProceedingStageTrial}
		for _, code := range with {
			in.AgencyIDs = append(in.AgencyIDs, w.Agencies[code].ID)
		}
		return casework.CorrectProceeding(ctx, op, casework.CorrectInput{ID: id, Version: row.Version}, in)
	}}
}

func gatePair(name string, of func(w *world.World, caseID, ref string) (first, second change)) pair {
	p := openPair(name, of)
	p.gate = true
	return p
}

func datedPair(name string, of func(w *world.World, caseID, ref string) (first, second change)) pair {
	p := openPair(name, of)
	p.dated = true
	return p
}

// resumed puts the agreement of lwu and ngo in force again, where an earlier round left
// it suspended.
func resumed(w *world.World) {
	w.T.Helper()
	err := w.Do(as(w, "lwu"), resume(w.Agreements["lwu+ngo"]))
	if err != nil && errs.KindOf(err) != errs.Conflict {
		w.T.Fatalf("%v (%v)", err, world.Cause(err))
	}
}

func completing(w *world.World, ref string) change {
	return change{"CompleteReferral", as(w, "ngo"), func(ctx context.Context, op *store.Op) error {
		return casework.CompleteReferral(ctx, op, casework.CompleteReferralInput{ReferralID: ref, Outcome: string(referral.OutcomeSERVICE_GIVEN)})
	}}
}

func asking(w *world.World, ref string, waiting bool) change {
	in := casework.AskReferralInput{ReferralID: ref, Waiting: waiting}
	if !waiting {
		in.Topics = []string{"URGENCY"}
	}
	return change{"AskReferral", as(w, "ngo"), func(ctx context.Context, op *store.Op) error { return casework.AskReferral(ctx, op, in) }}
}

func closing(w *world.World, id string) change {
	return change{"ChangeCase", as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
		c, err := op.CaseFile.Get(ctx, id)
		if err != nil {
			return err
		}
		return casework.ChangeCase(ctx, op, casework.ChangeCaseInput{CaseID: id, Version: c.Version,
			State: world.Ptr(valueset.CaseStateClosed), ClosingReason: world.Ptr(valueset.ClosingReasonGoalsMet)})
	}}
}

// correctingBirth makes her a child.
func correctingBirth(w *world.World, id string) change {
	return change{"CorrectIdentity", as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
		r, err := op.Identity.Query().Where(identity.CaseID(id)).Only(ctx)
		if err != nil {
			return err
		}
		in := world.Adult("Canary Race")
		in.BirthDate = world.Ptr("2015-05-17")
		return casework.CorrectIdentity(ctx, op, casework.CorrectInput{ID: r.ID, Version: r.Version}, *in)
	}}
}

func recordingDeath(w *world.World, id string) change {
	return change{"CorrectProfile", as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
		r, err := op.Profile.Query().Where(profile.CaseID(id)).Only(ctx)
		if err != nil {
			return err
		}
		return casework.CorrectProfile(ctx, op, casework.CorrectInput{ID: r.ID, Version: r.Version}, casework.ProfileInput{Deceased: world.Ptr(true)})
	}}
}

// noRecording records her no to the viewer's agency's own recording (C1, C8).
func noRecording(caseID string) func(context.Context, *store.Op) error {
	return func(ctx context.Context, op *store.Op) error {
		in := world.Recording(assistance, justice, category.ForProtection)
		in.CaseID, in.Provisions[0].Decision = caseID, valueset.DecisionDeny
		_, err := casework.RecordConsent(ctx, op, in)
		return err
	}
}

func offerTransfer(w *world.World, id string) {
	offer := offeringTransfer(w, id)
	w.Must(offer.who, offer.do)
}

// offeringTransfer records her yes to it first.
func offeringTransfer(w *world.World, id string) change {
	said := w.Transferable("lwu", id, "ngo", assistance)
	return change{"OfferTransfer", as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
		return casework.OfferTransfer(ctx, op, casework.OfferTransferInput{CaseID: id, ToID: w.Agencies["ngo"].ID, ConsentID: said})
	}}
}

func acceptingTransfer(w *world.World, id string) change {
	return change{"AcceptTransfer", as(w, "ngo"), func(ctx context.Context, op *store.Op) error {
		return casework.AcceptTransfer(ctx, op, id)
	}}
}

// recording records her consent to the viewer's agency's own recording (C1).
func recording(caseID string) func(context.Context, *store.Op) error {
	return func(ctx context.Context, op *store.Op) error {
		in := world.Recording(assistance)
		in.CaseID = caseID
		_, err := casework.RecordConsent(ctx, op, in)
		return err
	}
}

// basisPair is a pair on a case of which ngo asks the identity by a vital interest.
func basisPair(name string, of func(w *world.World, caseID, basis string) (first, second change)) pair {
	return pair{name: name, setup: func(w *world.World) (string, change, change) {
		resumed(w)
		id := w.Register("lwu", "Canary Race")
		var c casework.EnterLegalBasisInput
		w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
			row, err := op.CaseFile.Get(ctx, id)
			if err == nil {
				c = casework.EnterLegalBasisInput{Reference: row.Reference, Kind: valueset.LegalBasisKindVitalInterest, ContributorID: w.Agencies["lwu"].ID,
					Purpose: assistance, Categories: []category.Category{category.Identity}, Authority: "x", Coverage: "x", ValidUntil: op.Scope.Now + 1e9}
			}
			return err
		})
		var basis string
		w.Must(as(w, "ngo"), func(ctx context.Context, op *store.Op) (err error) {
			basis, err = casework.EnterLegalBasis(ctx, op, c)
			return err
		})
		first, second := of(w, id, basis)
		return id, first, second
	}}
}

func checking(w *world.World, basis string) change {
	return change{"CheckLegalBasis", w.AsFocal("lwu"), func(ctx context.Context, op *store.Op) error {
		_, err := casework.CheckLegalBasis(ctx, op, casework.CheckLegalBasisInput{LegalBasisID: basis, Confirm: true})
		return err
	}}
}

func endingBasis(w *world.World, basis string) change {
	return change{"EndLegalBasis", as(w, "ngo"), func(ctx context.Context, op *store.Op) error {
		_, err := casework.EndLegalBasis(ctx, op, basis)
		return err
	}}
}
