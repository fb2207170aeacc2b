package operator

import (
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
	"github.com/sala-exchange/sala/services/apply"
)

// invitation reads the Secret of an agency's first administrator.
func (e *exchange) invitation(code string) string {
	e.t.Helper()
	var s corev1.Secret
	if err := e.cluster.Get(e.t.Context(), client.ObjectKey{Namespace: namespace, Name: "sala-invitation-" + code}, &s); err != nil {
		e.t.Fatal(err)
	}
	return string(s.Data["invitation"])
}

// asks runs a query that every member may.
func (e *exchange) asks(code, subject string) error {
	_, err := e.as(code, subject).Do(e.t.Context(), `{ me { agency { id code } roles } }`, nil, nil)
	return err
}

// onboard brings an agency in by its object and both approvals.
func (e *exchange) onboard(manifest string) *v1alpha1.Agency {
	e.t.Helper()
	a := e.kubectl(manifest)
	e.until(a, "waiting for two", func() bool { return is(a, "Ready", "Waiting") && strings.Contains(a.Status.WaitsFor, "two people") })
	e.approve("lwu")
	e.until(a, "waiting for another", func() bool { return strings.Contains(a.Status.WaitsFor, "another agency") })
	e.approve("atd")
	e.until(a, "ready", func() bool { return is(a, "Ready", "AsDeclared") })
	return a
}

// set changes the spec of an object.
func (e *exchange) set(a *v1alpha1.Agency, spec string) {
	e.t.Helper()
	if err := e.cluster.Patch(e.t.Context(), a, client.RawPatch("application/merge-patch+json", []byte(`{"spec":`+spec+`}`))); err != nil {
		e.t.Fatal(err)
	}
}

// TestAgencyIsOnboarded: from the object to the agency's first query, with two people's
// approvals through the API and nobody else's; then drift, suspension and resumption.
func TestAgencyIsOnboarded(t *testing.T) {
	e := founded(t).operate()
	begun := time.Now()
	a := e.onboard(e.manifest("ngo", "NGO", "  limits: {requestsPerMinute: 900}\n"))
	if !is(a, "Approved", "Done") || !is(a, "AdministratorInvited", "Done") || a.Status.State != "ACTIVE" || a.Status.WaitsFor != "" {
		t.Errorf("the status: %+v", a.Status)
	}
	secret := e.invitation("ngo")
	e.join("ngo", secret)
	if err := e.asks("ngo", "admin"); err != nil {
		t.Fatal(err)
	}
	t.Logf("from the object to the first query: %.1f s", time.Since(begun).Seconds())
	e.drift(a)
	e.suspension(a)
	e.canaries(secret)
}

// drift: what somebody changed at the API alone is as declared again.
func (e *exchange) drift(a *v1alpha1.Agency) {
	e.t.Helper()
	e.limit(a.Name, 901)
	end := time.Now().Add(20 * time.Second)
	for e.limit(a.Name, 0) != 900 {
		if time.Now().After(end) {
			e.t.Fatalf("drift stays: %+v\n%s", a.Status, e.log)
		}
		time.Sleep(50 * time.Millisecond)
	}
	e.set(a, `{"displayName":"Another name","retention":{"closedCases":24}}`)
	e.until(a, "left to its administrator", func() bool {
		c := meta.FindStatusCondition(a.Status.Conditions, "Ready")
		return is(a, "Ready", "Waiting") && strings.Contains(a.Status.WaitsFor, "the agency's own administrator") && strings.Contains(c.Message, "displayName, retention.closedCases")
	})
	e.set(a, `{"displayName":"Agency ngo","retention":null}`)
	e.until(a, "ready again", func() bool { return is(a, "Ready", "AsDeclared") })
}

