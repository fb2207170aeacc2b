// Package canon decides which text and which dates Sala takes in: sound UTF-8
// without hidden characters, and dates with their calendar and precision (I3, E1).
//
// It promises that text is taken whole or refused, never repaired: the original is
// kept. An unknown or uncertain date never makes a person older than she may be.
// No error repeats what was read. It will not match names, guess a calendar, swap
// day and month, nor complete a two-digit year.
package canon
