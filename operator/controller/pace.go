package controller

import (
	"net/http"
	"time"

	"golang.org/x/time/rate"
)

// Paced lets at most so many requests a minute through, and a tenth of them at once; the
// others wait their turn. Hundreds of objects that change together so ask the API no
// faster than one does, and leave the agency whose account the operator has its share.
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
	return p.next.RoundTrip(r)
}
