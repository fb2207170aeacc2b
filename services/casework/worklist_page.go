package casework

import (
	"strconv"
	"strings"

	"entgo.io/ent/dialect/sql"

	"github.com/sala-exchange/sala/ent/assignment"
	"github.com/sala-exchange/sala/ent/casefile"
	"github.com/sala-exchange/sala/ent/member"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/ent/team"
	"github.com/sala-exchange/sala/internal/valueset"
)

// workKey says by which columns the rows of one list are due and since when; an empty name
// is none. Late is added to due.
type workKey struct {
	reason     valueset.WorkReason
	due, since string
	late       int64
}

// narrow limits a list's statement to the page's rows, in order: by time, reason and id.
func (p *workPage) narrow(k workKey) func(*sql.Selector) {
	return func(s *sql.Selector) {
		column, late := k.due, k.late
		if p.order.Since {
			column, late = k.since, 0
		}
		at := strconv.FormatInt(rule.Forever, 10)
		if column != "" {
			at = "coalesce(" + s.C(column) + ", " + at + ")"
		}
		direction, beyond := " ASC", " > "
		if p.order.Descending {
			direction, beyond = " DESC", " < "
		}
		if p.after != nil {
			s.Where(p.behind(k.reason, at, s.C("id"), beyond, p.after.Value-late))
		}
		if column != "" { // a bare number would be the place of a column
			s.OrderExpr(sql.Expr(at + direction))
		}
		s.OrderExpr(sql.Expr(s.C("id") + direction))
		s.Limit(p.limit)
	}
}

// behind writes that a row of the reason stands behind the page's beginning.
func (p *workPage) behind(reason valueset.WorkReason, at, id, beyond string, value int64) *sql.Predicate {
	if p.after.Value == rule.Forever {
		value = rule.Forever // nothing is added to no time
	}
	side := strings.Compare(string(reason), p.reason)
	if p.order.Descending {
		side = -side
	}
	return sql.P(func(b *sql.Builder) {
		b.WriteString("(" + at + beyond).Arg(value)
		switch {
		case side > 0:
			b.WriteString(" OR " + at + " = ").Arg(value)
		case side == 0:
			b.WriteString(" OR (" + at + " = ").Arg(value)
			b.WriteString(" AND " + id + beyond).Arg(p.id)
			b.WriteString(")")
		}
		b.WriteString(")")
	})
}

// openCases selects the ids of the cases that the viewer's list of cases would show, as
// far as their work goes on, or of those that are closed.
func openCases(op *store.Op, dialect string, closed bool) (*sql.Selector, error) {
	t := sql.Table(casefile.Table)
	s := sql.Dialect(dialect).Select(t.C(casefile.FieldID)).From(t)
	wall, err := rule.ReadPredicate(op.Scope, "CaseFile")
	if err != nil {
		return nil, err
	}
	wall(s)
	states := sql.NotIn(s.C(casefile.FieldState), closedStates...)
	if closed {
		states = sql.In(s.C(casefile.FieldState), closedStates...)
	}
	return s.Where(states), nil
}

var closedStates = []any{string(valueset.CaseStateClosed), string(valueset.CaseStateClosedReferred)}

// inCases limits rows to those whose column names such a case.
func inCases(op *store.Op, column string, closed bool) func(*sql.Selector) {
	return func(s *sql.Selector) {
		cases, err := openCases(op, s.Dialect(), closed)
		if err != nil {
			s.AddError(err)
			return
		}
		s.Where(sql.In(s.C(column), cases))
	}
}

// goesOn limits cases to those whose work goes on.
func goesOn(s *sql.Selector) { s.Where(sql.NotIn(s.C(casefile.FieldState), closedStates...)) }

// AssignedTo limits cases by who of the viewer's agency holds them (D5). A closed account
// and a dissolved team hold nothing.
func AssignedTo(op *store.Op, by valueset.Assigned) func(*sql.Selector) {
	switch by {
	case valueset.AssignedMine:
		return heldBy(op, true, op.Scope.Member)
	case valueset.AssignedTeam:
		if groups := counted(op, "team", "unit"); len(groups) > 0 {
			return heldBy(op, true, groups...)
		}
		return func(s *sql.Selector) { s.Where(sql.False()) }
	}
	return heldBy(op, false)
}

// counted are the viewer's teams or units that count in the agency's need-to-know mode.
func counted(op *store.Op, prefixes ...string) []string {
	var out []string
	for _, h := range op.Scope.Holders {
		for _, p := range prefixes {
			if strings.HasPrefix(h, p+"_") {
				out = append(out, h)
			}
		}
	}
	return out
}

// heldBy limits cases to those that one of the holders holds, or anybody where none is
// named; or to those that nobody does.
func heldBy(op *store.Op, held bool, holders ...string) func(*sql.Selector) {
	return func(s *sql.Selector) {
		t, d := sql.Table(assignment.Table), sql.Dialect(s.Dialect())
		holder := t.C(assignment.FieldMemberID)
		a := d.Select(t.C(assignment.FieldCaseID)).From(t).Where(sql.And(
			sql.EQ(t.C(assignment.FieldAgencyID), op.Scope.Agency), sql.IsNull(t.C(assignment.FieldEndedOn))))
		if len(holders) > 0 {
			a.Where(sql.In(holder, anys(holders)...))
		} else {
			m, g := sql.Table(member.Table), sql.Table(team.Table)
			a.Where(sql.NotIn(holder, d.Select(m.C(member.FieldID)).From(m).Where(sql.And(
				sql.EQ(m.C(member.FieldAgencyID), op.Scope.Agency), sql.EQ(m.C(member.FieldActive), false)))))
			a.Where(sql.NotIn(holder, d.Select(g.C(team.FieldID)).From(g).Where(sql.And(
				sql.EQ(g.C(team.FieldAgencyID), op.Scope.Agency), sql.NotNull(g.C(team.FieldEndedOn))))))
		}
		if held {
			s.Where(sql.In(s.C(casefile.FieldID), a))
		} else {
			s.Where(sql.NotIn(s.C(casefile.FieldID), a))
		}
	}
}

func anys(words []string) []any {
	out := make([]any, len(words))
	for i, w := range words {
		out[i] = w
	}
	return out
}
