package scenario

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/test/world"
)

// registering is a mutation with its variables; the name is the canary.
const registering = `mutation($key: String, $name: String!) @purpose(of: ASSISTANCE) { done: registerCase(idempotencyKey: $key, input: {
  kind: PRESUMED_VICTIM, recording: {kind: RECORDING, interpretation: NONE_NEEDED, setting: SAFE_PLACE,
    provisions: [{decision: PERMIT, purposes: [ASSISTANCE], categories: [IDENTITY, PROFILE]}]},
  identity: {names: [{text: $name, kind: LEGAL, script: LATIN}], birthDate: "1990-01-02"}}) { userErrors { code field message } case { id version identities { id version } } } }`

type registered struct {
	Done struct {
		Case *struct {
			ID         string
			Identities []struct {
				ID      string
				Version int
			}
		}
	}
}

// TestIdempotency: a replay has no second effect and is read again under present
// access; other input under the key is refused; a key is its member's own and is
// forgotten after 24 hours.
func TestIdempotency(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		o := as(s, "lwu", "worker")
		ask := func(o officer, key any, name string) (string, answer) {
			a := o.ask(registering, map[string]any{"key": key, "name": name})
			var r registered
			if a.code() == "" {
				a.into(t, &r)
			}
			if r.Done.Case == nil {
				return "", a
			}
			return r.Done.Case.ID, a
		}
		first, _ := ask(o, "k1", "Kanaree")
		before := stored(t, w)
		if again, a := ask(o, "k1", "Kanaree"); again != first || first == "" {
			t.Errorf("a replay gives %q, the first run gave %q: %s", again, first, a.raw)
		}
		if stored(t, w) != before {
			t.Error("a replay stored something")
		}
		if _, a := ask(o, "k1", "Bounkham"); a.userError() != "CONFLICT" || strings.Contains(a.raw, "Bounkham") {
			t.Errorf("other input under the same key: %s", a.raw)
		}
		if stored(t, w) != before {
			t.Error("a refused key stored something")
		}
		if other, _ := ask(as(s, "lwu", "colleague"), "k1", "Kanaree"); other == first || other == "" {
			t.Error("another member's key is the same key")
		}
		if other, _ := ask(o, nil, "Kanaree"); other == first || other == "" {
			t.Error("without a key nothing new is made")
		}
		// Suspended meanwhile: the replay shows nothing.
		w.Shut("lwu")
		if again, a := ask(o, "k1", "Kanaree"); again != "" || a.code() != "FORBIDDEN" {
			t.Errorf("a replay of a suspended agency: %s", a.raw)
		}
		w.Open("lwu")
		w.Advance(24*time.Hour + time.Second)
		if later, _ := ask(o, "k1", "Bounkham"); later == first || later == "" {
			t.Error("after 24 hours the key is still taken")
		}
	})
}

// TestReplayReadsAgain: what a replay shows is what is open now, not what was.
func TestReplayReadsAgain(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		id := w.Register("lwu", "Kanaree")
		w.Share("lwu", id, "atd", category.ForJustice, category.Profile)
		r := w.Refer("lwu", id, "atd", category.ForJustice, category.Profile)
		accept := func() string {
			a := as(s, "atd", "worker").ask(`mutation($id: ID!) @purpose(of: JUSTICE) { done: acceptReferral(idempotencyKey: "once", input: {referralID: $id}) {
  userErrors { code message } referral { state case { profiles { sex } } } } }`, map[string]any{"id": r})
			return a.raw
		}
		if got := accept(); !strings.Contains(got, `"profiles":[{"sex":"FEMALE"}]`) {
			t.Fatalf("accepting: %s", got)
		}
		w.Withdraw("lwu", id, "atd")
		if got := accept(); got != `{"data":{"done":{"userErrors":[],"referral":{"state":"ENDED","case":null}}},"extensions":{"security":{"confidentiality":"RESTRICTED","obligations":[]}}}` {
			t.Errorf("the replay after her withdrawal: %s", got)
		}
	})
}

