package cluster

import (
	"context"
	"fmt"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
)

// kill ends a pod without asking it.
func (i *installation) kill(namespace, pod string) {
	i.t.Helper()
	none := int64(0)
	if err := i.plain.CoreV1().Pods(namespace).Delete(i.t.Context(), pod, metav1.DeleteOptions{GracePeriodSeconds: &none}); err != nil {
		i.t.Fatal(err)
	}
}

// pods are those of a component, by name.
func (i *installation) pods(namespace, labels string) (out []corev1.Pod) {
	i.t.Helper()
	list, err := i.plain.CoreV1().Pods(namespace).List(i.t.Context(), metav1.ListOptions{LabelSelector: labels})
	if err != nil {
		i.t.Fatal(err)
	}
	return list.Items
}

// killed: of two pods one dies without warning, then the other: questions that a dead pod
// had taken fail, the others are answered, and both are back.
func (i *installation) killed() {
	i.t.Helper()
	stop := i.load()
	time.Sleep(2 * time.Second) // of load
	for _, p := range i.pods(ofAPI, "app.kubernetes.io/component=api") {
		i.kill(ofAPI, p.Name)
		i.until("two pods again", 2*time.Minute, func() (bool, error) {
			n := 0
			for _, q := range i.pods(ofAPI, "app.kubernetes.io/component=api") {
				if ready(&q) && q.UID != p.UID {
					n++
				}
			}
			return n == 2, nil
		})
	}
	r := stop()
	i.t.Logf("two pods killed one after the other: %d questions, %d failed, slowest %.2f s", r.Asked, r.Failed, r.Slowest)
	if r.Failed*20 > r.Asked {
		i.t.Errorf("more than one of 20 questions failed: %q", r.Errors)
	}
	i.visit(me, "ask", "lwu", "worker")
}

// waiting is how many records have no place in the ledger.
func (i *installation) waiting() string {
	out, err := i.inPod(i.t.Context(), ofVisitor, "postgres-0", strings.NewReader("SELECT (SELECT count(*) FROM disclosures) - (SELECT count(*) FROM ledger_entries)"), "/visitor", "sql")
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(out)
}

// unsequenced: without the sequencer the API answers and places nothing; with it all have
// their places, also where its pods die without warning.
func (i *installation) unsequenced() {
	i.t.Helper()
	const component = "app.kubernetes.io/component=sequencer"
	scaled := func(n int) {
		i.t.Helper()
		d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: ofAPI, Name: "sala-sequencer"}}
		if err := i.client.Patch(i.t.Context(), d, client.RawPatch("application/merge-patch+json", []byte(fmt.Sprintf(`{"spec":{"replicas":%d}}`, n)))); err != nil {
			i.t.Fatal(err)
		}
		i.until(fmt.Sprintf("%d pods of the sequencer", n), 2*time.Minute, func() (bool, error) {
			all := i.pods(ofAPI, component)
			good := 0
			for _, p := range all {
				if ready(&p) {
					good++
				}
			}
			return len(all) == n && good == n, nil
		})
	}
	placed := func(when string) {
		i.t.Helper()
		i.until("every record has its place "+when, time.Minute, func() (bool, error) { n := i.waiting(); return n == "0", fmt.Errorf("%s wait", n) })
	}
	look := func() {
		i.t.Helper()
		i.visit(`query Mine @purpose(of: ASSISTANCE) { worklist(first: 5) { edges { node { id } } } cases(first: 5) { edges { node { id } } } }`, "ask", "lwu", "worker")
	}
	placed("at first")
	scaled(0)
	look()
	time.Sleep(3 * time.Second) // a sequencer of the API's would look each second
	if n := i.waiting(); n == "0" {
		i.t.Error("without a sequencer no record waits: the API gives places, or the look was not put on record")
	}
	scaled(2)
	placed("by the sequencer")
	for _, p := range i.pods(ofAPI, component) {
		i.kill(ofAPI, p.Name)
	}
	look()
	placed("after its pods were killed")
}

// leader is the pod that holds the operator's lease.
func (i *installation) leader() string {
	var l coordinationv1.Lease
	if err := i.client.Get(context.Background(), client.ObjectKey{Namespace: ofOperate, Name: "sala-operator"}, &l); err != nil || l.Spec.HolderIdentity == nil {
		return ""
	}
	pod, _, _ := strings.Cut(*l.Spec.HolderIdentity, "_")
	return pod
}

// more is the manifest of a shelter.
func (i *installation) more(code string) *unstructured.Unstructured {
	u := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "sala.exchange/v1alpha1", "kind": "Agency", "metadata": map[string]any{"name": code}, "spec": map[string]any{
		"displayName": "Agency " + code, "kind": "SHELTER",
		// An issuer that nobody signs in by: an agency of the demonstration has each of the others.
		"signIn": map[string]any{"issuers": []any{map[string]any{"url": issuers + "/issuer/" + code}}},
	}}}
	return u
}

// leaderless: the operator that acts is killed after it has proposed an agency; another
// takes over, and there is one proposal and one invitation.
func (i *installation) leaderless() {
	i.t.Helper()
	i.make(i.more("shelter-one"))
	i.shows("shelter-one", "proposed", func(a *v1alpha1.Agency) bool { return a.Status.Proposed })
	before := i.leader()
	if before == "" {
		i.t.Fatal("no operator holds the lease")
	}
	i.kill(ofOperate, before)
	i.visit("", "approve", "secretariat")
	if n := i.visit("", "approve", "mlsw"); n != "1" {
		i.t.Errorf("%s proposals of one agency", n)
	}
	i.shows("shelter-one", "as declared", done("Ready", "AsDeclared"))
	if after := i.leader(); after == before {
		i.t.Errorf("%s still holds the lease", after)
	}
	if i.invitation("shelter-one") == "" {
		i.t.Error("no invitation")
	}
}

