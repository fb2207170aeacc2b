// Package operation runs one GraphQL operation: it asks whether the viewer may try
// it at all, begins the one transaction that all its fields read in, and lets the
// answer leave only after what it shows is on record.
//
// It promises that a root field which no rule names is refused, that case data need
// a declared purpose, that a mutation is one change and is kept wholly or not at
// all, and that an answer with an error carries no data. It decides nothing: the
// Desk does.
package operation
