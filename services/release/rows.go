package release

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/anonymity/table"
)

// taken is what a definition takes of the case database.
type taken struct {
	rows     [][]string // by the definition's columns, not generalised
	leftOut  map[string]int
	snapshot map[string]string
}

// read takes a definition's rows, under the role that reads the one view.
func read(ctx context.Context, st *store.Store, d *Definition) (*taken, error) {
	var all *store.Releasable
	err := st.Run(ctx, rule.Scope{Mode: rule.Release}, true, func(ctx context.Context, op *store.Op) (err error) {
		all, err = op.Releasable(ctx, d.Population.Unit)
		return err
	})
	if err != nil {
		return nil, err
	}
	return take(all, d)
}

// source is a definition's column and where it stands in the view.
type source struct {
	*column
	at int
}

func take(all *store.Releasable, d *Definition) (*taken, error) {
	var sources []source
	for _, c := range d.Columns {
		known, err := releasable(c.Name, d.Population.Unit)
		if err != nil {
			return nil, err
		}
		at := slices.Index(all.Columns, known.from)
		if at < 0 {
			return nil, errs.New(errs.Internal, "the view of releasable rows lacks column %s", known.from)
		}
		sources = append(sources, source{known, at})
	}
	year, kind, majority := slices.Index(all.Columns, "year"), slices.Index(all.Columns, "kind"), slices.Index(all.Columns, "majority")
	out := &taken{leftOut: map[string]int{}}
	byYear := map[string][]string{}
	counted := map[int64]bool{}
	for _, i := range rand.Perm(len(all.Values)) { //nolint:gosec // which referral stands for a person is drawn by chance; no secret rests on it
		row := all.Values[i]
		y, err := strconv.Atoi(row[year])
		if err != nil || y < d.Period.From || y > d.Period.To {
			continue
		}
		if why := all.LeftOut[i]; why != "" {
			if !counted[all.Subject[i]] {
				out.leftOut[why]++
			}
			counted[all.Subject[i]] = true
			continue
		}
		byYear[row[year]] = append(byYear[row[year]], strings.Join(row, "\x00"))
		if len(d.Population.Kinds) > 0 && !slices.Contains(d.Population.Kinds, row[kind]) || d.Population.Adults && row[majority] != "ADULT" {
			continue
		}
		if counted[all.Subject[i]] {
			continue
		}
		counted[all.Subject[i]] = true
		out.rows = append(out.rows, values(row, sources))
	}
	out.snapshot = digests(byYear)
	return out, nil
}

func values(row []string, sources []source) []string {
	out := make([]string, len(sources))
	for i, s := range sources {
		if out[i] = row[s.at]; s.derive != nil {
			out[i] = s.derive(out[i])
		}
	}
	return out
}

// digests say for each year whether two readings were of the same rows: of all columns, and
// of all rows of the unit, whatever their order and whichever of them a definition takes.
func digests(byYear map[string][]string) map[string]string {
	out := map[string]string{}
	for y, rows := range byYear {
		slices.Sort(rows)
		h := sha256.New()
		for _, r := range rows {
			_, _ = h.Write([]byte(r + "\x01"))
		}
		out[y] = hex.EncodeToString(h.Sum(nil))
	}
	return out
}

// shown is a definition's table with each column at a level.
func shown(d *Definition, rows [][]string, levels []int) (*table.Table, error) {
	columns := make([]table.Column, len(d.Columns))
	for i, c := range d.Columns {
		known, err := releasable(c.Name, d.Population.Unit)
		if err != nil {
			return nil, err
		}
		cells := make([]string, len(rows))
		for r := range rows {
			cells[r] = rows[r][i]
		}
		columns[i] = table.Encode(c.Name, cells)
		if known.levels == nil || levels[i] == 0 {
			continue
		}
		h, err := known.levels()
		if err != nil {
			return nil, err
		}
		applied, err := h.Apply(&columns[i])
		if err != nil {
			return nil, err
		}
		for r := range cells {
			cells[r] = applied.Values[levels[i]][applied.Codes[levels[i]][columns[i].Codes[r]]]
		}
		columns[i] = table.Encode(c.Name, cells)
	}
	return table.New(columns...)
}

// pool raises columns, in the definition's order and one level at a time, until no more of
// the rows than the definition allows are in cells below k: pooling goes before suppression
// (J1). It returns the levels.
func pool(d *Definition, rows [][]string) ([]int, error) {
	levels := make([]int, len(d.Columns))
	for i, c := range d.Columns {
		levels[i] = c.Level
	}
	for {
		t, err := shown(d, rows, levels)
		if err != nil {
			return nil, err
		}
		if small(t, d.Parameters.K) <= int(d.Parameters.Suppress*float64(len(rows))) || !raise(d, levels) {
			return levels, nil
		}
	}
}

func raise(d *Definition, levels []int) bool {
	for i, c := range d.Columns {
		if levels[i] < c.Pool {
			levels[i]++
			return true
		}
	}
	return false
}

// small counts the rows in cells of fewer than k.
func small(t *table.Table, k int) (rows int) {
	var columns []*table.Column
	for i := range t.Columns() {
		columns = append(columns, &t.Columns()[i])
	}
	joint := table.Together(columns)
	sizes := make([]int, len(joint.Values))
	for _, c := range joint.Codes {
		sizes[c]++
	}
	for _, n := range sizes {
		if n < k {
			rows += n
		}
	}
	return rows
}

// pooledText says for the codebook what was pooled.
func pooledText(d *Definition, levels []int) string {
	var said []string
	for i, c := range d.Columns {
		if levels[i] > c.Level {
			said = append(said, c.Name+" to level "+strconv.Itoa(levels[i])+" of its hierarchy")
		}
	}
	if len(said) == 0 {
		return ""
	}
	return "before anything was suppressed, too-small cells were pooled: " + strings.Join(said, ", ")
}

// sortRows puts rows into an order that tells nothing of the database's.
func sortRows(rows [][]string) {
	slices.SortFunc(rows, func(a, b []string) int { return cmp.Or(slices.Compare(a, b), 0) })
}
