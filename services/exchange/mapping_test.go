package exchange

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/internal/canon"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/exchange/htcds"
)

var onTask = ImportOptions{Basis: valueset.RecordingBasisPublicTask, Purposes: []category.Purpose{category.ForAssistance}}

// TestWithoutConsent: a row without her yes needs a typed basis (C1); her no is kept
// beside it, and silence is not made one.
func TestWithoutConsent(t *testing.T) {
	answer := func(yes bool) *bool { return &yes }
	for name, c := range map[string]struct {
		consent *bool
		o       ImportOptions
		basis   valueset.RecordingBasis
		checks  string
	}{
		"yes":     {answer(true), onTask, valueset.RecordingBasisConsent, "map[]"},
		"no":      {answer(false), onTask, valueset.RecordingBasisPublicTask, "map[toInterview:NO]"},
		"silence": {nil, onTask, valueset.RecordingBasisPublicTask, "map[]"},
	} {
		out, err := c.o.row(htcds.Row{Number: 3, Consent: c.consent})
		if err != nil {
			t.Fatal(err)
		}
		rec := out["recording"].(map[string]any)
		if rec["basis"] != c.basis || fmt.Sprint(rec["checks"]) != c.checks {
			t.Errorf("%s: basis %v, checks %v", name, rec["basis"], rec["checks"])
		}
	}
	for _, consent := range []*bool{nil, answer(false)} {
		for _, basis := range []valueset.RecordingBasis{"", valueset.RecordingBasisConsent} {
			if _, err := (ImportOptions{Basis: basis}).row(htcds.Row{Number: 3, Consent: consent}); err == nil || !strings.Contains(err.Error(), "row 3, column con_Consent") {
				t.Errorf("a row without consent is taken on %q: %v", basis, err)
			}
		}
	}
}

// TestBlankCellsMakeNoPart: a category of which the file knows nothing has no row; each
// cell alone makes one.
func TestBlankCellsMakeNoPart(t *testing.T) {
	born, err := canon.ParseDate("1990", valueset.CalendarGregorian)
	if err != nil {
		t.Fatal(err)
	}
	parts := func(r htcds.Row) string {
		out, err := onTask.row(r)
		if err != nil {
			t.Fatal(err)
		}
		var made []string
		for _, p := range []string{"contributor", "identity", "profile", "trafficking", "assistance", "proceedings"} {
			if out[p] != nil {
				made = append(made, p)
			}
		}
		return strings.Join(made, " ")
	}
	no := false
	for _, c := range []struct {
		row  htcds.Row
		want string
	}{
		{htcds.Row{}, ""},
		{htcds.Row{Status: valueset.CaseStatusActive, Owner: "x", MobilePhone: "+85620"}, ""},
		{htcds.Row{SecondName: "x"}, "identity"},
		{htcds.Row{Birth: born}, "identity"},
		{htcds.Row{Citizenships: []string{"LA"}}, "profile"},
		{htcds.Row{Extended: htcds.Extended{Deceased: &no}}, "profile"},
		{htcds.Row{ExploitationPlace: "x"}, "trafficking"},
		{htcds.Row{Extended: htcds.Extended{Assistance: htcds.Assistance{ActionPlan: "x"}}}, "assistance"},
		{htcds.Row{Extended: htcds.Extended{Assistance: htcds.Assistance{Ended: born}}}, "assistance"},
		{htcds.Row{Extended: htcds.Extended{Proceeding: htcds.Proceeding{Kind: "CIVIL", Stage: "TRIAL"}}}, "proceedings"},
		{htcds.Row{Extended: htcds.Extended{Contributor: htcds.Organisation{Type: "SchoolOrCollege"}}}, "contributor"},
	} {
		if got := parts(c.row); got != c.want {
			t.Errorf("%q is made, want %q", got, c.want)
		}
	}
}

// TestASuspectNeedsAProceeding: a suspect hangs on a proceeding (B2); what the file does not
// say of one is no more than a suspicion.
func TestASuspectNeedsAProceeding(t *testing.T) {
	r := htcds.Row{Number: 7, Extended: htcds.Extended{Suspect: htcds.Suspect{RoleDetails: "Canary"}}}
	if _, err := onTask.row(r); err == nil || !strings.Contains(err.Error(), "row 7") || !strings.Contains(err.Error(), "per_RoleInProcess") || strings.Contains(err.Error(), "Canary") {
		t.Errorf("a suspect without a proceeding: %v", err)
	}
	r.Proceeding = htcds.Proceeding{Kind: valueset.ProceedingKindCriminal, Stage: valueset.ProceedingStageTrial}
	out, err := onTask.row(r)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(out["proceedings"]); got != "[map[proceeding:map[kind:CRIMINAL stage:TRIAL] suspects:[map[roleDetails:Canary state:SUSPECTED]]]]" {
		t.Errorf("the proceeding: %s", got)
	}
	recorded := fmt.Sprint(out["recording"].(map[string]any)["provisions"])
	if !strings.Contains(recorded, "NARRATIVE JUSTICE SUSPECT]") {
		t.Errorf("what is recorded: %s", recorded)
	}
}

