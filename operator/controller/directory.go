package controller

import (
	"context"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/sala-exchange/sala/internal/errs"
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

	// Stop ends the reading under way; never where nil.
	Stop <-chan struct{}

	mu    sync.Mutex
	seen  *apply.Seen
	at    time.Time // when the reading began
	good  time.Time // until when it serves
	quiet time.Time // until when nothing is asked
	look  *look     // the reading under way; nil where none is
}

// look is one reading of the API. What came of it may be read once done is closed.
type look struct {
	begun time.Time
	heard atomic.Int64 // when an answer last began to come in, in nanoseconds of Unix time
	done  chan struct{}
	seen  *apply.Seen
	err   error
}

// late is See's answer to who has waited long enough. One whose answers come in has merely
// much to read.
func (l *look) late() error {
	if time.Since(time.Unix(0, l.heard.Load())) < patience {
		return later(patience / 2)
	}
	return errSlow
}

// pause is how long nothing is asked of an API that says it is asked too much.
const pause = 5 * time.Second

// longestReading bounds a reading, which all objects want and none waits for to its end.
const longestReading = 2 * time.Minute

// patience is how long an object waits for a reading, counted from when the reading began
// where that was before: an API that does not answer holds up a worker once a reading, and
// not once an object.
const patience = 10 * time.Second

// later is See's answer where the API is not asked now; it says in how long it may be.
type later time.Duration

func (l later) Error() string {
	return "the API is left alone for " + time.Duration(l).Round(time.Second).String() + ": the operator asks no more of it than it may"
}

// errSlow is See's answer where the reading under way is not answered.
var errSlow = errs.New(errs.Unavailable, "the API, or the issuer that the operator signs in by, takes requests and has not answered for %s: check that both, and the API's database, are well", patience)

// Pause leaves the API alone for a while, on behalf of all objects.
func (d *Directory) Pause() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.quiet = time.Now().Add(pause)
}

// See returns a reading that began after the time given and is at most Every old, or as
// old as the one before the next may be. Where there is none it waits for the one that is
// under way, or that it begins, until ctx ends and no longer than patience; the reading
// goes on without it, and serves whoever asks within as long of its end.
func (d *Directory) See(ctx context.Context, after time.Time) (*apply.Seen, error) {
	for end := time.Now().Add(patience); ; {
		seen, under, err := d.now(ctx, after)
		if under == nil {
			return seen, err
		}
		if begun := under.begun.Add(patience); begun.Before(end) {
			end = begun
		}
		enough := time.NewTimer(time.Until(end))
		select {
		case <-under.done:
			enough.Stop()
			if under.err != nil || under.begun.After(after) {
				return under.seen, under.err
			}
		case <-ctx.Done():
			enough.Stop()
			return nil, ctx.Err()
		case <-enough.C:
			return nil, under.late()
		}
	}
}

// now is the reading that will do, or the one to wait for.
func (d *Directory) now(ctx context.Context, after time.Time) (*apply.Seen, *look, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	next := d.at.Add(d.between())
	now := time.Now()
	if d.seen != nil && d.at.After(after) && now.Before(d.good) {
		return d.seen, nil, nil
	}
	if d.look != nil {
		return nil, d.look, nil
	}
	if d.quiet.After(next) {
		next = d.quiet
	}
	if wait := next.Sub(now); wait > 0 {
		return nil, nil, later(wait)
	}
	d.look = &look{begun: now, done: make(chan struct{})}
	go d.read(context.WithoutCancel(ctx), d.look)
	return nil, d.look, nil
}

// read is one reading, which no object's reconcile ends.
func (d *Directory) read(ctx context.Context, l *look) {
	ctx, cancel := context.WithTimeout(ctx, longestReading)
	defer cancel()
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotFirstResponseByte: func() { l.heard.Store(time.Now().UnixNano()) }})
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		select {
		case <-d.Stop:
			cancel()
		case <-ended:
		}
	}()
	seen, err := d.ask(ctx)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.look, l.seen, l.err = nil, seen, err; err == nil {
		d.seen, d.at = seen, l.begun
		d.good = d.at.Add(max(d.Every, d.between()))
		if late := time.Now().Add(patience); time.Since(l.begun) > patience && late.After(d.good) {
			d.good = late // who was told to come later finds it, and need not wait for another as long
		}
	}
	close(l.done)
	if err != nil && time.Since(l.begun) > patience {
		log.FromContext(ctx).Error(err, "a reading of the API ended, for which nobody waited any more")
	}
}

func (d *Directory) ask(ctx context.Context) (*apply.Seen, error) {
	token, err := d.Token(ctx)
	if err != nil {
		return nil, err
	}
	return apply.Look(ctx, &client.Client{Endpoint: d.Endpoint, Token: token, HTTP: d.HTTP})
}

// between is the time from one reading to the next.
func (d *Directory) between() time.Duration {
	if d.seen == nil || d.PerMinute <= 0 {
		return 0
	}
	return 2 * time.Minute * time.Duration(d.seen.Requests()) / time.Duration(d.PerMinute)
}
