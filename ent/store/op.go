package store

import (
	"context"
	stdsql "database/sql"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
)

// Op is one operation: one transaction with the scope in which it runs, and the
// record of what it read and which cases' facts it touched.
type Op struct {
	*ent.Client
	Scope *rule.Scope
	Seen  *Seen

	store    *Store
	tx       *stdsql.Tx
	driver   *txDriver
	readOnly bool
	touched  map[string]bool
	locked   map[string]bool
	others   map[string]bool   // referrals that neither of their sides has ended
	fresh    map[string]*fresh // see Fresh
	done     bool
	discard  bool
	because  *valueset.CorrectionReason
	tally    *Tally
	begun    time.Time
}

// LongestChange bounds how long an operation that writes may last: the ledger looks for
// records that are without a place no further back.
const LongestChange = 15 * time.Minute

type opKey struct{}

// OpOf returns the operation of ctx, or an error where there is none.
func OpOf(ctx context.Context) (*Op, error) {
	o, ok := ctx.Value(opKey{}).(*Op)
	if !ok {
		return nil, errs.New(errs.Internal, "no operation is under way")
	}
	return o, nil
}

// Begin starts an operation. scope.Now is set to the transaction's time. The
// returned context carries scope and operation. The caller ends it with Commit or
// Rollback.
func (s *Store) Begin(ctx context.Context, scope rule.Scope, readOnly bool) (context.Context, *Op, error) {
	if scope.Mode == rule.None {
		return ctx, nil, errs.New(errs.Internal, "operation without a role")
	}
	db, opts := s.write, &stdsql.TxOptions{}
	if readOnly {
		db = s.read
		if s.dialect == dialect.Postgres {
			opts = &stdsql.TxOptions{ReadOnly: true, Isolation: stdsql.LevelRepeatableRead}
		}
	}
	begun := time.Now()
	tx, err := db.BeginTx(ctx, opts)
	if err != nil {
		return ctx, nil, unreachable(err)
	}
	if err := s.clocks.agree(ctx, s.clock, tx); err != nil {
		_ = tx.Rollback()
		return ctx, nil, err
	}
	scope.Now = s.Now()
	tally, _ := ctx.Value(tallyKey{}).(*Tally)
	d := &txDriver{conn: sql.Conn{ExecQuerier: tx}, dialect: s.dialect}
	d.control.Add(1) // BEGIN
	if readOnly {
		d.home = scope.Mode
	}
	op := &Op{store: s, tx: tx, driver: d, Scope: &scope, Seen: newSeen(), readOnly: readOnly, touched: map[string]bool{}, locked: map[string]bool{}, others: map[string]bool{},
		tally: tally, begun: begun}
	op.Client = ent.NewClient(ent.Driver(d))
	s.install(op)
	ctx = context.WithValue(rule.WithScope(ctx, op.Scope), opKey{}, op)
	if err := op.configure(ctx); err != nil {
		op.Rollback()
		return ctx, nil, unreachable(err)
	}
	return ctx, op, nil
}

// configure takes the role and tells PostgreSQL who asks, for this transaction only.
func (o *Op) configure(ctx context.Context) (err error) {
	if o.store.dialect != dialect.Postgres {
		in, err := o.inside(ctx, o.Scope.Agency, o.Scope.Member)
		in.to(o.Scope)
		return err
	}
	flag := func(b bool) string { return strconv.FormatBool(b) }
	q, args := quoteSetting(
		"sala.agency", o.Scope.Agency, "sala.member", o.Scope.Member, "sala.purpose", string(o.Scope.Purpose),
		"sala.supervisor", flag(o.Scope.Supervisor), "sala.casework", flag(o.Scope.CaseWork), "sala.casenotices", flag(o.Scope.CaseNotices), "sala.glass", flag(o.Scope.BreakGlass),
		"sala.parties", flag(o.Scope.Parties), "sala.disclosures", flag(o.Scope.Disclosures), "sala.administers", flag(o.Scope.Administers), "sala.platform", flag(o.Scope.Platform), "sala.lists", flag(o.Scope.Lists),
		"sala.acknowledges", strings.Join(o.Scope.Acknowledges, ","),
		"sala.now", strconv.FormatInt(o.Scope.Now, 10))
	// Who records an answer knows the holders from it already, and Recheck reads them once
	// more where they may have changed: no statement for the role alone. The sequencer is
	// nobody's, and its role may not look who belongs to what.
	if o.Scope.Mode == rule.Sequence || o.Scope.Mode == rule.Ledger && (len(o.Scope.Holders) > 0 || o.Scope.Member == "") {
		q += ", set_config('role', '" + o.Scope.Mode.Role() + "', true)"
		if err := o.driver.settings(ctx, q, args...); err != nil {
			return err
		}
		o.driver.mode = o.Scope.Mode
		return nil
	}
	o.driver.mu.Lock()
	err = o.driver.role(ctx)
	o.driver.mu.Unlock()
	if err != nil {
		return err
	}
	n := len(args)
	who := "($" + strconv.Itoa(n+1) + ", $" + strconv.Itoa(n+2) + "), true)"
	q += ", set_config('sala.units', sala_units" + who + ", set_config('sala.holders', sala_holders" + who
	in, err := o.readInside(ctx, q, append(args, o.Scope.Agency, o.Scope.Member)...)
	in.to(o.Scope)
	return err
}

