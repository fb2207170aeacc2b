// Package auditor attacks published tables as a reader could who has all of them: it looks
// for groups of persons whose size the tables together give away although it is small.
//
// It knows what was published and nothing else: cells, what they are broken down by, and
// what their codebook says of the counts; how these were made, and from which records, it
// is not told. Published counts are linear bounds on the numbers of persons in the finest
// groups that any cells tell apart. What hangs together is one integer program, and each
// group that cells address is asked for the least and the most that it can be (as an
// intruder does: Fischetti and Salazar 2000, Models and Algorithms for Optimizing Cell
// Suppression; the atoms and bounds of Dobra and Fienberg 2000).
//
// It promises:
//   - a group passes only with a witness: whole tables, consistent with all that was
//     published and checked in whole numbers, in which it is empty or not small;
//   - a group is a finding only by proof: no consistent table has it otherwise;
//   - what it can show neither way within its limits is a finding too, of kind [Undecided]
//     or [TooLarge], and refuses the release; so does a report that is not complete;
//   - the same input gives the same report; a report names published cells, never a record.
//
// The groups are: each cell; of two cells, what they share and what one has more; what a cell has
// more than all cells of a table in it together; each finest group; and what a cell lost or
// gained from edition to edition. Of files of rows it is what is left of a group when those
// of other files are taken away, which must not be alike in what is sensitive (remainder.go).
// Not covered: other unions of these; what an attacker
// knows who is in a table, or of how likely tables are; what the absence of a cell tells;
// differentially private counts, which are left out and counted (docs/releases.md).
//
// Memory, at the default limits: some 300 bytes a cell, and for each processor at most about
// 700 MB where one part reaches all limits. Files of rows take less, and at most some minutes.
package auditor

import (
	"context"
	"runtime"
	"sync"
)

// Limits bound the work on one part that hangs together. What is beyond them is refused.
// Zero is the default.
type Limits struct {
	Atoms   int // finest groups; default 100,000
	Regions int // published groups; default 2,500
	Rows    int // cells that bind what is not settled; default 1,500
	Steps   int // of the simplex, on one question; default 200,000
	Nodes   int // of the branching, on one question; default 2,000
	Work    int // steps of the simplex, on all questions together; default 500,000
}

func (l Limits) withDefaults() Limits {
	for _, d := range []struct {
		to    *int
		value int
	}{{&l.Atoms, 100_000}, {&l.Regions, 2_500}, {&l.Rows, 1_500}, {&l.Steps, 200_000}, {&l.Nodes, 2_000}, {&l.Work, 500_000}} {
		if *d.to <= 0 {
			*d.to = d.value
		}
	}
	return l
}

// Report is what was found. The zero Report passes nothing.
type Report struct {
	Findings []Finding `json:"findings"`
	// More is how many findings there are beyond those listed.
	More int `json:"more,omitempty"`
	// Cut is how many parts had 100 findings or more, and were not looked into further.
	Cut int `json:"partsCut,omitempty"`
	// Noised is how many cells were left out because they are differentially private.
	Noised int `json:"noisedCells,omitempty"`
	// Cells is how many were weighed up, Parts into how many they fall that do not hang
	// together.
	Cells    int  `json:"cells"`
	Parts    int  `json:"parts"`
	Complete bool `json:"complete"` // every part was looked at
}

// Passed says whether nothing was found and everything was looked at.
func (r *Report) Passed() bool { return r != nil && r.Complete && len(r.Findings) == 0 && r.More == 0 }

// MaxFindings is how many findings are listed.
const MaxFindings = 1000

// Audit attacks the tables. An error of kind Invalid or Limited is about the input; of a
// context that ended, the context's. A finding is no error.
func Audit(ctx context.Context, in Input) (*Report, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	in.Limits = in.Limits.withDefaults()
	reading, err := newReading(&in)
	if err != nil {
		return nil, err
	}
	populations, err := reading.populations()
	if err != nil {
		return nil, err
	}
	report := &Report{}
	var parts []*component
	for _, p := range populations {
		report.Noised += p.noised
		report.add(p.changes())
		some, err := p.components(ctx)
		if err != nil {
			return nil, err
		}
		parts = append(parts, some...)
	}
	alike, err := reading.remainders(ctx)
	if err != nil {
		return nil, err
	}
	report.add(alike)
	for _, t := range in.Tables {
		report.Cells += len(t.Cells)
	}
	report.Cells -= report.Noised
	report.Parts = len(parts)
	found, err := attackAll(ctx, parts, in.Progress)
	if err != nil {
		return nil, err
	}
	for i, f := range found {
		report.add(f)
		if parts[i].cut {
			report.Cut++
		}
	}
	report.Complete = true
	return report, nil
}

func (r *Report) add(found []Finding) {
	room := max(0, min(len(found), MaxFindings-len(r.Findings)))
	r.Findings = append(r.Findings, found[:room]...)
	r.More += len(found) - room
}

// components divides the population's rows into those that hang together.
func (p *population) components(ctx context.Context) ([]*component, error) {
	pairs(p.rows, func(older, newer *row) { // to be compared by all that is known of them
		if least, most := difference(older, newer); least != most {
			older.keep, newer.keep = true, true
		}
	})
	kept, left := p.implied()
	groups, err := together(ctx, p.sizes, kept)
	if err != nil {
		return nil, err
	}
	var out []*component
	for _, rows := range groups {
		out = append(out, &component{p: p, rows: rows, whole: left})
	}
	return out, nil
}

// attackAll attacks the parts on all processors; the findings are in order of the parts.
func attackAll(ctx context.Context, parts []*component, progress func(done, total int)) ([][]Finding, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	found := make([][]Finding, len(parts))
	var lock sync.Mutex
	next, done := 0, 0
	var wait sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for {
				lock.Lock()
				i := next
				next++
				lock.Unlock()
				if i >= len(parts) || ctx.Err() != nil {
					return
				}
				f, err := parts[i].attack(ctx)
				parts[i].release()
				if err != nil {
					cancel(err)
					return
				}
				lock.Lock()
				found[i] = f
				if done++; progress != nil {
					progress(done, len(parts))
				}
				lock.Unlock()
			}
		})
	}
	wait.Wait()
	return found, context.Cause(ctx)
}
