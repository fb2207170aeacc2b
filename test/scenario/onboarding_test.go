package scenario

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
	"github.com/sala-exchange/sala/services/apply"
	"github.com/sala-exchange/sala/services/bootstrap"
	"github.com/sala-exchange/sala/services/disclosure"
	"github.com/sala-exchange/sala/test/world"
)

// manifestOf is an agency of a served world, with more lines of its spec.
func manifestOf(s *world.Server, code, kind, more string) string {
	return fmt.Sprintf(`apiVersion: sala.exchange/v1alpha1
kind: Agency
metadata: {name: %s}
spec:
  displayName: Agency %s
  kind: %s
%s  signIn:
    issuers:
    - url: %s
---
`, code, code, kind, more, s.Issuer(code))
}

const terms = `apiVersion: sala.exchange/v1alpha1
kind: DataSharingAgreement
metadata: {name: lwu-ngo}
spec:
  title: Shelter
  parties: [{agency: lwu}, {agency: ngo, controllerRole: PROCESSOR, focalPoint: Legal desk}]
  purposes: [ASSISTANCE]
  categories: [IDENTITY, CONTACT]
  period: {from: 2026-01-01T00:00:00Z, until: 2028-01-01T00:00:00Z}
  obligations: {retentionDays: 365, onwardSharing: ASK}
`

func documents(t *testing.T, text string) []*v1alpha1.Document {
	t.Helper()
	docs, err := v1alpha1.Decode("m.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return docs
}

// applied applies a text as a member and returns what its plan said.
func applied(t *testing.T, s *world.Server, code, subject, text string) string {
	t.Helper()
	p, err := apply.Make(t.Context(), s.Client(code, subject), documents(t, text))
	if err != nil {
		t.Fatalf("%s %s: %v", code, subject, err)
	}
	if err := p.Run(t.Context(), nil); err != nil {
		t.Fatalf("%s %s: %v", code, subject, err)
	}
	if err := s.Verifier.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, step := range p.Steps {
		line := string(step.Action)
		if len(step.About) > 0 {
			line += " (" + strings.Join(step.About, ", ") + ")"
		}
		if step.Waits != "" {
			line += " waits for " + step.Waits
		}
		out = append(out, line)
	}
	return strings.Join(out, "; ")
}

// joined takes an invitation up and enters colleagues: subject=ROLE.
func joined(t *testing.T, s *world.Server, code, secret string, colleagues ...string) {
	t.Helper()
	if err := apply.Join(t.Context(), s.Client(code, "admin"), secret); err != nil {
		t.Fatalf("%s: %v", code, err)
	}
	for _, c := range colleagues {
		subject, role, _ := strings.Cut(c, "=")
		a := as(s, code, "admin").ask(`mutation($in: EnterMemberInput!) { enterMember(input: $in) { member { id } userErrors { message } } }`,
			map[string]any{"in": map[string]any{"issuer": s.Issuer(code), "subject": subject, "roles": []string{role}}})
		if a.code() != "" || !strings.Contains(a.raw, "member_") {
			t.Fatalf("%s: %s", c, a.raw)
		}
	}
}

// TestOnboarding: from an empty database to an agreement in force, over HTTP with real
// tokens: bootstrap, manifests, two people of different agencies, invitations,
// signatures; and each manifest a second time changes nothing.
func TestOnboarding(t *testing.T) {
	both(t, world.Options{Empty: true}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		admins := "  administersPlatform: true\n  country: LA\n  retention: {closedCases: 60}\n  allowedNetworks: [\"::1/128\", 127.0.0.0/8]\n"
		founders := manifestOf(s, "lwu", "UNION", admins) + manifestOf(s, "atd", "POLICE", admins)
		for what, text := range map[string]string{
			"one alone": manifestOf(s, "lwu", "UNION", admins), "three": founders + manifestOf(s, "ngo", "NGO", admins),
			"one that does not administer": manifestOf(s, "lwu", "UNION", admins) + manifestOf(s, "atd", "POLICE", ""), "an agreement": founders + terms,
		} {
			if _, err := bootstrap.Found(t.Context(), w.Store, documents(t, text)); err == nil {
				t.Fatalf("bootstrap takes %s", what)
			}
		}
		founded, err := bootstrap.Found(t.Context(), w.Store, documents(t, founders))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := bootstrap.Found(t.Context(), w.Store, documents(t, founders)); err == nil || !strings.Contains(err.Error(), "already") {
			t.Fatalf("bootstrap works twice: %v", err)
		}
		for _, f := range founded {
			joined(t, s, f.Code, f.Invitation.Secret, "platform=PLATFORM_ADMINISTRATOR")
		}
		if got := applied(t, s, "lwu", "admin", manifestOf(s, "lwu", "UNION", admins)); got != "unchanged" {
			t.Errorf("founded otherwise than its manifest says: %s", got)
		}
		for code, member := range map[string]string{"lwu": "analyst", "atd": "worker"} { // signed in by the issuer, and nobody granted a thing
			if a := as(s, code, member).ask(`{ me { id } }`, nil); a.code() != "FORBIDDEN" {
				t.Errorf("a member without roles: %s", a.raw)
			}
		}

		ngo := manifestOf(s, "ngo", "NGO", "  country: LA\n  units: [{name: border, displayName: Border post}]\n  allowedNetworks: [127.0.0.0/8, \"::1/128\"]\n")
		for i, c := range [][3]string{
			{"lwu", "admin", "waiting waits for one who administers the platform"},
			{"lwu", "platform", "create (propose and approve) waits for the approval of another agency"},
			{"lwu", "platform", "waiting waits for the approval of another agency"},
			{"atd", "platform", "approve"},
			{"atd", "platform", "unchanged"},
			{"lwu", "platform", "unchanged"},
		} {
			if got := applied(t, s, c[0], c[1], ngo); got != c[2] {
				t.Fatalf("%d as %s %s: %s, want %s", i, c[0], c[1], got, c[2])
			}
		}
		invited, err := apply.Invite(t.Context(), s.Client("lwu", "platform"), "ngo")
		if err != nil {
			t.Fatal(err)
		}
		joined(t, s, "ngo", invited.Secret, "worker=CASE_WORKER")

		for i, c := range [][4]string{
			{"lwu", "platform", terms, "waiting waits for the administrator of a party, who proposes it"},
			{"ngo", "admin", terms, "create (propose and sign) waits for the signature of lwu"},
			{"ngo", "admin", terms, "waiting waits for the signature of lwu"},
			{"lwu", "admin", terms, "sign"},
			{"lwu", "admin", terms, "unchanged"},
			{"ngo", "admin", terms, "unchanged"},
			{"ngo", "admin", strings.Replace(terms, "IDENTITY, ", "IDENTITY, PROFILE, ", 1), "refused (the terms of an agreement never change, and these do: categories; propose another)"},
			{"lwu", "platform", strings.Replace(ngo, "Border post", "Border", 1), "waiting (unit border) waits for the agency's own administrator"},
			{"ngo", "admin", manifestOf(s, "ngo", "NGO", "  needToKnow: UNIT\n  limits: {requestsPerMinute: 60}\n"), "change (needToKnow, units that are not in the manifest stay: border); waiting (limits.requestsPerMinute) waits for one who administers the platform"},
			{"lwu", "platform", manifestOf(s, "ngo", "NGO", "  needToKnow: UNIT\n  limits: {requestsPerMinute: 60}\n"), "change (limits.requestsPerMinute, units that are not in the manifest stay: border)"},
			{"lwu", "platform", manifestOf(s, "ngo", "NGO", "  needToKnow: UNIT\n  limits: {requestsPerMinute: 60}\n"), "unchanged (units that are not in the manifest stay: border)"},
			{"ngo", "admin", manifestOf(s, "ngo", "NGO", strings.Replace(admins, "retention: {closedCases: 60}", "needToKnow: UNIT", 1)), "refused (administersPlatform was decided when the agency was onboarded, units that are not in the manifest stay: border)"},
		} {
			if got := applied(t, s, c[0], c[1], c[2]); got != c[3] {
				t.Errorf("%d as %s %s: %s, want %s", i, c[0], c[1], got, c[3])
			}
		}
		report, err := disclosure.Verify(t.Context(), w.Store)
		if err != nil || len(report.Findings) > 0 {
			t.Errorf("the ledger: %v %v", report, err)
		}
		onRecord(t, w, "bootstrap agency", "accept invitation", "propose NEW_AGENCY", "approve NEW_AGENCY", "invite administrator",
			"enter member", "propose agreement", "sign agreement", "update agency")
	})
}

