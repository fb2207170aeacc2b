// Package e2e runs Sala as those who operate it do: real programs, a real PostgreSQL
// with its log switched on, and the runbooks of docs/runbooks step by step, a script
// each in testdata.
package e2e