// limit sets the requests a minute of an agency, where n is not 0, and returns them.
func (e *exchange) limit(code string, n int) int {
	e.t.Helper()
	var out struct {
		Agencies struct {
			Edges []struct {
				Node struct {
					ID, Code          string
					RequestsPerMinute int
				}
			}
		}
	}
	c := e.as("lwu", "platform")
	if _, err := c.Do(e.t.Context(), `{ agencies(first: 50) { edges { node { id code requestsPerMinute } } } }`, nil, &out); err != nil {
		e.t.Fatal(err)
	}
	for _, edge := range out.Agencies.Edges {
		if edge.Node.Code != code {
			continue
		}
		if n > 0 {
			_, err := c.Do(e.t.Context(), `mutation($id: ID!, $n: Int!) { updateAgency(agencyID: $id, input: {settings: {requestsPerMinute: $n}}) { userErrors { message } } }`,
				map[string]any{"id": edge.Node.ID, "n": n}, nil)
			if err != nil {
				e.t.Fatal(err)
			}
		}
		return edge.Node.RequestsPerMinute
	}
	e.t.Fatalf("no agency %s", code)
	return 0
}

// suspension: one person cuts access off within 5 seconds; two let it in again.
func (e *exchange) suspension(a *v1alpha1.Agency) {
	e.t.Helper()
	begun := time.Now()
	e.set(a, `{"state":"SUSPENDED"}`)
	for e.asks(a.Name, "admin") == nil {
		if time.Since(begun) > 5*time.Second {
			e.t.Fatalf("a suspended agency is let in: %+v\n%s", a.Status, e.log)
		}
		time.Sleep(20 * time.Millisecond)
	}
	e.t.Logf("suspended in %.2f s", time.Since(begun).Seconds())
	e.until(a, "suspended as declared", func() bool { return is(a, "Ready", "AsDeclared") && a.Status.State == "SUSPENDED" })
	e.set(a, `{"state":"ACTIVE"}`)
	e.until(a, "waiting for two", func() bool { return strings.Contains(a.Status.WaitsFor, "two people") })
	if e.asks(a.Name, "admin") == nil {
		e.t.Error("the operator alone let a suspended agency in")
	}
	e.approve("lwu")
	e.approve("atd")
	e.until(a, "active", func() bool { return is(a, "Ready", "AsDeclared") && a.Status.State == "ACTIVE" })
	if err := e.asks(a.Name, "admin"); err != nil {
		e.t.Error(err)
	}
}

// canaries: the invitation and the members' subjects are in no object but the Secret, no
// event and no log.
func (e *exchange) canaries(secret string) {
	e.t.Helper()
	var agencies v1alpha1.AgencyList
	var events eventsv1.EventList
	for _, list := range []client.ObjectList{&agencies, &events} {
		if err := e.cluster.List(e.t.Context(), list); err != nil {
			e.t.Fatal(err)
		}
	}
	if len(events.Items) == 0 {
		e.t.Error("no event tells what was done")
	}
	for where, text := range map[string]string{"the objects": fmt.Sprintf("%+v", agencies), "the events": fmt.Sprintf("%+v", events), "the log": e.log.String()} {
		for _, canary := range []string{secret, `"admin"`, "platform\"", "auditor", "eyJ"} {
			if canary == "" || strings.Contains(text, canary) {
				e.t.Errorf("%s hold %.12q", where, canary)
			}
		}
	}
}

