package graph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/sala-exchange/sala/graph/operation"
	"github.com/sala-exchange/sala/graph/present"
	"github.com/sala-exchange/sala/graph/transport"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/request"
	"github.com/sala-exchange/sala/internal/viewer"
)

// Streams is what event streams need of the server. Again and Now are required; without
// Streams there are no subscriptions.
type Streams struct {
	// Again looks anew at who asks, by the request's own token, and returns ctx with the
	// viewer. Its error ends the stream.
	Again func(ctx context.Context, r *http.Request) (context.Context, error)
	// Leave gives back the places that the request took among those of its member and
	// agency: a stream waits, and is counted by itself.
	Leave func(context.Context)
	// Now is the clock of the store, in UTC microseconds.
	Now func() int64
	// Every is how often a stream looks for news, and at who asks.
	Every time.Duration
	// Within bounds one event's operation.
	Within time.Duration
	// Most bounds the streams of the process, OfMember those of one member.
	Most, OfMember int
	// Ending ends all streams, in order.
	Ending <-chan struct{}

	mu sync.Mutex
	of map[string]int // by member
	n  int
}

// resumed is how far back Last-Event-ID goes, in microseconds: an hour.
const resumed = int64(3600 * 1_000_000)

// enter takes a stream in.
func (s *Streams) enter(member string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.n >= s.Most || s.of[member] >= s.OfMember {
		return false
	}
	if s.of == nil {
		s.of = map[string]int{}
	}
	s.of[member]++
	s.n++
	return true
}

func (s *Streams) leave(member string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n--
	if s.of[member]--; s.of[member] == 0 {
		delete(s.of, member)
	}
}

// streamed is one stream.
type streamed struct {
	events
	w      http.ResponseWriter
	r      *http.Request
	exec   graphql.GraphExecutor
	params *graphql.RawParams
	stream *operation.Stream
	open   bool // its head has been written
}

// events answers subscriptions; without streams it offers none.
type events struct {
	streams *Streams
	admit   func() (release func(), admitted bool)
}

// answer answers a subscription. What fails before the stream is open is answered as any
// operation is.
func (p events) answer(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor, params *graphql.RawParams) {
	ctx := r.Context()
	refuse := func(status int, err error) {
		transport.Write(ctx, w, status, exec.DispatchError(ctx, gqlerror.List{present.Request(err)}))
	}
	who, err := viewer.FromContext(ctx)
	switch {
	case err != nil:
		refuse(http.StatusUnauthorized, err)
		return
	case p.streams == nil:
		refuse(http.StatusOK, errs.New(errs.Invalid, "subscriptions are not offered here"))
		return
	case !acceptsEvents(r):
		refuse(http.StatusOK, errs.New(errs.Invalid, "a subscription is answered by events: ask with Accept: text/event-stream"))
		return
	case !p.streams.enter(who.Member):
		w.Header().Set("Retry-After", "60")
		refuse(http.StatusTooManyRequests, errs.New(errs.Limited, "there are as many event streams as there may be, yours or the server's: end one, or try again in a minute"))
		return
	}
	defer p.streams.leave(who.Member)
	s := &streamed{events: p, w: w, r: r, exec: exec, params: params, stream: p.begin(r)}
	s.run(ctx)
}

func acceptsEvents(r *http.Request) bool {
	for _, one := range strings.Split(strings.Join(r.Header.Values("Accept"), ","), ",") {
		if kind, _, err := mime.ParseMediaType(one); err == nil && kind == "text/event-stream" {
			return true
		}
	}
	return false
}

// begin is where a new stream stands: now, or behind the event that Last-Event-ID names,
// whose time is in it.
func (p events) begin(r *http.Request) *operation.Stream {
	now := p.streams.Now()
	at, id, ok := strings.Cut(r.Header.Get("Last-Event-ID"), " ")
	var from int64
	if _, err := fmt.Sscanf(at, "%d", &from); !ok || err != nil || from > now || from < now-resumed || !pubid.Valid(id, "notice") {
		return operation.NewStream(now)
	}
	return operation.ResumeStream(from, id)
}

