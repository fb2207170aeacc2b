package scenario

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/caseref"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/test/world"
)

// TestRulesOfRecording: what a rule says is recorded comes back as it was given.
func TestRulesOfRecording(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		id := change(t, s, "lwu", "worker", register, map[string]any{"in": newCase("Canary Rule")})
		for name, rule := range map[string]func(*testing.T, *world.Server, string){
			"A1": eachRowNamesItsContributor, "B3": contactsSayHowToCall, "B4": sexIsNotGender, "C5": statementsKeepTheirForm,
			"I2": lateEntry, "I3": datesKeepWhatWasWritten, "I4": namesAndDocuments, "I5": references,
		} {
			t.Run(name, func(t *testing.T) { rule(t, s, id) })
		}
	})
}

// given sends input, as the field of the row is written, and returns the row as the case
// shows it afterwards; each member of the input is to come back as it went in.
func given(t *testing.T, s *world.Server, id, mutation, plural, fields string, input map[string]any) map[string]any {
	t.Helper()
	single := map[string]string{"identities": "identity", "contacts": "contact", "profiles": "profile"}[plural]
	made := change(t, s, "lwu", "worker", `mutation Record($id: ID!, $in: `+mutation+`Input!) @purpose(of: ASSISTANCE) {
	  done: record`+mutation+`(caseID: $id, input: $in) { `+single+` { id } userErrors { code field message } } }`,
		map[string]any{"id": id, "in": input})
	row := rowOf(t, s, id, plural, fields, made)
	for name, want := range input {
		if row[name] != nil && !same(row[name], want) {
			t.Errorf("%s: %v came back as %v", name, want, row[name])
		}
	}
	return row
}

// rowOf is one row of a part as its case shows it.
func rowOf(t *testing.T, s *world.Server, caseID, plural, fields, id string) map[string]any {
	t.Helper()
	var out struct {
		Case map[string][]map[string]any
	}
	as(s, "lwu", "worker").ask(`query($id: ID!) @purpose(of: ASSISTANCE) { case(id: $id) { `+plural+` { id `+fields+` } } }`, map[string]any{"id": caseID}).into(t, &out)
	for _, r := range out.Case[plural] {
		if r["id"] == id {
			return r
		}
	}
	t.Fatalf("the row is not among the case's %s", plural)
	return nil
}

// same compares values as JSON has them.
func same(a, b any) bool {
	x, err1 := json.Marshal(a)
	y, err2 := json.Marshal(b)
	var u, v any
	return err1 == nil && err2 == nil && json.Unmarshal(x, &u) == nil && json.Unmarshal(y, &v) == nil && reflect.DeepEqual(u, v)
}

// A1: each row about her says which agency contributed it.
func eachRowNamesItsContributor(t *testing.T, s *world.Server, id string) {
	consenting(t, s, "lwu", id, "ngo", "ASSISTANCE", "PROFILE", "TRAFFICKING")
	ref := change(t, s, "lwu", "worker", offer, map[string]any{"in": referral(s, id, "ngo", "ASSISTANCE", "PROFILE", "TRAFFICKING")})
	accepting(t, s, "ngo", "ASSISTANCE", ref)
	basis := recording("ASSISTANCE")
	basis["caseID"] = id
	change(t, s, "ngo", "worker", `mutation Basis($in: RecordConsentInput!) @purpose(of: ASSISTANCE) {
	  done: recordConsent(input: $in) { consent { id } userErrors { code message } } }`, map[string]any{"in": basis})
	change(t, s, "ngo", "worker", `mutation Record($id: ID!) @purpose(of: ASSISTANCE) {
	  done: recordProfile(caseID: $id, input: {sex: FEMALE}) { profile { id } userErrors { code message } } }`, map[string]any{"id": id})
	var out struct{ Case *aCase }
	as(s, "ngo", "worker").ask(`query($id: ID!) @purpose(of: ASSISTANCE) { case(id: $id) {`+parts+`} }`, map[string]any{"id": id}).into(t, &out)
	got := slices.Sorted(maps.Values(out.Case.rows()))
	if want := []string{"PROFILE by lwu", "PROFILE by ngo", "TRAFFICKING by lwu"}; !slices.Equal(got, want) {
		t.Errorf("A1: ngo is shown %q, want %q", got, want)
	}
}

