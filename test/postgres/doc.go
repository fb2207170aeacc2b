// Package postgres runs a real PostgreSQL for tests.
//
// [Start] makes a fresh cluster in a temporary folder, reachable over a unix
// socket and a random port of 127.0.0.1, and [StartInMemory] one whose folder is
// in memory where there is room; [Open] takes the cluster that `make
// test` shares between packages where there is one; [Run] does that for a whole
// package from its TestMain. It promises that the server dies with the process
// that started it, that its folder is removed (by the next start, where the
// process was killed), and that its log is at hand for canary sweeps (threats.md
// row 46).
//
// It will not pretend: a test that needs PostgreSQL fails where there is none,
// unless SALA_TEST_WITHOUT_POSTGRES=1 says that this is accepted. And it is not
// for data: every local user may sign in as anybody, and nothing is written
// through to the disk.
//
// Environment:
//
//	SALA_TEST_POSTGRES              URL of the superuser of a running server to share
//	SALA_TEST_POSTGRES_LOG          that server's log file
//	SALA_TEST_WITHOUT_POSTGRES=1    skip what needs PostgreSQL
package postgres