// TestProposalIsTakenBack: an object that is deleted before two people approved takes its
// proposal back, and nothing is left.
func TestProposalIsTakenBack(t *testing.T) {
	e := founded(t).operate()
	a := e.kubectl(e.manifest("a01", "NGO", ""))
	e.until(a, "proposed", func() bool { return is(a, "Approved", "Waiting") && a.Status.Proposed })
	if err := e.cluster.Delete(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	e.gone(a)
	open, err := apply.Proposals(t.Context(), e.as("lwu", "platform"))
	if err != nil || len(open) != 0 {
		t.Errorf("%d proposals are left: %v", len(open), err)
	}
}

// TestProposalOfAFormerSpecIsTakenBack: the same of what the object said before it changed.
func TestProposalOfAFormerSpecIsTakenBack(t *testing.T) {
	e := founded(t).operate()
	a := e.kubectl(e.manifest("a01", "NGO", ""))
	e.until(a, "proposed", func() bool { return is(a, "Approved", "Waiting") && len(a.Status.Proposals) == 1 })
	e.set(a, `{"displayName":"Another name"}`)
	e.until(a, "told that another stands", func() bool { return is(a, "Ready", "Refused") && is(a, "Approved", "Refused") })
	if err := e.cluster.Delete(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	e.gone(a)
	if n := e.refuseAll(); n != 0 {
		t.Errorf("%d proposals are left", n)
	}
}

// TestProposalOfAPerson: what a person proposed the operator does not refuse. The object
// that is deleted says for whom it waits, and goes once that person has refused it.
func TestProposalOfAPerson(t *testing.T) {
	e := founded(t)
	manifest := e.manifest("a02", "NGO", "")
	docs, err := v1alpha1.Decode("a02.yaml", []byte(manifest))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := apply.Make(t.Context(), e.as("atd", "platform"), docs)
	if err != nil {
		t.Fatal(err)
	}
	if err := plan.Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	e.operate()
	a := e.kubectl(manifest)
	e.until(a, "waiting for the second", func() bool {
		return strings.Contains(a.Status.WaitsFor, "another agency") && len(a.Status.Proposals) == 1
	})
	if err := e.cluster.Delete(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	e.until(a, "kept", func() bool { return is(a, "Ready", "Waiting") && a.Status.WaitsFor == apply.WaitsForRefusal })
	if c := meta.FindStatusCondition(a.Status.Conditions, "Ready"); !strings.Contains(c.Message, "sala proposal refuse "+a.Status.Proposals[0].ID) {
		t.Errorf("the message: %s", c.Message)
	}
	if n := e.refuseAll(); n != 1 {
		t.Fatalf("%d proposals", n)
	}
	e.gone(a)
}

// TestARefusalStays: what a person refused is not proposed again, however often the operator
// looks, before the object is changed.
func TestARefusalStays(t *testing.T) {
	e := founded(t).operate()
	a := e.kubectl(e.manifest("a03", "NGO", ""))
	e.until(a, "proposed", func() bool { return is(a, "Approved", "Waiting") })
	open := func() []apply.Proposal {
		t.Helper()
		open, err := apply.Proposals(t.Context(), e.as("atd", "platform"))
		if err != nil {
			t.Fatal(err)
		}
		return open
	}
	if err := apply.Decide(t.Context(), e.as("atd", "platform"), "refuse", open()[0].ID); err != nil {
		t.Fatal(err)
	}
	e.until(a, "told that it was refused", func() bool {
		return is(a, "Ready", "Refused") && is(a, "Approved", "Refused") && is(a, "Stalled", "Refused")
	})
	for asked := reconciled(t); reconciled(t) < asked+5; time.Sleep(50 * time.Millisecond) {
		if n := len(open()); n != 0 {
			t.Fatalf("%d proposals of what a person refused", n)
		}
	}
	e.set(a, `{"displayName":"Agency, by another name"}`)
	e.until(a, "proposed again", func() bool { return is(a, "Approved", "Waiting") })
	e.approve("lwu")
	e.approve("atd")
	e.until(a, "there", func() bool { return is(a, "Approved", "Done") })
}

// TestARefusedChangeStays: the same of a change of an agency that is there. What else its
// object says is done all the same.
func TestARefusedChangeStays(t *testing.T) {
	e := founded(t).operate()
	a := e.onboard(e.manifest("a04", "NGO", "  limits: {requestsPerMinute: 900}\n"))
	second := fmt.Sprintf(`{"signIn":{"issuers":[{"url":%q},{"url":"https://idp.example/second"}]}}`, e.api.Issuer("a04"))
	for _, one := range []struct{ what, change, other string }{
		{"networks", `{"allowedNetworks":["127.0.0.0/8"]}`, `{"allowedNetworks":null}`},
		{"sign-in", second, fmt.Sprintf(`{"signIn":{"issuers":[{"url":%q}]}}`, e.api.Issuer("a04"))},
		{"kind", `{"kind":"HEALTH"}`, `{"kind":"NGO"}`},
		{"departure", `{"state":"OFFBOARDING"}`, ""}, // which an object takes back no more
	} {
		e.set(a, one.change)
		e.refuse(a, one.what)
		if !is(a, "Approved", "Done") {
			t.Errorf("%s: an agency that is there is not approved: %+v", one.what, a.Status)
		}
		e.limit("a04", 901)
		e.eventually("still kept as declared: limits, "+one.what, func() bool { return e.limit("a04", 0) == 900 })
		e.set(a, `{"displayName":"Another name"}`)
		e.until(a, "proposed again: "+one.what, func() bool { return strings.Contains(a.Status.WaitsFor, "two people") })
		if one.other == "" {
			return
		}
		e.refuse(a, one.what)
		e.set(a, `{"displayName":"Agency a04"}`)
		e.until(a, "proposed a third time: "+one.what, func() bool { return strings.Contains(a.Status.WaitsFor, "two people") })
		e.set(a, one.other)
		e.refuseAll()
		e.until(a, "as declared", func() bool { return is(a, "Ready", "AsDeclared") && len(a.Status.Proposals) == 0 })
	}
}

// refuse refuses what an object waits for, and holds that it stays refused.
func (e *exchange) refuse(a *v1alpha1.Agency, what string) {
	e.t.Helper()
	e.until(a, "proposed: "+what, func() bool { return strings.Contains(a.Status.WaitsFor, "two people") && is(a, "Ready", "Waiting") })
	if n := e.refuseAll(); n != 1 {
		e.t.Fatalf("%s: %d proposals", what, n)
	}
	e.until(a, "told that it was refused: "+what, func() bool { return is(a, "Ready", "Refused") && is(a, "Stalled", "Refused") })
	if c := meta.FindStatusCondition(a.Status.Conditions, "Ready"); !strings.Contains(c.Message, "was refused") || !strings.Contains(c.Message, "change the object") {
		e.t.Errorf("%s: the message: %s", what, c.Message)
	}
	for asked := reconciled(e.t); reconciled(e.t) < asked+4; time.Sleep(50 * time.Millisecond) {
		open, err := apply.Proposals(e.t.Context(), e.as("atd", "platform"))
		if err != nil || len(open) != 0 {
			e.t.Fatalf("%s: %d proposals of what a person refused: %v", what, len(open), err)
		}
	}
}

// refuseAll refuses every open proposal, and counts them.
func (e *exchange) refuseAll() int {
	e.t.Helper()
	open, err := apply.Proposals(e.t.Context(), e.as("atd", "platform"))
	if err != nil {
		e.t.Fatal(err)
	}
	for _, p := range open {
		if err := apply.Decide(e.t.Context(), e.as("atd", "platform"), "refuse", p.ID); err != nil {
			e.t.Fatal(err)
		}
	}
	return len(open)
}

func (e *exchange) gone(a *v1alpha1.Agency) {
	e.t.Helper()
	end := time.Now().Add(20 * time.Second)
	for {
		err := e.cluster.Get(e.t.Context(), client.ObjectKeyFromObject(a), a)
		if client.IgnoreNotFound(err) != nil {
			e.t.Fatal(err)
		}
		if err != nil {
			return
		}
		if time.Now().After(end) {
			e.t.Fatalf("still there: %+v\n%s", a.Status, e.log)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// TestApiRefuses: what the API refuses is said as its object's, stalled, and not asked for
// in a loop; the others go on.
func TestApiRefuses(t *testing.T) {
	e := founded(t).operate()
	taken := e.kubectl(strings.Replace(e.manifest("a02", "NGO", ""), e.api.Issuer("a02"), e.api.Issuer("lwu"), 1))
	e.until(taken, "refused", func() bool { return is(taken, "Stalled", "Refused") && is(taken, "Ready", "Refused") })
	if c := meta.FindStatusCondition(taken.Status.Conditions, "Ready"); !strings.Contains(c.Message, "registered already") {
		t.Errorf("the message: %s", c.Message)
	}
	before := len(plane.Calls(t, account))
	e.onboard(e.manifest("a03", "HEALTH", ""))
	for first := reconciled(t); reconciled(t) < first+6; { // two objects, each several times
		time.Sleep(50 * time.Millisecond)
	}
	writes := 0
	for _, c := range plane.Calls(t, account)[before:] {
		if c.Verb == "patch" && c.Name == taken.Name {
			writes++
		}
	}
	if writes > 0 {
		t.Errorf("an object that stays as it is was written %d times", writes)
	}
}

// reconciled counts what the controllers of this process have reconciled.
func reconciled(t *testing.T) (n float64) {
	t.Helper()
	families, err := metrics.Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != "controller_runtime_reconcile_total" {
			continue
		}
		for _, m := range f.GetMetric() {
			n += m.GetCounter().GetValue()
		}
	}
	return n
}
