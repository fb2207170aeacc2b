package attack

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/test/world"
)

// forgery is an access that policy would not give: the facts are spoilt under a genuine
// one, past every guard, or it is written otherwise.
type forgery struct {
	name  string
	why   string // of PostgreSQL's refusal; empty where it is genuine
	facts string // statements; $case, $lwu, $ngo and $iom are ids
	forge func(*access)
	to    string // ngo where left out, for assistance; else for justice
}

// forgeries are by the rule that each breaks.
func forgeries(w *world.World) []forgery {
	with := func(c category.Category) func(*access) {
		return func(a *access) { a.Categories |= category.SetOf(c) }
	}
	named := func(member string) func(*access) { return func(a *access) { a.Member = member } }
	const (
		recordedByNGO = "UPDATE provisions SET recipient_id = $ngo WHERE case_id = $case AND recipient_id = $lwu"
		ages          = "UPDATE persons SET age_bounds = jsonb_build_object(%, '{\"earliest\": 1, \"latest\": 1500000000000000}'::jsonb) WHERE case_id = $case"
		wider         = `UPDATE provisions SET categories = categories || '["WHEREABOUTS"]' WHERE case_id = $case;
			UPDATE referrals SET categories = categories || '["WHEREABOUTS"]', accepted_categories = categories || '["WHEREABOUTS"]' WHERE case_id = $case`
	)
	aged := func(code string) string { return strings.Replace(ages, "%", "$"+code, 1) }
	return []forgery{
		{name: "nothing else"},
		{name: "nothing else, for justice", to: "atd"},
		{name: "own rows of the owner", forge: ownRows(w, "lwu", "READ")},

		{name: "A3 own rows that are not there", why: "that has none", facts: recordedByNGO, forge: ownRows(w, "ngo", "READ")},
		{name: "A4 adding without a referral", why: "no accepted referral", facts: recordedByNGO, forge: ownRows(w, "ngo", "ADD")},
		{name: "A6 an international organisation's rows", why: "international organisation",
			facts: "UPDATE provisions SET contributor_ids = jsonb_build_array($iom::text) WHERE case_id = $case",
			forge: func(a *access) { a.Contributor = w.Agencies["iom"].ID }},
		{name: "B1 whereabouts in company", why: "beyond what was said", facts: wider, forge: with(category.Whereabouts)},
		{name: "C1 own rows without a basis", why: "no basis for recording", forge: ownRows(w, "ngo", "READ")},
		{name: "C1 adding beyond the basis", why: "may not be recorded", forge: func(a *access) { ownRows(w, "lwu", "ADD")(a); with(category.Health)(a) }},
		{name: "C3 police by class", why: "beyond what was said", to: "atd", facts: "UPDATE provisions SET recipient_class = 'POLICE' WHERE case_id = $case"},
		{name: "C7 her death before", why: "after her death", facts: "UPDATE persons SET deceased_on = 5 WHERE case_id = $case"},
		{name: "C8 a recording that she withdrew", why: "safekeeping", facts: "UPDATE provisions SET decision = 'DENY' WHERE case_id = $case AND recipient_id = $lwu"},
		{name: "C8 a recording that has ended", why: "safekeeping", facts: "UPDATE provisions SET valid_until = valid_from + 1 WHERE case_id = $case AND recipient_id = $lwu"},
		{name: "C9 her story for justice", why: "beyond what was said", to: "atd", forge: with(category.Narrative),
			facts: strings.ReplaceAll(wider, "WHEREABOUTS", "NARRATIVE")},
		{name: "D4 a referral by another than the owner", why: "no referral of the owner", facts: "UPDATE case_files SET owner_id = $iom WHERE id = $case; " + aged("iom")},
		{name: "D4 no referrer", why: "no referral of the owner", forge: func(a *access) { a.Referrer = "" }},
		{name: "D5 a member of nobody", why: "not on the case", forge: named("member_of_nobody")},
		{name: "D5 a member of another agency", why: "no member", forge: named(w.Agencies["lwu"].Worker),
			facts: "UPDATE assignments SET member_id = '" + w.Agencies["lwu"].Worker + "' WHERE case_id = $case AND agency_id = $ngo"},
		{name: "D6 a kind of case outside the agreement", why: "no agreement",
			facts: "UPDATE case_files SET kind = 'OTHER' WHERE id = $case; UPDATE agreements SET case_kinds = case_kinds - 'OTHER'"},
		{name: "D6 no agreement of the referrer", why: "no agreement", forge: func(a *access) { a.ReferralAgreement = "" }},
		{name: "D6 another agreement of the referrer", why: "no agreement", forge: func(a *access) { a.ReferralAgreement = w.Agreements["atd+lwu"] }},
		{name: "E1 a date that only the receiver knows", why: "beyond what was said", facts: aged("ngo")},
		{name: "E6 a statement of her childhood", why: "beyond what was said",
			facts: aged("lwu") + "; UPDATE consents SET given_on = 1400000000000000 WHERE case_id = $case AND kind = 'SHARING'"},
		{name: "J7 a regional counterpart", why: "regional counterpart", facts: "UPDATE agencies SET kind = 'REGIONAL_COUNTERPART' WHERE id = $ngo"},
		{name: "J7 a regional counterpart's rows", why: "regional counterpart", facts: "UPDATE agencies SET kind = 'REGIONAL_COUNTERPART' WHERE id = $lwu"},
		{name: "own rows of an unknown kind", why: "unknown kind", forge: ownRows(w, "lwu", "PREVIEW")},
	}
}

