package operator

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	eventsv1 "k8s.io/api/events/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
	"github.com/sala-exchange/sala/services/apply"
)

// allowed is what an agency's networks are at the API; set changes them, as its own
// administrator does.
func (e *exchange) allowed(code string, set ...string) []string {
	e.t.Helper()
	var out struct {
		Agencies struct {
			Edges []struct {
				Node struct {
					ID, Code        string
					AllowedNetworks []string
				}
			}
		}
	}
	if _, err := e.as("lwu", "platform").Do(e.t.Context(), `{ agencies(first: 50) { edges { node { id code allowedNetworks } } } }`, nil, &out); err != nil {
		e.t.Fatal(err)
	}
	for _, edge := range out.Agencies.Edges {
		if edge.Node.Code != code {
			continue
		}
		if len(set) > 0 {
			var done struct {
				ProposeSignIn struct{ UserErrors []struct{ Message string } }
			}
			_, err := e.as(code, "admin").Do(e.t.Context(), `mutation($id: ID!, $n: [String!]) { proposeSignIn(agencyID: $id, input: {allowedNetworks: $n}) { userErrors { message } } }`,
				map[string]any{"id": edge.Node.ID, "n": set}, &done)
			if err != nil || len(done.ProposeSignIn.UserErrors) > 0 {
				e.t.Fatalf("%v %v", err, done)
			}
			e.reload()
		}
		return edge.Node.AllowedNetworks
	}
	e.t.Fatalf("no agency %s", code)
	return nil
}

// bothApprove waits until the operator has proposed, and gives both yes: it gives none.
func (e *exchange) bothApprove(a *v1alpha1.Agency, before []string) {
	e.t.Helper()
	e.until(a, "waiting for two", func() bool { return is(a, "Ready", "Waiting") && strings.Contains(a.Status.WaitsFor, "two people") })
	if now := e.allowed(a.Name); !slices.Equal(now, before) {
		e.t.Errorf("the operator alone changed the networks: %v, before %v", now, before)
	}
	e.approve("lwu")
	e.approve("atd")
	e.until(a, "ready", func() bool { return is(a, "Ready", "AsDeclared") })
}

// TestNetworksOfAnAgency: from the object to the API by two people's yes; what differs
// later is proposed again, left alone where the object says nothing, and never widened by
// the operator itself.
func TestNetworksOfAnAgency(t *testing.T) {
	e := founded(t).operate()
	here, both := []string{"127.0.0.0/8"}, []string{"127.0.0.0/8", "::1/128"}
	a := e.onboard(e.manifest("ngo", "NGO", "  allowedNetworks: [\"::1/128\", 127.0.0.0/8]\n"))
	if got := e.allowed("ngo"); !slices.Equal(got, both) {
		t.Fatalf("onboarded with %v", got)
	}
	e.join("ngo", e.invitation("ngo"))

	e.allowed("ngo", here...) // drift, by its own administrator
	e.bothApprove(a, here)
	if got := e.allowed("ngo"); !slices.Equal(got, both) {
		t.Errorf("drift stays: %v", got)
	}

	e.set(a, `{"allowedNetworks":null}`)
	e.allowed("ngo", here...)
	e.until(a, "left alone", func() bool { return is(a, "Ready", "AsDeclared") && a.Status.ObservedGeneration == a.Generation })
	if open, err := apply.Proposals(t.Context(), e.as("lwu", "platform")); err != nil || len(open) != 0 {
		t.Errorf("where the object says nothing: %d proposals, %v", len(open), err)
	}

	e.set(a, `{"allowedNetworks":[]}`) // another than nothing: from anywhere
	e.bothApprove(a, here)
	if got := e.allowed("ngo"); got == nil || len(got) != 0 {
		t.Errorf("from anywhere: %v", got)
	}

	e.set(a, `{"allowedNetworks":["192.0.2.0/24"]}`)
	e.bothApprove(a, []string{})
	if e.asks("ngo", "admin") == nil {
		t.Error("a member is let in from another network")
	}
	var events eventsv1.EventList
	if err := e.cluster.List(t.Context(), &events, client.InNamespace("default")); err != nil {
		t.Fatal(err)
	}
	for where, text := range map[string]string{"the status": fmt.Sprintf("%+v", a.Status), "the events": fmt.Sprintf("%+v", events), "the log": e.log.String()} {
		for _, told := range []string{"192.0.2", "127.0.0.0/8"} {
			if strings.Contains(text, told) {
				t.Errorf("%s tell %s", where, told)
			}
		}
	}
}
