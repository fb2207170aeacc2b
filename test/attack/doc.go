// Package attack carries out the attacks of threats.md on the real stores: with the
// walls up each is refused, and where a wall can be taken down it is shown that the
// same attack then works.
//
// It promises that each of its tests can fail. It mocks neither database nor policy,
// and it does not test the API: test/scenario does.
package attack
