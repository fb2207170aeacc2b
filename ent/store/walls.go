package store

import (
	"context"

	entgo "entgo.io/ent"
	"entgo.io/ent/dialect/sql"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/intercept"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/internal/errs"
)

// install puts the application's wall around the operation's client: a predicate
// on every query and mutation, and the record of what was read.
func (s *Store) install(op *Op) {
	op.Client.Intercept(
		intercept.TraverseFunc(func(ctx context.Context, q intercept.Query) error {
			scope, err := rule.ScopeOf(ctx)
			if err != nil {
				return err
			}
			if s.walls.WithoutApplication && scope.Mode == rule.Request {
				return nil
			}
			p, err := rule.ReadPredicate(scope, q.Type())
			if err != nil {
				return err
			}
			q.WhereP(p)
			return nil
		}),
		ent.InterceptFunc(func(next ent.Querier) ent.Querier {
			return ent.QuerierFunc(func(ctx context.Context, q ent.Query) (ent.Value, error) {
				if err := showsWholeRows(ctx); err != nil {
					return nil, err
				}
				v, err := next.Query(ctx, q)
				if err != nil {
					return nil, err
				}
				if scope, e := rule.ScopeOf(ctx); e == nil && scope.Mode == rule.Request {
					op.Seen.collect(v, scope.Agency)
					if err := s.open(ctx, v); err != nil {
						return nil, err
					}
					if err := op.withoutNames(ctx, scope, v); err != nil {
						return nil, err
					}
				}
				if scope, e := rule.ScopeOf(ctx); e == nil && scope.Mode == rule.Departure {
					if err := s.open(ctx, v); err != nil { // services/departure puts it on record
						return nil, err
					}
				}
				return v, nil
			})
		}),
	)
	op.Client.Use(func(next ent.Mutator) ent.Mutator {
		return ent.MutateFunc(func(ctx context.Context, m ent.Mutation) (ent.Value, error) {
			scope, err := rule.ScopeOf(ctx)
			if err != nil {
				return nil, err
			}
			if err := op.guard(ctx, scope, m); err != nil {
				return nil, err
			}
			if err := op.keepHistory(ctx, scope, m); err != nil {
				return nil, err
			}
			v, err := next.Mutate(ctx, m)
			if err != nil {
				return nil, err
			}
			op.noteFact(m)
			op.noteMade(scope, m)
			return v, nil
		})
	})
}

// showsWholeRows refuses to read single columns of a part past the record of what was
// read: a request reads rows, or their number.
func showsWholeRows(ctx context.Context) error {
	scope, err := rule.ScopeOf(ctx)
	if err != nil {
		return err
	}
	q := entgo.QueryFromContext(ctx)
	if scope.Mode != rule.Request || q == nil || rule.PartCategory(q.Type) == "" {
		return nil
	}
	if q.Op == entgo.OpQuerySelect || q.Op == entgo.OpQueryGroupBy {
		return errs.New(errs.Internal, "single columns of %s would be shown without a record: read the rows", q.Type)
	}
	return nil
}

// guard lets a mutation through only where a rule says so.
func (o *Op) guard(ctx context.Context, scope *rule.Scope, m ent.Mutation) error {
	if o.store.walls.WithoutApplication && scope.Mode == rule.Request {
		return nil
	}
	if m.Op().Is(ent.OpCreate) {
		return o.guardCreate(ctx, scope, m)
	}
	p, err := rule.WritePredicate(scope, m.Type())
	if err != nil {
		return err
	}
	w, ok := m.(interface{ WhereP(...func(*sql.Selector)) })
	if !ok {
		return errs.New(errs.Internal, "entity %s cannot be guarded", m.Type())
	}
	w.WhereP(p)
	return nil
}

func text(m ent.Mutation, field string) string {
	v, _ := m.Field(field)
	s, _ := v.(string)
	return s
}

// factEntities are the entities whose rows policy decides on.
var factEntities = map[string]bool{
	"CaseFile": true, "Person": true, "Consent": true, "Provision": true, "Referral": true, "Assignment": true,
	"Guardianship": true, "BestInterests": true, "InterestsSignature": true, "Incapacity": true, "RecoveryPeriod": true, "Permission": true,
	"BreakGlass": true, "CaseLock": true,
}

// noteFact remembers the case of a changed fact, so that it is evaluated before
// the commit.
func (o *Op) noteFact(m ent.Mutation) {
	if !factEntities[m.Type()] {
		return
	}
	if m.Type() == "CaseFile" {
		if c, ok := m.(*ent.CaseFileMutation); ok {
			_, owner := c.OwnerID()
			_, kind := c.Kind()
			if id, exists := c.ID(); exists && (owner || kind) {
				o.Touch(id)
			}
		}
		return
	}
	if g, ok := m.(*ent.BreakGlassMutation); ok && g.Op().Is(ent.OpUpdate|ent.OpUpdateOne) {
		if _, ended := g.EndedOn(); !ended {
			return // that its end was put on record is no fact
		}
	}
	o.Touch(o.caseOf(m))
}

// caseOf names the case of a mutation: from the new row, or from the case that
// the verb has locked.
func (o *Op) caseOf(m ent.Mutation) string {
	if id := text(m, "case_id"); id != "" {
		return id
	}
	return ""
}
