package scenario

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/test/world"
)

// kept is a version of an identity as the API gives it.
type kept struct {
	RowID, RecordedOn, RecordedBy string
	SupersededOn, SupersededBy    *string
	Reason                        *string
	Version                       int
	Names                         []struct{ Text string }
}

type keptPage struct {
	Edges []struct {
		Cursor string
		Node   kept
	}
	PageInfo struct {
		HasNextPage bool
		EndCursor   *string
	}
}

// rename corrects the identity of lwu's case through the API.
func rename(t *testing.T, s *world.Server, row string, version int, name, reason string) {
	t.Helper()
	a := as(s, "lwu", "worker").ask(`mutation($at: CorrectInput!, $name: String!) @purpose(of: ASSISTANCE) { done: correctIdentity(at: $at,
  input: {names: [{text: $name, kind: LEGAL, script: LATIN}], birthDate: "1990-01-02", ageBasis: DOCUMENT}) { userErrors { code field message } identity { version } } }`,
		map[string]any{"at": map[string]any{"id": row, "version": version, "reason": reason}, "name": name})
	if a.code() != "" || a.userError() != "" {
		t.Fatalf("correcting: %s", a.raw)
	}
}

const ofIdentity = `{ edges { cursor node { rowID version recordedOn recordedBy supersededOn supersededBy reason names { text } } } pageInfo { hasNextPage endCursor } }`

// TestHistoryOfARow: the contributor pages through what a row was; a recipient who reads
// the row finds nothing there, and a version is no node.
func TestHistoryOfARow(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		id := w.Register("lwu", "First")
		w.Share("lwu", id, "ngo", category.ForAssistance, category.Identity)
		w.Accept("ngo", category.ForAssistance, w.Refer("lwu", id, "ngo", category.ForAssistance, category.Identity))
		row := one(t, w, "SELECT id FROM identities WHERE case_id = '"+id+"'")
		rename(t, s, row, 1, "Second", "MISTAKE")
		rename(t, s, row, 2, "Third", "HER_REQUEST")
		page := func(agency, more string) (p keptPage, a answer) {
			t.Helper()
			a = as(s, agency, "worker").ask(`query($id: ID!) @purpose(of: ASSISTANCE) { node(id: $id) { ... on Identity { names { text } history(`+more+`) `+ofIdentity+` } } }`, map[string]any{"id": row})
			var got struct{ Node struct{ History keptPage } }
			if a.code() == "" {
				a.into(t, &got)
			}
			return got.Node.History, a
		}
		first, _ := page("lwu", "first: 1")
		if len(first.Edges) != 1 || !first.PageInfo.HasNextPage || first.PageInfo.EndCursor == nil {
			t.Fatalf("the first page: %+v", first)
		}
		v := first.Edges[0].Node
		if v.Version != 2 || v.Names[0].Text != "Second" || *v.Reason != "HER_REQUEST" || v.RowID != row || v.RecordedBy != w.Agencies["lwu"].Worker || v.SupersededOn == nil {
			t.Errorf("the last former version: %+v", v)
		}
		second, _ := page("lwu", `first: 1, after: "`+*first.PageInfo.EndCursor+`"`)
		if len(second.Edges) != 1 || second.PageInfo.HasNextPage || second.Edges[0].Node.Names[0].Text != "First" || *second.Edges[0].Node.SupersededOn != v.RecordedOn {
			t.Errorf("the second page: %+v", second)
		}
		ngo, a := page("ngo", "first: 50")
		if len(ngo.Edges) != 0 || ngo.PageInfo.HasNextPage || !strings.Contains(a.raw, "Third") {
			t.Errorf("a recipient sees former versions, or not the row: %s", a.raw)
		}
		if _, a := page("ngo", `first: 1, after: "`+*first.PageInfo.EndCursor+`"`); a.code() != "INVALID" {
			t.Errorf("another's cursor: %s", a.raw)
		}
		// A cursor of a list within a row is none of the list of cases.
		if a := as(s, "lwu", "worker").ask(`query @purpose(of: ASSISTANCE) { node(id: "`+row+`") { ... on Identity { history(first: 1) { edges { cursor } } } }
			cases(first: 1, after: "`+*first.PageInfo.EndCursor+`") { edges { node { id } } } }`, nil); a.code() != "INVALID" {
			t.Errorf("a cursor of a history pages through cases: %s", a.raw)
		}
		if _, a := page("lwu", "first: 51"); a.code() != "INVALID" {
			t.Errorf("a page of 51: %s", a.raw)
		}
		version := one(t, w, "SELECT id FROM identity_versions WHERE row_id = '"+row+"' AND version = 1")
		for _, agency := range []string{"lwu", "ngo", "mops"} {
			a := as(s, agency, "worker").ask(`query($id: ID!) @purpose(of: ASSISTANCE) { node(id: $id) { id } case(id: $id) { id } }`, map[string]any{"id": version})
			if a.raw != `{"data":{"node":null,"case":null}}` {
				t.Errorf("a version by its id, to %s: %s", agency, a.raw)
			}
		}
		looked(t, w, id, version)
	})
}

