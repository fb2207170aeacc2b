// Package bench measures: what a page of cases costs in statements, time and
// allocations, what each wall and the ledger add to it, what an evaluation costs as a
// case grows, and how fast files are imported.
//
// `make bench` loads 100,000 cases of 50 agencies into PostgreSQL and prints the
// table; `make test` runs the same on a few, and asserts what does not depend on the
// machine. It holds tests only.
package bench
