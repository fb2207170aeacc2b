package operator

import (
	"io"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
	"github.com/sala-exchange/sala/services/apply"
)

// TestDeletionIsRefused: the object of an agency that is there cannot be deleted, and says
// what to do; without the policy of the API server the finalizer keeps it. Nobody's access
// ends by a deletion.
func TestDeletionIsRefused(t *testing.T) {
	e := founded(t).operate()
	shipped(t, e.cluster, false, "admission", "agency-deletion.yaml")
	a := e.onboard(e.manifest("a04", "SHELTER", ""))
	e.join("a04", e.invitation("a04"))
	end := time.Now().Add(20 * time.Second)
	for { // the API server takes a policy up within seconds
		err := e.cluster.Delete(t.Context(), a, client.DryRunAll)
		if err != nil {
			if !strings.Contains(err.Error(), "the agency is there (ACTIVE): set spec.state to OFFBOARDING") {
				t.Fatal(err)
			}
			break
		}
		if time.Now().After(end) {
			t.Fatal("the policy refuses nothing")
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// TestFinalizerKeeps: without the policy of the API server the finalizer keeps the object
// of an agency that is there.
func TestFinalizerKeeps(t *testing.T) {
	e := founded(t).operate()
	a := e.onboard(e.manifest("a05", "SHELTER", ""))
	e.join("a05", e.invitation("a05"))
	if err := e.cluster.Delete(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	e.until(a, "kept", func() bool { return is(a, "Stalled", "AgencyIsThere") })
	if err := e.asks("a05", "admin"); err != nil {
		t.Errorf("a deletion ended access: %v", err)
	}
}

// TestDeparture: each step is a condition; the operator proposes it, ends sharing once it
// is approved, and stops before what other agencies have to agree to. When the agency has
// left, the object can be deleted, and nothing of it is left in the cluster.
func TestDeparture(t *testing.T) {
	e := founded(t).operate()
	shipped(t, e.cluster, false, "admission", "agency-deletion.yaml")
	a := e.onboard(e.manifest("a06", "SHELTER", ""))
	e.join("a06", e.invitation("a06"))
	e.set(a, `{"state":"OFFBOARDING"}`)
	e.until(a, "waiting for two", func() bool { return is(a, "Ready", "Waiting") && strings.Contains(a.Status.WaitsFor, "two people") })
	if a.Status.State != "ACTIVE" {
		t.Errorf("the operator alone sent an agency away: %s", a.Status.State)
	}
	e.approve("lwu")
	e.approve("atd")
	e.until(a, "sharing ended", func() bool { return is(a, "HandedOver", "Done") && is(a, "SharingEnded", "Done") })
	if !is(a, "Departed", "Waiting") || !strings.Contains(a.Status.WaitsFor, "fetches its export") {
		t.Errorf("the status: %+v", a.Status)
	}
	e.export("a06")
	e.lost(a)
	asked := reconciled(t)
	for reconciled(t) < asked+3 { // the operator looks again, several times
		time.Sleep(50 * time.Millisecond)
	}
	if d := e.shared("lwu", "a06"); d.AgreementsEndedOn == nil || d.DeletionDueOn != nil {
		t.Fatalf("the operator agreed to the deletion: %+v", d)
	}
	d := e.advance("lwu", "a06")
	if d.Waiting != "objection" || d.KeysDestroyedOn != nil {
		t.Fatalf("a person's is the first agreement to the deletion: %+v", d)
	}
	e.api.Advance(73 * time.Hour)
	for d.EndedOn == nil {
		d = e.advance("lwu", "a06")
	}
	e.until(a, "departed", func() bool { return is(a, "Departed", "Done") && is(a, "Ready", "Done") && a.Status.State == "ENDED" })
	if err := e.cluster.Delete(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	e.gone(a)
	var left corev1.SecretList
	if err := e.cluster.List(t.Context(), &left, client.MatchingLabels{"sala.exchange/agency": "a06"}); err != nil || len(left.Items) != 0 {
		t.Errorf("%d Secrets are left: %v", len(left.Items), err)
	}
}

// lost takes the status of an object away, as a cluster that is restored has it.
func (e *exchange) lost(a *v1alpha1.Agency) {
	e.t.Helper()
	err := e.cluster.Status().Patch(e.t.Context(), a, client.RawPatch("application/merge-patch+json", []byte(`{"status":{"conditions":null,"state":null,"waitsFor":null,"proposed":null}}`)))
	if err != nil {
		e.t.Fatal(err)
	}
	e.until(a, "said again", func() bool { return is(a, "SharingEnded", "Done") })
}

// export fetches what an agency contributed, and says that it keeps it.
func (e *exchange) export(code string) {
	e.t.Helper()
	c := e.as(code, "admin")
	key, err := age.GenerateX25519Identity()
	if err != nil {
		e.t.Fatal(err)
	}
	if _, err := apply.StartOffboarding(e.t.Context(), c, code, apply.Start{ExportTo: key.Recipient().String()}); err != nil {
		e.t.Fatal(err)
	}
	got, err := apply.Fetch(e.t.Context(), c, code, io.Discard)
	if err == nil {
		err = apply.Confirm(e.t.Context(), c, code, got.Digest)
	}
	if err != nil {
		e.t.Fatal(err)
	}
}

// shared looks at a departure without agreeing to anything.
func (e *exchange) shared(by, code string) *apply.Departure {
	e.t.Helper()
	seen, err := apply.Look(e.t.Context(), e.as(by, "platform"))
	if err != nil {
		e.t.Fatal(err)
	}
	d, err := seen.EndSharing(e.t.Context(), code)
	if err != nil {
		e.t.Fatal(err)
	}
	return d
}

// advance takes a departure further as a person of another agency.
func (e *exchange) advance(by, code string) *apply.Departure {
	e.t.Helper()
	d, err := apply.Offboard(e.t.Context(), e.as(by, "platform"), code)
	if err != nil {
		e.t.Fatal(err)
	}
	return d
}
