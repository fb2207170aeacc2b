package auditor

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/sala-exchange/sala/services/anonymity/auditor/integer"
)

// attack looks for what the component's rows give away.
func (c *component) attack(ctx context.Context) ([]Finding, error) {
	l := c.p.in.Limits
	ok, err := c.divide(ctx, l.Atoms)
	if err != nil {
		return nil, err
	}
	if !ok {
		return c.refused(TooLarge, fmt.Sprintf("%d groups that hang together: more than %d finest groups", len(c.rows), l.Atoms)), nil
	}
	if !c.bounds() {
		return c.refused(Contradiction, "cells that cannot all be true"), nil
	}
	c.address()
	if len(c.regions) > l.Regions {
		return c.refused(TooLarge, fmt.Sprintf("%d groups that hang together: at most %d can be weighed up", len(c.regions), l.Regions)), nil
	}
	c.seen, c.empty, c.told = make([]bool, len(c.atoms)), make([]bool, len(c.atoms)), map[string]bool{}
	c.knowledge()
	for j := range c.atoms {
		c.seen[j] = c.least[j] > 0
		c.empty[j] = c.most[j] == 0
		if c.turn[j] > 0 {
			c.settled(int32(j))
		}
	}
	c.bound()
	for _, b := range c.blocks {
		if len(b.rows) > l.Rows {
			return c.refused(TooLarge, fmt.Sprintf("%d cells that hang together: at most %d can be weighed up", len(b.rows), l.Rows)), nil
		}
		possible, err := c.attackBlock(ctx, b)
		if err != nil {
			return nil, err
		}
		if !possible {
			return c.refused(Contradiction, "cells that cannot all be true"), nil
		}
	}
	if err := c.alike(ctx); err != nil {
		return nil, err
	}
	return c.found, c.changed(ctx)
}

// refused is a finding about the whole component.
func (c *component) refused(kind Kind, what string) []Finding {
	return []Finding{{Kind: kind, Group: what + ", as " + c.p.name(c.rows[0]), Tables: c.p.tables(c.rows)}}
}

// release lets go of what the attack needed.
func (c *component) release() { *c = component{cut: c.cut} }

// knowledge notes the groups that are official knowledge: what these are is no finding.
func (c *component) knowledge() {
	for i, r := range c.rows {
		if r.known {
			c.told[groupKey(c.of[i])] = true
		}
	}
}

func groupKey(atoms []int32) string {
	var out []byte
	for _, j := range atoms {
		out = binary.AppendUvarint(out, uint64(j))
	}
	return string(out)
}

// small says whether all that the bounds allow is from 1 to k−1.
func (c *component) small(least, most int64) bool { return least >= 1 && most < c.p.in.K }

// narrow says whether a group may be small and its bounds are too close.
func (c *component) narrow(least, most int64) bool {
	return least < c.p.in.K && most >= 1 && most-least < c.p.in.Width
}

// settled tells of a finest group whose number is known.
func (c *component) settled(j int32) {
	c.judge(nil, []int32{j}, func() (string, []*row) { return c.describe(j) }, c.least[j], c.most[j], nil, nil)
}

// judge adds a finding if the bounds of a group ask for one, and it was not told before.
func (c *component) judge(b *block, atoms []int32, name func() (string, []*row), least, most int64, y, z []float64) {
	kind := Small
	switch {
	case c.small(least, most):
	case c.narrow(least, most):
		kind = Narrow
	default:
		return
	}
	k := groupKey(atoms)
	if c.told[k] {
		return
	}
	c.told[k] = true
	group, rows := name()
	low, high := combination{}, combination{}
	if b == nil {
		c.expand(low, atoms[0], 1, true, 0)
		c.expand(high, atoms[0], 1, false, 0)
	} else {
		low = c.proof(b, b.sum(atoms, 1), y, true)
		high = c.proof(b, b.sum(atoms, -1), z, false)
	}
	f := Finding{Kind: kind, Group: group, Least: least, Most: most, atoms: atoms}
	var by []*row
	f.LeastBy, by = c.terms(low, true)
	rows = append(rows, by...)
	f.MostBy, by = c.terms(high, false)
	f.Tables = c.p.tables(append(rows, by...))
	c.found = append(c.found, f)
}

