package demo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/sala-exchange/sala/internal/errs"
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
	ref      string            // the case's reference
	rows     map[string]string // every row that anybody was shown, by id: "IDENTITY by lwu"
	referred map[string]string // the walk's own referrals, by receiving agency
	failures int
}

// check runs the nine steps over real tokens and HTTP.
func (s *session) check(ctx context.Context) error {
	return s.walk(ctx, (*walk).register, (*walk).consent, (*walk).refer, (*walk).add, (*walk).others, (*walk).withdraw, (*walk).suspend, (*walk).record, (*walk).counterpart)
}

// walk takes some steps one after the other.
func (s *session) walk(ctx context.Context, steps ...func(*walk) error) error {
	w := &walk{session: s, ctx: ctx, clients: map[string]*client.Client{}, rows: map[string]string{}, referred: map[string]string{}, table: tabwriter.NewWriter(s.Out, 0, 4, 2, ' ', 0)}
	for _, a := range agencies {
		c, err := s.as(a.code, a.members[0].subject)
		if err != nil {
			return err
		}
		w.clients[a.code] = c
	}
	s.say("")
	_, _ = fmt.Fprintln(w.table, "step\twho\tpurpose\tsaw of the case\tstatements to\t")
	for i, step := range steps {
		if err := step(w); err != nil {
			_ = w.table.Flush()
			return errs.New(errs.Internal, "step %d did not go through: %v", i+1, err) // exit code 1, whatever kind it was
		}
	}
	_ = w.table.Flush()
	if w.failures > 0 {
		return errs.New(errs.Internal, "%d observations were not what the walk-through promises: see NOT AS PROMISED above", w.failures)
	}
	s.say("\nEvery step is as promised.")
	return nil
}

func (w *walk) register() error {
	var out struct {
		Case struct{ ID, Reference string }
	}
	err := mutate(w.ctx, w.clients["lwu"], "ASSISTANCE", "registerCase", `input: {kind: PRESUMED_VICTIM,
    recording: {kind: RECORDING, form: WRITTEN, interpretation: NONE_NEEDED, setting: SAFE_PLACE, provisions: [{decision: PERMIT,
      purposes: [ASSISTANCE, PROTECTION, JUSTICE], categories: [IDENTITY, CONTACT, PROFILE, TRAFFICKING, NARRATIVE]}]},
    identity: {names: [{text: "ນາງ ດວງຈັນ", kind: LEGAL, script: LAO}], birthDate: "1996-04-12", ageBasis: DOCUMENT},
    contacts: [{channel: MOBILE_PHONE, address: "+999 20 5550 0101", whoMayAnswer: "herself only", codeWord: "market",
      city: "Outhoumphone", province: "Savannakhet", country: "LA"}],
    profile: {sex: FEMALE, gender: Feminine, citizenships: ["LA"], interpreterLanguage: "lo", accessibilityNeeds: "hearing aid"},
    trafficking: {exploitationTypes: [ForcedLabour], recruitmentMethods: [ThroughFriendsOrSocialEvents],
      recruitmentPlace: "bus station", exploitationPlace: "garment factory"}}`, nil, &out)
	if err != nil {
		return err
	}
	w.caseID, w.ref = out.Case.ID, out.Case.Reference
	for _, purpose := range []string{"ASSISTANCE", "PROTECTION", "JUSTICE"} { // those that she said yes to (C1)
		w.sees("1 registered", "lwu", purpose, sight{lwuRows, "lwu"})
	}
	w.blind("1 registered", "lwu", []string{"IDENTIFICATION", "RETURN", "TRACING", "LEGAL_AID"}, never)
	for _, other := range []string{"mlsw", "ospp", "mops", "atd", "mofa", "ngo", "iom"} {
		w.blind("1 registered", other, purposes, opensNoCase)
	}
	for _, other := range []string{"secretariat", "thailand"} {
		w.blind("1 registered", other, purposes, always)
	}
	return nil
}

// lwuRows is all that LWU registers.
const lwuRows = "CASE, CONTACT by lwu, IDENTITY by lwu, PROFILE by lwu, TRAFFICKING by lwu"

func never(string) bool  { return false }
func always(string) bool { return true }

// opensNoCase: such a purpose is refused to whoever asks for a case.
func opensNoCase(purpose string) bool { return purpose == "STATISTICS" || purpose == "OVERSIGHT" }

func (w *walk) consent() error {
	if _, err := share(w.ctx, w.clients["lwu"], w.caseID, w.ids["atd"], "JUSTICE", "PROFILE", "TRAFFICKING"); err != nil {
		return err
	}
	if _, err := share(w.ctx, w.clients["lwu"], w.caseID, w.ids["ngo"], "ASSISTANCE", "IDENTITY", "CONTACT"); err != nil {
		return err
	}
	w.sees("2 she consented", "lwu", "ASSISTANCE", sight{lwuRows, "atd lwu ngo"})
	w.sees("2 she consented", "atd", "JUSTICE", sight{})
	w.sees("2 she consented", "ngo", "ASSISTANCE", sight{})
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
	w.sees("3 referred", "atd", "JUSTICE", sight{parts: "PREVIEW"})
	w.sees("3 referred", "ngo", "ASSISTANCE", sight{parts: "PREVIEW"})
	if err := errors.Join(w.minimised("atd", "JUSTICE", soon), w.minimised("ngo", "ASSISTANCE", soon)); err != nil {
		return err
	}
	for agency, purpose := range map[string]string{"atd": "JUSTICE", "ngo": "ASSISTANCE"} {
		if err := mutate(w.ctx, w.clients[agency], purpose, "acceptReferral", "input: {referralID: $id}", map[string]any{"id": w.referred[agency]}, nil); err != nil {
			return err
		}
	}
	w.sees("3 accepted", "atd", "JUSTICE", sight{parts: "CASE, PROFILE by lwu, TRAFFICKING by lwu"})
	w.sees("3 accepted", "ngo", "ASSISTANCE", sight{parts: "CASE, CONTACT by lwu, IDENTITY by lwu"})
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
	w.sees("4 rows added", "ngo", "ASSISTANCE", sight{"CASE, CONTACT by lwu, IDENTITY by lwu, PROFILE by ngo", "ngo"})
	w.sees("4 rows added", "atd", "JUSTICE", sight{"CASE, PROFILE by lwu, TRAFFICKING by atd, TRAFFICKING by lwu", "atd"})
	w.sees("4 rows added", "lwu", "ASSISTANCE", sight{lwuRows, "atd lwu ngo"})
	return nil
}