// B3: how she is called safely comes back, and heads every view of a number: whoever
// reads the type from its top comes to the number last.
func contactsSayHowToCall(t *testing.T, s *world.Server, id string) {
	in := map[string]any{"channel": "LINE", "address": "canary-line", "doNotContact": true, "whoMayAnswer": "her aunt",
		"whatToSay": "the tailor calls", "codeWord": "jasmine", "safeTimes": "after dark"}
	row := given(t, s, id, "Contact", "contacts", "channel address doNotContact whoMayAnswer whatToSay codeWord safeTimes", in)
	for name := range in {
		if row[name] == nil {
			t.Errorf("B3: %s did not come back", name)
		}
	}
	var order []string
	for _, f := range schema(t).Types["Contact"].Fields {
		order = append(order, f.Name)
	}
	for _, first := range []string{"doNotContact", "whoMayAnswer", "whatToSay", "codeWord", "safeTimes"} {
		if i := slices.Index(order, first); i < 0 || i > slices.Index(order, "address") {
			t.Errorf("B3: %s does not come before the number: %q", first, order)
		}
	}
}

// B4: sex and gender are two fields; neither is made of the other.
func sexIsNotGender(t *testing.T, s *world.Server, _ string) {
	for _, c := range []struct{ sex, gender any }{{"FEMALE", "TransgenderMasculine"}, {"INTERSEX", nil}, {nil, "Feminine"}} {
		in := newCase("Canary Sex")
		in["profile"] = map[string]any{"sex": c.sex, "gender": c.gender}
		id := change(t, s, "lwu", "worker", register, map[string]any{"in": in})
		var out struct {
			Case struct{ Profiles []struct{ Sex, Gender any } }
		}
		as(s, "lwu", "worker").ask(`query($id: ID!) @purpose(of: ASSISTANCE) { case(id: $id) { profiles { sex gender } } }`, map[string]any{"id": id}).into(t, &out)
		if p := out.Case.Profiles; len(p) != 1 || p[0].Sex != c.sex || p[0].Gender != c.gender {
			t.Errorf("B4: sex %v and gender %v came back as %v", c.sex, c.gender, p)
		}
	}
}

// C5: form, who was present, when informed and in which language, and each of the seven
// checks on its own.
func statementsKeepTheirForm(t *testing.T, s *world.Server, id string) {
	checks := []string{"toInterview", "toldPurpose", "toldUse", "toldResearch", "toldAccess", "toldStorage", "toldWithdrawal"}
	answers := []string{"YES", "NO", "UNKNOWN"}
	for i, form := range []string{"WRITTEN", "THUMBPRINT", "ORAL_WITNESSED", "AUDIO"} {
		when := time.UnixMicro(s.Store.Now()).Add(-time.Duration(i+1) * time.Hour).UTC().Format(time.RFC3339)
		told, want := map[string]any{}, map[string]any{"form": form, "present": "Auntie " + form, "language": "kmu",
			"interpretation": "VETTED", "setting": "SAFE_PLACE", "givenOn": when, "voice": "PERSON", "basis": "CONSENT", "kind": "SHARING"}
		for n, c := range checks {
			told[c] = answers[(i+n)%len(answers)]
			want[c] = told[c]
		}
		made := change(t, s, "lwu", "worker", `mutation Consent($in: RecordConsentInput!) @purpose(of: ASSISTANCE) {
		  done: recordConsent(input: $in) { consent { id } userErrors { code field message } } }`, map[string]any{"in": map[string]any{
			"caseID": id, "kind": "SHARING", "form": form, "present": "Auntie " + form, "language": "kmu", "interpretation": "VETTED",
			"setting": "SAFE_PLACE", "givenOn": when, "checks": told,
			"provisions": []any{map[string]any{"decision": "PERMIT", "recipientID": s.Agencies["atd"].ID, "purposes": []any{"PROTECTION"}, "categories": []any{"PROFILE"}}},
		}})
		row := rowOf(t, s, id, "consents", "kind basis voice form present language interpretation setting givenOn "+strings.Join(checks, " "), made)
		for name, v := range want {
			if name == "givenOn" {
				at, err := time.Parse(time.RFC3339Nano, fmt.Sprint(row[name]))
				if err != nil || at.UTC().Format(time.RFC3339) != when {
					t.Errorf("C5: given %s, read %v", when, row[name])
				}
			} else if row[name] != v {
				t.Errorf("C5: %s of a statement %s: %v, want %v", name, form, row[name], v)
			}
		}
	}
	a := as(s, "lwu", "worker").ask(`mutation Consent($in: RecordConsentInput!) @purpose(of: ASSISTANCE) {
	  done: recordConsent(input: $in) { consent { id } userErrors { code field message } } }`, map[string]any{"in": map[string]any{
		"caseID": id, "kind": "SHARING", "form": "NODDED", "interpretation": "VETTED", "setting": "SAFE_PLACE", "provisions": []any{}}})
	if a.code() == "" && a.userError() == "" {
		t.Errorf("C5: a form that is none was stored: %s", a.raw)
	}
}

