// Package arch holds the rules of the repository as tests: who may import whom, what
// every package says of itself, what no committed file says. It holds tests only.
package arch