// looked: who looked at the version is in the ledger, as a look at its contributor's
// IDENTITY, and nobody else is.
func looked(t *testing.T, w *world.World, caseID, version string) {
	t.Helper()
	lwu := w.Agencies["lwu"]
	rows, err := w.Root().QueryContext(t.Context(), "SELECT kind, agency_id, member_id, contributor_id, categories, case_id, row_ids FROM disclosures")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	found := 0
	for rows.Next() {
		var kind, agency, member, contributor, of, ids string
		var set int64
		if err := rows.Scan(&kind, &agency, &member, &contributor, &set, &of, &ids); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(ids, version) {
			continue
		}
		found++
		if kind != "READ" || agency != lwu.ID || member != lwu.Worker || contributor != lwu.ID || of != caseID || category.Set(set) != category.SetOf(category.Identity) {
			t.Errorf("a look at a version is recorded as %s by %s of %s's %d", kind, agency, contributor, set)
		}
	}
	if err := rows.Err(); err != nil || found == 0 {
		t.Errorf("%d looks at the version on record: %v", found, err)
	}
}

// one reads one text, past all walls.
func one(t *testing.T, w *world.World, query string) string {
	t.Helper()
	var out string
	if err := w.Root().QueryRowContext(t.Context(), query).Scan(&out); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return out
}

// then is a case as it was.
type then struct {
	State, Kind string
	Owner       *struct{ Code string }
	Identities  []kept
	Narratives  []struct{ Text string }
	Profiles    []struct{ Sex string }
}

func (c *then) String() string {
	if c == nil {
		return "nothing"
	}
	out := c.State + " " + c.Kind
	if c.Owner != nil {
		out += " of " + c.Owner.Code
	}
	for _, i := range c.Identities {
		out += fmt.Sprintf(", %s at %d", i.Names[0].Text, i.Version)
	}
	for _, p := range c.Profiles {
		out += ", " + p.Sex
	}
	for _, n := range c.Narratives {
		out += ", " + n.Text
	}
	return out
}

