package graph_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/services/onboarding"
	"github.com/sala-exchange/sala/test/world"
)

// listener reads one event stream.
type listener struct {
	t      *testing.T
	status int
	events chan [2]string // id, and event with data
	stop   func()
}

// listen asks for events with a token, or with that of a member.
func listen(t *testing.T, s *world.Server, token, text, last string) *listener {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL, strings.NewReader(document(text, nil)))
	if err != nil {
		t.Fatal(err)
	}
	q.Header = http.Header{"Content-Type": {"application/json"}, "Accept": {"text/event-stream"}, "Authorization": {"Bearer " + token}}
	if last != "" {
		q.Header.Set("Last-Event-ID", last)
	}
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	l := &listener{t: t, status: a.StatusCode, events: make(chan [2]string, 100), stop: stop}
	t.Cleanup(stop)
	go func() {
		defer func() { _ = a.Body.Close() }()
		defer close(l.events)
		var id, event string
		for lines := bufio.NewScanner(a.Body); lines.Scan(); {
			switch name, value, _ := strings.Cut(lines.Text(), ": "); {
			case lines.Text() == "":
				if event != "" {
					l.events <- [2]string{id, event}
				}
				id, event = "", ""
			case name == "id":
				id = value
			case name == "event":
				event = value
			case name == "data" && value != "":
				event += " " + value
			case strings.HasPrefix(lines.Text(), "{"):
				event = lines.Text()
				l.events <- [2]string{"", event}
				event = ""
			}
		}
	}()
	return l
}

// next waits for an event; none is an empty one, once the stream has ended.
func (l *listener) next() [2]string {
	l.t.Helper()
	select {
	case e := <-l.events:
		return e
	case <-time.After(20 * time.Second):
		l.t.Fatal("no event came")
		return [2]string{}
	}
}

const (
	noticesNow   = `subscription { noticeAdded { kind subjectID } }`
	referralsNow = `subscription @purpose(of: ASSISTANCE) { referralChanged { id state service } }`
)

// TestEventsAsTheyHappen: a receiver is told of a referral when it is offered and when it
// is revoked, by events that are operations of their own; others are not; and a stream
// goes on where it broke off.
func TestEventsAsTheyHappen(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		id := w.Register("lwu", "Canary Streamed")
		w.Share("lwu", id, "ngo", category.ForAssistance, category.Identity, category.Profile)
		ngo, other := listen(t, s, s.Token("ngo", "worker"), referralsNow, ""), listen(t, s, s.Token("iom", "worker"), referralsNow, "")
		told := listen(t, s, s.Token("ngo", "worker"), noticesNow, "")
		if ngo.status != 200 || told.status != 200 {
			t.Fatalf("%d %d", ngo.status, told.status)
		}
		ref := w.Refer("lwu", id, "ngo", category.ForAssistance, category.Identity, category.Profile)
		first := ngo.next()
		if !strings.Contains(first[1], ref) || !strings.Contains(first[1], `"OFFERED"`) || !strings.HasPrefix(first[1], "next ") || first[0] == "" {
			t.Errorf("offered: %s", first)
		}
		if got := told.next(); !strings.Contains(got[1], `"REFERRAL_OFFERED"`) || !strings.Contains(got[1], ref) {
			t.Errorf("the notice: %s", got)
		}
		w.Must(w.As("lwu", category.ForAssistance), func(ctx context.Context, op *store.Op) error { return casework.RevokeReferral(ctx, op, ref) })
		if got := told.next(); !strings.Contains(got[1], ref) {
			t.Errorf("the second notice: %s", got)
		}
		second := ngo.next()
		if !strings.Contains(second[1], ref) || strings.Contains(second[1], "OFFERED") {
			t.Errorf("revoked: %s", second)
		}
		// Others were told nothing: the first event to them is their own.
		w.Share("lwu", id, "iom", category.ForAssistance, category.Identity, category.Profile)
		theirs := w.Refer("lwu", id, "iom", category.ForAssistance, category.Identity, category.Profile)
		if got := other.next(); !strings.Contains(got[1], theirs) {
			t.Errorf("to another agency: %s", got)
		}
		ngo.stop()
		// From behind the first event, the second comes again, and the first does not.
		again := listen(t, s, s.Token("ngo", "worker"), referralsNow, first[0])
		if got := again.next(); got != second {
			t.Errorf("behind the first event: %s, want %s", got, second)
		}
		third := w.Refer("lwu", id, "ngo", category.ForAssistance, category.Identity, category.Profile)
		if got := again.next(); !strings.Contains(got[1], third) {
			t.Errorf("after the second event: %s", got)
		}
	})
}

