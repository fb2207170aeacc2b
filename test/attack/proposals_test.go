package attack

import (
	"context"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/internal/viewer"
	"github.com/sala-exchange/sala/services/onboarding"
	"github.com/sala-exchange/sala/test/world"
)

// TestAnInvitationWaitsOnce: the same invitation proposed twice is the one that waits, whose
// secret is shown once; another account's is another, and so is one after a refusal.
func TestAnInvitationWaitsOnce(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		lwu := w.Agencies["lwu"].ID
		program := enter(t, w, "atd", "program", viewer.PlatformOperator)
		invite := func(ctx context.Context, op *store.Op) (*onboarding.Invited, error) {
			return onboarding.Invite(ctx, op, lwu)
		}
		first, again := run(t, w, program, invite), run(t, w, program, invite)
		if again.ProposalID != first.ProposalID || again.ID != first.ID || again.Secret != "" || first.Secret == "" {
			t.Errorf("proposed twice: %s and %s, secret shown again: %v", first.ProposalID, again.ProposalID, again.Secret != "")
		}
		if n := one[int](t, w.Root(), "SELECT count(*) FROM proposals WHERE kind = 'ADMINISTRATOR'"); n != 1 {
			t.Errorf("%d proposals of one invitation", n)
		}
		if other := run(t, w, w.AsPlatform("atd"), invite); other.ProposalID == first.ProposalID || other.Secret == "" {
			t.Error("an account was given the invitation that another proposed")
		}
		w.Must(program, refusal(first.ProposalID))
		if anew := run(t, w, program, invite); anew.ProposalID == first.ProposalID || anew.Secret == "" {
			t.Error("an invitation that was refused stands in the way of another")
		}
	})
}

// TestInvitationsAreShownToThePlatform: whether an agency's first administrator was invited,
// and took it up, is for who administers the platform alone; the secret is for nobody.
func TestInvitationsAreShownToThePlatform(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		const shown = `{ agencies(first: 50) { edges { node { code invitation { id secret validUntil proposalID usedOn over } } } } }`
		asked := func(code, subject string) string {
			raw, err := s.Client(code, subject).Do(t.Context(), shown, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			return string(raw)
		}
		if got := asked("lwu", "platform"); strings.Contains(got, `"invitation":{`) {
			t.Errorf("before any was made: %s", got)
		}
		made := run(t, w, w.AsPlatform("atd"), func(ctx context.Context, op *store.Op) (*onboarding.Invited, error) {
			return onboarding.Invite(ctx, op, w.Agencies["ngo"].ID)
		})
		want := `"invitation":{"id":"` + made.ID + `","secret":null,"validUntil":null,"proposalID":"` + made.ProposalID + `","usedOn":null,"over":false}`
		if got := asked("lwu", "platform"); !strings.Contains(got, want) {
			t.Errorf("who administers the platform: %s", got)
		}
		for _, who := range [][2]string{{"ngo", "admin"}, {"ngo", "worker"}, {"lwu", "admin"}, {"iom", "worker"}} {
			if got := asked(who[0], who[1]); strings.Contains(got, made.ID) || strings.Contains(got, `"invitation":{`) {
				t.Errorf("the %s of %s is shown %s", who[1], who[0], got)
			}
		}
	})
}

// TestOpenProposalsAreBounded: of one account no more than 1,000 proposals wait at a time,
// other accounts go on, and so does this one as soon as one is decided.
func TestOpenProposalsAreBounded(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		program := enter(t, w, "atd", "program", viewer.PlatformOperator)
		ngo := w.Agencies["ngo"].ID
		kinds := []valueset.AgencyKind{valueset.AgencyKindHealth, valueset.AgencyKindShelter}
		propose := func(ctx context.Context, op *store.Op) (string, error) {
			k := kinds[0]
			kinds[0], kinds[1] = kinds[1], k // another than the last
			return onboarding.ProposeKind(ctx, op, ngo, k)
		}
		last := run(t, w, program, propose)
		exec(t, w.Root(), `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
INSERT INTO proposals (id, agency_id, kind, content, proposer_id, proposed_by, proposed_on)
SELECT p.id || '-' || n.i, p.agency_id, p.kind, p.content, p.proposer_id, p.proposed_by, p.proposed_on - 1 FROM proposals p, n WHERE p.id = '`+last+`'`)
		attempt := func(ctx context.Context, op *store.Op) error { _, err := propose(ctx, op); return err }
		err := w.Do(program, attempt)
		wantKind(t, "one too many", err, errs.Conflict)
		if err == nil || !strings.Contains(err.Error(), "1000 proposals of your account wait") {
			t.Errorf("the refusal: %v", err)
		}
		if err := w.Do(w.AsPlatform("atd"), attempt); err != nil {
			t.Errorf("another account: %v", err)
		}
		w.Must(program, refusal(last))
		if err := w.Do(program, attempt); err != nil {
			t.Errorf("after one was decided: %v", err)
		}
	})
}
