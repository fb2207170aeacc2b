package store

import (
	"context"
	"maps"
	"runtime"
	"slices"
	"strings"

	"entgo.io/ent/dialect"
	"golang.org/x/sync/errgroup"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/assignment"
	"github.com/sala-exchange/sala/ent/casefile"
	"github.com/sala-exchange/sala/ent/consent"
	"github.com/sala-exchange/sala/ent/gate"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
)

// fresh is a case that the operation itself has just made as its owner: nobody else
// knows of it before the operation commits, so no lock is needed and what may be added
// to it need not be read back.
type fresh struct {
	adds category.Set // what policy lets the owner add, once it has decided
}

// guard is guardCreate for such a case, without asking the database. The database's own
// wall asks all the same.
func (f *fresh) guard(m ent.Mutation, mine func(string) bool) error {
	switch m.Type() {
	case "Consent", "Provision", "CaseChange":
		if mine("contributor_id") {
			return nil
		}
	case "Assignment", "ImportedRow":
		if mine("agency_id") {
			return nil
		}
	default:
		if c := rule.PartCategory(m.Type()); c != "" && mine("contributor_id") {
			if f.adds.Has(c) {
				return nil
			}
			return restsOnNothing(c)
		}
	}
	return errs.NotHere()
}

// MakeMany lets the operation make many cases at once: from here on it remembers those
// that it makes, until Made forgets them.
//
// PostgreSQL knows nothing of the rows that the transaction is adding: where it plans for
// a table as small as it last saw it, each check of a row reads the whole table, and the
// work grows with the square of the rows. So it is told to go by indexes.
func (o *Op) MakeMany(ctx context.Context) error {
	o.fresh = map[string]*fresh{}
	if o.store.dialect != dialect.Postgres {
		return nil
	}
	for _, s := range []string{"SET LOCAL enable_seqscan = off", "SET LOCAL jit = off", "DISCARD PLANS"} {
		if err := o.driver.settings(ctx, s); err != nil {
			return failed(err, "preparing to make many cases")
		}
	}
	return nil
}

// noteMade remembers a new case of the scope's own agency.
func (o *Op) noteMade(s *rule.Scope, m ent.Mutation) {
	if o.fresh == nil || s.Mode != rule.Request || m.Type() != "CaseFile" || !m.Op().Is(ent.OpCreate) || text(m, "owner_id") != s.Agency {
		return
	}
	if c, ok := m.(*ent.CaseFileMutation); ok {
		if id, exists := c.ID(); exists {
			o.fresh[id] = &fresh{}
		}
	}
}

// Made ends the making of cases, so that the next many find room.
func (o *Op) Made(ctx context.Context) error {
	for id := range o.fresh {
		if o.touched[id] {
			return errs.New(errs.Internal, "a case was made and policy has not decided on it: nothing was stored")
		}
	}
	o.fresh = map[string]*fresh{}
	return o.checkNow(ctx)
}

// DecideMade lets policy decide on cases that this operation has just made, each once,
// and writes their accesses. It is Evaluate for many: without their locks, since nobody
// else can see them, and with a number of statements that does not grow with them.
func (o *Op) DecideMade(ctx context.Context, ids []string) error {
	if o.store.evaluator == nil {
		return errs.New(errs.Unavailable, "facts of a case were changed but no policy is loaded: nothing was stored")
	}
	for _, id := range ids {
		if o.fresh[id] == nil {
			return errs.New(errs.Internal, "a case was not made here: it is decided on under its lock")
		}
	}
	scope := o.Scope
	ctx = rule.InMode(ctx, rule.Policy)
	l, err := o.live(ctx)
	if err != nil {
		return err
	}
	active, err := o.Gate.Query().Where(gate.ID(scope.Agency), gate.Open(true)).Exist(ctx)
	if err != nil {
		return failed(err, "reading the agency's gate")
	}
	facts, versions, err := o.factsOfMade(ctx, ids)
	if err != nil {
		return failed(err, "reading the facts of cases")
	}
	decided, err := decideAll(ctx, l, facts)
	if err != nil {
		return err
	}
	var rows []*ent.Access
	byVersion := map[int][]string{}
	for i, id := range ids {
		delete(o.touched, id)
		byVersion[versions[id]] = append(byVersion[versions[id]], id)
		for _, a := range decided[i] {
			row, err := accessRow(id, versions[id], l.revision, l.sequence, a)
			if err != nil {
				return err
			}
			rows = append(rows, row)
			if active && a.Action == rule.ActionAdd && holds(scope, a) {
				set, err := setOf(a.Categories)
				if err != nil {
					return err
				}
				o.fresh[id].adds |= set
			}
		}
	}
	if err := o.writeAccesses(ctx, rows); err != nil {
		return err
	}
	for version, some := range byVersion {
		if err := o.CaseFile.Update().Where(casefile.IDIn(some...)).SetEvaluatedVersion(version).
			SetFirstSequence(l.sequence).SetLastSequence(l.sequence).Exec(ctx); err != nil {
			return failed(err, "writing the accesses of cases")
		}
	}
	return nil
}

