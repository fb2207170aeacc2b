package cluster

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
	"github.com/sala-exchange/sala/services/demo"
	"github.com/sala-exchange/sala/test/cluster/visitor/result"
)

// TestOnACluster goes from two charts to agencies at work, through what happens to a
// cluster, to an agency's departure and the end of both releases.
func TestOnACluster(t *testing.T) {
	i := installed(t)
	i.released()
	for _, step := range []struct {
		name string
		do   func()
	}{
		{"install", i.runbook("install-on-a-cluster")},
		{"onboard one, timed", i.first},
		{"onboard by the runbook", i.runbook("onboard-on-a-cluster")},
		{"onboard the others", i.others},
		{"agree", i.agree},
		{"walk through", i.walk},
		{"helm test", i.tested},
		{"the ledger's sequencer is stopped, and killed", i.unsequenced},
		{"upgrade and roll back under load", i.runbook("upgrade-on-a-cluster")},
		{"pods of the API are killed", i.killed},
		{"the acting operator is killed in mid-onboarding", i.leaderless},
		{"without an operator nothing else is hindered", i.without},
		{"suspended", i.suspended},
		{"an agency leaves", i.runbook("offboard-on-a-cluster")},
		{"a release on schedule", i.runbook("schedule-a-release")},
		{"counterparts read it through the door", i.runbook("open-the-door-on-a-cluster")},
		{"a program of an agency signs in", i.runbook("connector-on-a-cluster")},
		{"a lost node", i.runbook("lost-node-on-a-cluster")},
		{"restored", i.runbook("restore-on-a-cluster")},
		{"uninstall", i.uninstall},
	} {
		begun := time.Now()
		step.do()
		t.Logf("%-50s %.1f s", step.name, time.Since(begun).Seconds())
	}
}

// documents are the objects of one of the demonstration's manifests.
func (i *installation) documents(name string) (out []*unstructured.Unstructured) {
	i.t.Helper()
	raw, err := demo.Manifest(name, issuers+"/issuer/")
	if err != nil {
		i.t.Fatal(err)
	}
	for d := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(raw), 4096); ; {
		u := &unstructured.Unstructured{}
		switch err := d.Decode(u); {
		case errors.Is(err, io.EOF):
			return out
		case err != nil:
			i.t.Fatal(err)
		case u.Object != nil:
			out = append(out, u)
		}
	}
}

// agency reads the object of an agency.
func (i *installation) agency(code string) (*v1alpha1.Agency, error) {
	a := &v1alpha1.Agency{}
	return a, i.client.Get(i.t.Context(), client.ObjectKey{Name: code}, a)
}

// shows waits for an agency's object to say something.
func (i *installation) shows(code, what string, is func(*v1alpha1.Agency) bool) {
	i.t.Helper()
	var last *v1alpha1.Agency
	i.until(code+" "+what, 2*time.Minute, func() (bool, error) {
		a, err := i.agency(code)
		last = a
		if err == nil && !is(a) {
			return false, fmt.Errorf("%+v", last.Status)
		}
		return err == nil, err
	})
}

func done(condition, reason string) func(*v1alpha1.Agency) bool {
	return func(a *v1alpha1.Agency) bool {
		c := meta.FindStatusCondition(a.Status.Conditions, condition)
		return c != nil && c.Reason == reason && a.Status.ObservedGeneration == a.Generation
	}
}

func waitsFor(words string) func(*v1alpha1.Agency) bool {
	return func(a *v1alpha1.Agency) bool { return strings.Contains(a.Status.WaitsFor, words) }
}

// approved gives both approvals as soon as they are asked for (I7).
func (i *installation) approved(code string) {
	i.t.Helper()
	i.shows(code, "waits for two", waitsFor("two people"))
	i.visit("", "approve", "secretariat")
	i.visit("", "approve", "mlsw")
	i.shows(code, "as declared", done("Ready", "AsDeclared"))
}

// invitation is what the operator left for the agency's first administrator.
func (i *installation) invitation(code string) string {
	i.t.Helper()
	var s corev1.Secret
	if err := i.client.Get(i.t.Context(), client.ObjectKey{Namespace: ofOperate, Name: "sala-invitation-" + code}, &s); err != nil {
		i.t.Fatal(err)
	}
	return string(s.Data["invitation"])
}