// TestAnEventThatIsStoredLate: a change that lasts writes its notice with the time at which
// it began, before others and before the stream; it is an event all the same, once.
func TestAnEventThatIsStoredLate(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		s, root := w.Serve(false), w.Root()
		tell := func(agency string, ago time.Duration) string {
			id := pubid.New("notice")
			if _, err := root.ExecContext(t.Context(), fmt.Sprintf("INSERT INTO notices (id, agency_id, kind, subject_id, holder_id, created_on) VALUES ('%s', '%s', 'AGREEMENT_IN_FORCE', '%s', '', %d)",
				id, w.Agencies[agency].ID, pubid.New("agreement"), w.Store.Now()-ago.Microseconds())); err != nil {
				t.Fatal(err)
			}
			return id
		}
		tell("lwu", 10*time.Minute) // was there before
		l := listen(t, s, s.Token("lwu", "admin"), `subscription { noticeAdded { id } }`, "")
		if l.status != 200 {
			t.Fatalf("%d", l.status)
		}
		for _, ago := range []time.Duration{0, 10 * time.Minute, 0} {
			id := tell("lwu", ago)
			if got := l.next(); !strings.Contains(got[1], id) {
				t.Errorf("%s, want %s", got, id)
			}
		}
	})
}

// TestAStreamEndsWithWhatItRestsOn: the account, the agency; before a stream opens a
// refusal is an ordinary answer.
func TestAStreamEndsWithWhatItRestsOn(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		for name, cut := range map[string]func(string){
			"the account is closed": func(code string) {
				w.Must(onboarding.Scope(), func(ctx context.Context, op *store.Op) error {
					return op.Member.UpdateOneID(w.Agencies[code].Worker).SetActive(false).Exec(ctx)
				})
			},
			"the agency is suspended": func(code string) { w.Shut(code) },
		} {
			code := map[string]string{"the account is closed": "ngo", "the agency is suspended": "iom"}[name]
			l := listen(t, s, s.Token(code, "worker"), noticesNow, "")
			if l.status != 200 {
				t.Fatalf("%s: %d", name, l.status)
			}
			cut(code)
			if got := l.next(); !strings.Contains(got[1], `"UNAUTHENTICATED"`) {
				if !strings.Contains(got[1], `"FORBIDDEN"`) {
					t.Errorf("%s: %s", name, got)
				}
			}
			if got := l.next(); got[1] != "complete" {
				t.Errorf("%s: then %s", name, got)
			}
			if got := l.next(); got[1] != "" {
				t.Errorf("%s: after its end %s", name, got)
			}
		}
	})
}

// TestStreamsAreBounded: of one member's there are so many; one that ended makes room.
func TestStreamsAreBounded(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		var open []*listener
		for range 3 {
			l := listen(t, s, s.Token("lwu", "worker"), noticesNow, "")
			if l.status != 200 {
				t.Fatalf("%d", l.status)
			}
			open = append(open, l)
		}
		if l := listen(t, s, s.Token("lwu", "worker"), noticesNow, ""); l.status != 429 {
			t.Errorf("a fourth stream: %d", l.status)
		}
		if l := listen(t, s, s.Token("lwu", "colleague"), noticesNow, ""); l.status != 200 {
			t.Errorf("a colleague's: %d", l.status)
		}
		open[0].stop()
		for until := time.Now().Add(20 * time.Second); listen(t, s, s.Token("lwu", "worker"), noticesNow, "").status != 200; {
			if time.Now().After(until) {
				t.Fatal("a stream that ended keeps its place")
			}
		}
		// Without asking for events, with two kinds, without a purpose, for another kind of
		// agency: an ordinary refusal.
		for text, code := range map[string]string{
			`subscription { noticeAdded { id } referralChanged { id } }`: "",
			`subscription { referralChanged { id } }`:                    "INVALID",
			`subscription { nothing { id } }`:                            "",
		} {
			got := listen(t, s, s.Token("lwu", "supervisor"), text, "").next()
			var e struct {
				Errors []struct{ Extensions struct{ Code string } }
			}
			if json.Unmarshal([]byte(got[1]), &e) != nil || len(e.Errors) == 0 || code != "" && e.Errors[0].Extensions.Code != code {
				t.Errorf("%s: %s", text, got)
			}
		}
		if got := send(t, s, request{body: document(noticesNow, nil)}); got.code != "INVALID" || !strings.Contains(got.body, "text/event-stream") {
			t.Errorf("without Accept: %d %s", got.status, got.body)
		}
	})
}
