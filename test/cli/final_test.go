package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sala-exchange/sala/test/proof/history"
	"github.com/sala-exchange/sala/test/world"
)

// TestWithdrawalIsFinalInTwoPrograms: two real programs on one PostgreSQL, asked over HTTP
// by the owner, who grants and withdraws through either, and by readers of the recipient:
// there is one order of all that they were answered in which nothing is shown after it was
// withdrawn (rules.md C8, threats.md 22). Which answers a checker finds out that finds any
// at all, test/proof/final_test.go shows.
func TestWithdrawalIsFinalInTwoPrograms(t *testing.T) {
	if testing.Short() {
		t.Skip("starts two programs")
	}
	server.Need(t)
	w := world.OnPostgres(t, server, world.Options{})
	s := w.Serve(false)
	flags := []string{"--database", w.AppURL, "--issuer", s.Issuer("ngo"), "--member-requests-per-minute", "0", "--member-concurrent-requests", "0"}
	c := &customer{t: t, s: s, at: []string{serving(t, s, flags...).api, serving(t, s, flags...).api}, agencies: map[string]string{"ngo": w.Agencies["ngo"].ID}}
	log := history.New()
	const cases, rounds, readers = 2, 6, 4
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var ids []string
	for i := range cases {
		ids = append(ids, c.register(ctx, i))
	}
	var writing, reading sync.WaitGroup
	for i := range readers {
		reading.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				id, from := ids[n%len(ids)], log.Now()
				got := c.ask(ctx, i+n, "ngo", `query @purpose(of: ASSISTANCE) { case(id: "`+id+`") { identities { names { text } } } }`)
				switch {
				case strings.Contains(got, "Canary"):
					log.Add(i, history.Act{Case: id, Kind: history.Shown}, from)
				case strings.Contains(got, `"case":null`):
					log.Add(i, history.Act{Case: id, Kind: history.Withheld}, from)
				}
			}
		})
	}
	for i, id := range ids {
		writing.Go(func() {
			for n := range rounds {
				from := log.Now()
				c.grant(ctx, i+n, id)
				log.Add(100+i, history.Act{Case: id, Kind: history.Grant}, from)
				shown := log.Count(history.Shown)
				for log.Count(history.Shown) < shown+readers && ctx.Err() == nil && log.Now() < from+10*time.Second {
					c.ask(ctx, n, "lwu", `query { me { id } }`) // readers come in between
				}
				from = log.Now()
				c.must(ctx, i+n+1, "lwu", fmt.Sprintf(`mutation @purpose(of: ASSISTANCE) { done: withdrawConsent(input: {caseID: %q, recipientID: %q, interpretation: NONE_NEEDED, setting: SAFE_PLACE}) { consent { id } userErrors { code } } }`, id, c.agencies["ngo"]))
				log.Add(100+i, history.Act{Case: id, Kind: history.Withdraw}, from)
			}
		})
	}
	writing.Wait()
	stop()
	reading.Wait()
	if holds, err := log.Holds(); err != nil || !holds {
		t.Errorf("there is no order in which each withdrawal is final: %v", err)
	}
	t.Logf("%d withdrawals, %d answers that show it and %d that do not", log.Count(history.Withdraw), log.Count(history.Shown), log.Count(history.Withheld))
	if log.Count(history.Shown) < cases*rounds || log.Count(history.Withheld) < cases*rounds {
		t.Error("too little was read: nothing was tested")
	}
}

// customer asks either program.
type customer struct {
	t        *testing.T
	s        *world.Server
	at       []string
	agencies map[string]string
}

// ask is a program's answer, empty where there is none.
func (c *customer) ask(ctx context.Context, at int, code, text string) string {
	body, _ := json.Marshal(map[string]any{"query": text})
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+c.at[at%len(c.at)]+"/graphql", strings.NewReader(string(body)))
	if err != nil {
		panic(err) // a plain address
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+c.s.Token(code, "worker"))
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return ""
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return ""
	}
	return string(raw)
}

// must is a change that has to be stored, asked again where another came first.
func (c *customer) must(ctx context.Context, at int, code, text string) (id string) {
	got := ""
	for range 20 {
		got = c.ask(ctx, at, code, text)
		if strings.Contains(got, `"userErrors":[]`) {
			_, id, _ = strings.Cut(got, `"id":"`)
			id, _, _ = strings.Cut(id, `"`)
			return id
		}
		if !strings.Contains(got, `"CONFLICT"`) && !strings.Contains(got, `"CHANGED"`) {
			break
		}
	}
	c.t.Errorf("a change was not stored: %.400s", got)
	return ""
}

func (c *customer) register(ctx context.Context, at int) string {
	return c.must(ctx, at, "lwu", `mutation @purpose(of: ASSISTANCE) { done: registerCase(input: {kind: PRESUMED_VICTIM, recording: {kind: RECORDING, interpretation: NONE_NEEDED, setting: SAFE_PLACE,
		provisions: [{decision: PERMIT, purposes: [ASSISTANCE], categories: [IDENTITY]}]},
		identity: {birthDate: "1994-05-17", ageBasis: DOCUMENT, names: [{text: "Canary Final", kind: LEGAL, script: LATIN}]}}) { case { id } userErrors { code message } } }`)
}

// grant has her consent recorded and a referral accepted.
func (c *customer) grant(ctx context.Context, at int, id string) {
	ngo := c.agencies["ngo"]
	c.must(ctx, at, "lwu", fmt.Sprintf(`mutation @purpose(of: ASSISTANCE) { done: recordConsent(input: {caseID: %q, kind: SHARING, interpretation: NONE_NEEDED, setting: SAFE_PLACE,
		provisions: [{decision: PERMIT, recipientID: %q, purposes: [ASSISTANCE], categories: [IDENTITY]}]}) { consent { id } userErrors { code message } } }`, id, ngo))
	ref := c.must(ctx, at+1, "lwu", fmt.Sprintf(`mutation @purpose(of: ASSISTANCE) { done: offerReferral(input: {caseID: %q, toID: %q, service: COUNSELLING, purpose: ASSISTANCE, categories: [IDENTITY],
		urgency: ROUTINE, replyBy: %q}) { referral { id } userErrors { code message } } }`, id, ngo, time.Now().Add(48*time.Hour).UTC().Format(time.RFC3339)))
	c.must(ctx, at, "ngo", fmt.Sprintf(`mutation @purpose(of: ASSISTANCE) { done: acceptReferral(input: {referralID: %q}) { referral { id } userErrors { code message } } }`, ref))
}
