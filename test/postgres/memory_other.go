//go:build !linux

package postgres

// memory is a folder in memory: none is known here.
func memory() string { return "" }
