// Package cli runs the command line as its users do: scripts of commands and what
// they must print, each over both databases.
//
// It promises that the commands are the real ones, against a real database, API and
// issuer. It holds tests only.
package cli
