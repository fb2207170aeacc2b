package controller

import (
	"context"
	"net/http"
	"sync"
	"time"

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

	mu    sync.Mutex
	seen  *apply.Seen
	at    time.Time // when the reading began
	quiet time.Time // until when nothing is asked
}

// pause is how long nothing is asked of an API that says it is asked too much.
const pause = 5 * time.Second

// errPaused is See's answer meanwhile.
var errPaused = errs.New(errs.Limited, "the API is asked for more than the operator's agency may: it is left alone for some seconds")

// Pause leaves the API alone for a while, on behalf of all objects.
func (d *Directory) Pause() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.quiet = time.Now().Add(pause)
}

// See returns a reading that is at most Every old and began after the time given.
func (d *Directory) See(ctx context.Context, after time.Time) (*apply.Seen, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.seen != nil && d.at.After(after) && time.Since(d.at) < d.Every {
		return d.seen, nil
	}
	if time.Now().Before(d.quiet) {
		return nil, errPaused
	}
	token, err := d.Token(ctx)
	if err != nil {
		return nil, err
	}
	begun := time.Now()
	seen, err := apply.Look(ctx, &client.Client{Endpoint: d.Endpoint, Token: token, HTTP: d.HTTP})
	if err != nil {
		return nil, err
	}
	d.seen, d.at = seen, begun
	return seen, nil
}
