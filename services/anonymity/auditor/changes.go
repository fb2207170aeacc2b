package auditor

import (
	"context"
	"fmt"

	"github.com/sala-exchange/sala/services/anonymity/auditor/integer"
)

// changes compares cells of the same group in two editions by what was published of them
// alone. Whoever knows who left, or that nobody came, reads a person off a small change.
func (p *population) changes() []Finding {
	var out []Finding
	pairs(p.rows, func(a, b *row) {
		least, most := difference(a, b)
		if tells(least, most, p.in.K) {
			out = append(out, p.change(a, b, least, most))
		}
	})
	return out
}

// pairs calls each with every two rows of the same group in two editions, the older first.
func pairs(rows []*row, each func(older, newer *row)) {
	groups := map[string][]*row{}
	for _, w := range rows {
		if w.edition < 0 || w.known {
			continue
		}
		for _, o := range groups[w.plain] {
			switch {
			case o.edition < w.edition:
				each(o, w)
			case o.edition > w.edition:
				each(w, o)
			}
		}
		groups[w.plain] = append(groups[w.plain], w)
	}
}

// difference bounds how many more the newer has.
func difference(older, newer *row) (least, most int64) {
	least, most = -Unbounded, Unbounded
	if older.high != Unbounded {
		least = newer.low - older.high
	}
	if newer.high != Unbounded {
		most = newer.high - older.low
	}
	return least, most
}

// tells says whether a change is known to be by at least one and less than k.
func tells(least, most, k int64) bool {
	return least >= 1 && most < k || most <= -1 && least > -k
}

func (p *population) change(older, newer *row, least, most int64) Finding {
	return Finding{Kind: Changed, Group: fmt.Sprintf("[%s] since [%s]", p.name(newer), p.name(older)), Least: least, Most: most,
		LeastBy: []Term{{p.name(newer), 1}, {p.name(older), -1}}, Tables: p.tables([]*row{older, newer})}
}

// changed compares cells of the same group in two editions by all that is known of them.
func (c *component) changed(ctx context.Context) error {
	place := map[*row]int32{}
	for i, w := range c.rows {
		place[w] = int32(i)
	}
	var err error
	pairs(c.rows, func(older, newer *row) {
		least, most := difference(older, newer)
		if err != nil || least == most || tells(least, most, c.p.in.K) {
			return // settled already, by these alone
		}
		var f *Finding
		if f, err = c.change(ctx, place[older], place[newer]); f != nil {
			c.found = append(c.found, *f)
		}
	})
	return err
}

// change bounds the change from one row to another; nil where it tells nothing.
func (c *component) change(ctx context.Context, older, newer int32) (*Finding, error) {
	weight := map[int32]int64{}
	for _, j := range c.of[newer] {
		weight[j]++
	}
	for _, j := range c.of[older] {
		weight[j]--
	}
	known := int64(0)
	for j, w := range weight {
		if c.turn[j] > 0 {
			known += w * c.least[j]
		}
	}
	sums := make([][]integer.Term, len(c.blocks))
	for i, b := range c.blocks {
		for at, j := range b.atoms {
			if weight[j] != 0 {
				sums[i] = append(sums[i], integer.Term{Variable: int32(at), Weight: weight[j]})
			}
		}
	}
	if c.harmless(known, sums) {
		return nil, nil //nolint:nilnil // no finding
	}
	least, most := known, known // proved, where that above is only what tables show
	for i, b := range c.blocks {
		low, high, err := c.extent(ctx, b, sums[i])
		if err != nil {
			return nil, err
		}
		least, most = max(least+low, -far), min(most+high, far)
	}
	if c.harmless(known, sums) {
		return nil, nil //nolint:nilnil // no finding
	}
	f := c.p.change(c.rows[older], c.rows[newer], least, most)
	if !tells(least, most, c.p.in.K) {
		f.Kind = Undecided
	}
	return &f, nil
}

// far is beyond all counts.
const far = 1 << 60

// harmless says whether the tables found show both no gain and no loss, or a large change.
func (c *component) harmless(known int64, sums [][]integer.Term) bool {
	least, most := known, known
	for i, b := range c.blocks {
		low, high := shown(b, sums[i])
		least, most = least+low, most+high
	}
	return least <= 0 && most >= 0 || least <= -c.p.in.K || most >= c.p.in.K
}

// shown is the least and the most of a sum among a block's tables.
func shown(b *block, sum []integer.Term) (least, most int64) {
	for i, x := range b.tables {
		v := int64(0)
		for _, t := range sum {
			v += t.Weight * x[t.Variable]
		}
		if i == 0 {
			least, most = v, v
		}
		least, most = min(least, v), max(most, v)
	}
	return least, most
}

// extent bounds a sum over a block, and keeps the tables that show how far it goes.
func (c *component) extent(ctx context.Context, b *block, sum []integer.Term) (least, most int64, err error) {
	if b.solver == nil || len(sum) == 0 { // its tables are the extremes
		least, most = shown(b, sum)
		return least, most, nil
	}
	less := make([]integer.Term, len(sum))
	for i, t := range sum {
		less[i] = integer.Term{Variable: t.Variable, Weight: -t.Weight}
	}
	low, err := b.solver.Least(ctx, sum, -far)
	if err != nil {
		return 0, 0, err
	}
	high, err := b.solver.Least(ctx, less, -far)
	if err != nil {
		return 0, 0, err
	}
	for _, a := range []*integer.Answer{low, high} {
		if a.Solution != nil {
			c.keep(b, a.Solution)
		}
	}
	return max(low.Bound, -far), min(-high.Bound, far), nil
}