// TestCaseAsOf: what was recorded later is absent, what was corrected later is as it was,
// state, kind and owner are those of then; of others' rows nothing is shown, and a
// transfer leaves each owner its own turn. I2, A4.
func TestCaseAsOf(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		at := func() string {
			w.Advance(time.Hour)
			return time.UnixMicro(w.Store.Now()).UTC().Format(time.RFC3339Nano)
		}
		before := at()
		id := w.Register("lwu", "First")
		registered := at()
		w.Share("lwu", id, "ngo", category.ForAssistance, category.Identity, category.Profile)
		w.Accept("ngo", category.ForAssistance, w.Refer("lwu", id, "ngo", category.ForAssistance, category.Identity, category.Profile))
		row := one(t, w, "SELECT id FROM identities WHERE case_id = '"+id+"'")
		rename(t, s, row, 1, "Second", "MISTAKE")
		corrected := at()
		lwu := w.As("lwu", category.ForAssistance)
		w.Must(lwu, func(ctx context.Context, op *store.Op) error {
			kind, state := valueset.CaseKindIdentifiedVictim, valueset.CaseStateActive
			return casework.ChangeCase(ctx, op, casework.ChangeCaseInput{CaseID: id, Version: 1, State: &state, Kind: &kind})
		})
		w.Must(lwu, func(ctx context.Context, op *store.Op) error {
			_, err := casework.RecordNarrative(ctx, op, id, casework.NarrativeInput{Kind: "COMMENT", Text: "late"})
			return err
		})
		changed := at()
		rename(t, s, row, 2, "Third", "CHANGED")
		moved := transferred(t, w, id)
		end := at()
		ask := func(agency, when string) string {
			t.Helper()
			var got struct{ Case *struct{ AsOf *then } }
			as(s, agency, "worker").ask(`query($id: ID!, $at: Time!) @purpose(of: ASSISTANCE) { case(id: $id) { asOf(at: $at) {
  state kind owner { code } identities { version names { text } } narratives { text } profiles { sex } } } }`, map[string]any{"id": id, "at": when}).into(t, &got)
			if got.Case == nil {
				return "no case"
			}
			return got.Case.AsOf.String()
		}
		for _, c := range []struct{ agency, at, want string }{
			{"lwu", before, "nothing"},
			{"lwu", registered, "OPEN PRESUMED_VICTIM of lwu, First at 1, FEMALE"},
			{"lwu", corrected, "OPEN PRESUMED_VICTIM of lwu, Second at 2, FEMALE"},
			{"lwu", changed, "ACTIVE IDENTIFIED_VICTIM of lwu, Second at 2, FEMALE, late"},
			{"lwu", moved, "ACTIVE IDENTIFIED_VICTIM of lwu, Third at 3, FEMALE, late"},
			{"lwu", end, "ACTIVE IDENTIFIED_VICTIM, Third at 3, FEMALE, late"},
			{"lwu", "2199-01-01T00:00:00Z", "ACTIVE IDENTIFIED_VICTIM, Third at 3, FEMALE, late"},
			{"ngo", registered, "OPEN PRESUMED_VICTIM of lwu"},
			{"ngo", end, "ACTIVE IDENTIFIED_VICTIM of ngo"},
			{"mops", registered, "no case"},
		} {
			if got := ask(c.agency, c.at); got != c.want {
				t.Errorf("%s at %s: %q, want %q", c.agency, c.at, got, c.want)
			}
		}
		owned(t, s, id)
	})
}

// transferred moves the case from lwu to ngo, and returns a time just before.
func transferred(t *testing.T, w *world.World, id string) string {
	t.Helper()
	ngo := w.As("ngo", category.ForAssistance)
	w.Must(ngo, func(ctx context.Context, op *store.Op) error {
		in := world.Recording(category.ForAssistance)
		in.CaseID = id
		_, err := casework.RecordConsent(ctx, op, in)
		return err
	})
	said := w.Transferable("lwu", id, "ngo", category.ForAssistance)
	w.Must(w.As("lwu", category.ForAssistance), func(ctx context.Context, op *store.Op) error {
		return casework.OfferTransfer(ctx, op, casework.OfferTransferInput{CaseID: id, ToID: w.Agencies["ngo"].ID, ConsentID: said})
	})
	w.Advance(time.Hour)
	before := time.UnixMicro(w.Store.Now()).UTC().Format(time.RFC3339Nano)
	w.Advance(time.Hour)
	w.Must(ngo, func(ctx context.Context, op *store.Op) error { return casework.AcceptTransfer(ctx, op, id) })
	return before
}

