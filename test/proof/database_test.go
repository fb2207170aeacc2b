package proof

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"github.com/sala-exchange/sala/test/proof/model"
	"github.com/sala-exchange/sala/test/world"
)

// cast are the agencies of a world with more kinds than it has: facts, written past every
// verb.
func cast(t *testing.T, w *world.World, root *sql.DB) (out []agent) {
	t.Helper()
	for _, c := range []struct {
		code, kind string
		whole      bool
	}{
		{"lwu", "UNION", false}, {"ngo", "NGO", true}, {"iom", "INTERNATIONAL_ORGANISATION", false}, {"atd", "POLICE", false}, {"a01", "COURT", true},
		{"mops", "POLICE", false}, {"a02", "HEALTH", false}, {"a03", "PROSECUTOR", true}, {"thailand", "REGIONAL_COUNTERPART", false},
	} {
		a := w.Agencies[c.code]
		mode := map[bool]string{true: "AGENCY", false: "ASSIGNMENT"}[c.whole]
		written(t, root, "UPDATE agencies SET kind = $1, need_to_know = $2 WHERE id = $3", c.kind, mode, a.ID)
		in := agent{a.ID, c.kind, c.whole, a.Worker, a.Colleague, a.Supervisor, [2]string{"unit_1" + a.ID, "unit_2" + a.ID}}
		for i, unit := range in.units {
			written(t, root, "INSERT INTO agency_units (id, agency_id, code, name) VALUES ($1, $2, $3, 'U')", unit, a.ID, fmt.Sprint("proof", i))
			for _, m := range [][]string{{in.worker, in.supervisor}, {in.colleague}}[i] {
				written(t, root, "INSERT INTO memberships (id, agency_id, member_id, group_id, since) VALUES ($1, $2, $3, $4, 1)", "membership_"+unit+m, a.ID, m, unit)
			}
		}
		out = append(out, in)
	}
	return out
}

