// Package aggregate counts combinations of attributes in a table of plain columns, and
// publishes the counts rounded, or with differential privacy.
//
// An attribute is a value in a column; a blank cell is none and, by option, "0" is none. A
// combination holds at most one attribute of each column; its count is how many records
// have all of them.
//
// It promises that the order of the input's rows changes nothing but the noise; that private
// counts follow from the noisy answers alone once these are given, and say what they cost;
// and that published counts agree with each other: none is negative, the parts of a
// combination by one more column are together never more than it, and so a longer
// combination's count never exceeds its parts'. What the parts lack to the whole is blank or
// withheld.
//
// Memory: 2 bytes an attribute of a record, and about 1 kB a combination at the peak, of which more
// than [MaxCombinations] are refused. It will not choose ε, keep an account over several
// releases, or hide the names of the columns, which count as public.
package aggregate

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/anonymity/table"
)

// MaxLength is the longest combination that can be counted.
const MaxLength = 8

// MaxCombinations is how many combinations are held at most.
const MaxCombinations = 1_000_000

// Combination is a set of attributes, by their numbers in ascending order; what is not used
// is 0. Numbers ascend with the columns, so that no two are of one column.
type Combination [MaxLength]uint16

// Len is how many attributes it has.
func (c Combination) Len() int {
	if n := slices.Index(c[:], 0); n >= 0 {
		return n
	}
	return MaxLength
}

// With is c with one more attribute. The caller sees to it that c has room and no attribute
// of that column.
func (c Combination) With(attribute uint16) Combination {
	i := c.Len()
	for ; i > 0 && c[i-1] > attribute; i-- {
		c[i] = c[i-1]
	}
	c[i] = attribute
	return c
}

// Without is c without its attribute number i, from 0.
func (c Combination) Without(i int) Combination {
	copy(c[i:], c[i+1:])
	c[MaxLength-1] = 0
	return c
}

func (c Combination) compare(d Combination) int {
	return cmp.Or(cmp.Compare(c.Len(), d.Len()), slices.Compare(c[:], d[:]))
}

// Attribute is a value in a column, by the column's place in the table.
type Attribute struct {
	Column int
	Value  string
}

// Aggregates are the counts of combinations up to a length.
type Aggregates struct {
	Columns    []string
	Attributes []Attribute // the attribute of number n stands at n−1
	Records    int64       // how many records there are, as far as that is told
	Counts     []map[Combination]int64
}

// Length is that of the longest combinations that were looked for.
func (a *Aggregates) Length() int { return len(a.Counts) }

// Column is the place of an attribute's column.
func (a *Aggregates) Column(attribute uint16) int { return a.Attributes[attribute-1].Column }

// Count is the count of a combination, and whether it is told. The empty combination's is
// the number of records.
func (a *Aggregates) Count(c Combination) (int64, bool) {
	n := c.Len()
	if n == 0 {
		return a.Records, true
	}
	if n > len(a.Counts) {
		return 0, false
	}
	count, ok := a.Counts[n-1][c]
	return count, ok
}

// Sorted lists the combinations of a length, in the order of their attributes.
func (a *Aggregates) Sorted(length int) []Combination {
	return slices.SortedFunc(maps.Keys(a.Counts[length-1]), Combination.compare)
}

// Options say what is counted.
type Options struct {
	Length int  // longest combination, from 1 to MaxLength
	Zeros  bool // whether "0" is an attribute
}

// Progress is told how far a long run is. It may be nil.
type Progress func(stage string, done, total int)

// step is how many records are counted between two looks at whether to go on.
const step = 1024

func (p Progress) at(ctx context.Context, stage string, done, total int) error {
	if done%step != 0 && done != total {
		return nil
	}
	if p != nil {
		p(stage, done, total)
	}
	return ctx.Err()
}

func (o Options) check(columns int) error {
	if o.Length < 1 || o.Length > MaxLength {
		return errs.New(errs.Invalid, "the length of combinations is from 1 to %d", MaxLength)
	}
	if o.Length > columns {
		return errs.New(errs.Invalid, "the length of combinations is %d, and there are %d columns: no combination is as long", o.Length, columns)
	}
	return nil
}

// records are the rows of a table as lists of attribute numbers, ascending.
type records struct {
	attributes []uint16
	ends       []int
}

func (r *records) len() int { return len(r.ends) }