// onRecord: each of the decisions is on the ledger, with the rows that it was about.
func onRecord(t *testing.T, w *world.World, verbs ...string) {
	t.Helper()
	for _, v := range verbs {
		var n int
		err := w.Root().QueryRowContext(t.Context(), "SELECT count(*) FROM disclosures WHERE kind = 'DECISION' AND verb = $1 AND contributor_id <> ''", v).Scan(&n)
		if err != nil || n == 0 {
			t.Errorf("%q is not on record: %v", v, err)
		}
	}
}

var proposalID = regexp.MustCompile(`proposal_[a-z0-9]+`)

// TestSignInByManifest: what an agency's own administrator applies is in effect at
// once, what the platform's apply waits for another agency and the agency itself.
func TestSignInByManifest(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		w.Register("lwu", "Somchan")
		lwu := func(more string) string {
			text := manifestOf(s, "lwu", "UNION", "  administersPlatform: true\n")
			return strings.Replace(strings.Replace(text, "Agency lwu", "lwu", 1), "    issuers:\n", "    issuers:\n"+more, 1)
		}
		theirs := lwu("    - url: https://theirs.example\n")
		for i, c := range [][4]string{
			{"atd", "platform", theirs, "change (signIn: + https://theirs.example) waits for the approval of another agency, then the agency's countersignature, or 72 hours without its objection where it is in use"},
			{"atd", "platform", theirs, "waiting (signIn) waits for the approval of another agency"},
			{"iom", "platform", theirs, "approve (signIn) waits for the agency's countersignature, or 72 hours without its objection"},
			{"iom", "platform", theirs, "waiting (signIn) waits for the agency's countersignature, or 72 hours without its objection"},
			{"lwu", "admin", lwu(""), "refused (a change of signIn waits that is not what stands here (ID))"},
			{"lwu", "admin", theirs, "countersign (signIn)"},
			{"lwu", "admin", theirs, "unchanged"},
			{"lwu", "admin", lwu("    - url: https://ours.example\n      acrValues: [mfa]\n"), "change (signIn: + https://ours.example - https://theirs.example)"},
			{"lwu", "admin", lwu("    - url: https://ours.example\n      acrValues: [mfa]\n"), "unchanged"},
			{"lwu", "admin", lwu("    - url: https://ours.example\n      acrValues: [hardware]\n"), "change (signIn: + https://ours.example)"},
			{"lwu", "admin", lwu("    - url: https://ours.example\n      acrValues: [hardware]\n"), "unchanged"},
		} {
			if got := proposalID.ReplaceAllString(applied(t, s, c[0], c[1], c[2]), "ID"); got != c[3] {
				t.Errorf("%d as %s %s: %s\nwant %s", i, c[0], c[1], got, c[3])
			}
		}
	})
}
