package table

import (
	"cmp"
	"slices"
	"strconv"
)

// Order lists the codes that rows have by their values: as numbers where every value that
// is not blank is one, else as text. Blank comes first.
func (c *Column) Order() []uint32 {
	used := make([]bool, len(c.Values))
	for _, code := range c.Codes {
		used[code] = true
	}
	var codes []uint32
	numbers, numeric := make([]float64, len(c.Values)), true
	for code, value := range c.Values {
		if !used[code] {
			continue
		}
		codes = append(codes, uint32(code))
		if code != int(Blank) {
			n, err := strconv.ParseFloat(value, 64)
			numbers[code], numeric = n, numeric && err == nil && n == n
		}
	}
	slices.SortFunc(codes, func(a, b uint32) int {
		switch {
		case a == Blank || b == Blank:
			return cmp.Compare(a, b) // the blank's code is the lowest
		case numeric && numbers[a] != numbers[b]:
			return cmp.Compare(numbers[a], numbers[b])
		}
		return cmp.Compare(c.Values[a], c.Values[b])
	})
	return codes
}
