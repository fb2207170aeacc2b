package controller

import (
	"context"
	"io"
	"net/http"
	"time"

	"golang.org/x/time/rate"
)

// longestRequest bounds one request of the API, from when its turn has come to the end of
// its answer. What it changes is stored wholly or not at all, and is asked for again.
const longestRequest = 30 * time.Second

// Paced lets at most so many requests a minute through, and a tenth of them at once; the
// others wait their turn. Hundreds of objects that change together so ask the API no
// faster than one does, and leave the agency whose account the operator has its share. A
// request that is not answered ends by itself, so that nothing waits for it for ever.
func Paced(next http.RoundTripper, perMinute int) http.RoundTripper {
	if next == nil {
		next = http.DefaultTransport
	}
	return &paced{next, rate.NewLimiter(rate.Limit(float64(perMinute)/time.Minute.Seconds()), max(1, perMinute/10))}
}

type paced struct {
	next  http.RoundTripper
	limit *rate.Limiter
}

func (p *paced) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := p.limit.Wait(r.Context()); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(r.Context(), longestRequest)
	answer, err := p.next.RoundTrip(r.WithContext(ctx))
	if err != nil {
		cancel()
		return nil, err
	}
	answer.Body = &bounded{answer.Body, cancel}
	return answer, nil
}

// bounded is an answer's body, whose request's time ends with it.
type bounded struct {
	io.ReadCloser
	end context.CancelFunc
}

func (b *bounded) Close() error {
	defer b.end()
	return b.ReadCloser.Close()
}