func written(t *testing.T, db interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
}, statement string, args ...any) {
	t.Helper()
	for i, a := range args {
		switch a.(type) {
		case string, int64, bool, []byte, nil:
		default:
			raw, err := json.Marshal(a)
			if err != nil {
				t.Fatal(err)
			}
			args[i] = string(raw)
		}
	}
	if _, err := db.ExecContext(t.Context(), statement, args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// past runs statements past every trigger: facts as they stand, however they came about.
func past(t *testing.T, root *sql.DB, do func(*sql.Tx)) {
	t.Helper()
	tx, err := root.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	written(t, tx, "SET LOCAL session_replication_role = replica")
	do(tx)
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}

// under stores agreements in place of those that there are, and which agencies are shut.
func under(t *testing.T, tx *sql.Tx, agreements []model.Agreement, shut map[string]bool, all []agent) {
	t.Helper()
	written(t, tx, "DELETE FROM gates WHERE id LIKE 'agreement%'")
	written(t, tx, "DELETE FROM agreement_parties")
	written(t, tx, "DELETE FROM agreements")
	for _, a := range agreements {
		written(t, tx, `INSERT INTO agreements (id, title, purposes, categories, case_kinds, valid_from, valid_until, countersigned_on, onward) VALUES ($1, 'A', $2, $3, $4, $5, $6, 1, $7)`,
			a.ID, a.Purposes, a.Categories, a.Kinds, a.From, a.Until, a.Onward)
		for i, p := range a.Parties {
			written(t, tx, `INSERT INTO agreement_parties (id, agreement_id, agency_id, signed_on) VALUES ($1, $2, $3, 1)`, fmt.Sprintf("party_%s_%d", a.ID, i), a.ID, p)
		}
		written(t, tx, "INSERT INTO gates (id, open, changed_on) VALUES ($1, $2, 1)", a.ID, !a.Suspended)
	}
	for _, a := range all {
		written(t, tx, "UPDATE gates SET open = $1 WHERE id = $2", !shut[a.id], a.id)
	}
}

// tables of the parts, by category.
var tables = map[string]string{"IDENTITY": "identities", "CONTACT": "contacts", "WHEREABOUTS": "whereabouts", "PROFILE": "profiles", "FAMILY": "families",
	"TRAFFICKING": "traffickings", "PROTECTION": "protections", "HEALTH": "health", "HEALTH_RESTRICTED": "health_restricted", "ASSISTANCE": "assistances",
	"JUSTICE": "proceedings", "SUSPECT": "suspects", "NARRATIVE": "narratives"}

// stores writes the facts of a case, with a row of every category of each contributor.
func stores(t *testing.T, tx *sql.Tx, c *model.Case, parties []string) {
	t.Helper()
	put := func(table string, columns string, values ...any) {
		t.Helper()
		marks := make([]string, len(values))
		for i := range values {
			marks[i] = fmt.Sprintf("$%d", i+1)
		}
		written(t, tx, "INSERT INTO "+table+" ("+columns+") VALUES ("+strings.Join(marks, ", ")+")", values...)
	}
	none := []byte("x")
	put("case_files", "id, reference, kind, state, opened_on, owner_id, facts_version", c.ID, c.ID, c.Kind, "OPEN", int64(1), c.Owner, int64(1))
	bounds, died := map[string]any{}, any(nil)
	if c.AdultFrom >= 0 {
		bounds[c.Owner] = map[string]int64{"earliest": c.AdultFrom, "latest": c.AdultFrom}
	}
	if c.Died >= 0 {
		died = c.Died
	}
	put("persons", "id, case_id, created_on, age_bounds, deceased_on", "person_"+c.ID, c.ID, int64(1), bounds, died)
	for _, by := range append([]string{c.Owner}, c.Contributors...) {
		for category, table := range tables {
			columns, values := "id, case_id, contributor_id, recorded_on, recorded_by", []any{table + "_" + c.ID + by, c.ID, by, int64(1), "x"}
			switch category {
			case "PROFILE", "TRAFFICKING", "ASSISTANCE":
			case "JUSTICE":
				columns, values = columns+", sealed, party_ids", append(values, none, parties)
			case "SUSPECT":
				columns, values = columns+", sealed, proceeding_id", append(values, none, "proceedings_"+c.ID+by)
			default:
				columns, values = columns+", sealed", append(values, none)
			}
			put(table, columns, values...)
		}
	}
	for _, s := range c.Recordings {
		says(put, c, "RECORDING", s)
	}
	for _, s := range c.Statements {
		says(put, c, "SHARING", s)
	}
	for _, r := range c.Referrals {
		accepted, categories := any(nil), any(nil)
		if r.Accepted >= 0 {
			accepted, categories = r.Accepted, r.Categories
		}
		put("referrals", "id, case_id, from_id, to_id, service, purpose, categories, accepted_categories, urgency, state, offered_on, reply_by, accepted_on, valid_until, onward_of, unit_id",
			r.ID, c.ID, r.From, r.To, "COUNSELLING", r.Purpose, r.Categories, categories, "ROUTINE", r.State, r.Offered, r.ReplyBy, accepted, r.Until, r.OnwardOf, r.Unit)
	}
	decides(put, c)
	without(put, c)
}

// says writes one statement with its one provision.
func says(put func(string, string, ...any), c *model.Case, kind string, s model.Statement) {
	or := func(v string) any {
		if v == "" {
			return nil
		}
		return v
	}
	through, setting, form, views, class := "NONE_NEEDED", "SAFE_PLACE", any(nil), any(nil), any(nil)
	if s.Provisional {
		through = "RELATIVE"
	}
	if !s.Free {
		setting = "CUSTODY"
	}
	if s.Written {
		form = "WRITTEN"
	}
	if s.Views {
		views = "HEARD"
	}
	if s.ByClass {
		class = "NGO"
	}
	put("consents", `id, case_id, contributor_id, recorded_on, recorded_by, sealed, kind, basis, voice, form, interpretation, setting, given_on,
		guardianship_id, best_interests_id, childs_views, mature_and_safe, legal_advice_offered`,
		s.Consent, c.ID, c.Owner, int64(1), "x", []byte("x"), kind, s.Basis, s.Voice, form, through, setting, s.Given, or(s.Guardian), or(s.Decision), views, s.Mature, s.Advised)
	decision := map[bool]string{true: "DENY", false: "PERMIT"}[s.No]
	by := append([]string{}, s.Contributors...)
	put("provisions", "id, case_id, consent_id, contributor_id, decision, recipient_id, recipient_class, purposes, categories, contributor_ids, valid_from, valid_until, onward, unit_id",
		"provision_"+s.Consent, c.ID, s.Consent, c.Owner, decision, s.About, class, s.Purposes, s.Categories, by, s.From, s.Until, s.Onward && !s.No, s.Unit)
}

// without writes what opens without her consent, and what contributors decide.
func without(put func(string, string, ...any), c *model.Case) {
	none := []byte("x")
	for _, b := range c.Bases {
		state, checked := "CONFIRMED", any(b.Checked)
		if b.Checked < 0 {
			state, checked = "WAITING", nil
		}
		put("legal_bases", "id, case_id, contributor_id, recorded_on, recorded_by, kind, reference, source_id, purpose, categories, sealed, valid_from, valid_until, state, checked_on, checked_by, checked_agency",
			b.ID, c.ID, b.Requester, int64(1), b.EnteredBy, b.Kind, c.ID, b.Contributor, b.Purpose, b.Categories, none, b.From, b.Until, state, checked, b.CheckedBy, b.CheckedAgency)
	}
	for _, p := range c.Permissions {
		put("permissions", "id, case_id, contributor_id, recorded_on, recorded_by, recipient_id, referral_id, purpose, categories, state, valid_from, valid_until",
			p.ID, c.ID, p.Contributor, int64(1), "x", p.Recipient, p.Referral, p.Purpose, p.Categories, map[bool]string{true: "REFUSED", false: "GRANTED"}[p.Refused], p.From, p.Until)
	}
	for _, g := range c.Glasses {
		put("break_glasses", "id, case_id, contributor_id, recorded_on, recorded_by, owner_id, purpose, ground, sealed, categories, valid_from, valid_until",
			g.ID, c.ID, g.Agency, g.From, g.Member, g.Owner, g.Purpose, "DANGER_TO_LIFE", none, g.Categories, g.From, g.Until)
		put("glass_reviews", "id, case_id, glass_id, agency_id, due_on", "review_"+g.ID, c.ID, g.ID, g.Owner, g.From+72*hour)
	}
	if c.Locked {
		put("case_locks", "id, case_id, agency_id, locked_on, locked_by", "lock_"+c.ID, c.ID, c.Owner, int64(1), "x")
	}
}

// decides writes who decides for her, and who is inside.
func decides(put func(string, string, ...any), c *model.Case) {
	for id, g := range c.Guardians {
		put("guardianships", "id, case_id, contributor_id, recorded_on, recorded_by, relation, capacity, sealed, agency_id, conflict, valid_from, valid_until",
			id, c.ID, c.Owner, int64(1), "x", "MOTHER", "PARENT", []byte("x"), g.Agency, g.Conflict, g.From, g.Until)
	}
	for id, d := range c.Decisions {
		kind := map[bool]string{true: "DETERMINATION", false: "ASSESSMENT"}[d.Determination]
		put("best_interests", "id, case_id, contributor_id, recorded_on, recorded_by, kind, matter, stands_for, sealed, decided_on, review_on",
			id, c.ID, c.Owner, int64(1), "x", kind, "REFERRAL", d.StandsFor, []byte("x"), int64(1), d.Review)
		for i, s := range d.Signed {
			put("interests_signatures", "id, case_id, interests_id, agency_id, member_id, capacity, signed_on", fmt.Sprintf("signature_%s_%d", id, i), c.ID, id, s.Agency, s.Member, s.As, int64(1))
		}
	}
	for i, s := range c.Incapable {
		put("incapacities", "id, case_id, contributor_id, recorded_on, recorded_by, kind, sealed, valid_from, valid_until",
			fmt.Sprintf("incapacity_%s_%d", c.ID, i), c.ID, c.Owner, int64(1), "x", "LASTING", []byte("x"), s.From, s.Until)
	}
	for i, s := range c.Recoveries {
		put("recovery_periods", "id, case_id, contributor_id, recorded_on, recorded_by, valid_from, valid_until, decision",
			fmt.Sprintf("recovery_%s_%d", c.ID, i), c.ID, c.Owner, int64(1), "x", s.From, s.Until, map[bool]string{true: "ASKS", false: "UNDECIDED"}[s.Asked])
	}
	for agency, in := range c.Assigned {
		for i, m := range in {
			put("assignments", "id, case_id, agency_id, member_id, since", fmt.Sprintf("assignment_%s_%s_%d", c.ID, agency, i), c.ID, agency, m, int64(1))
		}
	}
}