// TestStaleVersion: who corrects a row that changed meanwhile is refused and told
// which fields changed, never to what.
func TestStaleVersion(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		o := as(s, "lwu", "worker")
		var r registered
		o.ask(registering, map[string]any{"name": "Kanaree"}).into(t, &r)
		row := r.Done.Case.Identities[0]
		correct := func(version int, name string) answer {
			return o.ask(`mutation($at: CorrectInput!, $name: String!) @purpose(of: ASSISTANCE) { done: correctIdentity(at: $at,
  input: {names: [{text: $name, kind: LEGAL, script: LATIN}], birthDate: "1990-01-02"}) { userErrors { code field message } identity { version names { text } } } }`,
				map[string]any{"at": map[string]any{"id": row.ID, "version": version}, "name": name})
		}
		if a := correct(1, "Somsak"); a.userError() != "" || !strings.Contains(a.raw, `"version":2`) {
			t.Fatalf("correcting: %s", a.raw)
		}
		before := stored(t, w)
		a := correct(1, "Bounmy")
		var p payload
		if err := json.Unmarshal(a.Data["done"], &p); err != nil || len(p.UserErrors) != 1 {
			t.Fatalf("correcting a stale version: %s", a.raw)
		}
		if e := p.UserErrors[0]; e.Code != "STALE" || fmt.Sprint(e.Field) != "[names]" {
			t.Errorf("correcting a stale version: %+v", e)
		}
		for _, value := range []string{"Somsak", "Bounmy", "Kanaree"} {
			if strings.Contains(a.raw, value) {
				t.Errorf("the refusal tells a value: %s", a.raw)
			}
		}
		if stored(t, w) != before {
			t.Error("a stale correction stored something")
		}
	})
}

