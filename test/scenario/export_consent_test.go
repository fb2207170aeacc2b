package scenario

import (
	"bytes"
	"testing"
	"time"

	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/exchange"
	"github.com/sala-exchange/sala/services/exchange/htcds"
	"github.com/sala-exchange/sala/test/world"
)

// TestExportedConsent: con_Consent is TRUE only while her own yes to the exporting
// agency's recording stands. A later no, an end, a typed basis and another agency's
// statement are none (C1, C4).
func TestExportedConsent(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		state := func(id string, more map[string]any, provisions ...any) {
			in := map[string]any{"caseID": id, "kind": "RECORDING", "interpretation": "NONE_NEEDED", "setting": "SAFE_PLACE", "provisions": provisions}
			for k, v := range more {
				in[k] = v
			}
			change(t, s, "lwu", "worker", `mutation Say($in: RecordConsentInput!) @purpose(of: ASSISTANCE) {
			  done: recordConsent(input: $in) { consent { id } userErrors { code message } } }`, map[string]any{"in": in})
		}
		says := func(decision string, categories ...string) map[string]any {
			return map[string]any{"decision": decision, "purposes": []any{"ASSISTANCE"}, "categories": categories}
		}
		all := []string{"IDENTITY", "CONTACT", "PROFILE", "TRAFFICKING", "NARRATIVE"}
		on := func(basis, interview string) map[string]any {
			in := newCase("Kanaree")
			rec := recording("ASSISTANCE")
			rec["basis"], rec["checks"] = basis, map[string]any{"toInterview": interview}
			in["recording"] = rec
			delete(in, "contacts")
			return in
		}
		cases := []struct {
			name, want string
			in         map[string]any
			then       func(id string)
		}{
			{"her yes", "TRUE", on("CONSENT", "UNKNOWN"), nil},
			{"a later no", "FALSE", on("CONSENT", "UNKNOWN"), func(id string) { state(id, nil, says("DENY", all...)) }},
			{"a later no to one category", "FALSE", on("CONSENT", "UNKNOWN"), func(id string) { state(id, nil, says("DENY", "NARRATIVE")) }},
			{"a no and a new yes", "TRUE", on("CONSENT", "UNKNOWN"), func(id string) {
				state(id, nil, says("DENY", all...))
				state(id, nil, says("PERMIT", all...))
			}},
			{"no, recorded after a yes on a typed basis", "FALSE", on("CONSENT", "UNKNOWN"), func(id string) {
				state(id, map[string]any{"basis": "PUBLIC_TASK", "checks": map[string]any{"toInterview": "NO"}}, says("PERMIT", all...))
			}},
			{"a typed basis without her answer", "", on("PUBLIC_TASK", "UNKNOWN"), nil},
			{"a typed basis after her no", "FALSE", on("PUBLIC_TASK", "NO"), nil},
			{"her yes after it", "TRUE", on("PUBLIC_TASK", "NO"), func(id string) { state(id, nil, says("PERMIT", all...)) }},
			{"a yes that ended", "", on("PUBLIC_TASK", "UNKNOWN"), func(id string) {
				p := says("PERMIT", all...)
				now := time.UnixMicro(w.Store.Now()).UTC()
				p["validUntil"] = now.Add(time.Hour).Format(time.RFC3339Nano)
				state(id, nil, p)
			}},
			{"a no that narrows an older yes, entered late", "TRUE", on("CONSENT", "UNKNOWN"), func(id string) {
				before := time.UnixMicro(w.Store.Now()).UTC().Add(-24 * time.Hour)
				state(id, map[string]any{"givenOn": before.Format(time.RFC3339Nano)}, says("DENY", all...))
			}},
		}
		for _, c := range cases {
			id := change(t, s, "lwu", "worker", register, map[string]any{"in": c.in})
			if c.then != nil {
				c.then(id)
			}
		}
		w.Advance(2 * time.Hour)
		var out bytes.Buffer
		wr, err := htcds.NewCSV(&out, valueset.CalendarGregorian, htcds.Template)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := exchange.Export(t.Context(), s.Client("lwu", "worker"), category.ForAssistance, wr); err != nil {
			t.Fatal(err)
		}
		got, err := htcds.Read(bytes.NewReader(out.Bytes()), int64(out.Len()), exchange.ReadOptions(valueset.CalendarGregorian))
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Rows) != len(cases) {
			t.Fatalf("%d rows of %d", len(got.Rows), len(cases))
		}
		for i, c := range cases {
			answer := ""
			if yes := got.Rows[i].Consent; yes != nil {
				answer = map[bool]string{true: "TRUE", false: "FALSE"}[*yes]
			}
			if answer != c.want {
				t.Errorf("%s: exported as %q, want %q", c.name, answer, c.want)
			}
		}
	})
}
