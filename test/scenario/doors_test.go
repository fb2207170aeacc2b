package scenario

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/test/world"
)

// parts of a case as the API gives them, each with id and contributor.
const parts = `id reference kind state
  identities { id contributor { code } } contacts { id contributor { code } } profiles { id contributor { code } }
  traffickings { id contributor { code } } narratives { id contributor { code } }
  whereabouts { id contributor { code } } family { id contributor { code } } protections { id contributor { code } } health { id contributor { code } } healthRestricted { id contributor { code } } assistance { id contributor { code } } proceedings { id contributor { code } suspects { id contributor { code } } }
  consents { id contributor { code } } access { category state }`

type part struct {
	ID          string
	Contributor struct{ Code string }
}

type aCase struct {
	ID, Reference, Kind, State                                             string
	Identities, Contacts, Profiles, Traffickings, Narratives, Consents     []part
	Whereabouts, Family, Protections, Health, HealthRestricted, Assistance []part
	Proceedings                                                            []struct {
		part
		Suspects []part
	}
	Access []struct{ Category, State string }
}

// rows lists the part rows by id, as "CATEGORY by code".
func (c *aCase) rows() map[string]string {
	out := map[string]string{}
	if c == nil || c.ID == "" {
		return out
	}
	for _, p := range c.Proceedings {
		out[p.ID] = "JUSTICE by " + p.Contributor.Code
		for _, s := range p.Suspects {
			out[s.ID] = "SUSPECT by " + s.Contributor.Code
		}
	}
	for category, rows := range map[string][]part{
		"WHEREABOUTS": c.Whereabouts, "FAMILY": c.Family, "PROTECTION": c.Protections, "HEALTH": c.Health,
		"HEALTH_RESTRICTED": c.HealthRestricted, "ASSISTANCE": c.Assistance,
		"IDENTITY": c.Identities, "CONTACT": c.Contacts, "PROFILE": c.Profiles, "TRAFFICKING": c.Traffickings, "NARRATIVE": c.Narratives,
	} {
		for _, r := range rows {
			out[r.ID] = category + " by " + r.Contributor.Code
		}
	}
	return out
}

func (c *aCase) String() string {
	if c == nil || c.ID == "" {
		return ""
	}
	return "CASE" + strings.Join(append([]string{""}, slices.Sorted(maps.Values(c.rows()))...), ", ")
}

// doors asks for the case by every door of the API and fails where one shows
// something else than the table says. known collects every part row that anybody has
// seen: who does not see a row in the case must not get it by its id either.
func doors(t *testing.T, s *world.Server, l world.Sight, caseID string, known map[string]string) {
	t.Helper()
	o := as(s, l.Agency, l.As)
	at := fmt.Sprintf("%s, %s's %s for %s", l.Step, l.Agency, l.As, l.Purpose)
	p := "@purpose(of: " + string(l.Purpose) + ")"
	if l.Refused() {
		refusedDoors(t, o, p, at, caseID)
		return
	}
	same := func(door string, got *aCase) {
		t.Helper()
		if got.String() != l.Sees {
			t.Errorf("%s: the door %s shows %q, want %q", at, door, got, l.Sees)
		}
	}
	var one struct {
		Case, Node *aCase
		Consents   struct{ Edges []struct{ Node part } }
	}
	o.ask(`query($id: ID!) `+p+` { case(id: $id) {`+parts+`} node(id: $id) { ... on Case {`+parts+`} }
    consents(first: 50, caseID: $id) { edges { node { id contributor { code } } } } }`, map[string]any{"id": caseID}).into(t, &one)
	same("case", one.Case)
	same("node", one.Node)
	statements := 0
	if one.Case != nil {
		statements = len(one.Case.Consents)
		accessAgrees(t, at, one.Case)
	}
	if statements != l.Consents {
		t.Errorf("%s: %d statements, want %d", at, statements, l.Consents)
	}
	if len(one.Consents.Edges) != statements {
		t.Errorf("%s: consents lists %d statements, the case %d", at, len(one.Consents.Edges), statements)
	}
	for door, filter := range filters(one.Case) {
		same(door, listed(t, o, p, filter, caseID))
	}
	maps.Copy(known, one.Case.rows())
	rowsByID(t, o, p, at, known, one.Case.rows())
	referralDoors(t, o, p, at, l, caseID)
}