// I2: late entry is normal: when it happened is not when it was recorded.
func lateEntry(t *testing.T, s *world.Server, id string) {
	happened := time.UnixMicro(s.Store.Now()).Add(-400 * 24 * time.Hour).UTC().Truncate(time.Second)
	row := given(t, s, id, "Contact", "contacts", "occurredOn recordedOn", map[string]any{"channel": "SMS", "occurredOn": happened.Format(time.RFC3339)})
	on, err1 := time.Parse(time.RFC3339Nano, fmt.Sprint(row["occurredOn"]))
	recorded, err2 := time.Parse(time.RFC3339Nano, fmt.Sprint(row["recordedOn"]))
	if err1 != nil || err2 != nil || !on.Equal(happened) || recorded.Sub(on) < 399*24*time.Hour {
		t.Errorf("I2: it happened on %v and was recorded on %v, want %v and now", row["occurredOn"], row["recordedOn"], happened)
	}
	a := as(s, "lwu", "worker").ask(`mutation Record($id: ID!, $in: ContactInput!) @purpose(of: ASSISTANCE) {
	  done: recordContact(caseID: $id, input: $in) { contact { id } userErrors { code field message } } }`, map[string]any{"id": id, "in": map[string]any{
		"channel": "SMS", "occurredOn": happened.Add(900 * 24 * time.Hour).Format(time.RFC3339)}})
	if a.userError() != "INVALID" {
		t.Errorf("I2: what happens tomorrow was recorded: %s", a.raw)
	}
}

// I3: a date keeps its words, calendar and precision; a year of the Buddhist era is taken
// on confirmation only, and nobody was born before 1900.
func datesKeepWhatWasWritten(t *testing.T, s *world.Server, _ string) {
	registering := func(written string, calendar any) (string, answer) {
		in := newCase("Canary Date")
		in["identity"] = map[string]any{"birthDate": written, "birthCalendar": calendar, "ageBasis": "DOCUMENT"}
		a := as(s, "lwu", "worker").ask(register, map[string]any{"in": in})
		var p struct{ Case struct{ ID string } }
		_ = json.Unmarshal(a.Data["done"], &p)
		return p.Case.ID, a
	}
	for _, c := range []struct {
		written   string
		calendar  any
		precision string
		year      int
	}{{"17/05/2537", "BUDDHIST", "DAY", 1994}, {"2537", "BUDDHIST", "YEAR", 1994}, {"05.1994", "GREGORIAN", "MONTH", 1994}, {"1994-05-17", nil, "DAY", 1994}} {
		id, a := registering(c.written, c.calendar)
		if id == "" {
			t.Errorf("I3: %s: %s", c.written, a.raw)
			continue
		}
		var out struct {
			Case struct {
				Identities []struct {
					BirthText, BirthPrecision, BirthCalendar string
					Birth                                    struct{ Year int }
				}
			}
		}
		as(s, "lwu", "worker").ask(`query($id: ID!) @purpose(of: ASSISTANCE) { case(id: $id) { identities { birthText birthPrecision birthCalendar birth { year } } } }`, map[string]any{"id": id}).into(t, &out)
		calendar := "GREGORIAN"
		if c.calendar != nil {
			calendar = fmt.Sprint(c.calendar)
		}
		if r := out.Case.Identities[0]; r.BirthText != c.written || r.BirthPrecision != c.precision || r.BirthCalendar != calendar || r.Birth.Year != c.year {
			t.Errorf("I3: %s came back as %+v", c.written, r)
		}
	}
	before := stored(t, s.World)
	for written, want := range map[string]string{"17/05/2537": "Buddhist era", "1899-12-31": "before 1900", "1850": "before 1900"} {
		id, a := registering(written, "GREGORIAN")
		if id != "" || a.userError() != "INVALID" || !strings.Contains(a.raw, want) || !strings.Contains(a.raw, "birthDate") || strings.Contains(a.raw, written) {
			t.Errorf("I3: %s in the Gregorian calendar: %s", written, a.raw)
		}
	}
	if stored(t, s.World) != before {
		t.Error("I3: something of a refused date was stored")
	}
}