func (w *walk) others() error {
	w.sees("5 others ask", "atd", "ASSISTANCE", sight{})
	w.sees("5 others ask", "ngo", "JUSTICE", sight{})
	w.blind("5 others ask", "mops", purposes, opensNoCase)
	w.blind("5 others ask", "secretariat", purposes, always)
	w.blind("5 others ask", "thailand", purposes, always)
	return nil
}

func (w *walk) withdraw() error {
	before, err := w.ended("atd")
	if err != nil {
		return err
	}
	rows, err := w.accesses()
	if err != nil {
		return err
	}
	err = mutate(w.ctx, w.clients["lwu"], "ASSISTANCE", "withdrawConsent",
		"input: {caseID: $case, recipientID: $to, interpretation: NONE_NEEDED, setting: SAFE_PLACE}",
		map[string]any{"case": w.caseID, "to": w.ids["atd"]}, nil)
	if err != nil {
		return err
	}
	w.sees("6 withdrawn", "atd", "JUSTICE", sight{"CASE, TRAFFICKING by atd", "atd"})
	after, err := w.accesses()
	if err != nil {
		return err
	}
	if w.store != nil && slices.Equal(rows, after) { // else the comparison of step 7 could not fail
		return errors.New("the withdrawal rewrote no access row")
	}
	return w.noticed("6 withdrawn", "atd", before)
}

func (w *walk) suspend() error {
	before, err := w.ended("ngo")
	if err != nil {
		return err
	}
	admin, err := w.as("lwu", "admin")
	if err != nil {
		return err
	}
	all, err := agreements(w.ctx, admin)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(all, func(a agreement) bool { return a.Code == "lwu-ngo" })
	if at < 0 {
		return errors.New("LWU is not shown its agreement with the NGO")
	}
	rows, err := w.accesses()
	if err != nil {
		return err
	}
	if err := mutate(w.ctx, admin, "", "suspendAgreement", "agreementID: $id", map[string]any{"id": all[at].ID}, nil); err != nil {
		return err
	}
	w.sees("7 suspended", "ngo", "ASSISTANCE", sight{"CASE, PROFILE by ngo", "ngo"})
	after, err := w.accesses()
	if err != nil {
		return err
	}
	mark := ""
	if w.store == nil {
		return w.noticed("7 suspended", "ngo", before)
	}
	if len(rows) == 0 || !slices.Equal(rows, after) {
		w.failures++
		mark = fmt.Sprintf("NOT AS PROMISED, %d rows before and %d after", len(rows), len(after))
	}
	_, _ = fmt.Fprintf(w.table, "7 suspended\t\t\tthe same %d access rows, none rewritten\t\t%s\n", len(after), mark)
	return w.noticed("7 suspended", "ngo", before)
}

// accesses returns the case's access rows, every column of each: what only whoever holds
// the database can look at, and nothing where it is elsewhere.
func (w *walk) accesses() ([]string, error) {
	if w.store == nil {
		return nil, nil
	}
	rows, err := w.store.DB().QueryContext(w.ctx, "SELECT * FROM accesses WHERE case_id = ? ORDER BY id", w.caseID)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var out []string
	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		if err := rows.Scan(values...); err != nil {
			return nil, err
		}
		line := ""
		for i, v := range values {
			line += fmt.Sprintf("%s=%v ", columns[i], *v.(*any))
		}
		out = append(out, line)
	}
	return out, rows.Err()
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
	after, err := w.countedWhenTold(agency, before)
	if err != nil {
		return err
	}
	mark := ""
	if after != before+1 {
		w.failures++
		mark = "NOT AS PROMISED, should be 1"
	}
	_, _ = fmt.Fprintf(w.table, "%s\t%s\t\t%d notice \"access ended\"\t\t%s\n", step, agency, after-before, mark)
	return nil
}

// countedWhenTold counts the notices when they have been given, as a job does within a second.
func (w *walk) countedWhenTold(agency string, before int) (int, error) {
	if w.store != nil {
		if _, err := notify.Tell(w.ctx, w.store); err != nil {
			return 0, err
		}
		return w.ended(agency)
	}
	for end := time.Now().Add(time.Minute); ; {
		n, err := w.ended(agency)
		if err != nil || n > before || time.Now().After(end) {
			return n, err
		}
		select {
		case <-w.ctx.Done():
			return n, w.ctx.Err()
		case <-time.After(time.Second):
		}
	}
}
