// Package model holds the API's own types: what the stored model and the verbs
// have no type for. It holds data only and decides nothing.
package model

// Payload is the answer of a mutation: the id of what was made or changed, to be
// read through both walls, or why the input was refused.
type Payload struct {
	ID         string // empty where the input was refused
	UserErrors []*UserError
}
