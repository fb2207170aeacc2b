package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/sala-exchange/sala/services/exchange/client"
)

// mutate runs one mutation for a purpose. The variables are all ids; input is the
// argument list. Refusals of the input are errors.
func mutate(ctx context.Context, c *client.Client, purpose, field, input string, ids map[string]any, into any) error {
	declared := ""
	for name := range ids {
		declared += fmt.Sprintf("$%s: ID! ", name)
	}
	if declared != "" {
		declared = "(" + declared + ")"
	}
	directive := ""
	if purpose != "" {
		directive = " @purpose(of: " + purpose + ")"
	}
	query := fmt.Sprintf("mutation Do%s%s { done: %s(%s) { userErrors { code message } %s } }", declared, directive, field, input, selection(field))
	var out struct{ Done json.RawMessage }
	if _, err := c.Do(ctx, query, ids, &out); err != nil {
		return err
	}
	return done(out.Done, into)
}

// done reads a mutation's payload; a refusal of the input is an error.
func done(payload json.RawMessage, into any) error {
	var refusal struct {
		UserErrors []struct{ Code, Message string }
	}
	if err := json.Unmarshal(payload, &refusal); err != nil {
		return err
	}
	if len(refusal.UserErrors) > 0 {
		return fmt.Errorf("%s: %s", refusal.UserErrors[0].Code, refusal.UserErrors[0].Message)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(payload, into)
}

// selection names the object of each mutation's payload.
func selection(field string) string {
	switch field {
	case "registerCase":
		return "case { id reference }"
	case "recordConsent", "withdrawConsent":
		return "consent { id }"
	case "recordProfile":
		return "profile { id }"
	case "recordTrafficking":
		return "trafficking { id }"
	case "signAgreement", "suspendAgreement", "shutDownAgreement", "endAgreement":
		return "agreement { id suspended }"
	}
	return "referral { id state }"
}

// share records her yes towards one agency and returns the statement's id.
func share(ctx context.Context, c *client.Client, caseID, to, purpose string, categories ...string) (string, error) {
	var out struct{ Consent struct{ ID string } }
	err := mutate(ctx, c, "ASSISTANCE", "recordConsent", fmt.Sprintf(`input: {caseID: $case, kind: SHARING, form: WRITTEN,
    interpretation: NONE_NEEDED, setting: SAFE_PLACE,
    provisions: [{decision: PERMIT, recipientID: $to, purposes: [%s], categories: %s}]}`, purpose, words(categories)),
		map[string]any{"case": caseID, "to": to}, &out)
	return out.Consent.ID, err
}

// refer offers a referral and returns its id.
func refer(ctx context.Context, c *client.Client, caseID, to, purpose string, replyBy time.Time, categories ...string) (string, error) {
	var out struct{ Referral struct{ ID string } }
	err := mutate(ctx, c, "ASSISTANCE", "offerReferral", fmt.Sprintf(`input: {caseID: $case, toID: $to, service: COUNSELLING, purpose: %s,
    categories: %s, urgency: ROUTINE, replyBy: "%s"}`, purpose, words(categories), replyBy.UTC().Format(time.RFC3339)),
		map[string]any{"case": caseID, "to": to}, &out)
	return out.Referral.ID, err
}

func words(in []string) string {
	out := "["
	for i, w := range in {
		if i > 0 {
			out += ", "
		}
		out += w
	}
	return out + "]"
}
