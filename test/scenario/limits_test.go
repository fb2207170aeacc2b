package scenario

import (
	"errors"
	"net/http"
	"testing"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/exchange/client"
	"github.com/sala-exchange/sala/test/world"
)

// TestLimits: an agency's members together ask no more than its limits let them, from
// the request on after who administers the platform has set them; another agency's
// members are not held up.
func TestLimits(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		ask := func(code, subject string) error {
			_, err := s.Client(code, subject).Do(t.Context(), `{ me { id } }`, nil, nil)
			return err
		}
		limit := func(perMinute int) {
			t.Helper()
			_, err := s.Client("atd", "platform").Do(t.Context(), `mutation($id: ID!, $n: Int!) {
				updateAgency(agencyID: $id, input: {settings: {requestsPerMinute: $n}}) { userErrors { code } } }`,
				map[string]any{"id": w.Agencies["lwu"].ID, "n": perMinute}, nil)
			if err != nil {
				t.Fatal(err)
			}
		}
		for range 5 {
			if err := ask("lwu", "worker"); err != nil {
				t.Fatalf("without a limit: %v", err)
			}
		}
		limit(3)
		for i, subject := range []string{"worker", "colleague", "admin", "worker", "auditor"} {
			err := ask("lwu", subject)
			var f *client.Failure
			if limited := errors.As(err, &f) && f.Kind() == errs.Limited && f.Status == http.StatusTooManyRequests; limited != (i >= 3) {
				t.Errorf("request %d of a limit of 3: %v", i+1, err)
			}
		}
		if err := ask("ngo", "worker"); err != nil {
			t.Errorf("another agency: %v", err)
		}
		limit(4) // another limit begins anew
		if err := ask("lwu", "worker"); err != nil {
			t.Errorf("after the limit was raised: %v", err)
		}
	})
}
