package demo

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sala-exchange/sala/services/exchange/client"
)

// sight is what an agency sees of the case for a purpose.
type sight struct {
	parts      string // "CASE, IDENTITY by lwu", or "refused: CODE"
	statements string // to whom the statements are that it sees, or the agencies that recorded one for themselves
}

// purposes is every one that there is; the last two never open a case.
var purposes = []string{"IDENTIFICATION", "PROTECTION", "ASSISTANCE", "RETURN", "TRACING", "JUSTICE", "LEGAL_AID", "STATISTICS", "OVERSIGHT"}

// sees asks for the case by every door and compares with what is promised.
func (w *walk) sees(step, agency, purpose string, want sight) {
	got, err := w.look(agency, purpose)
	if err != nil {
		got.parts = err.Error()
	}
	w.line(step, agency, purpose, got, want)
}

// blind asks for each of some purposes; nothing, or a refusal, is promised for every one.
func (w *walk) blind(step, agency string, each []string, refused func(purpose string) bool) {
	var off []string
	answers := map[string]bool{}
	for _, purpose := range each {
		want := sight{}
		if refused(purpose) {
			want.parts = "refused: FORBIDDEN"
		}
		got, err := w.look(agency, purpose)
		if err != nil {
			got.parts = err.Error()
		}
		if got != want {
			off = append(off, fmt.Sprintf("%s for %s", shown(got.parts), purpose))
		}
		answers[want.parts] = true
	}
	got := sight{}
	if len(answers) == 1 && answers["refused: FORBIDDEN"] {
		got.parts = "refused: FORBIDDEN"
	}
	want := got
	if len(off) > 0 {
		got.parts = strings.Join(off, "; ")
	}
	w.line(step, agency, fmt.Sprintf("each of %d", len(each)), got, want)
}

func (w *walk) line(step, agency, purpose string, got, want sight) {
	mark := ""
	if got != want {
		w.failures++
		mark = "NOT AS PROMISED, should be: " + shown(want.parts) + " and statements to: " + shown(want.statements)
	}
	_, _ = fmt.Fprintf(w.table, "%s\t%s\t%s\t%s\t%s\t%s\n", step, agency, purpose, shown(got.parts), got.statements, mark)
}

func shown(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

const statementParts = `{ contributor { code } provisions { recipient { code } } }`

const caseParts = `{ id reference identities { id contributor { code } } contacts { id contributor { code } }
  profiles { id contributor { code } } traffickings { id contributor { code } } narratives { id contributor { code } }
  consents ` + statementParts + ` }`

type part struct {
	ID          string
	Contributor struct{ Code string }
}

type seenStatement struct {
	Contributor struct{ Code string }
	Provisions  []struct{ Recipient struct{ Code string } }
}

type seenCase struct {
	ID, Reference                                            string
	Identities, Contacts, Profiles, Traffickings, Narratives []part
	Consents                                                 []seenStatement
}

// rows names each row by its id.
func (c *seenCase) rows() map[string]string {
	out := map[string]string{}
	if c == nil {
		return out
	}
	for _, p := range []struct {
		category string
		rows     []part
	}{{"IDENTITY", c.Identities}, {"CONTACT", c.Contacts}, {"PROFILE", c.Profiles}, {"TRAFFICKING", c.Traffickings}, {"NARRATIVE", c.Narratives}} {
		for _, r := range p.rows {
			out[r.ID] = p.category + " by " + r.Contributor.Code
		}
	}
	return out
}

func (c *seenCase) sight() sight {
	if c == nil || c.ID == "" {
		return sight{}
	}
	rows := slices.Sorted(maps.Values(c.rows()))
	return sight{strings.Join(append([]string{"CASE"}, slices.Compact(rows)...), ", "), recipients(c.Consents)}
}

func recipients(statements []seenStatement) string {
	var out []string
	for _, s := range statements {
		for _, p := range s.Provisions {
			out = append(out, p.Recipient.Code)
		}
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), " ")
}

type edges[N any] struct {
	Edges    []struct{ Node N }
	PageInfo struct {
		HasNextPage bool
		EndCursor   string
	}
}

type seenReferral struct {
	ID      string
	Case    *seenCase
	Preview *struct{ ID string }
}

// door is one way to ask for the case; it returns what stands behind it.
type door struct{ name, field string }

// doors in one document, so that they answer from one state of the database.
func (w *walk) doors() []door {
	return []door{
		{"case", `one: case(id: $id) ` + caseParts},
		{"node", `node: node(id: $id) { ... on Case ` + caseParts + ` }`},
		{"the filter", `filtered: cases(first: 50, filter: {reference: $ref}) { edges { node ` + caseParts + ` } }`},
		{"consents", `consents: consents(first: 50, caseID: $id) { edges { node ` + statementParts + ` } }`},
		{"the inbox", `inbox: referrals(first: 50, box: INBOX, orderBy: {field: OFFERED_ON, direction: DESC}) { edges { node { id preview { id } case ` + caseParts + ` } } }`},
		{"the outbox", `outbox: referrals(first: 50, box: OUTBOX, orderBy: {field: OFFERED_ON, direction: DESC}) { edges { node { id preview { id } case ` + caseParts + ` } } }`},
		{"the list", `listed: cases(first: 1) { edges { node { id } } }`},
	}
}

