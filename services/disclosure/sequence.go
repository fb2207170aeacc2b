package disclosure

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"

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

// Sequence gives committed records that have none a gapless position in the log,
// one batch after another, and returns how many. One sequencer works at a time.
func Sequence(ctx context.Context, st *store.Store) (int, error) {
	total := 0
	for {
		n, err := sequenceBatch(ctx, st)
		total += n
		if err != nil || n < batch {
			return total, err
		}
	}
}

func sequenceBatch(ctx context.Context, st *store.Store) (int, error) {
	n := 0
	err := st.Run(ctx, rule.Scope{Mode: rule.Ledger}, false, func(ctx context.Context, op *store.Op) error {
		if err := op.LockLedger(ctx); err != nil {
			return err
		}
		rows, err := op.Disclosure.Query().Where(func(s *sql.Selector) {
			// NOT EXISTS, which PostgreSQL joins; NOT IN compares each record with each
			// entry once the entries are more than its working memory holds.
			t := sql.Table(ledgerentry.Table)
			s.Where(sql.NotExists(sql.Select().From(t).Where(sql.ColumnsEQ(t.C(ledgerentry.FieldCommitment), s.C(disclosure.FieldCommitment)))))
		}).Order(ent.Asc(disclosure.FieldAt, disclosure.FieldID)).Limit(batch).All(ctx)
		if err != nil || len(rows) == 0 {
			return err
		}
		n = len(rows)
		return appendRows(ctx, op, rows)
	})
	if err != nil {
		return 0, errs.Wrap(err, errs.Unavailable, "sequencing the ledger failed")
	}
	return n, nil
}

func appendRows(ctx context.Context, op *store.Op, rows []*ent.Disclosure) error {
	size, err := op.LedgerEntry.Query().Count(ctx)
	if err != nil {
		return err
	}
	leaves := make([][]byte, len(rows))
	entries := make([]*ent.LedgerEntryCreate, len(rows))
	for i, r := range rows {
		leaves[i] = leaf(format, r.At, r.Commitment)
		entries[i] = op.LedgerEntry.Create().SetID(int64(size + i)).SetFormat(format).SetAt(r.At).SetCommitment(r.Commitment)
	}
	nodes, err := tlog.Append(hashes{ctx, op}, int64(size), leaves...)
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