// Touch notes that a fact of the case changed: it is evaluated before commit.
func (o *Op) Touch(caseID string) {
	if caseID != "" {
		o.touched[caseID] = true
	}
}

// Commit evaluates policy on every touched case, once each, and commits. Without
// an evaluator a transaction that changed a fact fails.
func (o *Op) Commit(ctx context.Context) error {
	if err := o.Settle(ctx); err != nil {
		o.Rollback()
		return err
	}
	if o.done {
		return errs.New(errs.Internal, "operation ended twice")
	}
	if o.discard {
		o.Rollback()
		return nil
	}
	if !o.readOnly && time.Duration(o.store.Now()-o.Scope.Now)*time.Microsecond > LongestChange {
		o.Rollback()
		return errs.New(errs.Unavailable, "the change took longer than %v, so nothing was stored: repeat it in smaller parts", LongestChange)
	}
	o.done = true
	o.driver.control.Add(1)
	defer o.ended()
	return committed(o.store.dialect, o.tx.Commit())
}

// committed tells what a commit came to. Where the connection broke or time ran out
// meanwhile, nobody knows whether PostgreSQL stored the change.
func committed(d string, err error) error {
	var refused *pgconn.PgError
	switch {
	case err == nil:
		return nil
	case d != dialect.Postgres || errors.As(err, &refused):
		return errs.Wrap(err, errs.Conflict, "the change was not accepted by the database; nothing was stored: read again and repeat")
	}
	return errs.Wrap(err, errs.Unavailable, "the connection broke while the change was being stored, wholly or not at all: repeat it with the same idempotency key, which stores it once")
}

// ReadBack forgets what was read so far: a change has been made, and its answer shows
// only what is read from now on.
func (o *Op) ReadBack() { o.Seen = newSeen() }

// Discard makes Commit check everything and keep nothing: a dry run.
func (o *Op) Discard() { o.discard = true }

// Changing reports whether the operation may still write.
func (o *Op) Changing() bool { return !o.readOnly && !o.done }

// Settle evaluates policy on every touched case now, so that what follows in the
// same transaction reads under the new accesses.
func (o *Op) Settle(ctx context.Context) error {
	ids := make([]string, 0, len(o.touched))
	for id := range o.touched {
		ids = append(ids, id)
	}
	slices.Sort(ids) // one order for all, so that two commits cannot wait for each other
	for _, id := range ids {
		if err := o.Evaluate(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// Rollback ends the operation without effect. It may be called twice.
func (o *Op) Rollback() {
	if !o.done {
		o.done = true
		_ = o.tx.Rollback()
		o.ended()
	}
}

// Statements returns how many statements read data, wrote data, and set up the
// transaction.
func (o *Op) Statements() (reads, writes, control int64) {
	return o.driver.reads.Load(), o.driver.writes.Load(), o.driver.control.Load()
}

// Run begins an operation, runs fn and commits; on an error nothing is stored.
func (s *Store) Run(ctx context.Context, scope rule.Scope, readOnly bool, fn func(context.Context, *Op) error) error {
	ctx, op, err := s.Begin(ctx, scope, readOnly)
	if err != nil {
		return err
	}
	defer op.Rollback()
	if err := fn(ctx, op); err != nil {
		return err
	}
	return op.Commit(ctx)
}
