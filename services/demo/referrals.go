package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/sala-exchange/sala/services/exchange/client"
)

// course is one that a referral to the NGO takes, with what each side then sees (D3).
type course struct {
	from             string
	sender, receiver string // states as the two sides see them
	acts             []string
	past             bool          // it happens four weeks ago, and time ends it
	replyBy, until   time.Duration // two weeks and a year where 0
	consented        time.Duration // how long she permits it; a year where 0
}

var courses = []course{
	{from: "lwu", sender: "OFFERED", receiver: "OFFERED"},
	{from: "lwu", sender: "INFORMATION_ASKED", receiver: "INFORMATION_ASKED", acts: []string{"ask"}},
	{from: "lwu", sender: "WAITING", receiver: "WAITING", acts: []string{"wait"}},
	{from: "lwu", sender: "ACCEPTED", receiver: "ACCEPTED", acts: []string{"accept"}},
	{from: "lwu", sender: "ACCEPTED_IN_PART", receiver: "ACCEPTED_IN_PART", acts: []string{"accept in part"}},
	{from: "lwu", sender: "DECLINED", receiver: "DECLINED", acts: []string{"decline"}},
	{from: "lwu", sender: "COMPLETED", receiver: "COMPLETED", acts: []string{"accept", "complete"}},
	{from: "lwu", sender: "REVOKED", receiver: "ENDED", acts: []string{"revoke"}},
	{from: "lwu", sender: "EXPIRED", receiver: "ENDED", past: true, replyBy: 7 * day},
	// What ends after it was accepted is one state to the receiver, whatever the cause.
	{from: "lwu", sender: "REVOKED", receiver: "ENDED", acts: []string{"accept", "revoke"}},
	{from: "lwu", sender: "REVOKED", receiver: "ENDED", acts: []string{"accept", "withdraw"}},
	{from: "lwu", sender: "EXPIRED", receiver: "ENDED", acts: []string{"accept"}, past: true, replyBy: 7 * day, until: 14 * day},
	{from: "lwu", sender: "ACCEPTED", receiver: "ENDED", acts: []string{"accept"}, past: true, consented: 14 * day},
	{from: "mlsw", sender: "ACCEPTED", receiver: "ENDED", acts: []string{"accept"}}, // its agreement is suspended
}

// referAround takes every course of the past, or every other.
func (s *session) referAround(ctx context.Context, past bool, persons map[string]*people) error {
	partner, err := s.as("ngo", "worker")
	if err != nil {
		return err
	}
	for i, c := range courses {
		if c.past != past {
			continue
		}
		sender := persons[c.from]
		caseID, err := sender.next(ctx)
		if err != nil {
			return err
		}
		if err := s.take(ctx, c, sender.client, partner, caseID); err != nil {
			return fmt.Errorf("referral %d, to be %s: %w", i+1, c.sender, err)
		}
	}
	return nil
}

func (s *session) take(ctx context.Context, c course, sender, partner *client.Client, caseID string) error {
	now := s.clock.now()
	said := `recipientID: $to, purposes: [ASSISTANCE], categories: [IDENTITY, CONTACT, PROFILE]`
	if c.consented > 0 {
		said += fmt.Sprintf(`, validUntil: %q`, instant(now.Add(c.consented)))
	}
	ids := map[string]any{"case": caseID, "to": s.ids["ngo"]}
	err := mutate(ctx, sender, "ASSISTANCE", "recordConsent", `input: {caseID: $case, kind: SHARING, form: WRITTEN, `+freely+`,
    provisions: [{decision: PERMIT, `+said+`}]}`, ids, nil)
	if err != nil {
		return err
	}
	var offered struct{ Referral struct{ ID string } }
	input := fmt.Sprintf(`caseID: $case, toID: $to, service: COUNSELLING, purpose: ASSISTANCE,
    categories: [IDENTITY, CONTACT, PROFILE], urgency: ROUTINE, replyBy: %q`, instant(now.Add(or(c.replyBy, 14*day))))
	if c.until > 0 {
		input += fmt.Sprintf(`, validUntil: %q`, instant(now.Add(c.until)))
	}
	if err := mutate(ctx, sender, "ASSISTANCE", "offerReferral", "input: {"+input+"}", ids, &offered); err != nil {
		return err
	}
	for _, act := range c.acts {
		if err := s.act(ctx, act, sender, partner, caseID, offered.Referral.ID); err != nil {
			return err
		}
	}
	return nil
}

func or(d, otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return d
}

// act does one thing to a referral, as the side that does it.
func (s *session) act(ctx context.Context, act string, sender, partner *client.Client, caseID, id string) error {
	answer := func(c *client.Client, field, input string) error {
		return mutate(ctx, c, "ASSISTANCE", field, input, map[string]any{"id": id}, nil)
	}
	switch act {
	case "ask":
		return answer(partner, "askReferral", "input: {referralID: $id, topics: [INTERPRETER]}")
	case "wait":
		return answer(partner, "askReferral", "input: {referralID: $id, waiting: true}")
	case "accept":
		return answer(partner, "acceptReferral", "input: {referralID: $id}")
	case "accept in part":
		return answer(partner, "acceptReferral", "input: {referralID: $id, categories: [PROFILE]}")
	case "decline":
		return answer(partner, "declineReferral", "input: {referralID: $id, reason: NO_CAPACITY}")
	case "complete":
		return answer(partner, "completeReferral", "input: {referralID: $id, outcome: SERVICE_GIVEN}")
	case "revoke":
		return answer(sender, "revokeReferral", "referralID: $id")
	case "withdraw":
		return mutate(ctx, sender, "ASSISTANCE", "withdrawConsent", "input: {caseID: $case, recipientID: $to, "+freely+"}",
			map[string]any{"case": caseID, "to": s.ids["ngo"]}, nil)
	}
	return fmt.Errorf("no such act: %s", act)
}