// look asks by every door; they must agree.
func (w *walk) look(agency, purpose string) (sight, error) {
	c := w.clients[agency]
	var out struct {
		One, Node     *seenCase
		Filtered      edges[*seenCase]
		Consents      edges[seenStatement]
		Inbox, Outbox edges[seenReferral]
	}
	var fields []string
	for _, d := range w.doors() {
		fields = append(fields, d.field)
	}
	if err := w.ask(c, purpose, strings.Join(fields, "\n"), &out); err != nil {
		return sight{}, w.everywhere(c, purpose, refusal(err))
	}
	seen := out.One.sight()
	behind := map[string]sight{"node": out.Node.sight()}
	var filtered *seenCase
	if n := len(out.Filtered.Edges); n > 1 {
		return sight{}, fmt.Errorf("the filter by reference finds %d cases", n)
	} else if n == 1 {
		filtered = out.Filtered.Edges[0].Node
	}
	behind["the filter"] = filtered.sight()
	var statements []seenStatement
	for _, e := range out.Consents.Edges {
		statements = append(statements, e.Node)
	}
	behind["consents"] = sight{seen.parts, recipients(statements)}
	preview := false
	for _, e := range slices.Concat(out.Inbox.Edges, out.Outbox.Edges) {
		for to, id := range w.referred {
			if id == e.Node.ID {
				behind["referral.case"] = e.Node.Case.sight()
				preview = preview || e.Node.Preview != nil && to == agency
			}
		}
	}
	listed, err := w.listed(c, purpose)
	if err != nil {
		return sight{}, err
	}
	behind["the list"] = listed.sight()
	for name, s := range behind {
		if s != seen {
			return sight{}, fmt.Errorf("%s shows %q to %q, case %q to %q", name, s.parts, s.statements, seen.parts, seen.statements)
		}
	}
	maps.Copy(w.rows, out.One.rows())
	if err := w.rowsByID(c, purpose, out.One.rows()); err != nil {
		return sight{}, err
	}
	if seen.parts == "" && preview {
		seen.parts = "PREVIEW"
	}
	return seen, nil
}

// ask puts fields to the API with the case's id and reference.
func (w *walk) ask(c *client.Client, purpose, fields string, into any) error {
	declared, with := "", map[string]any{}
	for name, v := range map[string]struct {
		kind  string
		value any
	}{"id": {"ID!", w.caseID}, "ref": {"String!", w.ref}} {
		if strings.Contains(fields, "$"+name) {
			declared += "$" + name + ": " + v.kind + " "
			with[name] = v.value
		}
	}
	if declared != "" {
		declared = "(" + declared + ")"
	}
	_, err := c.Do(w.ctx, "query Look"+declared+" @purpose(of: "+purpose+") { "+fields+" }", with, into)
	return err
}

// everywhere returns the refusal if each door alone refuses too.
func (w *walk) everywhere(c *client.Client, purpose string, refused error) error {
	for _, d := range w.doors() {
		err := w.ask(c, purpose, d.field, nil)
		if err == nil {
			return fmt.Errorf("%w, and %s answers", refused, d.name)
		}
		if alone := refusal(err); alone.Error() != refused.Error() {
			return fmt.Errorf("%w, and %s: %w", refused, d.name, alone)
		}
	}
	return refused
}

// listed looks for the case in the pages of the list, and reads the page that has it.
func (w *walk) listed(c *client.Client, purpose string) (*seenCase, error) {
	var found *seenCase
	read := func(after any, parts string) (edges[*seenCase], error) {
		var page struct{ Cases edges[*seenCase] }
		_, err := c.Do(w.ctx, `query List($after: Cursor) @purpose(of: `+purpose+`) { cases(first: 50, after: $after, orderBy: {field: OPENED_ON, direction: DESC}) {
      edges { node `+parts+` } pageInfo { hasNextPage endCursor } } }`, map[string]any{"after": after}, &page)
		return page.Cases, err
	}
	here := func(e struct{ Node *seenCase }) bool { return e.Node.ID == w.caseID }
	for after := any(nil); ; {
		page, err := read(after, "{ id }")
		if err == nil && slices.ContainsFunc(page.Edges, here) {
			if found != nil {
				return nil, errors.New("the list shows the case twice")
			}
			page, err = read(after, caseParts)
			if at := slices.IndexFunc(page.Edges, here); at >= 0 {
				found = page.Edges[at].Node
			}
		}
		if err != nil {
			return nil, refusal(err)
		}
		if !page.PageInfo.HasNextPage {
			return found, nil
		}
		after = page.PageInfo.EndCursor
	}
}

// rowsByID: a row that the case does not show is null by its id.
func (w *walk) rowsByID(c *client.Client, purpose string, visible map[string]string) error {
	if len(w.rows) == 0 {
		return nil
	}
	ids := slices.Sorted(maps.Keys(w.rows))
	var declared, fields []string
	with := map[string]any{}
	for i, id := range ids {
		name := fmt.Sprintf("r%d", i)
		declared, fields = append(declared, "$"+name+": ID!"), append(fields, name+": node(id: $"+name+") { id }")
		with[name] = id
	}
	var out map[string]*struct{ ID string }
	if _, err := c.Do(w.ctx, "query Rows("+strings.Join(declared, " ")+") @purpose(of: "+purpose+") { "+strings.Join(fields, " ")+" }", with, &out); err != nil {
		return refusal(err)
	}
	for i, id := range ids {
		if _, may := visible[id]; may != (out[fmt.Sprintf("r%d", i)] != nil) {
			return fmt.Errorf("by its id the row %s is shown: %v", w.rows[id], !may)
		}
	}
	return nil
}

// refusal words a refused operation as the table shows it.
func refusal(err error) error {
	var f *client.Failure
	if errors.As(err, &f) && len(f.Codes) > 0 {
		return fmt.Errorf("refused: %s", f.Codes[0])
	}
	return err
}