func (r *records) at(i int) []uint16 {
	if i == 0 {
		return r.attributes[:r.ends[0]]
	}
	return r.attributes[r.ends[i-1]:r.ends[i]]
}

// number gives the attributes that occur in a table their numbers, by column and value, and
// the rows as lists of them. It leaves the counts empty.
func number(t *table.Table, o Options) (*Aggregates, *records, error) {
	columns := t.Columns()
	if err := o.check(len(columns)); err != nil {
		return nil, nil, err
	}
	a := &Aggregates{Counts: make([]map[Combination]int64, o.Length)}
	for i := range a.Counts {
		a.Counts[i] = map[Combination]int64{}
	}
	numbers := make([][]uint16, len(columns))
	for i, c := range columns {
		a.Columns = append(a.Columns, c.Name)
		numbers[i] = make([]uint16, len(c.Values))
		for _, code := range occurring(c, o) {
			if len(a.Attributes) == math.MaxUint16 {
				return nil, nil, errs.New(errs.Limited, "the columns have more than %d different values together: leave out identifiers and free text, and group what is fine-grained", math.MaxUint16)
			}
			a.Attributes = append(a.Attributes, Attribute{Column: i, Value: c.Values[code]})
			numbers[i][code] = uint16(len(a.Attributes))
		}
	}
	r := &records{ends: make([]int, t.Rows())}
	for row := range t.Rows() {
		for i, c := range columns {
			if n := numbers[i][c.Codes[row]]; n != 0 {
				r.attributes = append(r.attributes, n)
			}
		}
		r.ends[row] = len(r.attributes)
	}
	return a, r, nil
}

// occurring lists the codes of a column's attributes that some row has, by value.
func occurring(c table.Column, o Options) []uint32 {
	seen := make([]bool, len(c.Values))
	for _, code := range c.Codes {
		seen[code] = true
	}
	var codes []uint32
	for code := range seen {
		if seen[code] && uint32(code) != table.Blank && (o.Zeros || c.Values[code] != "0") {
			codes = append(codes, uint32(code))
		}
	}
	slices.SortFunc(codes, func(a, b uint32) int { return cmp.Compare(c.Values[a], c.Values[b]) })
	return codes
}

// each visits the combinations of a record's attributes up to a length, shorter ones before
// those that they begin; where visit says no, it goes no further that way.
func each(attributes []uint16, length int, visit func(c Combination, length int) bool) {
	var c Combination
	var extend func(from, depth int)
	extend = func(from, depth int) {
		for i := from; i < len(attributes); i++ {
			c[depth] = attributes[i]
			if visit(c, depth+1) && depth+1 < length {
				extend(i+1, depth+1)
			}
			c[depth] = 0
		}
	}
	extend(0, 0)
}

func tooMany() error {
	return errs.New(errs.Limited, "there are more than %d combinations: count shorter ones, leave columns out, or group values", MaxCombinations)
}

// Exact counts all combinations that occur. Its counts are as secret as the table.
func Exact(ctx context.Context, t *table.Table, o Options, p Progress) (*Aggregates, error) {
	a, r, err := number(t, o)
	if err != nil {
		return nil, err
	}
	a.Records = int64(r.len())
	for i := range r.len() {
		each(r.at(i), o.Length, func(c Combination, length int) bool {
			a.Counts[length-1][c]++
			return true
		})
		if err := p.at(ctx, "counting", i+1, r.len()); err != nil {
			return nil, err
		}
		if a.size() > MaxCombinations {
			return nil, tooMany()
		}
	}
	return a, nil
}

// size is how many combinations are held.
func (a *Aggregates) size() (n int) {
	for _, m := range a.Counts {
		n += len(m)
	}
	return n
}

// compact forgets the attributes that have no count, so that their values go nowhere, and
// numbers the others anew.
func (a *Aggregates) compact() {
	var kept []Attribute
	numbers := make([]uint16, len(a.Attributes)+1)
	for _, c := range a.Sorted(1) {
		kept = append(kept, a.Attributes[c[0]-1])
		numbers[c[0]] = uint16(len(kept))
	}
	for i, counts := range a.Counts {
		renumbered := make(map[Combination]int64, len(counts))
		for c, count := range counts {
			own, _ := translate(c, numbers)
			renumbered[own] = count
		}
		a.Counts[i] = renumbered
	}
	a.Attributes = kept
}
