package store

import (
	"context"
	stdsql "database/sql"
	"errors"
	"slices"
	"time"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/access"
	"github.com/sala-exchange/sala/ent/casefile"
	"github.com/sala-exchange/sala/ent/gate"
	"github.com/sala-exchange/sala/ent/predicate"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/schema"
	"github.com/sala-exchange/sala/internal/errs"
)

// Change is a change of policy from the live revision to its neighbour: the next one, or
// for a rollback the one before. What the target decides is written beside what the live
// one decided, and counts from the moment when the gate has the target's number.
type Change struct {
	Live, Target int64
	Revision     string        // names the target
	By           rule.Comparer // decides by the live one and by the target
}

func (c Change) forward() bool { return c.Target > c.Live }

func (c Change) check() error {
	if c.Target != c.Live+1 && c.Target != c.Live-1 || c.By == nil || c.Revision == "" {
		return errs.New(errs.Internal, "a change of policy goes to the next revision, or back to the one before")
	}
	return nil
}

// undecided are the cases that were not decided under a revision.
func undecided(sequence int64) predicate.CaseFile {
	return casefile.Or(casefile.FirstSequenceGT(sequence), casefile.LastSequenceLT(sequence))
}

// Undecided returns the next cases, by id, that were not decided under the revision of that
// number; at most so many.
func (o *Op) Undecided(ctx context.Context, sequence int64, after string, limit int) ([]string, error) {
	ids, err := o.CaseFile.Query().Where(casefile.IDGT(after), undecided(sequence)).Order(ent.Asc(casefile.FieldID)).Limit(limit).IDs(rule.InMode(ctx, rule.Policy))
	if err != nil {
		return nil, failed(err, "looking for cases that are to be decided")
	}
	return ids, nil
}

// Cases returns the next cases, by id; at most so many. It is for roles that read facts.
func (o *Op) Cases(ctx context.Context, after string, limit int) ([]string, error) {
	ids, err := o.CaseFile.Query().Where(casefile.IDGT(after)).Order(ent.Asc(casefile.FieldID)).Limit(limit).IDs(ctx)
	if err != nil {
		return nil, failed(err, "reading the cases")
	}
	return ids, nil
}

// CountUndecided returns how many cases there are, and how many were not decided under the
// revision of that number.
func (o *Op) CountUndecided(ctx context.Context, sequence int64) (all, open int, err error) {
	ctx = rule.InMode(ctx, rule.Policy)
	if all, err = o.CaseFile.Query().Count(ctx); err == nil {
		open, err = o.CaseFile.Query().Where(undecided(sequence)).Count(ctx)
	}
	if err != nil {
		return 0, 0, failed(err, "counting cases")
	}
	return all, open, nil
}

// Prepare decides cases under the target of a change, and returns in how many it decides
// otherwise than the live revision. It holds them against a change of their facts, not
// against reads: what is live stays as it is. A case that another transaction is changing is
// left out; one that it changes afterwards is decided under the live revision alone, and has
// to be prepared again.
func (o *Op) Prepare(ctx context.Context, c Change, ids []string) (int, error) {
	if err := c.check(); err != nil {
		return 0, err
	}
	ctx = rule.InMode(ctx, rule.Policy)
	if err := o.goesOn(ctx, c); err != nil {
		return 0, err
	}
	if o.store.dialect == dialect.Postgres {
		var err error
		if ids, err = o.words(ctx, "SELECT id FROM case_files WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED", ids); err != nil {
			return 0, err
		}
	}
	return o.prepare(ctx, c, ids)
}

// ErrGivenUp says that somebody ended a change of policy while it was being prepared.
var ErrGivenUp = errs.New(errs.Conflict, "this change of policy was given up meanwhile: nothing of it is in force")

