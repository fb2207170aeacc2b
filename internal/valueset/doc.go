// Package valueset holds the closed lists of words that Sala's fields take: those
// of HTCDS 2.0, and Sala's own after the rules of the field.
//
// It promises that the zero value of every type is not valid, that words are
// compared exactly, that an error never repeats what was read, and that Sets
// lists all of them. Categories, purposes and roles live with their own packages.
// It will not translate labels, nor map other standards onto these words.
package valueset
