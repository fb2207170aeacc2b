// Package proof holds what is shown not by an example but by many that are made at
// random: answers that tell nothing of what is hidden (worlds), decisions that a second
// model and the database's own wall take alike (judges), that more roles, refusals and
// conflicts never show more (composition), that a withdrawal is final (history), and that
// nothing is decided by anything but policy (decided).
//
// It promises that each test prints the seed that it ran from and runs the same again with
// -seed, counts what it has come by, and shows that it fails where the guard is taken away.
// It mocks no database and no policy.
package proof
