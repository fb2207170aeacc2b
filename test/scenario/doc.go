// Package scenario tells whole stories: one case from its registration to the last
// look at it, by the verbs and through the API, on both databases. It holds tests
// only.
package scenario