// I4: any number of names in their order, each with kind and script, no surname; her
// parents' names; documents of every kind.
func namesAndDocuments(t *testing.T, s *world.Server, _ string) {
	names := []any{
		map[string]any{"text": "ຄໍາແກ້ວ", "kind": "LEGAL", "script": "LAO", "part": nil},
		map[string]any{"text": "คำแก้ว", "kind": "FALSE_DOCUMENT", "script": "THAI", "part": nil},
		map[string]any{"text": "Noy", "kind": "NICKNAME", "script": "LATIN", "part": nil},
		map[string]any{"text": "Canary", "kind": "ALIAS", "script": "LATIN", "part": "FAMILY"},
	}
	parents := []any{map[string]any{"text": "ບຸນມີ", "kind": "LEGAL", "script": "LAO", "part": nil}}
	var documents []any
	for i, k := range valueset.DocumentKind("").Values() {
		documents = append(documents, map[string]any{"kind": k, "number": fmt.Sprint("X-", i), "issued": "LA"})
	}
	in := newCase("Canary Names")
	in["identity"] = map[string]any{"names": names, "parentsNames": parents, "documents": documents}
	id := change(t, s, "lwu", "worker", register, map[string]any{"in": in})
	var out struct {
		Case struct{ Identities []map[string]any }
	}
	as(s, "lwu", "worker").ask(`query($id: ID!) @purpose(of: ASSISTANCE) { case(id: $id) { identities {
	  names { text kind script part } parentsNames { text kind script part } documents { kind number issued } } } }`, map[string]any{"id": id}).into(t, &out)
	row := out.Case.Identities[0]
	// A name of which no part was said is a whole one.
	for _, list := range [][]any{names, parents} {
		for _, n := range list {
			if m := n.(map[string]any); m["part"] == nil {
				m["part"] = "FULL"
			}
		}
	}
	for name, want := range map[string]any{"names": names, "parentsNames": parents, "documents": documents} {
		if !same(row[name], want) {
			t.Errorf("I4: %s came back as %v, want %v", name, row[name], want)
		}
	}
}