// TestRecordingConsent: whose statements count, and which of several (C4).
func TestRecordingConsent(t *testing.T) {
	at := func(day int) time.Time { return time.Date(2026, 1, day, 0, 0, 0, 0, time.UTC) }
	say := func(day int, decision valueset.Decision, current bool, more ...func(*exportedConsent)) exportedConsent {
		c := exportedConsent{by: by{organisation{Code: "lwu"}}, Kind: valueset.ConsentKindRecording, Basis: valueset.RecordingBasisConsent,
			Voice: valueset.VoicePerson, GivenOn: at(day)}
		c.Provisions = make([]struct {
			Decision             valueset.Decision
			Current              bool
			Purposes, Categories []string
		}, 1)
		p := &c.Provisions[0]
		p.Decision, p.Current, p.Purposes, p.Categories = decision, current, []string{"ASSISTANCE"}, []string{"IDENTITY"}
		for _, m := range more {
			m(&c)
		}
		return c
	}
	const permit, deny = valueset.DecisionPermit, valueset.DecisionDeny
	caregiver := func(c *exportedConsent) {
		for _, v := range valueset.Voice("").Values() {
			if valueset.Voice(v) != valueset.VoicePerson {
				c.Voice = valueset.Voice(v)
			}
		}
	}
	ngo := func(c *exportedConsent) { c.Contributor.Code = "ngo" }
	sharing := func(c *exportedConsent) { c.Kind = valueset.ConsentKindSharing }
	typed := func(c *exportedConsent) { c.Basis = valueset.RecordingBasisPublicTask }
	refusing := func(c *exportedConsent) { c.ToInterview = valueset.AnswerNo }
	health := func(c *exportedConsent) { c.Provisions[0].Categories = []string{"HEALTH"} }
	for name, c := range map[string]struct {
		want string
		said []exportedConsent
	}{
		"nothing":                             {"", nil},
		"a yes":                               {"TRUE", []exportedConsent{say(1, permit, true)}},
		"another agency's":                    {"", []exportedConsent{say(1, permit, true, ngo)}},
		"about sharing":                       {"", []exportedConsent{say(1, permit, true, sharing)}},
		"a typed basis":                       {"", []exportedConsent{say(1, permit, true, typed)}},
		"the order of the list":               {"FALSE", []exportedConsent{say(2, deny, true), say(1, permit, true)}},
		"yes and no at once":                  {"FALSE", []exportedConsent{say(1, deny, true), say(1, permit, true)}},
		"no and yes at once":                  {"FALSE", []exportedConsent{say(1, permit, true), say(1, deny, true)}},
		"a later yes":                         {"TRUE", []exportedConsent{say(1, deny, true), say(2, permit, true)}},
		"an ended yes after a yes":            {"", []exportedConsent{say(1, permit, true), say(2, permit, false)}},
		"an ended no after a yes":             {"", []exportedConsent{say(1, permit, true), say(2, deny, false)}},
		"a no to something else":              {"FALSE", []exportedConsent{say(2, permit, true), say(1, deny, true, health)}},
		"the caregiver's no":                  {"FALSE", []exportedConsent{say(2, permit, true), say(1, deny, true, caregiver)}},
		"another agency's no":                 {"TRUE", []exportedConsent{say(1, permit, true), say(2, deny, true, ngo)}},
		"her no beside a typed basis":         {"FALSE", []exportedConsent{say(1, permit, true, typed, refusing)}},
		"her no beside one, and a later yes":  {"TRUE", []exportedConsent{say(1, permit, true, typed, refusing), say(2, permit, true)}},
		"a yes, and a later no beside one":    {"FALSE", []exportedConsent{say(1, permit, true), say(2, permit, true, typed, refusing)}},
		"a yes that says no to the interview": {"FALSE", []exportedConsent{say(1, permit, true, refusing)}},
	} {
		got := ""
		if answer := recordingConsent("lwu", c.said); answer != nil {
			got = strings.ToUpper(fmt.Sprint(*answer))
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
