package auditor

import (
	"math"

	"github.com/sala-exchange/sala/internal/errs"
)

// Unbounded is the upper bound of a count that has none.
const Unbounded = math.MaxInt64

// MaxCount is the largest count that is taken in.
const MaxCount = 1 << 32

// Attribute is what tables are broken down by. Its finest values are disjoint and together
// all there are; a generalised value stands for several of them, and two of these may
// overlap, as "2019–2021" and "2021–2023" do.
type Attribute struct {
	Name string
	// Values are the finest. "" is one where "no information" is a group of its own.
	Values []string
	// Groups has the finest values of each generalised value.
	Groups map[string][]string
}

// Value is a value, finest or generalised, of an attribute.
type Value struct {
	Attribute, Value string
}

// Count is what was published of a cell. The zero Count is none, and refused.
type Count struct {
	least, most int64
	form        form
}

type form uint8

const (
	missing form = iota
	bounded
	noised
)

// Exactly is a count that was published as it is.
func Exactly(n int64) Count { return Count{n, n, bounded} }

// Between is a count that is known to lie from least to most; most may be [Unbounded].
func Between(least, most int64) Count { return Count{least, most, bounded} }

// RoundedDown is a count that was published as n, the next multiple of base below or at it.
func RoundedDown(n, base int64) Count { return Count{n, n + base - 1, bounded} }

// Suppressed is a count that was withheld for being below k and may be zero.
func Suppressed(k int64) Count { return Count{0, k - 1, bounded} }

// Withheld is a count that was withheld and may be anything: what complements others, or
// what the codebook says nothing of.
func Withheld() Count { return Count{0, Unbounded, bounded} }

// Noised is a differentially private count. It bounds nothing with certainty, so no
// subtraction does either: the auditor leaves it out and says so.
func Noised() Count { return Count{form: noised} }

// Cell is a published count of those who have all of some values; what is not named may be
// anything.
type Cell struct {
	Where []Value
	Count Count
}

// Table is a published table. Cells that it lacks tell nothing: name those that are known
// to be zero or small.
type Table struct {
	// Name is how findings call it, as "key figures 2024, table 2".
	Name string
	// Population says what is counted, as "assisted persons": tables are weighed up
	// together where they have the same.
	Population string
	// Edition is that of the population, where [Input.Editions] has several.
	Edition string
	// Known says that the table is official knowledge anyway, as justice outcomes: an
	// attacker has it, and what it says itself is no finding.
	Known bool
	Cells []Cell
}

// Change says how a population came from that of the edition before.
type Change int

// The changes. Of the zero Change nothing is assumed but that nobody comes back who left.
const (
	Anything   Change = iota
	OnlyLeft          // some were left out: an exclusion between two editions
	OnlyJoined        // some came in
)

// Edition is a state of the case database that tables were made from.
type Edition struct {
	Name   string
	Change Change // since the edition before it; of no meaning for the first
}

// Sensitive is what must not be learned of everybody in a group: of at least L values,
// each combination of the attributes being one, must one be possible for its members.
type Sensitive struct {
	Attributes []string
	L          int
}

// Input is what an attacker has, and what is asked.
type Input struct {
	Attributes []Attribute
	Editions   []Edition // oldest first; empty where there is but one
	Tables     []Table
	// K is the smallest group that may be told apart, at least 2.
	K int64
	// Width is how far apart the bounds of a group that may be small must be at least; 0
	// asks for nothing.
	Width     int64
	Sensitive []Sensitive
	// Files are of tables of rows what they tell of sensitive values.
	Files  []File
	Limits Limits
	// Progress is told how many of the independent parts are done; nil for nobody. Calls
	// are one after another.
	Progress func(done, total int)
}

func (in *Input) check() error {
	switch {
	case in.K < 2 || in.K > MaxCount:
		return errs.New(errs.Invalid, "auditing releases: k is %d and must be from 2 to %d", in.K, int64(MaxCount))
	case in.Width < 0 || in.Width > MaxCount:
		return errs.New(errs.Invalid, "auditing releases: the protection width is %d and must be from 0 to %d", in.Width, int64(MaxCount))
	case len(in.Editions) > maxEditions:
		return errs.New(errs.Limited, "auditing releases: there are %d editions, and at most %d are weighed up together: withdraw old ones, or pool", len(in.Editions), maxEditions)
	}
	for _, t := range in.Tables {
		for i, c := range t.Cells {
			if err := c.Count.check(); err != nil {
				return errs.New(errs.Invalid, "auditing releases: cell %d of table %q %s", i+1, t.Name, err.Error())
			}
		}
	}
	return nil
}

func (c Count) check() error {
	switch {
	case c.form == missing:
		return errs.New(errs.Invalid, "has no count: say how it was published")
	case c.form == noised:
		return nil
	case c.least < 0 || c.least > MaxCount || c.most < c.least || (c.most > MaxCount && c.most != Unbounded):
		return errs.New(errs.Invalid, "has a count that is negative, above %d, or whose bounds are the wrong way round", int64(MaxCount))
	}
	return nil
}
