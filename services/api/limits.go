package api

import (
	"context"
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/request"
	"github.com/sala-exchange/sala/internal/viewer"
)

// limits bounds what the members of one agency ask of this process together, and what
// each of them does, so that one agency's program keeps neither the others out, nor one
// member's her colleagues. Each process counts for itself. Safe for concurrent use.
type limits struct {
	now    func() time.Time
	member MemberLimits

	mu sync.Mutex
	of map[string]*used // by agency, and by member
}

// MemberLimits bound each member; 0 is no limit.
type MemberLimits struct{ RequestsPerMinute, ConcurrentRequests int }

// used is what an agency or a member uses now.
type used struct {
	rate     *rate.Limiter
	underWay int
}

func newLimits(m MemberLimits) *limits {
	return &limits{now: time.Now, member: m, of: map[string]*used{}}
}

// take takes one request in, or says after what time to ask again. As many as a minute
// may have are taken at once, and then one as each becomes due. A limit of 0 is none.
func (l *limits) take(who string, perMinute, atOnce int) (release func(), wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	u := l.of[who]
	if u == nil {
		u = &used{rate: rate.NewLimiter(rate.Inf, 0)}
		l.of[who] = u
	}
	// A place first: a request that gets none is not counted.
	if atOnce > 0 && u.underWay >= atOnce {
		return nil, time.Second
	}
	if wait := u.due(l.now(), perMinute); wait > 0 {
		return nil, wait
	}
	u.underWay++
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		u.underWay--
	}, 0
}

// due counts a request, or says when the next may come.
func (u *used) due(now time.Time, perMinute int) time.Duration {
	if perMinute <= 0 {
		u.rate = rate.NewLimiter(rate.Inf, 0)
		return 0
	}
	if u.rate.Burst() != perMinute { // changed, or new: a whole minute's worth
		u.rate = rate.NewLimiter(rate.Limit(float64(perMinute)/60), perMinute)
	}
	r := u.rate.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait > 0 {
		r.CancelAt(now)
	}
	return wait
}

// handler answers LIMITED with 429 and Retry-After where the viewer, or her agency, asks
// for more than they may. The viewer must be in the request's context.
func (l *limits) handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, err := viewer.FromContext(r.Context())
		if err != nil {
			limited(w, r, errs.Public(err), http.StatusUnauthorized)
			return
		}
		// The member first: what she has too much of costs her agency nothing.
		hers, ok := l.enter(w, r, v.Member, l.member.RequestsPerMinute, l.member.ConcurrentRequests,
			"you ask for more, in a minute or at once, than one member may: try again in %d s")
		if !ok {
			return
		}
		hers = sync.OnceFunc(hers)
		defer hers()
		its, ok := l.enter(w, r, v.Agency, v.RequestsPerMinute, v.ConcurrentRequests,
			"your agency asks for more, in a minute or at once, than its limits let it: try again in %d s; who administers the platform can change its limits")
		if !ok {
			return
		}
		its = sync.OnceFunc(its)
		defer its()
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), leaveKey{}, func() { hers(); its() })))
	})
}

type leaveKey struct{}

// leave gives back the places of a request that will wait for long.
func leave(ctx context.Context) {
	if f, ok := ctx.Value(leaveKey{}).(func()); ok {
		f()
	}
}

// enter takes a request in, or answers how long to wait.
func (l *limits) enter(w http.ResponseWriter, r *http.Request, who string, perMinute, atOnce int, message string) (release func(), ok bool) {
	release, wait := l.take(who, perMinute, atOnce)
	if release != nil {
		return release, true
	}
	seconds := int(math.Ceil(wait.Seconds()))
	w.Header().Set("Retry-After", strconv.Itoa(seconds))
	limited(w, r, errs.New(errs.Limited, message, seconds), http.StatusTooManyRequests)
	return nil, false
}

// limited writes a refusal in the shape of a GraphQL answer.
func limited(w http.ResponseWriter, r *http.Request, e *errs.Error, status int) {
	note := request.From(r.Context())
	note.SetOutcome(e.Kind.Code())
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"errors": []any{map[string]any{
		"message": e.Message, "extensions": map[string]any{"code": e.Kind.Code(), "requestId": note.ID()},
	}}, "data": nil})
}
