package demo

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/sala-exchange/sala/services/exchange/client"
)

// statement is one that LWU records besides those that its referrals rest on. None is
// about what these name, so that it takes nothing from them.
type statement struct {
	sort  string // what it is an example of
	input string // of recordConsent, without the case; {code} stands for an agency's id, {-7d} for a time from now
	then  string // of withdrawConsent, where she takes it back
	child bool   // about a child
}

const freely = "interpretation: NONE_NEEDED, setting: SAFE_PLACE"

var statements = []statement{
	{sort: "refused", input: `kind: SHARING, form: ORAL_WITNESSED, ` + freely + `,
    provisions: [{decision: DENY, recipientID: "{atd}", purposes: [JUSTICE], categories: [PROFILE, TRAFFICKING]}]`},
	{sort: "withdrawn", input: `kind: SHARING, form: WRITTEN, ` + freely + `,
    provisions: [{decision: PERMIT, recipientID: "{mlsw}", purposes: [ASSISTANCE], categories: [IDENTITY, PROFILE]}]`,
		then: `recipientID: "{mlsw}", ` + freely},
	{sort: "expired", input: `kind: SHARING, form: WRITTEN, givenOn: "{-90d}", ` + freely + `,
    provisions: [{decision: PERMIT, recipientID: "{iom}", purposes: [RETURN], categories: [PROFILE], validUntil: "{-30d}"}]`},
	{sort: "not begun", input: `kind: SHARING, form: THUMBPRINT, ` + freely + `,
    provisions: [{decision: PERMIT, recipientID: "{iom}", purposes: [RETURN], categories: [PROFILE], validFrom: "{30d}", validUntil: "{210d}"}]`},
	{sort: "provisional", input: `kind: SHARING, form: ORAL_WITNESSED, interpretation: RELATIVE, setting: SAFE_PLACE,
    provisions: [{decision: PERMIT, recipientID: "{mlsw}", purposes: [PROTECTION], categories: [PROFILE]}]`},
	{sort: "never confirmed", input: `kind: SHARING, form: AUDIO, givenOn: "{-10d}", interpretation: UNVETTED, setting: SAFE_PLACE,
    provisions: [{decision: PERMIT, recipientID: "{mlsw}", purposes: [PROTECTION], categories: [PROFILE]}]`},
	{sort: "given in custody", input: `kind: SHARING, form: THUMBPRINT, interpretation: OFFICER, setting: CUSTODY,
    provisions: [{decision: PERMIT, recipientID: "{atd}", purposes: [JUSTICE], categories: [TRAFFICKING]}]`},
	{sort: "by class", input: `kind: SHARING, form: WRITTEN, ` + freely + `,
    provisions: [{decision: PERMIT, recipientClass: INTERNATIONAL_ORGANISATION, purposes: [RETURN], categories: [PROFILE]}]`},
	{sort: "partial", input: `kind: SHARING, form: WRITTEN, ` + freely + `,
    provisions: [{decision: PERMIT, recipientID: "{mlsw}", purposes: [RETURN], categories: [PROFILE]},
      {decision: DENY, recipientID: "{mlsw}", purposes: [RETURN], categories: [IDENTITY, CONTACT, TRAFFICKING]}]`},
	{sort: "with onward sharing", input: `kind: SHARING, form: WRITTEN, ` + freely + `,
    provisions: [{decision: PERMIT, recipientID: "{iom}", purposes: [ASSISTANCE], categories: [PROFILE], onward: true}]`},
	{sort: "recording on a typed basis", input: `kind: RECORDING, basis: LEGAL_OBLIGATION, interpretation: NONE_NEEDED, setting: UNKNOWN,
    provisions: [{decision: PERMIT, purposes: [LEGAL_AID], categories: [PROFILE]}]`},
	{sort: "recording refused", input: `kind: RECORDING, form: ORAL_WITNESSED, ` + freely + `,
    provisions: [{decision: DENY, purposes: [JUSTICE, TRACING], categories: [IDENTITY, CONTACT, PROFILE, TRAFFICKING, NARRATIVE]}]`},
	{sort: "about a transfer", input: `kind: TRANSFER, form: WRITTEN, ` + freely + `,
    provisions: [{decision: PERMIT, recipientID: "{mlsw}", purposes: [ASSISTANCE, PROTECTION], categories: []}]`},
	{sort: "by a caregiver", input: `kind: SHARING, voice: CAREGIVER, form: WRITTEN, ` + freely + `,
    provisions: [{decision: PERMIT, recipientID: "{mlsw}", purposes: [PROTECTION], categories: [PROFILE]}]`, child: true},
}

// state records each on the next of LWU's persons.
func (s *session) state(ctx context.Context, lwu *client.Client, persons *people) error {
	for _, st := range statements {
		id, err := persons.any(ctx, st.child)
		if err != nil {
			return err
		}
		err = mutate(ctx, lwu, "ASSISTANCE", "recordConsent", "input: {caseID: $case, "+s.filled(st.input)+"}", map[string]any{"case": id}, nil)
		if err == nil && st.then != "" {
			err = mutate(ctx, lwu, "ASSISTANCE", "withdrawConsent", "input: {caseID: $case, "+s.filled(st.then)+"}", map[string]any{"case": id}, nil)
		}
		if err != nil {
			return fmt.Errorf("recording a statement %q: %w", st.sort, err)
		}
	}
	return nil
}

// filled puts ids and times in.
func (s *session) filled(input string) string {
	var pairs []string
	for code, id := range s.ids {
		pairs = append(pairs, "{"+code+"}", id)
	}
	for _, days := range []int{-90, -30, -10, 30, 210} {
		pairs = append(pairs, fmt.Sprintf("{%dd}", days), instant(time.Now().Add(time.Duration(days)*day)))
	}
	return strings.NewReplacer(pairs...).Replace(input)
}