// goesOn holds a change against its end until the transaction's, and refuses what somebody
// has ended: nothing of it is written any more once that is told.
func (o *Op) goesOn(ctx context.Context, c Change) error {
	query := "SELECT CASE WHEN sala_prepared($1, $2) THEN 'yes' END"
	if o.store.dialect != dialect.Postgres {
		query = "SELECT 'yes' FROM revisions WHERE sequence = $1 AND revision = $2 AND state IN ('PREPARING', 'FORMER')"
	}
	is := ""
	err := o.scanned(ctx, query, func(rows *sql.Rows) error {
		var yes stdsql.NullString
		if err := rows.Scan(&yes); err != nil {
			return err
		}
		is = yes.String
		return nil
	}, c.Target, c.Revision)
	if err != nil {
		return err
	}
	if is != "yes" {
		return ErrGivenUp
	}
	return nil
}

// HoldPolicy holds the gate of policy alone until the transaction's end: no case is being
// prepared then. It waits no longer than patience.
func (o *Op) HoldPolicy(ctx context.Context, patience time.Duration) error {
	return o.lockPolicy(rule.InMode(ctx, rule.Onboarding), patience)
}

// lockCases holds cases alone, as a change of their facts does. They are sorted: one order
// for all.
func (o *Op) lockCases(ctx context.Context, sorted []string) error {
	if o.store.dialect != dialect.Postgres {
		return nil
	}
	rows := &sql.Rows{}
	if err := o.driver.Query(ctx, "SELECT sala_lock_case(u.id) FROM unnest($1::text[]) AS u(id)", []any{sorted}, rows); err != nil {
		return failed(err, "locking cases")
	}
	if err := drain(rows); err != nil {
		return failed(err, "locking cases")
	}
	return nil
}

// prepared is what a batch of cases comes to.
type prepared struct {
	alike, differ, anew []string
	decided             map[string]decided // of those that differ
	rows                []*ent.Access
	versions            map[int][]string // of those anew
	shapes              []keptShape
}

// decided is what the target gives on a case, beside what the live revision does.
type decided struct {
	version int
	rule.Compared
}

func (o *Op) prepare(ctx context.Context, c Change, ids []string) (int, error) {
	if len(ids) == 0 {
		return 0, nil
	}
	facts, err := o.FactsOf(ctx, ids)
	if err != nil {
		return 0, err
	}
	p := &prepared{versions: map[int][]string{}, decided: map[string]decided{}}
	for _, id := range ids {
		v := facts[id]
		if v == nil || v.First <= c.Target && c.Target <= v.Last {
			continue // erased, or decided meanwhile
		}
		if err := o.decideBoth(ctx, c, id, v, p); err != nil {
			return 0, err
		}
	}
	return len(p.differ) + len(p.anew), o.storePrepared(ctx, c, p)
}

// decideBoth decides one case. One that is not decided under the live revision, since
// somebody closed it, is decided under the target alone.
func (o *Op) decideBoth(ctx context.Context, c Change, id string, v *Versioned, p *prepared) error {
	if v.First <= c.Live && c.Live <= v.Last && v.Evaluated == v.Version {
		d, err := c.By.Compare(ctx, v.Facts)
		if err != nil {
			return errs.Wrap(err, errs.Unavailable, "policy gave no decision on a case: nothing of it was stored")
		}
		p.shapes = append(p.shapes, keptShape{id, v.Version, d.Shape})
		if d.Alike {
			p.alike = append(p.alike, id)
			return nil
		}
		p.differ, p.decided[id] = append(p.differ, id), decided{v.Version, d}
		return nil
	}
	gives, err := c.By.Is(ctx, v.Facts)
	if err != nil {
		return errs.Wrap(err, errs.Unavailable, "policy gave no decision on a case: nothing of it was stored")
	}
	p.anew = append(p.anew, id)
	p.versions[v.Version] = append(p.versions[v.Version], id)
	return p.add(c, id, v.Version, gives)
}

