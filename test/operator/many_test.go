package operator

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"runtime"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/operator/api/v1alpha1"
	"github.com/sala-exchange/sala/services/apply"
	api "github.com/sala-exchange/sala/services/exchange/client"
)

var agencies = flag.Int("agencies", 40, "how many agencies TestMany onboards")

// TestMany onboards many agencies at once and says what that cost. The operator asks the
// API no more than it may, so that it is never told so, and once all are there it is quiet:
// it looks as often as it is told to and writes nothing. With hundreds it has the settings
// that it has by default.
func TestMany(t *testing.T) {
	n := *agencies
	e := founded(t)
	e.every, e.poll, e.resync, e.perMinute = time.Second, 2*time.Second, 6*time.Second, 600
	if n >= 200 {
		e.every, e.poll, e.resync, e.perMinute = 5*time.Second, 15*time.Second, 10*time.Minute, 300
	}
	e.operate()
	begun, before := time.Now(), reconciled(t)
	var all []*v1alpha1.Agency
	for i := range n {
		code := fmt.Sprintf("many%03d", i)
		all = append(all, e.kubectl(crowdManifest(code)))
	}
	for _, a := range all {
		e.untilWithin(a, "proposed", time.Duration(n)*time.Second, func() bool { return is(a, "Approved", "Waiting") })
	}
	proposed := time.Since(begun)
	e.approveAll(n)
	approved := time.Now()
	for _, a := range all {
		e.untilWithin(a, "ready", time.Duration(n)*time.Second, func() bool { return is(a, "Ready", "AsDeclared") })
	}
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	each := (reconciled(t) - before) / float64(n)
	t.Logf("%d agencies: proposed in %.1f s, approved in %.1f s, ready %.1f s after the last approval, %.1f reconciles an agency, heap %d MiB with API and database",
		n, proposed.Seconds(), approved.Sub(begun).Seconds()-proposed.Seconds(), time.Since(approved).Seconds(), each, memory.HeapInuse>>20)
	// One for each change of the object and of what the API shows, and one for each Poll.
	if most := 8 + time.Since(begun).Seconds()/e.poll.Seconds(); each > most {
		t.Errorf("%.1f reconciles an agency, want at most %.1f", each, most)
	}
	e.quiet(n)
	if plane.Whole {
		e.namespaces(all)
	}
}

// crowdManifest is one of many; it has a namespace where the cluster has what that takes.
func crowdManifest(code string) string {
	manifest := fmt.Sprintf("apiVersion: sala.exchange/v1alpha1\nkind: Agency\nmetadata: {name: %s}\nspec:\n  displayName: Agency %s\n  kind: NGO\n  signIn:\n    issuers:\n    - url: https://idp.example/%s\n", code, code, code)
	if plane.Whole {
		manifest += "  connectors: {administrators: [{group: " + code + "-team}]}\n"
	}
	return manifest
}

// approveAll approves what is proposed, by both who administer the platform.
func (e *exchange) approveAll(n int) {
	e.t.Helper()
	for _, by := range []string{"lwu", "atd"} {
		var open []apply.Proposal
		e.unlimited(func() (err error) {
			open, err = apply.Proposals(e.t.Context(), e.as(by, "platform"))
			return err
		})
		if len(open) != n {
			e.t.Fatalf("%d proposals", len(open))
		}
		for _, p := range open {
			e.unlimited(func() error { return apply.Decide(e.t.Context(), e.as(by, "platform"), "approve", p.ID) })
		}
	}
}

// unlimited does what one person may do so often in a minute, until it is done.
func (e *exchange) unlimited(do func() error) {
	e.t.Helper()
	for {
		err := do()
		var limited *api.Failure
		if err == nil {
			return
		}
		if !errors.As(err, &limited) || limited.Kind() != errs.Limited {
			e.t.Fatal(err)
		}
		time.Sleep(time.Second)
	}
}

// quiet watches an operator that has nothing to do.
func (e *exchange) quiet(n int) {
	e.t.Helper()
	versions := func() map[string]string {
		var list v1alpha1.AgencyList
		if err := e.cluster.List(e.t.Context(), &list); err != nil {
			e.t.Fatal(err)
		}
		out := map[string]string{}
		for _, a := range list.Items {
			out[a.Name] = a.ResourceVersion
		}
		return out
	}
	time.Sleep(e.poll) // what was last looked at before it was ready is looked at once more
	written, asked, window := versions(), reconciled(e.t), min(e.resync/2, time.Minute)
	time.Sleep(window)
	did := reconciled(e.t) - asked
	e.t.Logf("%.0f reconciles of %d agencies in %.0f s, each is asked for every %.0f s", did, n, window.Seconds(), e.resync.Seconds())
	if most := 2*float64(n)*window.Seconds()/e.resync.Seconds() + 10; did > most {
		e.t.Errorf("%.0f reconciles of %d agencies that are as declared in %.0f s, want at most %.0f", did, n, window.Seconds(), most)
	}
	if !maps.Equal(written, versions()) {
		e.t.Error("agencies that are as declared were written")
	}
}

// namespaces: on a cluster with a controller manager each agency has its namespace, whose
// quota counts, and one that no longer runs connectors has none.
func (e *exchange) namespaces(all []*v1alpha1.Agency) {
	e.t.Helper()
	for _, a := range all {
		e.untilWithin(a, "connected", time.Minute, func() bool { return is(a, "ConnectorsReady", "AsDeclared") })
	}
	one, ctx := all[0], e.t.Context()
	e.eventually("the quota counts", func() bool {
		var quotas corev1.ResourceQuotaList
		err := e.cluster.List(ctx, &quotas, client.InNamespace("sala-agency-"+one.Name))
		return err == nil && len(quotas.Items) == 1 && len(quotas.Items[0].Status.Hard) == len(quotas.Items[0].Spec.Hard)
	})
	huge := corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("1000")}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "huge", Namespace: "sala-agency-" + one.Name}, Spec: corev1.PodSpec{
		SecurityContext: &corev1.PodSecurityContext{RunAsNonRoot: new(true), SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault}},
		Containers: []corev1.Container{{Name: "c", Image: "example/c", Resources: corev1.ResourceRequirements{Requests: huge, Limits: huge},
			SecurityContext: &corev1.SecurityContext{AllowPrivilegeEscalation: new(false), Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}}}}}}}
	for _, refused := range []bool{true, false} {
		err := e.cluster.Create(ctx, pod)
		if got := err != nil && strings.Contains(err.Error(), "exceeded quota"); got != refused || !refused && err != nil {
			e.t.Errorf("a pod of %s CPU: %v", pod.Spec.Containers[0].Resources.Requests.Cpu(), err)
		}
		small := corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("100m"), corev1.ResourceMemory: resource.MustParse("64Mi")}
		pod.Spec.Containers[0].Resources = corev1.ResourceRequirements{Requests: small, Limits: small}
	}
	if err := e.cluster.Patch(ctx, one, client.RawPatch(types.MergePatchType, []byte(`{"spec":{"connectors":null}}`))); err != nil {
		e.t.Fatal(err)
	}
	e.eventually("the namespace is gone", func() bool {
		err := e.cluster.Get(ctx, client.ObjectKey{Name: "sala-agency-" + one.Name}, &corev1.Namespace{})
		return apierrors.IsNotFound(err)
	})
}
