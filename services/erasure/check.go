package erasure

import (
	"context"
	"slices"

	"github.com/sala-exchange/sala/ent"
	entgo "github.com/sala-exchange/sala/ent/erasure"
	"github.com/sala-exchange/sala/ent/offboarding"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/seal"
)

// Check compares the database with the list: nobody and no row on the list is in the
// database, and what the database knows to be done is on the list. Otherwise one of the two
// is an older copy, and must not be served.
//
// It waits for an erasure that is being carried out, which is on the list before its
// rows are deleted. What a restored database believes of its own erasures counts for
// nothing: a backup made while one waited holds it as waiting.
func (l *List) Check(ctx context.Context, st *store.Store) error {
	return st.Run(ctx, rule.Scope{Mode: rule.Erasure}, false, func(ctx context.Context, op *store.Op) error {
		if err := op.LockErasures(ctx); err != nil {
			return err
		}
		entries, err := l.Entries(ctx)
		if err != nil {
			return err
		}
		listed := map[string]bool{} // cases and suspects
		var ids, suspects []string
		for _, e := range entries {
			switch e.Kind {
			case Erased:
				listed[e.Case] = true
				ids = append(ids, e.Case)
			case Suspect:
				listed[e.Suspect] = true
				suspects = append(suspects, e.Suspect)
			case Undone:
				ids = append(ids, e.Cases...)
			}
		}
		back, err := op.Remaining(ctx, ids)
		if err != nil {
			return err
		}
		rows, err := op.RemainingSuspects(ctx, suspects)
		if err != nil {
			return err
		}
		if n := len(back) + len(rows); n > 0 {
			return errs.New(errs.Conflict, "%d erased persons or suspects, or cases that were taken back are in this database again, as after a restore: run `sala erasures apply` before it is served", n)
		}
		if err := l.knowsAll(ctx, op, listed); err != nil {
			return err
		}
		return l.departed(ctx, op, entries)
	})
}

// departed compares the agencies that left in both directions. Where the database says
// itself that an agency's contributions are deleted, it is believed: they were before it
// could say so.
func (l *List) departed(ctx context.Context, op *store.Op, entries []Entry) error {
	rows, err := op.Offboarding.Query().Where(offboarding.KeysDestroyedOnNotNil()).All(ctx)
	if err != nil {
		return err
	}
	done := map[string]bool{}
	for _, r := range rows {
		done[r.AgencyID] = true
	}
	var doubtful []string
	listed := map[string]bool{}
	for _, e := range entries {
		if e.Kind == Departed {
			listed[e.Agency] = true
			if !done[e.Agency] {
				doubtful = append(doubtful, e.Agency)
			}
		}
	}
	for id := range done {
		if !listed[id] {
			return errs.New(errs.Conflict, "the erasure list lacks an agency that left: the key store is an older copy, and its keys must not be used")
		}
	}
	back, err := op.Remembered(ctx, doubtful)
	if err == nil && len(back) > 0 {
		err = errs.New(errs.Conflict, "contributions of %d agencies that left are in this database again, as after a restore: run `sala erasures apply` before it is served", len(back))
	}
	return err
}

// Depart puts an agency on the list that left and whose contributions are deleted. Once
// more is the same.
func (l *List) Depart(ctx context.Context, agencyID, digest string, at int64) error {
	entries, err := l.Entries(ctx)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(entries, func(e Entry) bool { return e.Kind == Departed && e.Agency == agencyID }) {
		return nil
	}
	return l.add(ctx, Entry{Kind: Departed, At: at, Agency: agencyID, Digest: digest})
}

// Applied is what was in the database again.
type Applied struct {
	Persons  int
	Suspects int // rows of cleared suspects
	Cases    int // that had been taken back with their import
	Agencies int // of whose contributions something was there
}

// Apply deletes again whoever and what is on the list and in the database, as after a restore,
// and what agencies that left had contributed. st must be bound to the owner of the tables.
func (l *List) Apply(ctx context.Context, st *store.Store, keys *seal.Keyring) (Applied, error) {
	var n Applied
	entries, err := l.Entries(ctx)
	if err != nil {
		return n, err
	}
	for _, e := range entries {
		if e.Kind == Undone {
			back, err := againTakenBack(ctx, st, keys, e)
			if n.Cases += back; err != nil {
				return n, err
			}
		}
		if e.Kind == Departed {
			there, err := st.ForgetAgain(ctx, store.Departed{Agency: e.Agency, Digest: e.Digest, At: e.At})
			if err != nil {
				return n, err
			}
			if there {
				n.Agencies++
			}
		}
		if e.Kind != Erased && e.Kind != Suspect {
			continue
		}
		if e.Kind == Erased {
			if err := keys.Destroy(ctx, e.Case); err != nil {
				return n, err
			}
		}
		there, err := st.EraseAgain(ctx, store.Erased{
			Case: e.Case, Suspect: e.Suspect, Agency: e.Agency, AskedBy: e.AskedBy, AskedOn: e.AskedOn, ConfirmedBy: e.ConfirmedBy, ConfirmedOn: e.ConfirmedOn, At: e.At,
		})
		if err != nil {
			return n, err
		}
		switch {
		case there && e.Kind == Suspect:
			n.Suspects++
		case there:
			n.Persons++
		}
	}
	return n, nil
}

// againTakenBack destroys and deletes once more what an entry names.
func againTakenBack(ctx context.Context, st *store.Store, keys *seal.Keyring, e Entry) (int, error) {
	for _, id := range e.Cases {
		if err := keys.Destroy(ctx, id); err != nil {
			return 0, err
		}
	}
	return st.TakeBackAgain(ctx, e.Cases)
}

func (l *List) knowsAll(ctx context.Context, op *store.Op, listed map[string]bool) error {
	for last := ""; ; {
		rows, err := op.Erasure.Query().Where(entgo.DoneOnNotNil(), entgo.IDGT(last)).Order(ent.Asc(entgo.FieldID)).Limit(1000).All(ctx)
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, r := range rows {
			// A suspect's row is gone too where its whole case was erased.
			if !listed[r.CaseID] && (r.SuspectID == "" || !listed[r.SuspectID]) {
				return errs.New(errs.Conflict, "the erasure list lacks erasures that were carried out: the key store is an older copy, and its keys must not be used")
			}
			last = r.ID
		}
	}
}
