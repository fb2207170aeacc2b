package demo

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// seenLook is one line of the record, as the agency whose rows were shown reads it.
type seenLook struct {
	ID, Kind, Verb, Purpose, Basis string
	At                             time.Time
	Categories                     []string
	Agency                         struct{ Code string }
}

// record prints who saw what, when and on what basis, compares it with what the log
// holds, and checks the log (step 8).
func (w *walk) record() error {
	stored, err := w.storedRecord()
	if err != nil {
		return err
	}
	all, err := w.readRecord()
	if err != nil {
		return err
	}
	looks := w.printed(all)
	decisions := len(all) - looks
	w.say("%d looks and %d decisions about LWU's rows; the log holds %d", looks, decisions, len(stored))
	var ids []string
	for _, l := range all {
		ids = append(ids, l.ID)
	}
	if slices.Sort(ids); !slices.Equal(ids, stored) {
		w.failures++
		w.say("NOT AS PROMISED: what LWU is shown is not what the log holds")
	}
	w.looked(all)
	return w.verify()
}

// recordElsewhere is the same of a log that is not at hand: what LWU is shown of it.
func (w *walk) recordElsewhere() error {
	all, err := w.readRecord()
	if err != nil {
		return err
	}
	w.say("%d looks at LWU's rows", w.printed(all))
	w.looked(all)
	return nil
}

// printed prints who looked, and returns how many looks there are.
func (w *walk) printed(all []seenLook) int {
	_ = w.table.Flush()
	w.say("\nWho saw LWU's rows of the case, when, why and on what basis (step 8):")
	_, _ = fmt.Fprintln(w.table, "  from\tto\ttimes\twho\twhat\tpurpose\tbasis\tcategories")
	looks := w.folded(all)
	_ = w.table.Flush()
	return looks
}

// readRecord reads LWU's record of the case to its end.
func (w *walk) readRecord() ([]seenLook, error) {
	dpo, err := w.as("lwu", "dataprotection")
	if err != nil {
		return nil, err
	}
	var all []seenLook
	for after := any(nil); ; {
		var page struct{ Disclosures edges[seenLook] }
		_, err := dpo.Do(w.ctx, `query Who($case: ID!, $after: Cursor) { disclosures(first: 50, after: $after, caseID: $case, orderBy: {field: AT, direction: ASC}) {
    edges { node { id at kind verb purpose basis categories agency { code } } } pageInfo { hasNextPage endCursor } } }`,
			map[string]any{"case": w.caseID, "after": after}, &page)
		if err != nil {
			return nil, err
		}
		for _, e := range page.Disclosures.Edges {
			all = append(all, e.Node)
		}
		if !page.Disclosures.PageInfo.HasNextPage {
			return all, nil
		}
		after = page.Disclosures.PageInfo.EndCursor
	}
}

// storedRecord returns the ids of the same from the database, sorted.
func (w *walk) storedRecord() ([]string, error) {
	rows, err := w.store.DB().QueryContext(w.ctx, "SELECT id FROM disclosures WHERE case_id = ? AND contributor_id = ? ORDER BY id", w.caseID, w.ids["lwu"])
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	return out, rows.Err()
}

// folded prints alike looks on one line each, and returns how many looks there are.
func (w *walk) folded(all []seenLook) int {
	type line struct {
		last  time.Time
		times int
	}
	key := func(l seenLook) string {
		return strings.Join([]string{l.Agency.Code, l.Kind, l.Purpose, l.Basis, strings.Join(l.Categories, " ")}, "\t")
	}
	lines, looks := map[string]*line{}, 0
	for _, l := range all {
		if l.Kind == "DECISION" {
			continue
		}
		looks++
		if lines[key(l)] == nil {
			lines[key(l)] = &line{}
		}
		lines[key(l)].last = l.At
		lines[key(l)].times++
	}
	for _, l := range all {
		if one := lines[key(l)]; l.Kind != "DECISION" && one != nil {
			const clock = "15:04:05.000"
			_, _ = fmt.Fprintf(w.table, "  %s\t%s\t%d\t%s\n", l.At.UTC().Format(clock), one.last.UTC().Format(clock), one.times, key(l))
			delete(lines, key(l))
		}
	}
	return looks
}

// looked: each look of another agency that the steps showed is on record, and no other:
// to nobody else, for no other purpose, of no other category. What a referral tells by
// itself, to who asks for another purpose too, is a look at CASE.
func (w *walk) looked(all []seenLook) {
	promised := map[string][]string{
		"atd PREVIEW JUSTICE": {}, "atd READ JUSTICE": {"CASE", "PROFILE", "TRAFFICKING"}, "atd READ ASSISTANCE": {"CASE"},
		"ngo PREVIEW ASSISTANCE": {}, "ngo READ ASSISTANCE": {"CASE", "IDENTITY", "CONTACT"}, "ngo READ JUSTICE": {"CASE"},
	}
	found := map[string]bool{}
	for _, l := range all {
		if l.Agency.Code == "lwu" || l.Kind == "DECISION" {
			continue
		}
		key := l.Agency.Code + " " + l.Kind + " " + l.Purpose
		categories, ok := promised[key]
		found[key] = true
		for _, c := range l.Categories {
			ok = ok && slices.Contains(categories, c)
			found[key+" "+c] = true
		}
		if !ok {
			w.failures++
			w.say("NOT AS PROMISED: on record is %s %v", key, l.Categories)
		}
	}
	for key, categories := range promised {
		for _, c := range append([]string{""}, categories...) {
			if one := strings.TrimSpace(key + " " + c); !found[one] {
				w.failures++
				w.say("NOT AS PROMISED: not on record is %s", one)
			}
		}
	}
}
