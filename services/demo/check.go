package demo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/disclosure"
	"github.com/sala-exchange/sala/services/exchange/client"
	"github.com/sala-exchange/sala/services/notify"
)

// walk is the walk-through of one case: who saw what of it at each step.
type walk struct {
	*session
	ctx      context.Context
	caseID   string
	clients  map[string]*client.Client
	table    *tabwriter.Writer
	referred map[string]string // the walk's own referrals, by receiving agency
	failures int
}

// check runs the eight steps over real tokens and HTTP.
func (s *session) check(ctx context.Context) error {
	w := &walk{session: s, ctx: ctx, clients: map[string]*client.Client{}, referred: map[string]string{}, table: tabwriter.NewWriter(s.Out, 0, 4, 2, ' ', 0)}
	for _, a := range agencies {
		c, err := s.as(a.code, a.members[0].subject)
		if err != nil {
			return err
		}
		w.clients[a.code] = c
	}
	s.say("")
	_, _ = fmt.Fprintln(w.table, "step\twho\tpurpose\tsaw of the case\t")
	for i, step := range []func() error{w.register, w.consent, w.refer, w.add, w.others, w.withdraw, w.suspend, w.ledger} {
		if err := step(); err != nil {
			_ = w.table.Flush()
			return fmt.Errorf("step %d: %w", i+1, err)
		}
	}
	_ = w.table.Flush()
	if w.failures > 0 {
		return errs.New(errs.Internal, "%d observations were not what the walk-through promises: see NOT AS PROMISED above", w.failures)
	}
	s.say("\nEvery step is as promised.")
	return nil
}

// sees asks for the case by every door and compares with what is promised.
func (w *walk) sees(step, agency, purpose, want string) {
	got, err := w.look(agency, purpose)
	if err != nil {
		got = err.Error()
	}
	mark := ""
	if got != want {
		w.failures++
		mark = "NOT AS PROMISED, should be: " + want
	}
	_, _ = fmt.Fprintf(w.table, "%s\t%s\t%s\t%s\t%s\n", step, agency, purpose, shown(got), mark)
}

