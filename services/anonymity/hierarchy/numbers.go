package hierarchy

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/sala-exchange/sala/internal/errs"
)

// Widths joins whole numbers into bands of equal width that begin at multiples of it:
// with 5 and 10 the number 23 becomes "20-24", "20-29", then [Any]. Each width is a
// multiple of the one before.
func Widths(widths ...int) (Hierarchy, error) {
	for i, w := range widths {
		switch {
		case w < 2:
			return Hierarchy{}, errs.New(errs.Invalid, "width %d of the bands is below 2", i+1)
		case i > 0 && (w <= widths[i-1] || w%widths[i-1] != 0):
			return Hierarchy{}, errs.New(errs.Invalid, "width %d of the bands is no multiple of the one before", i+1)
		}
	}
	widths = slices.Clone(widths)
	return numbers(len(widths), func(level, n int) (string, bool) {
		w := widths[level]
		from := n - ((n%w)+w)%w // rounds down below zero too
		return fmt.Sprintf("%d-%d", from, from+w-1), true
	}), nil
}

// Bounds joins whole numbers into bands that begin at the bounds given for each level: with
// 0, 12, 18 the number 13 becomes "12-17", and 40 becomes "18+"; then [Any]. The bounds of
// a level ascend and are among those of the level before; a number below the first is none
// of the hierarchy.
func Bounds(levels ...[]int) (Hierarchy, error) {
	for i, bounds := range levels {
		if len(bounds) == 0 {
			return Hierarchy{}, errs.New(errs.Invalid, "level %d of the bands has no bound", i+1)
		}
		for j, b := range bounds {
			switch {
			case j > 0 && b <= bounds[j-1]:
				return Hierarchy{}, errs.New(errs.Invalid, "level %d of the bands: the bounds do not ascend", i+1)
			case i > 0 && !slices.Contains(levels[i-1], b):
				return Hierarchy{}, errs.New(errs.Invalid, "level %d of the bands: bound %d is none of the level before", i+1, j+1)
			case i > 0 && j == 0 && b != levels[i-1][0]:
				return Hierarchy{}, errs.New(errs.Invalid, "level %d of the bands does not begin where the level before does", i+1)
			}
		}
	}
	return numbers(len(levels), func(level, n int) (string, bool) {
		bounds := levels[level]
		at, met := slices.BinarySearch(bounds, n)
		if !met {
			at--
		}
		switch {
		case at < 0:
			return "", false
		case at == len(bounds)-1:
			return fmt.Sprintf("%d+", bounds[at]), true
		}
		return fmt.Sprintf("%d-%d", bounds[at], bounds[at+1]-1), true
	}), nil
}

// Ages are bands of ages in whole years that keep children apart from adults, and begin
// with the bands of consent of the rules (E2): under 6, 6–11, 12–14, 15–17, then adults by
// about ten years; then 0–11, 12–17, 18–34, 35–59, 60 and over; then child and adult.
func Ages() Hierarchy {
	h, err := Bounds([]int{0, 6, 12, 15, 18, 25, 35, 45, 60}, []int{0, 12, 18, 35, 60}, []int{0, 18})
	if err != nil {
		panic(err) // the bounds stand above
	}
	return h
}

// maxNumber is the largest number that has bands, either side of 0.
const maxNumber = 1_000_000_000

func numbers(levels int, band func(level, n int) (string, bool)) Hierarchy {
	of := func(value string) ([]string, bool) {
		n, err := strconv.Atoi(value)
		if err != nil || n < -maxNumber || n > maxNumber {
			return nil, false
		}
		labels := make([]string, 0, levels+1)
		for level := range levels {
			label, known := band(level, n)
			if !known {
				return nil, false
			}
			labels = append(labels, label)
		}
		return append(labels, Any), true
	}
	return Hierarchy{height: levels + 2, of: of, top: Any}
}