// TestBadInputStoresNothing: each is a clear, typed error without a value.
func TestBadInputStoresNothing(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		id := w.Register("lwu", "Kanaree")
		w.Share("lwu", id, "mops", category.ForJustice, category.Profile) // consent, but no agreement
		before := stored(t, w)
		ids := map[string]any{"case": id, "atd": w.Agencies["atd"].ID, "mops": w.Agencies["mops"].ID, "ngo": w.Agencies["ngo"].ID}
		consent := func(more string) string {
			return `mutation($case: ID!, $atd: ID!, $mops: ID!, $ngo: ID!) @purpose(of: ASSISTANCE) { done: recordConsent(input: {caseID: $case, kind: SHARING,
  interpretation: NONE_NEEDED, setting: SAFE_PLACE, provisions: [{decision: PERMIT, recipientID: $atd, purposes: [JUSTICE], categories: [PROFILE], ` + more + `}]}) { userErrors { code field message } } }`
		}
		referral := func(to, purpose, more string) string {
			return `mutation($case: ID!, $atd: ID!, $mops: ID!, $ngo: ID!) @purpose(of: ASSISTANCE) { done: offerReferral(input: {caseID: $case, toID: $` + to + `, service: COUNSELLING,
  purpose: ` + purpose + `, categories: [PROFILE], urgency: ROUTINE, replyBy: "` + more + `"}) { userErrors { code field message } } }`
		}
		name := func(text string) string {
			return `mutation @purpose(of: ASSISTANCE) { done: registerCase(input: {kind: PRESUMED_VICTIM, recording: {kind: RECORDING, interpretation: NONE_NEEDED, setting: SAFE_PLACE,
  provisions: [{decision: PERMIT, purposes: [ASSISTANCE], categories: [IDENTITY]}]}, identity: {names: [{text: "` + text + `", kind: LEGAL, script: LATIN}]}}) { userErrors { code field message } } }`
		}
		with := func(part string) string {
			return `mutation @purpose(of: ASSISTANCE) { done: registerCase(input: {kind: PRESUMED_VICTIM, recording: {kind: RECORDING, interpretation: NONE_NEEDED, setting: SAFE_PLACE,
  provisions: [{decision: PERMIT, purposes: [ASSISTANCE], categories: [IDENTITY, CONTACT, PROFILE]}]}, contacts: [{channel: EMAIL}], ` + part + `}) { userErrors { code field message } } }`
		}
		for what, c := range map[string]struct{ document, code, says string }{
			"a consent that ends before it starts": {consent(`validFrom: "2026-05-01T00:00:00Z", validUntil: "2026-04-01T00:00:00Z"`), "INVALID", "validUntil"},
			"a contributor that is no agency":      {consent(`contributorIDs: ["case_00000000000000000000000000"]`), "INVALID", "contributorIDs"},
			"a referral without consent":           {referral("atd", "JUSTICE", "2026-03-08T00:00:00Z"), "CONFLICT", "consent"},
			"a referral without agreement":         {referral("mops", "JUSTICE", "2026-03-08T00:00:00Z"), "CONFLICT", "agreement"},
			"a reply-by date in the past":          {referral("ngo", "ASSISTANCE", "2020-03-08T00:00:00Z"), "INVALID", "replyBy"},
			"a time that is none":                  {referral("ngo", "ASSISTANCE", "Canary"), "INVALID", "RFC 3339"},
			"a name with a control character":      {name(`Cana\u0007ry`), "INVALID", "names"},
			"a name with a lone surrogate":         {name(`Canary\ud800`), "INVALID", ""},
			"an empty name":                        {name(``), "INVALID", "names"},
			"a word that is none of the list":      {strings.Replace(name("Canary"), "PRESUMED_VICTIM", "CANARY", 1), "INVALID", "schema"},
			"a later part than the first":          {with(`profile: {citizenships: ["Canary"]}`), "INVALID", "profile.citizenships.0"},
			"a part that she did not agree to":     {with(`narratives: [{kind: COMMENT, text: "Canary"}]`), "WITHHELD", "narratives.0"},
			"a purpose that is not recorded for":   {strings.Replace(name("Canary"), "of: ASSISTANCE", "of: RETURN", 1), "INVALID", "recording.provisions"},
			"a birth date in the future":           {with(`narratives: [], identity: {names: [], birthDate: "2030-01-01"}`), "INVALID", "identity.birthDate"},
			"more than she agreed to":              {referral("ngo", "ASSISTANCE", "2026-03-08T00:00:00Z"), "CONFLICT", "consent"},
			"two changes in one": {`mutation($case: ID!) @purpose(of: ASSISTANCE) { a: recordProfile(caseID: $case, input: {sex: FEMALE}) { userErrors { code } }
  b: recordNarrative(caseID: $case, input: {kind: COMMENT, text: "Canary"}) { userErrors { code } } }`, "INVALID", "one change"},
			"a change without a purpose": {strings.Replace(name("Canary"), "@purpose(of: ASSISTANCE)", "", 1), "INVALID", "@purpose"},
		} {
			t.Run(what, func(t *testing.T) {
				variables := map[string]any{}
				for k, v := range ids {
					if strings.Contains(c.document, "$"+k+":") {
						variables[k] = v
					}
				}
				document := c.document
				for k := range ids { // declared and not used is an error of its own
					if strings.Count(document, "$"+k) == 1 {
						document = strings.NewReplacer("$"+k+": ID!, ", "", ", $"+k+": ID!", "", "($"+k+": ID!)", "").Replace(document)
						delete(variables, k)
					}
				}
				a := as(s, "lwu", "worker").ask(document, variables)
				if got := a.code() + a.userError(); got != c.code || !strings.Contains(a.raw, c.says) {
					t.Errorf("want %s that says %q: %s", c.code, c.says, a.raw)
				}
				if strings.Contains(strings.ToLower(a.raw), "canary") {
					t.Errorf("the error repeats a value: %s", a.raw)
				}
			})
		}
		// Malformed UTF-8 must not become another name in silence.
		a := as(s, "lwu", "worker").send([]byte(`{"query":` + strings.Replace(quoted(name("Cana|ry")), "|", "\xff", 1) + `}`))
		if a.status != 400 || a.code() != "INVALID" || !strings.Contains(a.raw, "UTF-8") {
			t.Errorf("malformed UTF-8: %d %s", a.status, a.raw)
		}
		if stored(t, w) != before {
			t.Error("bad input stored something")
		}
	})
}

func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// TestWhatIsMissingIsForTheOwner: what a referral lacks is said to the case's owner;
// others learn nothing.
func TestWhatIsMissingIsForTheOwner(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		id := w.Register("lwu", "Kanaree")
		refer := func(agency, caseID string) string {
			return as(s, agency, "worker").ask(`mutation($case: ID!, $to: ID!) @purpose(of: ASSISTANCE) { done: offerReferral(input: {caseID: $case, toID: $to, service: COUNSELLING,
  purpose: ASSISTANCE, categories: [PROFILE], urgency: ROUTINE, replyBy: "2026-03-08T00:00:00Z"}) { userErrors { code field message } } }`,
				map[string]any{"case": caseID, "to": w.Agencies["iom"].ID}).raw
		}
		if got := refer("lwu", id); !strings.Contains(got, "CONFLICT") {
			t.Errorf("to the owner: %s", got)
		}
		if got, want := refer("ngo", id), refer("ngo", "case_00000000000000000000000000"); got != want || !strings.Contains(got, "WITHHELD") {
			t.Errorf("to another agency: %s, of a case that does not exist: %s", got, want)
		}
	})
}
