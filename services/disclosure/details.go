package disclosure

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"fmt"

	"entgo.io/ent/dialect/sql"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/disclosure"
	"github.com/sala-exchange/sala/ent/ledgerentry"
	"github.com/sala-exchange/sala/ent/store"
)

// verifyDetails walks entries and readable details side by side, both by time and
// commitment: each entry has exactly one detail, unless an erasure accounts for it, and
// each detail is what it commits to. A detail without an entry waits for its place
// where it is newer than the newest entries; older ones were changed or put in.
func verifyDetails(ctx context.Context, op *store.Op, out *Report) error {
	newest, err := newestEntry(ctx, op)
	if err != nil {
		return err
	}
	var horizon int64
	if newest != nil {
		horizon = newest.At - window
	}
	entries := &walk[*ent.LedgerEntry]{next: entriesAfter(ctx, op), follows: func(e, last *ent.LedgerEntry) {
		if e.At == last.At && bytes.Equal(e.Commitment, last.Commitment) {
			out.found("entry %d repeats entry %d", e.ID, last.ID)
		}
	}}
	details := &walk[*ent.Disclosure]{next: detailsAfter(ctx, op), follows: func(d, last *ent.Disclosure) {
		if d.At == last.At && bytes.Equal(d.Commitment, last.Commitment) {
			out.found("the readable details of %s repeat those of %s", d.ID, last.ID)
		}
	}}
	lost := &missing{ctx: ctx, op: op, out: out}
	for {
		e, err := entries.head()
		if err != nil {
			return err
		}
		d, err := details.head()
		if err != nil {
			return err
		}
		switch order := byTime(e, d); {
		case e == nil && d == nil:
			return lost.settle()
		case order < 0:
			entries.drop()
			if err := lost.add(e); err != nil {
				return err
			}
		case order > 0:
			details.drop()
			if d.At < horizon {
				out.found("the readable details of %s have no entry: they were changed, or put in later", d.ID)
			} else {
				out.Waiting++
			}
			if err := committed(d, out); err != nil {
				return err
			}
		default:
			entries.drop()
			details.drop()
			if err := committed(d, out); err != nil {
				return err
			}
		}
	}
}

// byTime compares the heads of both walks; one that has ended comes last.
func byTime(e *ent.LedgerEntry, d *ent.Disclosure) int {
	switch {
	case e == nil && d == nil:
		return 0
	case e == nil:
		return 1
	case d == nil:
		return -1
	}
	return cmp.Or(cmp.Compare(e.At, d.At), bytes.Compare(e.Commitment, d.Commitment))
}

// committed recomputes the commitment of a readable detail.
func committed(r *ent.Disclosure, out *Report) error {
	want, err := commitTo(details{
		Kind: r.Kind, At: r.At, Operation: r.OperationID, Agency: r.AgencyID, Member: r.MemberID, Purpose: r.Purpose,
		Basis: r.Basis, Verb: r.Verb, Case: r.CaseID, Contributor: r.ContributorID, Categories: int64(r.Categories), Rows: r.RowIds,
	}, r.Key)
	if err == nil && !bytes.Equal(want, r.Commitment) {
		out.found("the readable details of %s are not what its entry commits to", r.ID)
	}
	return err
}

// missing gathers entries without details and asks for many at once whether an erasure
// accounts for them.
type missing struct {
	ctx  context.Context
	op   *store.Op
	out  *Report
	rows []*ent.LedgerEntry
}

func (m *missing) add(e *ent.LedgerEntry) error {
	if m.rows = append(m.rows, e); len(m.rows) < page {
		return nil
	}
	return m.settle()
}

func (m *missing) settle() error {
	if len(m.rows) == 0 {
		return nil
	}
	names := make([]string, len(m.rows))
	for i, e := range m.rows {
		names[i] = hex.EncodeToString(e.Commitment)
	}
	erased, err := accounted(m.ctx, m.op, names)
	if err != nil {
		return err
	}
	for i, e := range m.rows {
		if erased[names[i]] {
			m.out.Erased++
			continue
		}
		m.out.found("entry %d has no readable details, and no erasure accounts for it", e.ID)
	}
	m.rows = m.rows[:0]
	return nil
}

// walk reads rows page by page: memory does not grow with the log.
type walk[R any] struct {
	next    func(after []R) ([]R, error)
	follows func(row, last R) // is called for each row but the first
	rows    []R
	at      int
	done    bool
}

// head is the next row, the zero value at the end.
func (w *walk[R]) head() (R, error) {
	var none R
	if w.at < len(w.rows) {
		return w.rows[w.at], nil
	}
	if w.done {
		return none, nil
	}
	rows, err := w.next(w.rows)
	if err != nil {
		return none, err
	}
	if w.done = len(rows) == 0; w.done {
		return none, nil
	}
	if n := len(w.rows); n > 0 {
		w.follows(rows[0], w.rows[n-1])
	}
	w.rows, w.at = rows, 0
	return w.rows[0], nil
}

func (w *walk[R]) drop() {
	if w.at++; w.at < len(w.rows) {
		w.follows(w.rows[w.at], w.rows[w.at-1])
	}
}

func entriesAfter(ctx context.Context, op *store.Op) func([]*ent.LedgerEntry) ([]*ent.LedgerEntry, error) {
	return func(last []*ent.LedgerEntry) ([]*ent.LedgerEntry, error) {
		q := op.LedgerEntry.Query().Order(ent.Asc(ledgerentry.FieldAt, ledgerentry.FieldCommitment, ledgerentry.FieldID)).Limit(page)
		if n := len(last); n > 0 {
			q.Where(beyond(last[n-1].At, last[n-1].Commitment, last[n-1].ID))
		}
		return q.All(ctx)
	}
}

func detailsAfter(ctx context.Context, op *store.Op) func([]*ent.Disclosure) ([]*ent.Disclosure, error) {
	return func(last []*ent.Disclosure) ([]*ent.Disclosure, error) {
		q := op.Disclosure.Query().Order(ent.Asc(disclosure.FieldAt, disclosure.FieldCommitment, disclosure.FieldID)).Limit(page)
		if n := len(last); n > 0 {
			q.Where(beyond(last[n-1].At, last[n-1].Commitment, last[n-1].ID))
		}
		return q.All(ctx)
	}
}

// beyond keeps the rows after one, in the order of the walks.
func beyond(at int64, commitment []byte, id any) func(*sql.Selector) {
	return func(s *sql.Selector) {
		s.Where(sql.P(func(b *sql.Builder) {
			b.WriteString(fmt.Sprintf("(%s, %s, %s) > (", s.C(disclosure.FieldAt), s.C(disclosure.FieldCommitment), s.C(disclosure.FieldID)))
			b.Args(at, commitment, id).WriteString(")")
		}))
	}
}