const me = `{ me { agency { code } } }`

// first onboards one agency and says how long it takes until its officer sees her worklist.
func (i *installation) first() {
	i.t.Helper()
	begun := time.Now()
	for _, d := range i.documents("agencies.yaml") {
		if d.GetName() == "lwu" {
			i.make(d)
		}
	}
	i.approved("lwu")
	i.join("lwu", i.invitation("lwu"))
	got := i.visit(`query Mine @purpose(of: ASSISTANCE) { me { agency { code } } worklist(first: 5) { edges { node { id } } } }`, "ask", "lwu", "worker")
	took := time.Since(begun)
	i.t.Logf("from the manifest to the first query of the new agency: %.1f s", took.Seconds())
	if !strings.Contains(got, `"lwu"`) {
		i.t.Fatalf("the officer is told %s", got)
	}
	if took > time.Minute {
		i.t.Errorf("that is more than a minute")
	}
}

func (i *installation) others() {
	i.t.Helper()
	var codes []string
	for _, d := range i.documents("agencies.yaml") {
		if d.GetName() != "lwu" {
			i.make(d)
			codes = append(codes, d.GetName())
		}
	}
	for _, code := range codes {
		i.shows(code, "waits for two", waitsFor("two people"))
	}
	i.visit("", "approve", "secretariat")
	i.visit("", "approve", "mlsw")
	for _, code := range codes {
		i.shows(code, "as declared", done("Ready", "AsDeclared"))
		if code != "thailand" { // a counterpart has no member here (J7)
			i.join(code, i.invitation(code))
		}
	}
	if len(codes) < 5 {
		i.t.Errorf("only %d agencies", len(codes)+1)
	}
}

// agree: agreements are proposed by their objects and in force when each party has signed.
func (i *installation) agree() {
	i.t.Helper()
	all := i.documents("agreements.yaml")
	for _, d := range all {
		i.make(d)
	}
	read := func(name string) (*v1alpha1.DataSharingAgreement, error) {
		a := &v1alpha1.DataSharingAgreement{}
		return a, i.client.Get(i.t.Context(), client.ObjectKey{Name: name}, a)
	}
	for _, d := range all {
		i.until(d.GetName()+" proposed", time.Minute, func() (bool, error) {
			a, err := read(d.GetName())
			return err == nil && a.Status.WaitsFor != "", err
		})
	}
	i.visit("", "sign")
	for _, d := range all {
		i.until(d.GetName()+" in force", time.Minute, func() (bool, error) {
			a, err := read(d.GetName())
			return err == nil && meta.IsStatusConditionTrue(a.Status.Conditions, "InForce"), err
		})
	}
}

// walk takes the demonstration's walk-through from inside a pod.
func (i *installation) walk() {
	i.t.Helper()
	if out := i.visit("", "walk"); !strings.Contains(out, "Every step is as promised.") {
		i.t.Errorf("the walk-through says %s", out)
	}
}

// tested: `helm test` signs in with a member's token and asks.
func (i *installation) tested() {
	i.t.Helper()
	token := i.visit("", "token", "lwu", "worker")
	s := secret(ofAPI, "sala-test-token", nil)
	if err := i.client.Patch(i.t.Context(), s, client.RawPatch("application/merge-patch+json", []byte(fmt.Sprintf(`{"stringData":{"token":%q}}`, token)))); err != nil {
		i.t.Fatal(err)
	}
	if out, err := i.api.do("test"); err != nil {
		i.t.Errorf("%v\n%s", err, out)
	}
}

// load asks until stop is called, which returns what came of it.
func (i *installation) load() (stop func() result.Result) {
	i.t.Helper()
	in, end := io.Pipe()
	var out string
	var err error
	ended := make(chan struct{})
	go func() {
		out, err = i.inPod(i.t.Context(), ofVisitor, visitorPod, in, "/visitor", "load")
		close(ended)
	}()
	return sync.OnceValue(func() (r result.Result) {
		_ = end.Close()
		<-ended
		if err == nil {
			err = json.Unmarshal([]byte(out), &r)
		}
		if err != nil {
			i.t.Fatalf("the load: %v: %s", err, out)
		}
		if r.Asked < 50 {
			i.t.Errorf("only %d questions were asked", r.Asked)
		}
		return r
	})
}