func shown(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

const caseParts = `{ id identities { contributor { code } } contacts { contributor { code } }
  profiles { contributor { code } } traffickings { contributor { code } } narratives { contributor { code } } }`

type part struct{ Contributor struct{ Code string } }

type seenCase struct {
	ID                                                       string
	Identities, Contacts, Profiles, Traffickings, Narratives []part
}

func (c *seenCase) String() string {
	if c == nil || c.ID == "" {
		return ""
	}
	out := []string{"CASE"}
	for _, p := range []struct {
		category string
		rows     []part
	}{{"IDENTITY", c.Identities}, {"CONTACT", c.Contacts}, {"PROFILE", c.Profiles}, {"TRAFFICKING", c.Traffickings}, {"NARRATIVE", c.Narratives}} {
		for _, r := range p.rows {
			out = append(out, p.category+" by "+r.Contributor.Code)
		}
	}
	slices.Sort(out[1:])
	return strings.Join(slices.Compact(out), ", ")
}

// look asks by id, by node and in the list; the three doors must agree.
func (w *walk) look(agency, purpose string) (string, error) {
	c := w.clients[agency]
	var out struct {
		Case, Node *seenCase
		Referrals  struct {
			Edges []struct {
				Node struct {
					ID      string
					Preview *struct{ ID string }
				}
			}
		}
	}
	query := fmt.Sprintf(`query Look($id: ID!) @purpose(of: %s) { case(id: $id) %s node(id: $id) { ... on Case %s }
  referrals(first: 50, box: INBOX, orderBy: {field: OFFERED_ON, direction: DESC}) { edges { node { id preview { id } } } } }`, purpose, caseParts, caseParts)
	if _, err := c.Do(w.ctx, query, map[string]any{"id": w.caseID}, &out); err != nil {
		return "", refusal(err)
	}
	listed, err := w.listed(c, purpose)
	if err != nil {
		return "", err
	}
	byID := out.Case.String()
	for door, got := range map[string]string{"node": out.Node.String(), "the list": listed} {
		if got != byID {
			return "", fmt.Errorf("%s shows %q, case %q", door, got, byID)
		}
	}
	for _, e := range out.Referrals.Edges {
		if byID == "" && e.Node.Preview != nil && e.Node.ID == w.referred[agency] {
			return "PREVIEW", nil
		}
	}
	return byID, nil
}

// listed looks for the case in the pages of the list.
func (w *walk) listed(c *client.Client, purpose string) (string, error) {
	after := any(nil)
	for {
		var page struct {
			Cases struct {
				Edges    []struct{ Node *seenCase }
				PageInfo struct {
					HasNextPage bool
					EndCursor   string
				}
			}
		}
		query := fmt.Sprintf(`query List($after: Cursor) @purpose(of: %s) { cases(first: 50, after: $after) { edges { node %s } pageInfo { hasNextPage endCursor } } }`, purpose, caseParts)
		if _, err := c.Do(w.ctx, query, map[string]any{"after": after}, &page); err != nil {
			return "", refusal(err)
		}
		for _, e := range page.Cases.Edges {
			if e.Node.ID == w.caseID {
				return e.Node.String(), nil
			}
		}
		if !page.Cases.PageInfo.HasNextPage {
			return "", nil
		}
		after = page.Cases.PageInfo.EndCursor
	}
}

// refusal words a refused operation as the table shows it.
func refusal(err error) error {
	var f *client.Failure
	if errors.As(err, &f) && len(f.Codes) > 0 {
		return fmt.Errorf("refused: %s", f.Codes[0])
	}
	return err
}

func (w *walk) register() error {
	var out struct {
		Case struct{ ID, Reference string }
	}
	err := mutate(w.ctx, w.clients["lwu"], "ASSISTANCE", "registerCase", `input: {kind: PRESUMED_VICTIM,
    recording: {kind: RECORDING, form: WRITTEN, interpretation: NONE_NEEDED, setting: SAFE_PLACE, provisions: [{decision: PERMIT,
      purposes: [ASSISTANCE, PROTECTION, JUSTICE], categories: [IDENTITY, CONTACT, PROFILE, TRAFFICKING, NARRATIVE]}]},
    identity: {names: [{text: "ນາງ ດວງຈັນ", kind: LEGAL, script: LAO}], birthDate: "1996-04-12", ageBasis: DOCUMENT},
    contacts: [{channel: MOBILE_PHONE, address: "+999 20 5550 0101", whoMayAnswer: "herself only", codeWord: "market"}],
    profile: {sex: FEMALE, gender: Feminine, citizenships: ["LA"], interpreterLanguage: "lo"},
    trafficking: {exploitationTypes: [ForcedLabour], recruitmentMethods: [ThroughFriendsOrSocialEvents]}}`, nil, &out)
	if err != nil {
		return err
	}
	w.caseID = out.Case.ID
	w.sees("1 registered", "lwu", "ASSISTANCE", "CASE, CONTACT by lwu, IDENTITY by lwu, PROFILE by lwu, TRAFFICKING by lwu")
	for _, other := range []string{"mlsw", "ospp", "mops", "atd", "mofa", "ngo", "iom"} {
		w.sees("1 registered", other, "ASSISTANCE", "")
	}
	return nil
}

func (w *walk) consent() error {
	if _, err := share(w.ctx, w.clients["lwu"], w.caseID, w.ids["atd"], "JUSTICE", "PROFILE", "TRAFFICKING"); err != nil {
		return err
	}
	if _, err := share(w.ctx, w.clients["lwu"], w.caseID, w.ids["ngo"], "ASSISTANCE", "IDENTITY", "CONTACT"); err != nil {
		return err
	}
	w.sees("2 she consented", "atd", "JUSTICE", "")
	w.sees("2 she consented", "ngo", "ASSISTANCE", "")
	return nil
}

func (w *walk) refer() error {
	soon := time.Now().Add(7 * 24 * time.Hour)
	toATD, err := refer(w.ctx, w.clients["lwu"], w.caseID, w.ids["atd"], "JUSTICE", soon, "PROFILE", "TRAFFICKING")
	if err != nil {
		return err
	}
	toNGO, err := refer(w.ctx, w.clients["lwu"], w.caseID, w.ids["ngo"], "ASSISTANCE", soon, "IDENTITY", "CONTACT")
	if err != nil {
		return err
	}
	w.referred["atd"], w.referred["ngo"] = toATD, toNGO
	w.sees("3 referred", "atd", "JUSTICE", "PREVIEW")
	w.sees("3 referred", "ngo", "ASSISTANCE", "PREVIEW")
	for agency, purpose := range map[string]string{"atd": "JUSTICE", "ngo": "ASSISTANCE"} {
		if err := mutate(w.ctx, w.clients[agency], purpose, "acceptReferral", "input: {referralID: $id}", map[string]any{"id": w.referred[agency]}, nil); err != nil {
			return err
		}
	}
	w.sees("3 accepted", "atd", "JUSTICE", "CASE, PROFILE by lwu, TRAFFICKING by lwu")
	w.sees("3 accepted", "ngo", "ASSISTANCE", "CASE, CONTACT by lwu, IDENTITY by lwu")
	return nil
}

func (w *walk) add() error {
	for _, r := range []struct{ agency, purpose, category, field, input string }{
		{"ngo", "ASSISTANCE", "PROFILE", "recordProfile", `caseID: $case, input: {sex: FEMALE, maritalStatus: Single}`},
		{"atd", "JUSTICE", "TRAFFICKING", "recordTrafficking", `caseID: $case, input: {controlMethods: [FalsePromises]}`},
	} {
		ids := map[string]any{"case": w.caseID}
		err := mutate(w.ctx, w.clients[r.agency], r.purpose, "recordConsent", fmt.Sprintf(`input: {caseID: $case, kind: RECORDING, form: WRITTEN,
      interpretation: NONE_NEEDED, setting: SAFE_PLACE, provisions: [{decision: PERMIT, purposes: [%s], categories: [%s]}]}`, r.purpose, r.category), ids, nil)
		if err != nil {
			return err
		}
		if err := mutate(w.ctx, w.clients[r.agency], r.purpose, r.field, r.input, ids, nil); err != nil {
			return err
		}
	}
	w.sees("4 rows added", "ngo", "ASSISTANCE", "CASE, CONTACT by lwu, IDENTITY by lwu, PROFILE by ngo")
	w.sees("4 rows added", "atd", "JUSTICE", "CASE, PROFILE by lwu, TRAFFICKING by atd, TRAFFICKING by lwu")
	w.sees("4 rows added", "lwu", "ASSISTANCE", "CASE, CONTACT by lwu, IDENTITY by lwu, PROFILE by lwu, TRAFFICKING by lwu")
	return nil
}

func (w *walk) others() error {
	w.sees("5 others ask", "atd", "ASSISTANCE", "")
	for _, purpose := range []string{"ASSISTANCE", "PROTECTION", "JUSTICE", "IDENTIFICATION"} {
		w.sees("5 others ask", "mops", purpose, "")
	}
	w.sees("5 others ask", "secretariat", "ASSISTANCE", "refused: FORBIDDEN")
	w.sees("5 others ask", "thailand", "ASSISTANCE", "refused: FORBIDDEN")
	return nil
}

func (w *walk) withdraw() error {
	before, err := w.ended("atd")
	if err != nil {
		return err
	}
	err = mutate(w.ctx, w.clients["lwu"], "ASSISTANCE", "withdrawConsent",
		"input: {caseID: $case, recipientID: $to, interpretation: NONE_NEEDED, setting: SAFE_PLACE}",
		map[string]any{"case": w.caseID, "to": w.ids["atd"]}, nil)
	if err != nil {
		return err
	}
	w.sees("6 withdrawn", "atd", "JUSTICE", "CASE, TRAFFICKING by atd")
	return w.noticed("6 withdrawn", "atd", before)
}

func (w *walk) suspend() error {
	var out struct {
		Agreements struct {
			Edges []struct {
				Node struct {
					ID      string
					Parties []struct{ Agency struct{ Code string } }
				}
			}
		}
	}
	before, err := w.ended("ngo")
	if err != nil {
		return err
	}
	admin, err := w.as("lwu", "admin")
	if err != nil {
		return err
	}
	if _, err := admin.Do(w.ctx, `{ agreements(first: 50) { edges { node { id parties { agency { code } } } } } }`, nil, &out); err != nil {
		return err
	}
	for _, e := range out.Agreements.Edges {
		for _, p := range e.Node.Parties {
			if p.Agency.Code == "ngo" {
				if err := mutate(w.ctx, admin, "", "suspendAgreement", "agreementID: $id", map[string]any{"id": e.Node.ID}, nil); err != nil {
					return err
				}
			}
		}
	}
	w.sees("7 suspended", "ngo", "ASSISTANCE", "CASE, PROFILE by ngo")
	return w.noticed("7 suspended", "ngo", before)
}

// ended counts the notices "access ended" of an agency about this case.
func (w *walk) ended(agency string) (int, error) {
	var out struct {
		Notices struct {
			Edges []struct {
				Node struct{ Kind, SubjectID string }
			}
		}
	}
	if _, err := w.clients[agency].Do(w.ctx, `{ notices(first: 50, orderBy: {field: CREATED_ON, direction: DESC}) { edges { node { kind subjectID } } } }`, nil, &out); err != nil {
		return 0, err
	}
	n := 0
	for _, e := range out.Notices.Edges {
		if e.Node.Kind == "ACCESS_ENDED" && e.Node.SubjectID == w.referred[agency] {
			n++
		}
	}
	return n, nil
}

// noticed: exactly one more such notice, whatever ended the access (C8).
func (w *walk) noticed(step, agency string, before int) error {
	if _, err := notify.Tell(w.ctx, w.store); err != nil { // as its job does within a second
		return err
	}
	after, err := w.ended(agency)
	if err != nil {
		return err
	}
	mark := ""
	if after != before+1 {
		w.failures++
		mark = "NOT AS PROMISED, should be 1"
	}
	_, _ = fmt.Fprintf(w.table, "%s\t%s\t\t%d notice \"access ended\"\t%s\n", step, agency, after-before, mark)
	return nil
}

func (w *walk) ledger() error {
	dpo, err := w.as("lwu", "dataprotection")
	if err != nil {
		return err
	}
	var out struct {
		Disclosures struct {
			Edges []struct {
				Node struct {
					At, Kind, Verb, Purpose, Basis string
					Categories                     []string
					Agency                         struct{ Code string }
				}
			}
		}
	}
	if _, err := dpo.Do(w.ctx, `query Who($case: ID!) { disclosures(first: 50, caseID: $case, orderBy: {field: AT, direction: ASC}) { edges { node {
    at kind verb purpose basis categories agency { code } } } } }`, map[string]any{"case": w.caseID}, &out); err != nil {
		return err
	}
	_ = w.table.Flush()
	w.say("\nWho saw LWU's rows of the case, when, why and on what basis (step 8):")
	foreign := 0
	for _, e := range out.Disclosures.Edges {
		n := e.Node
		if n.Kind == "DECISION" {
			continue
		}
		if n.Agency.Code != "lwu" {
			foreign++
		}
		_, _ = fmt.Fprintf(w.table, "  %s\t%s\t%s\t%s\t%s\t%s\n", n.At, n.Agency.Code, n.Kind, n.Purpose, n.Basis, strings.Join(n.Categories, " "))
	}
	_ = w.table.Flush()
	if foreign == 0 {
		w.failures++
		w.say("NOT AS PROMISED: no look of another agency is on record")
	}
	return w.verify()
}

// verify checks the log, then shows that damage is found.
func (w *walk) verify() error {
	saved, err := disclosure.Checkpoint(w.ctx, w.store)
	if err != nil {
		return err
	}
	report, err := disclosure.Verify(w.ctx, w.store, saved)
	if err != nil {
		return err
	}
	w.say("\nLedger: %d entries, root %s", report.Size, saved.Root)
	if len(report.Findings) > 0 {
		w.failures++
		w.say("NOT AS PROMISED: %s", strings.Join(report.Findings, "; "))
		return nil
	}
	w.say("Ledger: intact against the checkpoint saved outside")
	return w.tamper(saved)
}