// add adds what the target gives on a case to the rows that are written.
func (p *prepared) add(c Change, id string, version int, gives []rule.Access) error {
	for _, a := range gives {
		row, err := accessRow(id, version, c.Revision, c.Target, a)
		if err != nil {
			return err
		}
		if !c.forward() {
			row.LastSequence = c.Target
		}
		p.rows = append(p.rows, row)
	}
	return nil
}

// part tells what stands on the cases that differ, and the target gives too, from what it
// does not give; what it gives beside is added to the rows that are written. Where it only
// gives more, what stands is not read: it stays as it is.
func (o *Op) part(ctx context.Context, c Change, p *prepared) (stay, ends []string, err error) {
	var read []string
	for _, id := range p.differ {
		d := p.decided[id]
		if !c.forward() || len(d.Gives(rule.Less)) > 0 {
			read = append(read, id)
			continue
		}
		if err := p.add(c, id, d.version, d.Gives(rule.More)); err != nil {
			return nil, nil, err
		}
	}
	if len(read) == 0 {
		return nil, nil, nil
	}
	rows, err := o.Access.Query().Where(access.CaseIDIn(read...), access.FirstSequenceLTE(c.Live), access.LastSequenceGTE(c.Live)).All(ctx)
	if err != nil {
		return nil, nil, failed(err, "reading what the policy decided")
	}
	standing := map[string]map[string][]string{} // ids by case and line
	for _, r := range rows {
		if standing[r.CaseID] == nil {
			standing[r.CaseID] = map[string][]string{}
		}
		is := line(asAccess(r))
		standing[r.CaseID][is] = append(standing[r.CaseID][is], r.ID)
	}
	for _, id := range read {
		d, of := p.decided[id], standing[id]
		var more []rule.Access
		for _, a := range d.Gives(rule.Is) {
			is := line(a)
			if len(of[is]) == 0 {
				more = append(more, a)
				continue
			}
			stay, of[is] = append(stay, of[is][0]), of[is][1:]
		}
		for _, left := range of {
			ends = append(ends, left...)
		}
		if err := p.add(c, id, d.version, more); err != nil {
			return nil, nil, err
		}
	}
	return stay, ends, nil
}

// storePrepared writes what was decided beside what stands.
func (o *Op) storePrepared(ctx context.Context, c Change, p *prepared) error {
	doing := "writing what the policy decides"
	both := slices.Concat(p.alike, p.differ)
	mark := o.CaseFile.Update().Where(casefile.IDIn(both...))
	if c.forward() {
		mark.SetLastSequence(c.Target)
	} else {
		mark.SetFirstSequence(c.Target)
		if len(p.alike) > 0 {
			if err := o.Access.Update().Where(access.CaseIDIn(p.alike...), access.FirstSequence(c.Live)).SetFirstSequence(c.Target).Exec(ctx); err != nil {
				return failed(err, doing)
			}
		}
	}
	if len(p.differ) > 0 {
		stay, ends, err := o.part(ctx, c, p)
		if err != nil {
			return err
		}
		if c.forward() {
			err = o.count(ctx, ends, func(u *ent.AccessUpdate) { u.SetLastSequence(c.Live) })
		} else {
			err = o.count(ctx, stay, func(u *ent.AccessUpdate) { u.SetFirstSequence(c.Target) })
		}
		if err != nil {
			return failed(err, doing)
		}
	}
	if len(p.anew) > 0 {
		if _, err := o.Access.Delete().Where(access.CaseIDIn(p.anew...)).Exec(ctx); err != nil {
			return failed(err, doing)
		}
	}
	if err := o.writeAccesses(ctx, p.rows); err != nil {
		return err
	}
	if len(p.shapes) > 0 {
		if err := o.keepShapes(ctx, p.shapes...); err != nil {
			return err
		}
	}
	if len(both) > 0 {
		if err := mark.Exec(ctx); err != nil {
			return failed(err, doing)
		}
	}
	for version, ids := range p.versions {
		err := o.CaseFile.Update().Where(casefile.IDIn(ids...)).SetEvaluatedVersion(version).SetFirstSequence(c.Target).SetLastSequence(c.Target).Exec(ctx)
		if err != nil {
			return failed(err, doing)
		}
	}
	return nil
}

