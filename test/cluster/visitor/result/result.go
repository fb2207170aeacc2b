// Package result is how the visitor tells what came of asking for a while.
package result

// Result is what came of it.
type Result struct {
	Asked, Failed int
	Slowest       float64  // seconds
	Errors        []string // the first few
	Gap           float64  // seconds from the first failure to the last
}
