package graph_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/graph"
	"github.com/sala-exchange/sala/graph/operation"
	"github.com/sala-exchange/sala/internal/logline"
	told "github.com/sala-exchange/sala/internal/request"
	"github.com/sala-exchange/sala/internal/viewer"
	"github.com/sala-exchange/sala/policy"
	"github.com/sala-exchange/sala/services/api"
	"github.com/sala-exchange/sala/test/world"
)

// faulty is the real desk, whose operations panic in the middle of a resolver.
type faulty struct{ *api.Desk }

const spoken = "Kanaree Phommachanh"

func (f faulty) Begin(ctx context.Context, s rule.Scope, readOnly bool) (context.Context, *store.Op, error) {
	ctx, op, err := f.Desk.Begin(ctx, s, readOnly)
	if err == nil {
		op.Intercept(ent.InterceptFunc(func(ent.Querier) ent.Querier {
			return ent.QuerierFunc(func(context.Context, ent.Query) (ent.Value, error) { panic(spoken) })
		}))
	}
	return ctx, op, err
}

// TestAResolverPanics: an internal error with the request's id and no data, one line of
// the log with the functions and without the value, and a next request that is answered.
func TestAResolverPanics(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		p, err := policy.Embedded()
		if err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		before := slog.Default()
		t.Cleanup(func() { slog.SetDefault(before) })
		slog.SetDefault(logline.New(&log, slog.LevelDebug))
		ask := func(d operation.Desk) (string, *told.Note) {
			h, err := graph.NewHandler(graph.Config{Desk: d, CursorKey: make([]byte, 32)})
			if err != nil {
				t.Fatal(err)
			}
			a := w.Agencies["lwu"]
			note := told.New("")
			ctx := viewer.NewContext(told.NewContext(t.Context(), note), &viewer.Viewer{Agency: a.ID, AgencyKind: "UNION", AgencyActive: true,
				Member: a.Worker, Roles: []viewer.Role{viewer.CaseWorker}})
			r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/graphql", strings.NewReader(`{"query":"{ me { id agency { code } } }"}`))
			r.Header.Set("Content-Type", "application/json")
			answer := httptest.NewRecorder()
			h.ServeHTTP(answer, r)
			return answer.Body.String(), note
		}
		body, note := ask(faulty{api.NewDesk(w.Store, p)})
		if !strings.Contains(body, `"code":"INTERNAL"`) || !strings.Contains(body, `"requestId":"`+note.ID()+`"`) || strings.Contains(body, spoken) || !strings.Contains(body, `"data":null`) {
			t.Errorf("the answer: %s", body)
		}
		if got := note.Facts(); got.Outcome != "INTERNAL" || got.Operation != "query" {
			t.Errorf("the note: %v", got)
		}
		if l := log.String(); !strings.Contains(l, `"request":"`+note.ID()+`"`) || !strings.Contains(l, "panic_test.go") || strings.Contains(l, spoken) {
			t.Errorf("the log: %s", l)
		}
		if body, note := ask(api.NewDesk(w.Store, p)); !strings.Contains(body, `"code":"lwu"`) || note.Facts().Outcome != "OK" {
			t.Errorf("the next request: %s", body)
		}
	})
}