// refusedDoors: to whom the API has nothing to give, every door says the same.
func refusedDoors(t *testing.T, o officer, p, at, caseID string) {
	t.Helper()
	for door, field := range map[string]string{
		"case": `case(id: "` + caseID + `") { id }`, "node": `node(id: "` + caseID + `") { id }`, "cases": `cases(first: 1) { edges { node { id } } }`,
		"consents":  `consents(first: 1, caseID: "` + caseID + `") { edges { node { id } } }`,
		"referrals": `referrals(first: 1, box: INBOX) { edges { node { id } } }`,
	} {
		if a := o.ask("query "+p+" { "+field+" }", nil); a.code() != "FORBIDDEN" || strings.Contains(a.raw, `"data":{`) {
			t.Errorf("%s: the door %s says %s, want FORBIDDEN", at, door, a.raw)
		}
	}
}

// filters are the lists by each filter: with the case's own values where it is seen.
func filters(c *aCase) map[string]string {
	if c == nil {
		return map[string]string{"cases": "", "cases by kind": "filter: {kind: PRESUMED_VICTIM}"}
	}
	return map[string]string{
		"cases": "", "cases by kind": "filter: {kind: " + c.Kind + "}", "cases by state": "filter: {state: " + c.State + "}",
		"cases by reference": `filter: {reference: "` + c.Reference + `"}`, "cases by time": "orderBy: {field: OPENED_ON, direction: DESC}",
	}
}

// listed finds the case in a list; nothing else may be in it.
func listed(t *testing.T, o officer, p, filter, caseID string) *aCase {
	t.Helper()
	var list struct {
		Cases struct {
			Edges    []struct{ Node *aCase }
			PageInfo struct{ HasNextPage bool }
		}
	}
	o.ask(`query `+p+` { cases(first: 50 `+filter+`) { edges { node {`+parts+`} } pageInfo { hasNextPage } } }`, nil).into(t, &list)
	var found *aCase
	for _, e := range list.Cases.Edges {
		if e.Node.ID == caseID {
			found = e.Node
		}
	}
	want := 0
	if found != nil {
		want = 1
	}
	if len(list.Cases.Edges) != want || list.Cases.PageInfo.HasNextPage {
		t.Errorf("a list shows %d cases and more: %v; want %d", len(list.Cases.Edges), list.Cases.PageInfo.HasNextPage, want)
	}
	return found
}

// rowsByID: a row that the case does not show is null by its id.
func rowsByID(t *testing.T, o officer, p, at string, known, visible map[string]string) {
	t.Helper()
	for id, what := range known {
		var row struct{ Node *struct{ ID string } }
		o.ask(`query($id: ID!) `+p+` { node(id: $id) { id } }`, map[string]any{"id": id}).into(t, &row)
		if _, may := visible[id]; may != (row.Node != nil) {
			t.Errorf("%s: the door node shows the row %s: %v, want %v", at, what, row.Node != nil, may)
		}
	}
}

// accessAgrees: what access calls open covers what is shown.
func accessAgrees(t *testing.T, at string, c *aCase) {
	t.Helper()
	open := map[string]bool{}
	for _, a := range c.Access {
		open[a.Category] = a.State == "OPEN"
	}
	for _, what := range c.rows() {
		if name, _, _ := strings.Cut(what, " "); !open[name] || !open["CASE"] {
			t.Errorf("%s: access calls %s withheld, and a row of it is shown", at, name)
		}
	}
}

// referralDoors: referrals show the case as far as it is open, and a preview while
// the referral waits.
func referralDoors(t *testing.T, o officer, p, at string, l world.Sight, caseID string) {
	t.Helper()
	previews, referrals := 0, 0
	for _, box := range []string{"INBOX", "OUTBOX"} {
		var list struct {
			Referrals struct {
				Edges []struct {
					Node struct {
						ID      string
						Case    *aCase
						Preview *struct{ ID string }
					}
				}
			}
		}
		o.ask(`query `+p+` { referrals(first: 50, box: `+box+`) { edges { node { id case {`+parts+`} preview { id } } } } }`, nil).into(t, &list)
		referrals += len(list.Referrals.Edges)
		for _, e := range list.Referrals.Edges {
			if e.Node.Case.String() != l.Sees {
				t.Errorf("%s: the door referral.case shows %q, want %q", at, e.Node.Case, l.Sees)
			}
			if e.Node.Preview != nil {
				previews++
			}
			var one struct {
				Node *struct{ Preview *struct{ ID string } }
			}
			o.ask(`query($id: ID!) `+p+` { node(id: $id) { ... on Referral { preview { id } } } }`, map[string]any{"id": e.Node.ID}).into(t, &one)
			if one.Node == nil || (one.Node.Preview != nil) != (e.Node.Preview != nil) {
				t.Errorf("%s: node shows another preview than the list", at)
			}
		}
	}
	if previews != l.Previews || referrals != l.Referrals {
		t.Errorf("%s: %d previews and %d referrals, want %d and %d", at, previews, referrals, l.Previews, l.Referrals)
	}
}
