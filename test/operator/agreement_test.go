package operator

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
	"github.com/sala-exchange/sala/services/apply"
)

const between = `apiVersion: sala.exchange/v1alpha1
kind: DataSharingAgreement
metadata: {name: ngo-iom}
spec:
  title: Shelter and return
  documentDigest: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
  parties: [{agency: ngo}, {agency: iom, controllerRole: PROCESSOR, focalPoint: Legal desk}]
  purposes: [ASSISTANCE, RETURN]
  categories: [IDENTITY, CONTACT]
  period: {from: 2026-01-01T00:00:00Z, until: 2028-01-01T00:00:00Z}
  obligations: {retentionDays: 365, onwardSharing: ASK}
`

// agreement waits for an agreement to be so.
func (e *exchange) agreement(what string, is func(*v1alpha1.DataSharingAgreement) bool) *v1alpha1.DataSharingAgreement {
	e.t.Helper()
	d := &v1alpha1.DataSharingAgreement{}
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if err := e.cluster.Get(e.t.Context(), client.ObjectKey{Name: "ngo-iom"}, d); err != nil {
			e.t.Fatal(err)
		}
		if is(d) {
			return d
		}
	}
	e.t.Fatalf("not %s: %+v\n%s", what, d.Status, e.log)
	return nil
}

// TestAgreement: it waits for its parties, is proposed once they are there, and is in force
// once each has signed through the API, the operator for none (D6).
func TestAgreement(t *testing.T) {
	e := founded(t).operate()
	u := object(t, between)
	if err := e.cluster.Create(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.cluster.Delete(t.Context(), u) }()
	e.agreement("waiting for its parties", func(d *v1alpha1.DataSharingAgreement) bool {
		return strings.Contains(d.Status.WaitsFor, "the onboarding of iom, ngo")
	})
	for code, kind := range map[string]string{"ngo": "NGO", "iom": "INTERNATIONAL_ORGANISATION"} {
		e.onboard(e.manifest(code, kind, ""))
		e.join(code, e.invitation(code))
	}
	for i, code := range []string{"ngo", "iom"} {
		waits := []string{"the signature of iom, ngo", "the signature of iom"}[i]
		d := e.agreement("waiting for a signature", func(d *v1alpha1.DataSharingAgreement) bool { return d.Status.WaitsFor == waits })
		if got := conditionsOf(d); got != "InForce=False Ready=False Reconciling=True" {
			t.Errorf("with %d signatures: %s", i, got)
		}
		if err := apply.OfAgreement(t.Context(), e.as(code, "admin"), "sign", "ngo-iom"); err != nil {
			t.Fatal(err)
		}
	}
	d := e.agreement("in force", func(d *v1alpha1.DataSharingAgreement) bool { return d.Status.WaitsFor == "" })
	if got := conditionsOf(d); got != "InForce=True Ready=True" || len(d.Status.Signatures) != 2 || d.Status.Signatures[0].SignedOn == nil {
		t.Errorf("%s %+v", got, d.Status)
	}
	var signed struct {
		Agreements struct {
			Edges []struct {
				Node struct{ DocumentDigest string }
			}
		}
	}
	if _, err := e.as("iom", "admin").Do(t.Context(), `{ agreements(first: 5) { edges { node { id documentDigest } } } }`, nil, &signed); err != nil {
		t.Fatal(err)
	}
	if all := signed.Agreements.Edges; len(all) != 1 || all[0].Node.DocumentDigest != "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" {
		t.Errorf("what the parties signed: %+v", signed)
	}
	// A party suspends it: nothing flows, and who or why is told to nobody here (C8).
	if err := apply.OfAgreement(t.Context(), e.as("ngo", "admin"), "suspend", "ngo-iom"); err != nil {
		t.Fatal(err)
	}
	d = e.agreement("suspended", func(d *v1alpha1.DataSharingAgreement) bool { return conditionsOf(d) == "InForce=False Ready=True" })
	for _, c := range d.Status.Conditions {
		if strings.Contains(c.Message, "suspend") || strings.Contains(c.Message, "ngo") {
			t.Errorf("it tells why access ended: %s", c.Message)
		}
	}
	if err := apply.OfAgreement(t.Context(), e.as("iom", "admin"), "end", "ngo-iom"); err != nil {
		t.Fatal(err)
	}
	e.agreement("ended", func(d *v1alpha1.DataSharingAgreement) bool { return strings.Contains(conditionsOf(d), "Stalled=True") })
}

func conditionsOf(d *v1alpha1.DataSharingAgreement) string {
	var out []string
	for _, kind := range []string{"InForce", "Ready", "Reconciling", "Stalled"} {
		for _, c := range d.Status.Conditions {
			if c.Type == kind {
				out = append(out, fmt.Sprintf("%s=%s", c.Type, c.Status))
			}
		}
	}
	return strings.Join(out, " ")
}
