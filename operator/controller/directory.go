package controller

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/sala-exchange/sala/services/apply"
	"github.com/sala-exchange/sala/services/exchange/client"
)

// Directory reads what the API shows, once for all objects that are reconciled at about
// the same time: hundreds of agencies cost no more requests than one.
type Directory struct {
	Endpoint string       // URL of the GraphQL API
	HTTP     *http.Client // the API client's own where nil
	// Token returns a token of the operator's own account.
	Token func(context.Context) (string, error)
	// Every is how old a reading may be.
	Every time.Duration
	// PerMinute is how many requests the operator may make of the API in a minute; its
	// readings take at most half of them, however long the lists are.
	PerMinute int

	mu    sync.Mutex
	seen  *apply.Seen
	at    time.Time // when the reading began
	quiet time.Time // until when nothing is asked
}

// pause is how long nothing is asked of an API that says it is asked too much.
const pause = 5 * time.Second

// longestReading bounds a reading, for which all objects wait.
const longestReading = 2 * time.Minute

// later is See's answer where the API is not asked now; it says in how long it may be.
type later time.Duration

func (l later) Error() string {
	return "the API is left alone for " + time.Duration(l).Round(time.Second).String() + ": the operator asks no more of it than it may"
}

// Pause leaves the API alone for a while, on behalf of all objects.
func (d *Directory) Pause() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.quiet = time.Now().Add(pause)
}

// See returns a reading that began after the time given and is at most Every old, or as
// old as the one before the next may be.
func (d *Directory) See(ctx context.Context, after time.Time) (*apply.Seen, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	next := d.at.Add(d.between())
	now := time.Now()
	if d.seen != nil && d.at.After(after) && (now.Before(next) || now.Sub(d.at) < d.Every) {
		return d.seen, nil
	}
	if d.quiet.After(next) {
		next = d.quiet
	}
	if wait := next.Sub(now); wait > 0 {
		return nil, later(wait)
	}
	token, err := d.Token(ctx)
	if err != nil {
		return nil, err
	}
	begun := time.Now()
	ctx, cancel := context.WithTimeout(ctx, longestReading)
	defer cancel()
	seen, err := apply.Look(ctx, &client.Client{Endpoint: d.Endpoint, Token: token, HTTP: d.HTTP})
	if err != nil {
		return nil, err
	}
	d.seen, d.at = seen, begun
	return seen, nil
}

// between is the time from one reading to the next.
func (d *Directory) between() time.Duration {
	if d.seen == nil || d.PerMinute <= 0 {
		return 0
	}
	return 2 * time.Minute * time.Duration(d.seen.Requests()) / time.Duration(d.PerMinute)
}
