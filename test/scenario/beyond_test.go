package scenario

import (
	"context"
	"time"

	"github.com/sala-exchange/sala/ent/conferencetask"
	"github.com/sala-exchange/sala/ent/permission"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/test/world"
)

// sharedBeyond makes what IOM may do things with that is passed on, goes out of Sala or is
// conferred about.
func sharedBeyond(w *world.World, own map[string]string) {
	w.T.Helper()
	const assistance = category.ForAssistance
	made := func(code, name string, make func(context.Context, *store.Op) (string, error)) {
		w.T.Helper()
		w.Must(w.As(code, assistance), func(ctx context.Context, op *store.Op) (err error) {
			own[name], err = make(ctx, op)
			return err
		})
	}
	says := func(code, caseID, to string, purpose category.Purpose, onward bool) func(context.Context, *store.Op) (string, error) {
		return func(ctx context.Context, op *store.Op) (string, error) {
			return casework.RecordConsent(ctx, op, casework.RecordConsentInput{CaseID: caseID, Kind: valueset.ConsentKindSharing,
				Interpretation: valueset.InterpretationNoneNeeded, Setting: valueset.SettingSafePlace,
				Provisions: []*casework.ProvisionInput{{Decision: valueset.DecisionPermit, RecipientID: &w.Agencies[to].ID, Onward: &onward,
					Purposes: []category.Purpose{purpose}, Categories: []category.Category{category.Profile}}}})
		}
	}
	// passing is a case of one agency that another reads and may pass on to a03.
	passing := func(owner, sharer string) (referral string) {
		id := w.Register(owner, "Somchan")
		made(owner, "_", says(owner, id, sharer, assistance, true))
		made(owner, "_", says(owner, id, "a03", assistance, false))
		referral = w.Refer(owner, id, sharer, assistance, category.Profile)
		w.Accept(sharer, assistance, referral)
		return referral
	}
	terms := func(onward string, purpose category.Purpose, codes ...string) {
		id := w.InForce(codes, []category.Purpose{purpose}, category.Shareable(), time.Hour, 365*24*time.Hour)
		if _, err := w.Root().ExecContext(w.T.Context(), "UPDATE agreements SET onward = '"+onward+"' WHERE id = '"+id+"'"); err != nil {
			w.T.Fatal(err)
		}
	}
	terms("YES", assistance, "a01", "iom")
	terms("ASK", assistance, "iom", "ngo")
	terms("NO", assistance, "a03", "iom")
	terms("NO", assistance, "a03", "ngo")
	terms("NO", category.Tracing, "iom", "lwu")
	own["third"] = w.Agencies["a03"].ID
	own["passing"] = passing("a01", "iom")
	own["asking"] = passing("ngo", "iom")
	byNGO := passing("iom", "ngo")
	made("ngo", "_", func(ctx context.Context, op *store.Op) (string, error) {
		return casework.AskOnward(ctx, op, casework.OfferOnwardInput{ReferralID: byNGO, ToID: own["third"], Service: valueset.ServiceCounselling,
			Categories: []category.Category{category.Profile}, Urgency: valueset.UrgencyRoutine, ReplyBy: op.Scope.Now + 1e12})
	})
	made("iom", "askedof", func(ctx context.Context, op *store.Op) (string, error) {
		return op.Permission.Query().Where(permission.StateEQ(valueset.PermissionStateAsked)).OnlyID(ctx)
	})
	made("iom", "permission", func(ctx context.Context, op *store.Op) (string, error) {
		return casework.PermitContribution(ctx, op, casework.PermitContributionInput{CaseID: own["case"], RecipientID: own["agency"], Purpose: assistance,
			Categories: []category.Category{category.Profile}})
	})

	own["traced"] = w.Register("iom", "Somchan")
	made("iom", "_", func(ctx context.Context, op *store.Op) (string, error) {
		in := world.Recording(category.Tracing)
		in.CaseID = own["traced"]
		return casework.RecordConsent(ctx, op, in)
	})
	made("iom", "_", says("iom", own["traced"], "lwu", category.Tracing, false))

	made("iom", "external", func(ctx context.Context, op *store.Op) (string, error) {
		return casework.RecordExternalReferral(ctx, op, casework.RecordExternalReferralInput{CaseID: own["case"], Purpose: assistance, Party: "x",
			NamedFields: []valueset.ExternalField{valueset.ExternalFieldProfileSex}, Form: valueset.ConsentFormWritten,
			Interpretation: valueset.InterpretationNoneNeeded, Setting: valueset.SettingSafePlace, ReplyBy: op.Scope.Now + 1e12, DeleteBy: op.Scope.Now + 2e12})
	})

	own["conferred"] = w.Register("iom", "Somchan")
	made("iom", "named", says("iom", own["conferred"], "lwu", assistance, false))
	w.Accept("lwu", assistance, w.Refer("iom", own["conferred"], "lwu", assistance, category.Profile))
	call := func(ctx context.Context, op *store.Op) (string, error) {
		return casework.CallConference(ctx, op, casework.CallConferenceInput{CaseID: own["conferred"], Purpose: assistance, ConsentID: own["named"], Subject: "x",
			Participants: []*casework.PanelMemberInput{{AgencyID: own["agency"], MemberID: w.Agencies["lwu"].Worker}}, HeldOn: op.Scope.Now})
	}
	made("iom", "conference", call)
	var held string
	w.Must(w.As("iom", assistance), func(ctx context.Context, op *store.Op) (err error) {
		held, err = call(ctx, op)
		return err
	})
	made("iom", "_", func(ctx context.Context, op *store.Op) (string, error) {
		return casework.ConcludeConference(ctx, op, casework.ConcludeConferenceInput{ConferenceID: held, Decisions: "x",
			Tasks: []*casework.ConferenceTaskInput{{MemberID: w.Agencies["lwu"].Worker, Task: "x", DueOn: op.Scope.Now + 1e12}}})
	})
	made("iom", "task", func(ctx context.Context, op *store.Op) (string, error) {
		return op.ConferenceTask.Query().Where(conferencetask.ConferenceID(held)).OnlyID(ctx)
	})
	delete(own, "_")
}