// I5: a reference has a check digit, finds its case, and reveals nothing: not who she is,
// nor which case came before; one with a slip of the tongue finds none.
func references(t *testing.T, s *world.Server, _ string) {
	o := as(s, "lwu", "worker")
	find := func(reference string) []string {
		var out struct {
			Cases struct {
				Edges []struct{ Node struct{ ID string } }
			}
		}
		a := o.ask(`query($r: String!) @purpose(of: ASSISTANCE) { cases(first: 9, filter: {reference: $r}) { edges { node { id } } } }`, map[string]any{"r": reference})
		if a.code() != "" {
			return nil
		}
		a.into(t, &out)
		var ids []string
		for _, e := range out.Cases.Edges {
			ids = append(ids, e.Node.ID)
		}
		return ids
	}
	var seen []string
	for range 2 {
		id := change(t, s, "lwu", "worker", register, map[string]any{"in": newCase("Canary Twin")})
		var out struct{ Case struct{ Reference string } }
		o.ask(`query($id: ID!) @purpose(of: ASSISTANCE) { case(id: $id) { reference } }`, map[string]any{"id": id}).into(t, &out)
		r := out.Case.Reference
		if parsed, err := caseref.Parse(r); err != nil || parsed != r {
			t.Errorf("I5: the reference %s: %v", r, err)
		}
		if got := find(r); !slices.Equal(got, []string{id}) {
			t.Errorf("I5: %s finds %q", r, got)
		}
		slip := []byte(r)
		slip[0] = '0' + (slip[0]-'0'+1)%10
		if _, err := caseref.Parse(string(slip)); err == nil || len(find(string(slip))) > 0 {
			t.Errorf("I5: %s with a slip passes", r)
		}
		seen = append(seen, strings.Map(func(c rune) rune {
			if c < '0' || c > '9' {
				return -1
			}
			return c
		}, r))
	}
	if seen[0] == seen[1] || seen[0][:3] == seen[1][:3] && seen[0][3:6] == seen[1][3:6] {
		t.Errorf("I5: two cases of one name in a row have the references %q", seen)
	}
}

// TestAnInternationalOrganisationsRowsOpenByItsOwnDecision: her consent names a third
// agency's rows, and every agreement is there: another agency's rows open, those of an
// international organisation do not (A6).
func TestAnInternationalOrganisationsRowsOpenByItsOwnDecision(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		for contributor, want := range map[string]string{"atd": "PROFILE by atd, PROFILE by lwu", "iom": "PROFILE by lwu"} {
			id := w.Register("lwu", "Canary Own")
			w.InForce([]string{contributor, "ngo"}, []category.Purpose{category.ForAssistance}, category.Shareable(), 0, 365*24*time.Hour)
			w.Share("lwu", id, contributor, category.ForAssistance, category.Profile)
			w.Accept(contributor, category.ForAssistance, w.Refer("lwu", id, contributor, category.ForAssistance, category.Profile))
			w.Must(w.As(contributor, category.ForAssistance), func(ctx context.Context, op *store.Op) error {
				in := world.Recording(category.ForAssistance)
				in.CaseID = id
				if _, err := casework.RecordConsent(ctx, op, in); err != nil {
					return err
				}
				return op.Settle(ctx)
			})
			w.Must(w.As(contributor, category.ForAssistance), func(ctx context.Context, op *store.Op) error {
				_, err := casework.RecordProfile(ctx, op, id, casework.ProfileInput{Sex: world.Ptr(valueset.SexFemale)})
				return err
			})
			w.Must(w.As("lwu", category.ForAssistance), func(ctx context.Context, op *store.Op) error {
				_, err := casework.RecordConsent(ctx, op, casework.RecordConsentInput{
					CaseID: id, Kind: valueset.ConsentKindSharing, Interpretation: valueset.InterpretationNoneNeeded, Setting: valueset.SettingSafePlace,
					Provisions: []*casework.ProvisionInput{{Decision: valueset.DecisionPermit, RecipientID: &w.Agencies["ngo"].ID,
						Purposes: []category.Purpose{category.ForAssistance}, Categories: []category.Category{category.Profile},
						ContributorIDs: []string{w.Agencies[contributor].ID}}},
				})
				return err
			})
			w.Accept("ngo", category.ForAssistance, w.Refer("lwu", id, "ngo", category.ForAssistance, category.Profile))
			if got := profilesOf(t, w, w.As("ngo", category.ForAssistance), id); got != want {
				t.Errorf("A6: of a case to which %s contributed ngo sees %q, want %q", contributor, got, want)
			}
		}
	})
}

func profilesOf(t *testing.T, w *world.World, s rule.Scope, id string) string {
	t.Helper()
	var out []string
	w.Look(s, func(ctx context.Context, op *store.Op) error {
		rows, err := op.Profile.Query().All(ctx)
		for _, r := range rows {
			if r.CaseID != id {
				continue
			}
			for code, a := range w.Agencies {
				if a.ID == r.ContributorID {
					out = append(out, "PROFILE by "+code)
				}
			}
		}
		return err
	})
	slices.Sort(out)
	return strings.Join(out, ", ")
}
