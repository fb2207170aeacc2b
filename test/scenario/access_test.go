package scenario

import (
	"context"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/services/onboarding"
	"github.com/sala-exchange/sala/test/world"
)

// TestWhoMaySeeIt: the owner is told which agencies may see its own rows, for what and
// on what basis; nobody else is told anything, and what is withheld is said in one way
// whether or not there is anything.
func TestWhoMaySeeIt(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		id := w.Register("lwu", "Kanaree")
		w.Share("lwu", id, "ngo", category.ForAssistance, category.Identity, category.Contact)
		told := func(agency string) (who []string, access map[string]string) {
			var a struct {
				Case struct {
					AccessibleBy []struct {
						Agency                   struct{ Code string }
						Category, Purpose, Basis string
					}
					Access []struct {
						Category, State string
						Reason          *string
					}
				}
			}
			as(s, agency, "worker").ask(`query($id: ID!) @purpose(of: ASSISTANCE) { case(id: $id) {
  accessibleBy { agency { code } category purpose basis } access { category state reason } } }`, map[string]any{"id": id}).into(t, &a)
			for _, b := range a.Case.AccessibleBy {
				who = append(who, b.Agency.Code+" "+b.Category+" "+b.Purpose+" "+b.Basis)
			}
			access = map[string]string{}
			for _, c := range a.Case.Access {
				access[c.Category] = c.State
				if (c.Reason != nil) != (c.State == "WITHHELD") || c.Reason != nil && *c.Reason != "NO_ACCESS_FOR_PURPOSE" {
					t.Errorf("%s: %s is %s for the reason %v", agency, c.Category, c.State, c.Reason)
				}
			}
			slices.Sort(who)
			return who, access
		}
		if who, _ := told("lwu"); len(who) != 0 {
			t.Errorf("before anybody was asked: %v", who)
		}
		w.Accept("ngo", category.ForAssistance, w.Refer("lwu", id, "ngo", category.ForAssistance, category.Identity, category.Contact))
		if who, access := told("lwu"); strings.Join(who, ", ") != "ngo CASE ASSISTANCE CONSENT_REFERRAL, ngo CONTACT ASSISTANCE CONSENT_REFERRAL, ngo IDENTITY ASSISTANCE CONSENT_REFERRAL" || access["NARRATIVE"] != "OPEN" {
			t.Errorf("the owner is told %v, %v", who, access)
		}
		who, access := told("ngo")
		if len(who) != 0 {
			t.Errorf("the receiver is told who else may see it: %v", who)
		}
		for _, c := range category.All() {
			want := "WITHHELD"
			if c == category.Case || c == category.Identity || c == category.Contact {
				want = "OPEN"
			}
			if access[string(c)] != want {
				t.Errorf("to the receiver %s is %s, want %s", c, access[string(c)], want)
			}
		}
		w.Must(w.As("lwu", category.ForAssistance), func(ctx context.Context, op *store.Op) error {
			return onboarding.SuspendAgreement(ctx, op, w.Agreements["lwu+ngo"])
		})
		if who, _ := told("lwu"); len(who) != 0 {
			t.Errorf("after the suspension: %v", who)
		}
	})
}

// TestGraphiQL: in development the page comes with everything that it loads; nothing
// is loaded from elsewhere. Otherwise there is none.
func TestGraphiQL(t *testing.T) {
	get := func(url string) (int, string) {
		res, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		raw, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(raw)
	}
	s := world.OnSQLite(t, world.Options{}).Serve(true)
	base := strings.TrimSuffix(s.URL, "/graphql")
	status, page := get(base + "/")
	loaded := regexp.MustCompile(`(?:src|href)="([^"]+)"`).FindAllStringSubmatch(page, -1)
	if status != 200 || !strings.Contains(page, "GraphiQL") || len(loaded) < 4 {
		t.Fatalf("the page: %d, %d things loaded", status, len(loaded))
	}
	for _, l := range loaded {
		if strings.HasPrefix(l[1], "data:") {
			continue
		}
		if status, body := get(base + l[1]); !strings.HasPrefix(l[1], "/graphiql/") || status != 200 || len(body) < 1000 {
			t.Errorf("%s: %d, %d bytes", l[1], status, len(body))
		}
	}
	closed := world.OnSQLite(t, world.Options{}).Serve(false)
	for _, path := range []string{"/", "/graphiql/graphiql.min.js"} {
		if status, _ := get(strings.TrimSuffix(closed.URL, "/graphql") + path); status != 404 {
			t.Errorf("without development %s: %d", path, status)
		}
	}
}