// holds: the access is open to the scope now, as openAccesses has it for own rows.
func holds(s *rule.Scope, a rule.Access) bool {
	return a.Grantee == s.Agency && a.Contributor == s.Agency && a.Purpose == string(s.Purpose) && a.Agreement == "" &&
		a.From <= s.Now && s.Now < a.Until && a.Unit == "" && a.Member != "" && slices.Contains(s.Holders, a.Member)
}

// decideAll evaluates side by side; policy sees nothing but the facts.
func decideAll(ctx context.Context, by rule.Evaluator, facts []*rule.Facts) ([][]rule.Access, error) {
	out := make([][]rule.Access, len(facts))
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(runtime.GOMAXPROCS(0))
	for i, f := range facts {
		work.Go(func() (err error) {
			out[i], err = by.Access(ctx, f)
			return err
		})
	}
	if err := work.Wait(); err != nil {
		return nil, errs.Wrap(err, errs.Unavailable, "policy gave no decision: nothing was stored")
	}
	return out, nil
}

// factsOfMade reads what Facts reads, of many cases at once. They have no referral and
// no part yet: nobody else has seen them.
func (o *Op) factsOfMade(ctx context.Context, ids []string) ([]*rule.Facts, map[string]int, error) {
	rows, err := o.CaseFile.Query().Where(casefile.IDIn(ids...)).WithPerson().All(ctx)
	if err != nil {
		return nil, nil, err
	}
	facts, names, versions := map[string]*rule.Facts{}, map[string]map[string]bool{}, map[string]int{}
	for _, c := range rows {
		facts[c.ID], names[c.ID] = factsOf(c)
		versions[c.ID] = c.FactsVersion
	}
	statements, err := o.Consent.Query().Where(consent.CaseIDIn(ids...)).WithProvisions().Order(ent.Asc(consent.FieldGivenOn, consent.FieldID)).All(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, c := range statements {
		addStatement(c, facts[c.CaseID], names[c.CaseID])
	}
	holders, err := o.Assignment.Query().Where(assignment.CaseIDIn(ids...), assignment.EndedOnIsNil()).Order(ent.Asc(assignment.FieldID)).All(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, a := range holders {
		addAssignment(a, facts[a.CaseID], names[a.CaseID])
	}
	out := make([]*rule.Facts, len(ids))
	known := map[string]*rule.Facts{} // by the agencies named: mostly the owner alone
	for i, id := range ids {
		if out[i] = facts[id]; out[i] == nil {
			return nil, nil, errs.NotHere()
		}
		key := keyOf(names[id])
		if same := known[key]; same != nil {
			out[i].Agencies, out[i].Agreements = same.Agencies, same.Agreements
			continue
		}
		if err := o.agencyFacts(ctx, &Versioned{Facts: out[i], names: names[id]}); err != nil {
			return nil, nil, err
		}
		known[key] = out[i]
	}
	return out, versions, nil
}

// keyOf is one text for one set of names.
func keyOf(names map[string]bool) string { return strings.Join(slices.Sorted(maps.Keys(names)), " ") }

// checkNow has PostgreSQL check at once what it would check at the commit, so that it
// need not remember every row of a large change until then.
func (o *Op) checkNow(ctx context.Context) error {
	if o.store.dialect != dialect.Postgres {
		return nil
	}
	for _, when := range []string{"IMMEDIATE", "DEFERRED"} {
		if err := o.driver.settings(ctx, "SET CONSTRAINTS ALL "+when); err != nil {
			return errs.Wrap(err, errs.Conflict, "the change was not accepted by the database; nothing was stored: read again and repeat")
		}
	}
	return nil
}
