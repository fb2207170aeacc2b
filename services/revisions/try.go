package revisions

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/policy"
)

// Few is below which no number of cases is shown: 1 to 4 are "fewer than 5".
const Few = 5

// Count says in how many cases a policy would open or close something.
type Count struct {
	// Rule is the number of the rule by which the access is given, and Basis what it rests
	// on; see ruleOf.
	Rule, Basis string
	// To is for whom in the agency: ASSIGNED, AGENCY (all of it) or SUPERVISOR; with _IN_UNIT,
	// for those of them who are in a unit that consent or referral names (A5).
	AgencyKind, To, Category string
	Opened, Closed           int
}

// Tried is what a policy would change over the whole database.
type Tried struct {
	Revision, Live string
	Cases          int // looked at
	Differ         int // in which anything would change
	Evaluated      int
	Counts         []Count // by rule, kind of agency and category
	// Of holds, for the agency that asks, what would change in the cases that it owns.
	Of []Case
}

// Case is one case in which something would change.
type Case struct {
	ID             string
	Opened, Closed []string // each "category for kind of agency, by rule"
}

// Try decides every case by the policy in force and by the other, from now on, and says
// what would change. It runs under a role that writes nothing; each batch of cases is read
// as it stands at one moment. owner is the id of an agency whose own cases are listed, or
// empty.
func Try(ctx context.Context, st *store.Store, was, is *policy.Policy, owner string, tell Telling) (*Tried, error) {
	out := &Tried{Revision: is.Revision(), Live: was.Revision()}
	t := &trying{out: out, owner: owner, now: st.Now(), counts: map[row]*Count{}, kinds: map[string]string{}}
	all := 0
	err := st.Run(ctx, trial, true, func(ctx context.Context, op *store.Op) error {
		agencies, err := op.Agency.Query().All(ctx)
		if err != nil {
			return err
		}
		for _, a := range agencies {
			t.kinds[a.ID] = string(a.Kind)
		}
		all, err = op.CaseFile.Query().Count(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	pair := policy.NewPair(was, is)
	work, within := errgroup.WithContext(ctx)
	queue := make(chan []string)
	for range workers() {
		work.Go(func() error {
			for ids := range queue {
				if err := t.batch(within, st, pair, ids); err != nil {
					return err
				}
				if tell != nil {
					tell(t.done(), all)
				}
			}
			return nil
		})
	}
	err = inBatches(within, batch, queue, func(ctx context.Context, last *string, limit int) (ids []string, err error) {
		after := ""
		if last != nil {
			after = *last
		}
		err = st.Run(ctx, trial, true, func(ctx context.Context, op *store.Op) (err error) {
			ids, err = op.Cases(ctx, after, limit)
			return err
		})
		return ids, err
	})
	close(queue)
	if e := work.Wait(); e != nil {
		err = e
	}
	if err != nil {
		return nil, err
	}
	evaluated, _ := pair.Evaluated()
	out.Evaluated = int(evaluated)
	for _, c := range t.counts {
		out.Counts = append(out.Counts, *c)
	}
	slices.SortFunc(out.Counts, func(a, b Count) int {
		return cmp.Or(strings.Compare(a.Rule, b.Rule), strings.Compare(a.Basis, b.Basis), strings.Compare(a.AgencyKind, b.AgencyKind),
			strings.Compare(a.To, b.To), strings.Compare(a.Category, b.Category))
	})
	slices.SortFunc(out.Of, func(a, b Case) int { return strings.Compare(a.ID, b.ID) })
	return out, nil
}

// trial is the role that tries.
var trial = rule.Scope{Mode: rule.Trial}

// trying gathers what batches come to.
type trying struct {
	mu     sync.Mutex
	out    *Tried
	owner  string
	now    int64
	counts map[row]*Count
	kinds  map[string]string // of all agencies: a policy may open to one that no fact names
}

// row is a line of the table.
type row struct{ rule, basis, kind, to, category string }

func (t *trying) done() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.out.Cases
}

func (t *trying) batch(ctx context.Context, st *store.Store, pair rule.Comparer, ids []string) error {
	var facts map[string]*store.Versioned
	err := st.Run(ctx, trial, true, func(ctx context.Context, op *store.Op) (err error) {
		facts, err = op.FactsOf(ctx, ids)
		return err
	})
	if err != nil {
		return err
	}
	for id, f := range facts {
		d, err := pair.Compare(ctx, f.Facts)
		if err != nil {
			return err
		}
		t.add(id, f.Facts, d)
	}
	return nil
}

func (t *trying) add(id string, f *rule.Facts, d rule.Compared) {
	was, is := t.spans(d.Gives(rule.Was)), t.spans(d.Gives(rule.Is))
	opened, closed := beyond(is, was), beyond(was, is)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.out.Cases++
	if len(opened)+len(closed) == 0 {
		return
	}
	t.out.Differ++
	one := Case{ID: id}
	for r := range opened {
		t.count(r).Opened++
		one.Opened = append(one.Opened, r.String())
	}
	for r := range closed {
		t.count(r).Closed++
		one.Closed = append(one.Closed, r.String())
	}
	if t.owner != "" && f.Case.Owner == t.owner {
		slices.Sort(one.Opened)
		slices.Sort(one.Closed)
		t.out.Of = append(t.out.Of, one)
	}
}

func (t *trying) count(r row) *Count {
	c := t.counts[r]
	if c == nil {
		c = &Count{Rule: r.rule, Basis: r.basis, AgencyKind: r.kind, To: r.to, Category: r.category}
		t.counts[r] = c
	}
	return c
}

// String is the line in words.
func (r row) String() string {
	return r.category + " for " + r.kind + " (" + r.to + "), " + r.rule + " " + r.basis
}

// span is what exactly an access opens: the line that it is counted in, and to whom whose
// rows for what.
type span struct {
	row
	grantee, unit, contributor, purpose string
}

// inUnit ends for whom an access is that counts in one unit alone.
const inUnit = "_IN_UNIT"

// whole is the same for the agency as a whole, its units among it.
func (s span) whole() span {
	s.to, s.unit = strings.TrimSuffix(s.to, inUnit), ""
	return s
}

// spans are the times from now on in which accesses open things.
func (t *trying) spans(list []rule.Access) map[span][][2]int64 {
	out := map[span][][2]int64{}
	for _, a := range list {
		if a.Until <= t.now {
			continue
		}
		categories := a.Categories
		if a.Action == rule.ActionPreview {
			categories = []string{"PREVIEW"}
		}
		number, to := ruleOf(a)
		if a.Unit != "" {
			to += inUnit
		}
		kind := t.kinds[a.Grantee]
		if kind == "" {
			kind = "UNKNOWN"
		}
		for _, c := range categories {
			s := span{row{number, a.Basis + " " + a.Action, kind, to, c}, a.Grantee, a.Unit, a.Contributor, a.Purpose}
			out[s] = append(out[s], [2]int64{max(t.now, a.From), a.Until})
		}
	}
	return out
}

// ruleOf is the number of the rule that an access is counted under, by what it rests on
// and what it allows: policy gives no access without one of these (docs/rules.md). Whoever
// adds a basis finds it in the table under its own name.
func ruleOf(a rule.Access) (number, to string) {
	switch to = "ASSIGNED"; a.Member {
	case "":
		to = "SUPERVISOR"
	case a.Grantee:
		to = "AGENCY"
	}
	switch {
	case a.Action == rule.ActionPreview:
		return "D2", "AGENCY"
	case a.Action == rule.ActionAdd || a.Action == rule.ActionCorrect:
		return "A4", to
	}
	numbers := map[string]string{"OWNERSHIP": "A3", "OWN_CONTRIBUTION": "A3", "CONSENT_REFERRAL": "D1", "LEGAL_BASIS": "F1", "BREAK_GLASS": "F3"}
	if number = numbers[a.Basis]; number == "" {
		number = "?"
	}
	return number, to
}

// beyond are the lines in which the first opens something at a time when the second opens
// it not.
func beyond(a, b map[span][][2]int64) map[row]bool {
	out := map[row]bool{}
	for s, times := range a {
		if !out[s.row] && !covered(times, slices.Concat(b[s], b[s.whole()])) {
			out[s.row] = true
		}
	}
	return out
}

// covered reports whether intervals lie within the union of others.
func covered(inner, outer [][2]int64) bool {
	outer = slices.Clone(outer)
	slices.SortFunc(outer, func(a, b [2]int64) int { return cmp.Compare(a[0], b[0]) })
	for _, i := range inner {
		at := i[0]
		for _, o := range outer {
			if o[0] <= at && o[1] > at {
				at = o[1]
			}
		}
		if at < i[1] {
			return false
		}
	}
	return true
}