// run sends events until the client leaves, the server ends or who asks may no longer.
func (s *streamed) run(ctx context.Context) {
	tick := time.NewTicker(s.streams.Every)
	defer tick.Stop()
	// The request's own bound on time is for one operation: a stream has many.
	base := context.WithoutCancel(ctx)
	for first := true; ; first = false {
		if !first {
			select {
			case <-s.streams.Ending:
				s.end()
				return
			case <-ctx.Done():
				if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
					return // the client has gone
				}
				ctx = base // from here on a write that fails tells that it has
				continue
			case <-tick.C:
			}
		}
		if !s.news(base) {
			return
		}
	}
}

// news sends what has happened since the last look. It reports whether the stream goes on.
func (s *streamed) news(base context.Context) bool {
	for {
		switch answer, came := s.event(base); {
		case came == over:
			return false
		case came == later: // what is new is found by the next look
			return !s.open || s.say(":\n\n")
		case came == nothing:
			s.stream.Rest(s.streams.Now())
			return s.opened() && s.say(":\n\n") // also finds out whether somebody listens
		case !s.opened() || !s.next(answer):
			return false
		}
	}
}

// outcome is what came of one event's operation.
type outcome int

const (
	over    outcome = iota // the stream has ended
	later                  // it could not be looked now
	nothing                // nothing has happened
	news                   // an answer
)

// event runs the operation of one event.
func (s *streamed) event(base context.Context) (*graphql.Response, outcome) {
	ctx, cancel := context.WithTimeout(operation.WithStream(base, s.stream), s.streams.Within)
	defer cancel()
	ctx, err := s.streams.Again(ctx, s.r)
	if err != nil {
		return nil, s.over(ctx, s.exec.DispatchError(ctx, gqlerror.List{present.Request(err)}))
	}
	if s.admit != nil {
		release, admitted := s.admit()
		if !admitted {
			return nil, later
		}
		defer release()
	}
	params := *s.params
	params.ReadTime = graphql.TraceTiming{Start: graphql.Now(), End: graphql.Now()}
	oc, refused := s.exec.CreateOperationContext(ctx, &params)
	if refused != nil {
		return nil, s.over(ctx, s.exec.DispatchError(graphql.WithOperationContext(ctx, oc), refused))
	}
	request.From(ctx).SetOperation(string(oc.Operation.Operation))
	answers, ctx := s.exec.DispatchOperation(ctx, oc)
	answer := answers(ctx)
	switch {
	case answer == nil:
		return nil, nothing
	case len(answer.Errors) == 0:
		return answer, news
	}
	// What changed under it, or a part that does not answer, is looked at again.
	switch code, _ := answer.Errors[0].Extensions["code"].(string); code {
	case errs.Changed.Code(), errs.Unavailable.Code():
		return nil, later
	}
	return nil, s.over(ctx, answer)
}

// over ends the stream with an error: as the answer, where nothing was sent yet.
func (s *streamed) over(ctx context.Context, answer *graphql.Response) outcome {
	if s.open {
		_ = s.next(answer) && s.end()
	} else {
		transport.Write(ctx, s.w, http.StatusOK, answer)
	}
	return over
}

// opened writes the head of the stream once.
func (s *streamed) opened() bool {
	if s.open {
		return true
	}
	s.open = true
	if s.streams.Leave != nil {
		s.streams.Leave(s.r.Context())
	}
	h := s.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	s.w.WriteHeader(http.StatusOK)
	return s.say(": open\n\n")
}

// next sends an answer. Its id is where Last-Event-ID goes on.
func (s *streamed) next(answer *graphql.Response) bool {
	raw, err := json.Marshal(answer)
	if err != nil {
		return false
	}
	id := s.stream.Sent()
	text := "event: next\ndata: " + string(raw) + "\n\n"
	if id != "" {
		text = "id: " + id + "\n" + text
	}
	return s.say(text)
}

func (s *streamed) end() bool { return s.say("event: complete\ndata:\n\n") }

// say writes and flushes; each write has a time of its own.
func (s *streamed) say(text string) bool {
	c := http.NewResponseController(s.w)
	_ = c.SetWriteDeadline(time.Now().Add(s.streams.Within)) // where it cannot be set, the server's own holds
	if _, err := io.WriteString(s.w, text); err != nil {
		return false
	}
	return c.Flush() == nil
}