// count changes how far accesses count.
func (o *Op) count(ctx context.Context, ids []string, change func(*ent.AccessUpdate)) error {
	for some := range slices.Chunk(ids, 10_000) { // SQLite takes 32,766 arguments a statement
		u := o.Access.Update().Where(access.IDIn(some...))
		change(u)
		if err := u.Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Switch holds the gate of policy alone, prepares the cases that changed until then, and
// makes the target live. It refuses, with an error of kind Conflict, where more than late
// cases are left, and waits for the gate no longer than patience, so that answers that wait
// behind it are not kept. A case that another transaction is changing just now is left to
// that: it waits for the gate, and decides by the target.
func (o *Op) Switch(ctx context.Context, c Change, late int, patience time.Duration) error {
	if err := c.check(); err != nil {
		return err
	}
	gates := rule.InMode(ctx, rule.Onboarding)
	if err := o.lockPolicy(gates, patience); err != nil {
		return err
	}
	there, err := o.Gate.Query().Where(gate.ID("policy"), gate.Open(true), gate.Sequence(c.Live)).Exist(gates)
	if err != nil {
		return failed(err, "reading the policy gate")
	}
	if !there {
		return errs.New(errs.Conflict, "another revision came into force meanwhile: run this again")
	}
	ids, err := o.late(rule.InMode(ctx, rule.Policy), c.Target, late+1)
	if err != nil {
		return err
	}
	if len(ids) > late {
		return errs.New(errs.Conflict, "too many cases changed meanwhile")
	}
	if _, err := o.prepare(rule.InMode(ctx, rule.Policy), c, ids); err != nil {
		return err
	}
	if err := o.Gate.Update().Where(gate.ID("policy")).SetRevision(c.Revision).SetSequence(c.Target).AddVersion(1).SetChangedOn(o.Scope.Now).Exec(gates); err != nil {
		return failed(err, "switching the policy")
	}
	return nil
}

func (o *Op) lockPolicy(ctx context.Context, patience time.Duration) error {
	if o.store.dialect != dialect.Postgres {
		return nil
	}
	if err := o.driver.settings(ctx, "SELECT set_config('lock_timeout', $1, true)", patience.String()); err != nil {
		return failed(err, "switching the policy")
	}
	rows := &sql.Rows{}
	if err := o.driver.Query(ctx, "SELECT sala_lock_policy()", []any{}, rows); err != nil {
		return failed(err, "switching the policy")
	}
	if err := drain(rows); err != nil {
		return failed(err, "switching the policy")
	}
	return nil
}

// late returns cases that are not decided under the target and that nobody changes just now.
func (o *Op) late(ctx context.Context, target int64, limit int) ([]string, error) {
	if o.store.dialect != dialect.Postgres {
		return o.Undecided(ctx, target, "", limit)
	}
	return o.words(ctx, "SELECT id FROM case_files WHERE first_sequence > $1 OR last_sequence < $1 ORDER BY id LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED", target, limit)
}

// Tidied is the part of a database that a Tidy went through.
type Tidied struct {
	Last string // the last case; go on after it
	More bool
	// Ended counts the rows that were deleted.
	Ended int
}

// Tidy removes what other revisions than the live one decided, in the next cases by id: what
// was kept for a rollback, given up, or rolled back. Who has nothing any more of what a
// revision gave that was live is told so, where tell says that one was (C8). It holds the
// cases alone.
func (o *Op) Tidy(ctx context.Context, live int64, after string, limit int, tell bool) (t Tidied, err error) {
	ctx = rule.InMode(ctx, rule.Policy)
	ids, err := o.CaseFile.Query().Where(casefile.IDGT(after)).Order(ent.Asc(casefile.FieldID)).Limit(limit).IDs(ctx)
	if err != nil || len(ids) == 0 {
		return t, err
	}
	t.Last, t.More = ids[len(ids)-1], len(ids) == limit
	// Whoever changes one of them replaces the same rows.
	if err := o.lockCases(ctx, ids); err != nil {
		return t, err
	}
	if err := o.staysLive(ctx, live); err != nil {
		return t, err
	}
	if err := o.tellOver(ctx, ids...); err != nil {
		return t, err
	}
	these := access.CaseIDIn(ids...)
	if tell {
		gone, err := o.Access.Query().Where(these, access.FirstSequenceGT(live), access.Or(access.ReferralIDNEQ(""), access.LegalBasisIDNotNil())).All(ctx)
		if err != nil {
			return t, failed(err, "reading what was rolled back")
		}
		if err := o.tellEnded(ctx, gone); err != nil {
			return t, err
		}
	}
	if t.Ended, err = o.Access.Delete().Where(these, access.Or(access.FirstSequenceGT(live), access.LastSequenceLT(live))).Exec(ctx); err != nil {
		return t, failed(err, "removing what another policy decided")
	}
	err = o.Access.Update().Where(these, access.LastSequenceNEQ(schema.NoLastSequence)).SetLastSequence(schema.NoLastSequence).Exec(ctx)
	if err == nil {
		err = o.CaseFile.Update().Where(casefile.IDIn(ids...), casefile.LastSequenceGT(live)).SetLastSequence(live).Exec(ctx)
	}
	if err != nil {
		return t, failed(err, "removing what another policy decided")
	}
	return t, nil
}

// staysLive keeps a revision live until the transaction's end, and refuses where another is:
// what that decided would be removed as if it had been given up.
func (o *Op) staysLive(ctx context.Context, sequence int64) error {
	l := &live{}
	found, err := o.liveGate(ctx, l)
	if err != nil {
		return failed(err, "reading the policy gate")
	}
	if !found || l.sequence != sequence {
		return errs.New(errs.Conflict, "another revision came into force meanwhile: run this again")
	}
	return nil
}

// tellEnded gives the notice that access ended for what is gone, where nothing that rests on
// the same is left to the agency.
func (o *Op) tellEnded(ctx context.Context, gone []*ent.Access) error {
	if len(gone) == 0 {
		return nil
	}
	var cases []string
	for _, a := range gone {
		cases = append(cases, a.CaseID)
	}
	left, err := o.Access.Query().Where(access.CaseIDIn(slices.Compact(slices.Sorted(slices.Values(cases)))...), rule.Live()).All(ctx)
	if err != nil {
		return failed(err, "reading what is left")
	}
	after := make([]rule.Access, len(left))
	for i, a := range left {
		after[i] = asAccess(a)
	}
	return o.notifyEnded(ctx, gone, after)
}

// Live returns the revision of policy that is live, and its number; an error of kind
// Conflict where none is.
func (o *Op) Live(ctx context.Context) (revision string, sequence int64, err error) {
	if s, e := rule.ScopeOf(ctx); e != nil || s.Mode != rule.Trial {
		ctx = rule.InMode(ctx, rule.Onboarding)
	}
	g, err := o.Gate.Query().Where(gate.ID("policy"), gate.Open(true)).Only(ctx)
	if ent.IsNotFound(err) {
		return "", 0, errs.New(errs.Conflict, "the database lives under no policy yet: start a server on it first")
	}
	if err != nil {
		return "", 0, failed(err, "reading the policy gate")
	}
	return g.Revision, g.Sequence, nil
}

// Again reports whether a transaction failed for what others did at the same time: run
// again, it may succeed.
func Again(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && slices.Contains([]string{"40001", "40P01", "55P03"}, pg.Code)
}