// TestAForgedAccessThatPolicyNeverGives: PostgreSQL refuses at commit, for its own
// reason, what policy rules out by the kind of agency, of case or of statement.
func TestAForgedAccessThatPolicyNeverGives(t *testing.T) {
	t.Parallel()
	w := onPostgres(t)
	db, login := root(t, w), app(t, w)
	for _, f := range forgeries(w) {
		to, purpose := "ngo", assistance
		if f.to != "" {
			to, purpose = f.to, justice
		}
		s := shareFor(w, to, purpose)
		a := genuine(t, w, db, s.Referral, "READ")
		spoil(t, w, db, f.facts, s.Case)
		if f.forge != nil {
			f.forge(&a)
		}
		err := a.insert(t, login)
		if f.why == "" && err != nil {
			t.Errorf("%s: %v", f.name, err)
		}
		if f.why != "" && (state(err) != checkViolated || !strings.Contains(err.Error(), f.why)) {
			t.Errorf("%s: %v", f.name, err)
		}
		spoil(t, w, db, "UPDATE agencies SET kind = 'NGO' WHERE id = $ngo; UPDATE agencies SET kind = 'UNION' WHERE id = $lwu", s.Case)
	}
}

// ownRows makes of an access one to an agency's own rows.
func ownRows(w *world.World, code, action string) func(*access) {
	return func(a *access) {
		agency := w.Agencies[code]
		a.Grantee, a.Contributor, a.Member, a.Action = agency.ID, agency.ID, agency.Worker, action
		a.Referral, a.Consent, a.Agreement, a.Referrer, a.ReferralAgreement = "", "", "", "", ""
	}
}

// shareFor is share with any agency, for any purpose.
func shareFor(w *world.World, to string, p category.Purpose) shared {
	w.T.Helper()
	id := w.Register("lwu", "Canary Spoilt")
	w.Share("lwu", id, to, p, category.Identity, category.Profile)
	s := shared{id, w.Refer("lwu", id, to, p, category.Identity, category.Profile)}
	w.Accept(to, p, s.Referral)
	return s
}

// spoil changes facts past every guard.
func spoil(t *testing.T, w *world.World, db *sql.DB, statements, caseID string) {
	t.Helper()
	ids := []string{"$case", "'" + caseID + "'"}
	for _, code := range []string{"lwu", "ngo", "iom"} {
		ids = append(ids, "$"+code, "'"+w.Agencies[code].ID+"'")
	}
	for _, s := range strings.Split(strings.NewReplacer(ids...).Replace(statements), ";") {
		if s = strings.TrimSpace(s); s != "" {
			exec(t, db, "SET session_replication_role = replica", s, "RESET session_replication_role")
		}
	}
}