// owned: the owner knows who had the case when, the former one of its own turn; each
// knows of its own assignments.
func owned(t *testing.T, s *world.Server, id string) {
	t.Helper()
	for agency, want := range map[string]string{"ngo": "lwu until then, ngo", "lwu": "lwu until then"} {
		var got struct {
			Case struct {
				Ownership []struct {
					Agency struct{ Code string }
					Since  string
					Until  *string
				}
				Assignments []struct {
					HolderID, Since string
					EndedOn         *string
				}
			}
		}
		ask := func() answer {
			return as(s, agency, "worker").ask(`query($id: ID!) @purpose(of: ASSISTANCE) { case(id: $id) { ownership { agency { code } since until } assignments { holderID since endedOn } } }`, map[string]any{"id": id})
		}
		a := ask()
		a.into(t, &got)
		var turns []string
		for _, o := range got.Case.Ownership {
			turn := o.Agency.Code
			if o.Until != nil {
				turn += " until then"
			}
			turns = append(turns, turn)
		}
		if strings.Join(turns, ", ") != want {
			t.Errorf("%s: %s", agency, a.raw)
		}
		worker := s.Agencies[agency].Worker
		if n := len(got.Case.Assignments); n != 1 || got.Case.Assignments[0].HolderID != worker || got.Case.Assignments[0].EndedOn != nil {
			t.Errorf("%s is assigned: %s", agency, a.raw)
		}
	}
	w := s.World
	w.Must(w.As("lwu", category.ForAssistance), func(ctx context.Context, op *store.Op) error {
		return casework.Assign(ctx, op, id, w.Agencies["lwu"].Colleague)
	})
	w.Must(w.As("lwu", category.ForAssistance), func(ctx context.Context, op *store.Op) error {
		return casework.Unassign(ctx, op, id, w.Agencies["lwu"].Colleague)
	})
	a := as(s, "lwu", "worker").ask(`query($id: ID!) @purpose(of: ASSISTANCE) { case(id: $id) { assignments { holderID endedOn } } }`, map[string]any{"id": id})
	var got struct {
		Case struct {
			Assignments []struct {
				HolderID string
				EndedOn  *string
			}
		}
	}
	a.into(t, &got)
	if list := got.Case.Assignments; len(list) != 2 || list[1].HolderID != w.Agencies["lwu"].Colleague || list[1].EndedOn == nil {
		t.Errorf("an assignment that ended: %s", a.raw)
	}
}

// TestCasesByTheirBeginning: late entry is normal, so cases are found by when the work
// began, not only by when it was recorded (I2).
func TestCasesByTheirBeginning(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		begun := func(when string) string {
			a := as(s, "lwu", "worker").ask(`mutation($when: Time) @purpose(of: ASSISTANCE) { done: registerCase(input: {kind: OTHER, occurredOn: $when, recording: {kind: RECORDING, interpretation: NONE_NEEDED, setting: SAFE_PLACE,
    provisions: [{decision: PERMIT, purposes: [ASSISTANCE], categories: [PROFILE]}]}}) { case { id } userErrors { code } } }`, map[string]any{"when": when})
			var p struct{ Case struct{ ID string } }
			if err := json.Unmarshal(a.Data["done"], &p); err != nil || p.Case.ID == "" {
				t.Fatal(a.raw)
			}
			return p.Case.ID
		}
		late, later := begun("2025-12-01T00:00:00Z"), begun("2026-01-15T00:00:00Z")
		w.Register("lwu", "Unknown")
		for filter, want := range map[string]string{
			`{occurredFrom: "2026-01-01T00:00:00Z"}`:                                                later,
			`{occurredBefore: "2026-01-01T00:00:00Z"}`:                                              late,
			`{occurredFrom: "2025-12-01T00:00:00Z", occurredBefore: "2026-01-15T00:00:00Z"}`:        late,
			`{occurredFrom: "2026-01-15T00:00:01Z", kind: OTHER}`:                                   "",
			`{occurredFrom: "2026-01-15T00:00:00Z", occurredBefore: "2026-01-15T00:00:00.000001Z"}`: later,
		} {
			var got struct {
				Cases struct {
					Edges []struct{ Node struct{ ID string } }
				}
			}
			a := as(s, "lwu", "worker").ask(`query @purpose(of: ASSISTANCE) { cases(first: 5, filter: `+filter+`) { edges { node { id } } } }`, nil)
			a.into(t, &got)
			found := ""
			for _, e := range got.Cases.Edges {
				found += e.Node.ID
			}
			if found != want {
				t.Errorf("%s: %s", filter, a.raw)
			}
		}
	})
}