// sum is the sum of atoms of a block.
func (b *block) sum(atoms []int32, weight int64) []integer.Term {
	out := make([]integer.Term, len(atoms))
	for i, j := range atoms {
		out[i] = integer.Term{Variable: b.place[j], Weight: weight}
	}
	return out
}

// attackBlock asks for each group of the block; false where no table is consistent.
func (c *component) attackBlock(ctx context.Context, b *block) (possible bool, err error) {
	if len(b.atoms) == 1 { // nothing binds it but its bounds
		j := b.atoms[0]
		c.seen[j] = c.most[j] > 0
		c.judge(nil, b.atoms, func() (string, []*row) { return c.describe(j) }, c.least[j], c.most[j], nil, nil)
		b.tables = [][]int64{{c.least[j]}, {c.most[j]}}
		return true, nil
	}
	c.prepare(b)
	found, possible, err := c.first(ctx, b)
	if err != nil || !possible {
		return possible, err
	}
	if !found {
		c.found = append(c.found, Finding{Kind: Undecided, Group: "all groups that hang together with " + c.p.name(c.rows[b.rows[0]]), Tables: c.p.tables(c.rows)})
		return true, nil
	}
	return true, newGroups(c, b).ask(ctx)
}

// alike looks for published groups whose members have too few sensitive values.
func (c *component) alike(ctx context.Context) error {
	for k, s := range c.p.sens {
		times := 1 // the values of attributes that nothing here restricts are all possible
		for _, a := range s.attributes {
			if !c.restricts[a] {
				times *= c.p.sizes[a]
			}
		}
		for i, r := range c.rows {
			free := !slices.ContainsFunc(s.attributes, func(a int) bool { return r.box[a] != nil })
			if !free || r.known || times >= s.l {
				continue
			}
			if err := c.members(ctx, k, int32(i), times); err != nil {
				return err
			}
		}
	}
	return nil
}

// members counts the values that are possible for the members of a row, and asks for those
// of which no table had an example.
func (c *component) members(ctx context.Context, k int, i int32, times int) error {
	s := c.p.sens[k]
	possible, open := map[string]bool{}, map[string]bool{}
	for _, j := range c.of[i] {
		if c.seen[j] {
			for v := range c.atoms[j].sens[k] {
				possible[v] = true
			}
		}
	}
	for _, j := range c.of[i] {
		if len(possible)*times >= s.l {
			return nil
		}
		if c.seen[j] || c.empty[j] {
			continue
		}
		known, err := c.inhabited(ctx, j)
		if err != nil {
			return err
		}
		for v := range c.atoms[j].sens[k] {
			if c.seen[j] {
				possible[v] = true
			} else if !known {
				open[v] = true
			}
		}
	}
	if len(possible)*times >= s.l || len(possible)+len(open) == 0 {
		return nil
	}
	f := Finding{Kind: Alike, Group: fmt.Sprintf("%s: %d possible values of %s, and %d are asked for",
		c.p.name(c.rows[i]), len(possible)*times, c.p.sensitiveName(s), s.l), Least: c.rows[i].low, Most: c.rows[i].high, atoms: c.of[i]}
	if len(open) > 0 {
		f.Kind = Undecided
	}
	rows := []*row{c.rows[i]}
	for _, j := range c.of[i] {
		for _, r := range c.atoms[j].rows {
			rows = append(rows, c.rows[r])
		}
	}
	f.Tables = c.p.tables(rows)
	c.found = append(c.found, f)
	return nil
}

func (p *population) sensitiveName(s sensitive) string {
	name := ""
	for i, a := range s.attributes {
		if i > 0 {
			name += " and "
		}
		name += p.in.Attributes[a].Name
	}
	return name
}

// inhabited looks for a table that has somebody in an atom; it is false where that could
// not be decided.
func (c *component) inhabited(ctx context.Context, j int32) (known bool, err error) {
	for _, b := range c.blocks {
		if _, in := b.place[j]; !in || b.solver == nil {
			continue
		}
		a, err := b.solver.Least(ctx, b.sum([]int32{j}, -1), -1)
		if err != nil {
			return false, err
		}
		if a.Solution != nil {
			c.keep(b, a.Solution)
		}
		c.empty[j] = a.Bound >= 0
		return c.seen[j] || c.empty[j], nil
	}
	return false, nil
}
