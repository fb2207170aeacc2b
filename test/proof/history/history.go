// Package history judges what several processes answered beside each other: whether there
// is one order of all reads, grants and withdrawals, within the times at which each was
// under way, in which no read shows what a withdrawal before it had closed (rules.md C8).
//
// It promises to judge by porcupine, a checker of linearizability, and no other way. It
// asks nobody and knows no database.
package history

import (
	"fmt"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"
)

// Act is one thing that somebody did to the one case that it names.
type Act struct {
	Case string
	Kind Kind
}

// Kind of an act.
type Kind string

// The kinds. A read of which nothing is known, since it failed, is no act.
const (
	Grant    Kind = "GRANT"    // what opens the case, up to its acceptance
	Withdraw Kind = "WITHDRAW" // her no
	Shown    Kind = "SHOWN"    // a read that showed it
	Withheld Kind = "WITHHELD" // a read that did not
)

// model is one case: open or not, and at first not.
var model = porcupine.Model{
	Partition: func(all []porcupine.Operation) [][]porcupine.Operation {
		byCase := map[string][]porcupine.Operation{}
		for _, o := range all {
			id := o.Input.(Act).Case
			byCase[id] = append(byCase[id], o)
		}
		var out [][]porcupine.Operation
		for _, list := range byCase {
			out = append(out, list)
		}
		return out
	},
	Init: func() any { return false },
	Step: func(state, input, _ any) (bool, any) {
		open := state.(bool)
		switch input.(Act).Kind {
		case Grant:
			return true, true
		case Withdraw:
			return true, false
		case Shown:
			return open, open
		default:
			return !open, open
		}
	},
	DescribeOperation: func(input, _ any) string { return fmt.Sprint(input) },
}

// Log takes acts down. It is safe for concurrent use.
type Log struct {
	began  time.Time
	mu     sync.Mutex
	acts   []porcupine.Operation
	counts map[Kind]int
}

// New begins a log.
func New() *Log { return &Log{began: time.Now(), counts: map[Kind]int{}} }

// Now is the time by the log's clock.
func (l *Log) Now() time.Duration { return time.Since(l.began) }

// Add takes an act down that a client, by its number, had under way from one time until
// now.
func (l *Log) Add(client int, a Act, from time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts[a.Kind]++
	l.acts = append(l.acts, porcupine.Operation{ClientId: client, Input: a, Call: int64(from), Return: int64(l.Now())})
}

// Count is how many acts of a kind there are.
func (l *Log) Count(k Kind) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.counts[k]
}

// Holds reports whether there is such an order. The error says that none was found or
// excluded in a minute.
func (l *Log) Holds() (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch porcupine.CheckOperationsTimeout(model, l.acts, time.Minute) {
	case porcupine.Ok:
		return true, nil
	case porcupine.Illegal:
		return false, nil
	}
	return false, fmt.Errorf("looking for one order of %d acts: none in a minute; take fewer", len(l.acts))
}
