package disclosure

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/disclosure"
	"github.com/sala-exchange/sala/ent/ledgerentry"
	"github.com/sala-exchange/sala/ent/ledgernode"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/tlog"
)

// format of a leaf: version, time, commitment.
const format = 1

func leaf(version int, at int64, commitment []byte) []byte {
	var b bytes.Buffer
	_ = binary.Write(&b, binary.BigEndian, uint32(version))
	_ = binary.Write(&b, binary.BigEndian, at)
	b.Write(commitment)
	return b.Bytes()
}

// batch is how many entries one transaction of the sequencer takes in.
const batch = 500

// window is how far behind the newest entry a record without a place can lie, in
// microseconds: no change lasts longer, and clocks of processes differ by less than the
// rest.
const window = int64((store.LongestChange + time.Minute) / time.Microsecond)

// Sequence gives committed records that have none a gapless position in the log,
// one batch after another, and returns how many. One sequencer works at a time. It
// looks at what is not older than the window behind the newest entry, so that it costs
// the same however long the log is.
func Sequence(ctx context.Context, st *store.Store) (int, error) { return sequence(ctx, st, true) }

// SequenceAll is Sequence with a look at every record: it is for the start of a process
// and for a checkpoint. What it finds beyond the window was put in later or by a clock
// that stood wrong; Verify says so.
func SequenceAll(ctx context.Context, st *store.Store) (int, error) { return sequence(ctx, st, false) }

func sequence(ctx context.Context, st *store.Store, recent bool) (int, error) {
	total, from, mode := 0, int64(math.MinInt64), rule.Sequence
	for first := true; ; first = false {
		var rows []*ent.Disclosure
		err := st.Run(ctx, rule.Scope{Mode: mode}, false, func(ctx context.Context, op *store.Op) error {
			if err := op.LockLedger(ctx); err != nil {
				return err
			}
			newest, err := newestEntry(ctx, op)
			if err != nil {
				return err
			}
			if first && recent {
				from = since(newest, op.Scope.Now)
			}
			if rows, err = placeless(ctx, op, from, batch); err != nil || len(rows) == 0 {
				return err
			}
			size := int64(0)
			if newest != nil {
				size = newest.ID + 1
			}
			return appendRows(ctx, op, size, rows)
		})
		if mode == rule.Sequence && store.NoRole(err) {
			// A database from before migration 44, where who records places too: a checkpoint
			// is made before the upgrade, by the program that comes.
			mode = rule.Ledger
			continue
		}
		if err != nil {
			return total, errs.Wrap(err, errs.Unavailable, "sequencing the ledger failed")
		}
		if total += len(rows); len(rows) < batch {
			return total, nil
		}
		from = rows[len(rows)-1].At // those of the same time that have a place are left out
	}
}

// Waiting is a record without a place in the log.
type Waiting struct {
	At         int64 // when it was made, in UTC microseconds
	Commitment string
}

// Oldest returns the record that waits longest for its place, nil where none does. It
// looks as far back as Sequence, and never begins later than the record that was last found
// waiting, nil for none: one that is withheld while others are placed is found again however
// far the log has gone on. It changes nothing and waits for no sequencer.
func Oldest(ctx context.Context, st *store.Store, last *Waiting) (*Waiting, error) {
	var rows []*ent.Disclosure
	err := st.Run(ctx, rule.Scope{Mode: rule.Ledger}, true, func(ctx context.Context, op *store.Op) error {
		newest, err := newestEntry(ctx, op)
		if err == nil {
			from := since(newest, op.Scope.Now)
			if last != nil {
				from = min(from, last.At)
			}
			rows, err = placeless(ctx, op, from, 1)
		}
		return err
	})
	if err != nil {
		return nil, errs.Wrap(err, errs.Unavailable, "looking for records without a place in the ledger failed")
	}
	if len(rows) == 0 {
		return nil, nil
	}
	return &Waiting{At: rows[0].At, Commitment: string(rows[0].Commitment)}, nil
}

// since is from when on a look at the newest records looks.
func since(newest *ent.LedgerEntry, now int64) int64 {
	if newest == nil {
		return math.MinInt64
	}
	return min(newest.At, now) - window
}

// newestEntry is the last entry of the log, nil in an empty one.
func newestEntry(ctx context.Context, op *store.Op) (*ent.LedgerEntry, error) {
	e, err := op.LedgerEntry.Query().Order(ent.Desc(ledgerentry.FieldID)).First(ctx)
	if ent.IsNotFound(err) {
		return nil, nil
	}
	return e, err
}

// placeless reads the oldest records from a time on that no entry commits to, at most so
// many: of each its id, time and commitment, which is all that the sequencer's role may.
func placeless(ctx context.Context, op *store.Op, from int64, most int) ([]*ent.Disclosure, error) {
	return op.Disclosure.Query().Where(disclosure.AtGTE(from), func(s *sql.Selector) {
		e := sql.Table(ledgerentry.Table)
		s.Where(sql.NotExists(sql.Select(e.C(ledgerentry.FieldID)).From(e).Where(sql.And(
			sql.GTE(e.C(ledgerentry.FieldAt), from),
			sql.ColumnsEQ(e.C(ledgerentry.FieldAt), s.C(disclosure.FieldAt)),
			sql.ColumnsEQ(e.C(ledgerentry.FieldCommitment), s.C(disclosure.FieldCommitment))))))
	}).Order(ent.Asc(disclosure.FieldAt, disclosure.FieldCommitment)).Limit(most).
		Select(disclosure.FieldAt, disclosure.FieldCommitment).All(ctx)
}

func appendRows(ctx context.Context, op *store.Op, size int64, rows []*ent.Disclosure) error {
	leaves := make([][]byte, len(rows))
	entries := make([]*ent.LedgerEntryCreate, len(rows))
	for i, r := range rows {
		leaves[i] = leaf(format, r.At, r.Commitment)
		entries[i] = op.LedgerEntry.Create().SetID(size + int64(i)).SetFormat(format).SetAt(r.At).SetCommitment(r.Commitment)
	}
	nodes, err := tlog.Append(hashes{ctx, op}, size, leaves...)
	if err != nil {
		return err
	}
	if err := op.LedgerEntry.CreateBulk(entries...).Exec(ctx); err != nil {
		return err
	}
	creates := make([]*ent.LedgerNodeCreate, len(nodes))
	for i, n := range nodes {
		creates[i] = op.LedgerNode.Create().SetID(n.Index).SetHash(n.Hash[:])
	}
	return op.LedgerNode.CreateBulk(creates...).Exec(ctx)
}

// hashes reads the stored nodes of the tree.
type hashes struct {
	ctx context.Context
	op  *store.Op
}

func (h hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	rows, err := h.op.LedgerNode.Query().Where(ledgernode.IDIn(indexes...)).All(h.ctx)
	if err != nil {
		return nil, err
	}
	byID := make(map[int64]tlog.Hash, len(rows))
	for _, r := range rows {
		if len(r.Hash) != len(tlog.Hash{}) {
			return nil, tlog.ErrNoHash
		}
		byID[r.ID] = tlog.Hash(r.Hash)
	}
	out := make([]tlog.Hash, len(indexes))
	for i, id := range indexes {
		hash, ok := byID[id]
		if !ok {
			return nil, errors.Join(tlog.ErrNoHash)
		}
		out[i] = hash
	}
	return out, nil
}