// without: while no operator runs, the object of an agency that is there is not deleted,
// and everything else in the cluster goes on.
func (i *installation) without() {
	i.t.Helper()
	i.operators(0)
	i.until("no operator", time.Minute, func() (bool, error) {
		return len(i.pods(ofOperate, "app.kubernetes.io/name=sala-operator")) == 0, nil
	})
	a, err := i.agency("shelter-one")
	if err != nil {
		i.t.Fatal(err)
	}
	if err := i.client.Delete(i.t.Context(), a); err == nil || !strings.Contains(err.Error(), "set spec.state to OFFBOARDING") {
		i.t.Errorf("the deletion of an agency that is there: %v", err)
	}
	other := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: ofVisitor, Name: "other"}}
	i.make(other)
	if err := i.client.Delete(i.t.Context(), other); err != nil {
		i.t.Error(err)
	}
	i.visit(me, "ask", "lwu", "worker")
	i.operators(2)
}

// operators says how many of them run.
func (i *installation) operators(n int) {
	i.t.Helper()
	d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: ofOperate, Name: "sala-operator"}}
	if err := i.client.Patch(i.t.Context(), d, client.RawPatch("application/merge-patch+json", []byte(fmt.Sprintf(`{"spec":{"replicas":%d}}`, n)))); err != nil {
		i.t.Fatal(err)
	}
}

func (i *installation) set(code, spec string) {
	i.t.Helper()
	a := &v1alpha1.Agency{ObjectMeta: metav1.ObjectMeta{Name: code}}
	if err := i.client.Patch(i.t.Context(), a, client.RawPatch("application/merge-patch+json", []byte(`{"spec":`+spec+`}`))); err != nil {
		i.t.Fatal(err)
	}
}

// suspended: an agency that is suspended by its object is refused within 5 seconds.
func (i *installation) suspended() {
	i.t.Helper()
	i.visit(me, "ask", "ospp", "worker")
	begun := time.Now()
	i.set("ospp", `{"state":"SUSPENDED"}`)
	i.until("ospp refused", time.Minute, func() (bool, error) {
		_, err := i.inPod(i.t.Context(), ofVisitor, visitorPod, strings.NewReader(me), "/visitor", "ask", "ospp", "worker")
		return err != nil && strings.Contains(err.Error(), "FORBIDDEN"), err
	})
	took := time.Since(begun)
	i.t.Logf("suspended by its object, refused after %.1f s", took.Seconds())
	if took > 5*time.Second {
		i.t.Error("that is more than 5 seconds")
	}
	i.visit(me, "ask", "lwu", "worker")
}

// leftOf is what is left of an agency: objects of every kind with its label, and such as
// have its name in theirs.
func (i *installation) leftOf(code string) (left []string) {
	i.t.Helper()
	lists, err := i.plain.Discovery().ServerPreferredResources()
	if err != nil {
		i.t.Fatal(err)
	}
	looked := 0
	for _, l := range lists {
		for _, kind := range l.APIResources {
			group := strings.Split(l.GroupVersion, "/")[0]
			if !strings.Contains(fmt.Sprint(kind.Verbs), "list") || kind.Name == "events" || group == "metrics.k8s.io" {
				continue
			}
			list := &unstructured.UnstructuredList{}
			list.SetAPIVersion(l.GroupVersion)
			list.SetKind(kind.Kind + "List")
			if err := i.client.List(i.t.Context(), list); err != nil {
				if apierrors.IsNotFound(err) || apierrors.IsMethodNotSupported(err) {
					continue
				}
				i.t.Fatalf("listing %s: %v", kind.Name, err)
			}
			looked++
			for _, o := range list.Items {
				if o.GetKind() == "DataSharingAgreement" { // its parties' record of what was agreed
					continue
				}
				if o.GetLabels()["sala.exchange/agency"] == code || strings.Contains(o.GetName(), code) {
					left = append(left, fmt.Sprintf("%s %s/%s", o.GetKind(), o.GetNamespace(), o.GetName()))
				}
			}
		}
	}
	if looked < 30 {
		i.t.Errorf("looked at %d kinds only", looked)
	}
	return left
}

// uninstall leaves the data, and says where.
func (i *installation) uninstall() {
	i.t.Helper()
	for _, c := range []*chart{i.operator, i.api} {
		if out, err := c.do("uninstall"); err != nil {
			i.t.Fatalf("%v\n%s", err, out)
		}
	}
	i.until("no pod serves", 2*time.Minute, func() (bool, error) { // they answer what was asked first
		return len(i.pods(ofAPI, "app.kubernetes.io/component=api")) == 0, nil
	})
	if _, err := i.agency("lwu"); err != nil {
		i.t.Errorf("the object of an agency went with the operator: %v", err)
	}
	out, err := i.inPod(i.t.Context(), ofVisitor, "postgres-0", strings.NewReader("SELECT count(*) FROM case_files"), "/visitor", "sql")
	if err != nil || strings.TrimSpace(out) == "0" {
		i.t.Errorf("of the cases there are %s: %v", out, err)
	}
	keys, err := i.plain.CoreV1().Secrets(ofKeys).List(i.t.Context(), metav1.ListOptions{})
	if err != nil || len(keys.Items) < 2 {
		i.t.Errorf("of the key store %d Secrets are left: %v", len(keys.Items), err)
	}
}
