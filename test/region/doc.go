// Package region tests the counterparts' door as a counterpart meets it: a server over
// real stores, tokens of a real issuer, and files that somebody has tampered with. It
// promises no more than its tests say, and holds no program.
package region
