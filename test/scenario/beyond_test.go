package scenario

import (
	"context"
	"strings"
	"testing"
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
	terms("YES", assistance, "atd", "iom")
	terms("ASK", assistance, "iom", "ngo")
	terms("NO", assistance, "a03", "iom")
	terms("NO", assistance, "a03", "ngo")
	terms("NO", category.Tracing, "iom", "lwu")
	own["third"] = w.Agencies["a03"].ID
	own["passing"] = passing("atd", "iom")
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

// provenanceOf is what a case tells of how it came to the viewer.
const provenanceOf = `query($id: ID!) @purpose(of: ASSISTANCE) { case(id: $id) {
  access { category provenance { contributor { code } through { code } first { code } referralID firstReferralID agreementID firstAgreementID } }
  accessibleBy { agency { code } through { code } }
  permissions { state contributor { code } asker { code } recipient { code } referralID }
  referrals { from { code } onwardOf }
} }`

type cameFrom struct {
	Case *struct {
		Access []struct {
			Category   string
			Provenance []struct {
				Contributor, Through, First     *struct{ Code string }
				ReferralID, AgreementID         string
				FirstReferralID, FirstAgreement *string
			}
		}
		AccessibleBy []struct{ Agency, Through struct{ Code string } }
		Permissions  []struct {
			State                         string
			Contributor, Asker, Recipient *struct{ Code string }
			ReferralID                    *string
		}
		Referrals []struct {
			From     struct{ Code string }
			OnwardOf *string
		}
	}
}

// TestProvenanceGoesAlong: who receives what was passed on sees from whom, through whom and
// under which agreements it came; its contributor sees who passed it on (D4).
func TestProvenanceGoesAlong(t *testing.T) {
	both(t, world.Options{More: 1}, func(t *testing.T, w *world.World) {
		const assistance = category.ForAssistance
		s := w.Serve(false)
		exec := func(statement string) {
			t.Helper()
			if _, err := w.Root().ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
		exec("UPDATE agreements SET onward = 'ASK' WHERE id = '" + w.Agreements["lwu+ngo"] + "'")
		second := w.InForce([]string{"a01", "ngo"}, []category.Purpose{assistance}, category.Shareable(), time.Hour, 365*24*time.Hour)
		id := w.Register("lwu", "Somchan")
		do := func(agency, field, args string) {
			t.Helper()
			args = strings.NewReplacer("$id", `"`+id+`"`, "$ngo", `"`+s.Agencies["ngo"].ID+`"`, "$a01", `"`+s.Agencies["a01"].ID+`"`).Replace(args)
			a := as(s, agency, "worker").ask(`mutation @purpose(of: ASSISTANCE) { done: `+field+`(`+args+`) { userErrors { code field message } } }`, nil)
			if a.code() != "" || a.userError() != "" {
				t.Fatalf("%s: %s", field, a.raw)
			}
		}
		look := func(agency string) (d cameFrom) {
			t.Helper()
			as(s, agency, "worker").ask(provenanceOf, map[string]any{"id": id}).into(t, &d)
			return d
		}
		do("lwu", "recordConsent", `input: {caseID: $id, kind: SHARING, interpretation: NONE_NEEDED, setting: SAFE_PLACE, provisions: [
		  {decision: PERMIT, recipientID: $ngo, onward: true, purposes: [ASSISTANCE], categories: [PROFILE]},
		  {decision: PERMIT, recipientID: $a01, purposes: [ASSISTANCE], categories: [PROFILE]}]}`)
		first := w.Refer("lwu", id, "ngo", assistance, category.Profile)
		w.Accept("ngo", assistance, first)
		passing := `input: {referralID: "` + first + `", toID: $a01, service: HEALTH, categories: [PROFILE], urgency: URGENT, replyBy: "2026-03-08T00:00:00Z"}`
		do("ngo", "askOnward", passing)
		asked := look("lwu").Case.Permissions
		if len(asked) != 1 || asked[0].State != "ASKED" || asked[0].Asker.Code != "ngo" || asked[0].Recipient.Code != "a01" || asked[0].ReferralID == nil {
			t.Fatalf("the contributor is asked: %+v", asked)
		}
		var permission string
		w.Must(w.As("lwu", assistance), func(ctx context.Context, op *store.Op) (err error) {
			permission, err = op.Permission.Query().OnlyID(ctx)
			return err
		})
		do("lwu", "answerOnward", `input: {permissionID: "`+permission+`", allow: true}`)
		do("ngo", "offerOnward", passing)
		w.Accept("a01", assistance, *asked[0].ReferralID)
		third := look("a01")
		if third.Case == nil {
			t.Fatal("the third does not see the case")
		}
		told := 0
		for _, a := range third.Case.Access {
			for _, p := range a.Provenance {
				told++
				if p.Contributor.Code != "lwu" || p.Through.Code != "ngo" || p.First.Code != "lwu" || p.ReferralID != *asked[0].ReferralID || p.AgreementID != second || *p.FirstReferralID != first {
					t.Errorf("%s came by %+v", a.Category, p)
				}
			}
		}
		if told != 2 { // CASE and PROFILE
			t.Errorf("%d ways are told", told)
		}
		if r := third.Case.Referrals; len(r) != 1 || r[0].From.Code != "ngo" || r[0].OnwardOf == nil || *r[0].OnwardOf != first {
			t.Errorf("the referral: %+v", r)
		}
		if len(third.Case.Permissions) != 0 {
			t.Error("the third sees what the contributor decided")
		}
		through := map[string]string{}
		for _, a := range look("lwu").Case.AccessibleBy {
			through[a.Agency.Code] = a.Through.Code
		}
		if through["ngo"] != "lwu" || through["a01"] != "ngo" {
			t.Errorf("the owner sees who passed it on: %v", through)
		}
	})
}
