package operator

import (
	"bytes"
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
	"github.com/sala-exchange/sala/operator/progress"
	"github.com/sala-exchange/sala/services/apply"
	"github.com/sala-exchange/sala/services/command"
)

// kubeconfig writes a file that names the cluster of a configuration.
func kubeconfig(t *testing.T, c *rest.Config) string {
	t.Helper()
	k := clientcmdapi.NewConfig()
	k.Clusters["c"] = &clientcmdapi.Cluster{Server: c.Host, CertificateAuthorityData: c.CAData, CertificateAuthority: c.CAFile}
	k.AuthInfos["u"] = &clientcmdapi.AuthInfo{ClientCertificateData: c.CertData, ClientKeyData: c.KeyData, Token: c.BearerToken}
	k.Contexts["x"] = &clientcmdapi.Context{Cluster: "c", AuthInfo: "u"}
	k.CurrentContext = "x"
	file := filepath.Join(t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*k, file); err != nil {
		t.Fatal(err)
	}
	return file
}

// status runs sala agency status.
func status(t *testing.T, args ...string) (code int, out, said string) {
	t.Helper()
	var o, e bytes.Buffer
	code = command.Execute(t.Context(), append([]string{"agency", "status"}, args...), &o, &e)
	return code, o.String(), e.String()
}

// reader is a user who may get agencies and nothing else.
func reader(t *testing.T, c client.Client, name string) *rest.Config {
	t.Helper()
	for _, o := range []client.Object{
		&rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: name}, Rules: []rbacv1.PolicyRule{{APIGroups: []string{"sala.exchange"}, Resources: []string{"agencies"}, Verbs: []string{"get"}}}},
		&rbacv1.ClusterRoleBinding{ObjectMeta: metav1.ObjectMeta{Name: name}, Subjects: []rbacv1.Subject{{Kind: "User", APIGroup: rbacv1.GroupName, Name: name}},
			RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: name}},
	} {
		if err := client.IgnoreAlreadyExists(c.Create(t.Context(), o)); err != nil {
			t.Fatal(err)
		}
	}
	return plane.User(t, name)
}

// TestStatusExplains: for whom is waited and what they do, by codes that a script can rely
// on, with the right to get agencies alone.
func TestStatusExplains(t *testing.T) {
	e := founded(t)
	file := kubeconfig(t, reader(t, e.cluster, "reader"))
	a := e.kubectl(e.manifest("a07", "NGO", ""))
	code, out, said := status(t, "a07", "--kubeconfig", file)
	if code != 7 || !strings.Contains(out, "has not looked at this version") || !strings.Contains(out, "kubectl logs -n sala-system") || !strings.Contains(said, "--wait") {
		t.Errorf("without an operator: %d\n%s\n%s", code, out, said)
	}
	e.operate()
	e.until(a, "waiting", func() bool { return strings.Contains(a.Status.WaitsFor, "two people") })
	code, out, _ = status(t, "a07", "--kubeconfig", file)
	if code != 7 || !strings.Contains(out, "sala proposal approve ID") || !strings.Contains(out, "two different agencies") {
		t.Errorf("waiting for approvals: %d\n%s", code, out)
	}
	code, out, said = status(t, "a07", "--kubeconfig", file, "--wait", "--timeout", "1s")
	if code != 7 || !strings.Contains(said, "end of --timeout") || !strings.Contains(out, "sala proposal approve") {
		t.Errorf("at the end of the time: %d\n%s%s", code, out, said)
	}
	done := make(chan int, 1)
	go func() {
		var o, s bytes.Buffer
		done <- command.Execute(context.WithoutCancel(t.Context()), []string{"agency", "status", "a07", "--kubeconfig", file, "--wait", "--timeout", "60s"}, &o, &s)
	}()
	for _, by := range []string{"lwu", "atd"} {
		e.approve(by)
	}
	if code := <-done; code != 0 {
		t.Errorf("approved, it ends with %d", code)
	}
	code, out, _ = status(t, "a07", "--kubeconfig", file, "-o", "json")
	var s progress.Standing
	if err := json.Unmarshal([]byte(out), &s); err != nil || code != 0 || s.Outcome != progress.Ready || s.State != "ACTIVE" {
		t.Fatalf("%d %v %s", code, err, out)
	}
	if len(s.Duties) != 2 || !strings.Contains(s.Duties[0].Commands[0], "-n sala-system get secret sala-invitation-a07") || !strings.Contains(s.Duties[1].Commands[0], "sala join") {
		t.Errorf("the invitation: %+v", s.Duties)
	}
	if secret := e.invitation("a07"); strings.Contains(out, secret) {
		t.Error("the invitation itself is told")
	}
	// What is refused is no matter of waiting.
	refused := e.kubectl(strings.Replace(e.manifest("a08", "NGO", ""), e.api.Issuer("a08"), e.api.Issuer("lwu"), 1))
	e.until(refused, "refused", func() bool { return is(refused, "Stalled", "Refused") })
	code, out, _ = status(t, "a08", "--kubeconfig", file, "--wait")
	if code != 1 || !strings.Contains(out, "cannot become so") || !strings.Contains(out, "kubectl apply -f a08.yaml") {
		t.Errorf("refused: %d\n%s", code, out)
	}
}

// TestStatusWithoutAnObject: each way in which there is nothing to tell has its code.
func TestStatusWithoutAnObject(t *testing.T) {
	c := cluster(t)
	file := kubeconfig(t, reader(t, c, "reader"))
	gone := rest.CopyConfig(plane.Config)
	gone.Host = "https://127.0.0.1:1"
	for name, one := range map[string]struct {
		file, says string
		code       int
	}{
		"no such object":   {file, "no Agency of this code", 5},
		"no right":         {kubeconfig(t, plane.User(t, "stranger")), "may not read agencies", 3},
		"no such cluster":  {kubeconfig(t, gone), "cannot be reached", 6},
		"no such file":     {filepath.Join(t.TempDir(), "none"), "the kubeconfig cannot be used", 4},
		"a file of naught": {filepath.Join("..", "..", "go.mod"), "the kubeconfig cannot be used", 4},
	} {
		code, out, said := status(t, "nobody", "--kubeconfig", one.file)
		if code != one.code || out != "" || !strings.Contains(said, one.says) {
			t.Errorf("%s: %d %s%s, want %d %s", name, code, out, said, one.code, one.says)
		}
	}
	t.Setenv("KUBECONFIG", "")
	t.Setenv("HOME", t.TempDir())
	if code, _, said := status(t, "nobody"); code != 6 || !strings.Contains(said, "no cluster is named") {
		t.Errorf("without a cluster: %d %s", code, said)
	}
	if code, _, said := status(t, "nobody", "--kubeconfig", kubeconfig(t, gone), "--wait", "--timeout", "1s"); code != 6 {
		t.Errorf("without a cluster, waiting: %d %s", code, said)
	}
	withoutDefinition(t, c, func() {
		if code, _, said := status(t, "nobody", "--kubeconfig", file); code != 6 || !strings.Contains(said, "knows no agencies") {
			t.Errorf("without the definition: %d %s", code, said)
		}
	})
}

// TestDutiesNameRealCommands: for each for whom the operator waits there is who does what,
// and each command of Sala that is named is one, with its flags.
func TestDutiesNameRealCommands(t *testing.T) {
	now := metav1.Now()
	agency := func(waits, reason string, ready metav1.ConditionStatus) *v1alpha1.Agency {
		a := &v1alpha1.Agency{ObjectMeta: metav1.ObjectMeta{Name: "ngo", Generation: 1}}
		a.Status = v1alpha1.AgencyStatus{ObservedGeneration: 1, WaitsFor: waits}
		a.Status.Conditions = []metav1.Condition{{Type: "Ready", Status: ready, Reason: reason, ObservedGeneration: 1, LastTransitionTime: now}}
		if reason == "Refused" || reason == "AgencyIsThere" {
			a.Status.Conditions = append(a.Status.Conditions, metav1.Condition{Type: "Stalled", Status: "True", Reason: reason, ObservedGeneration: 1})
		}
		return a
	}
	waits := []string{apply.WaitsForTwoPeople, apply.WaitsForAnotherAgency, apply.WaitsForObjections, apply.WaitsForOwnAdministrator, apply.WaitsForPlatform, apply.WaitsForExportKey,
		v1alpha1.WaitsForCaseWorkers, v1alpha1.WaitsForExport}
	all := []*v1alpha1.Agency{agency("", "Refused", "False"), agency("", "AgencyIsThere", "False"), agency("", "APIUnavailable", "Unknown"), agency("", "Changing", "False"), {}}
	for _, w := range waits {
		all = append(all, agency("to begin with, "+w+"; and more", "Waiting", "False"))
	}
	for _, a := range all {
		s := progress.Of(a)
		if len(s.Duties) != 1 || s.Duties[0].Who == "" || s.Duties[0].Does == "" || a.Status.WaitsFor != "" && len(s.Duties[0].Commands) == 0 {
			t.Errorf("%q: %+v", a.Status.WaitsFor, s.Duties)
		}
		for _, d := range s.Duties {
			for _, line := range d.Commands {
				if words := strings.Fields(line); words[0] == "sala" {
					found, rest, err := command.Root().Find(words[1:])
					if err != nil || found.Name() == "sala" || found.ParseFlags(rest) != nil || found.Args != nil && found.Args(found, found.Flags().Args()) != nil {
						t.Errorf("%s is no command of Sala: %v", line, err)
					}
				}
			}
		}
	}
	// Of two who are waited for, each is named.
	if s := progress.Of(agency(apply.WaitsForTwoPeople+", then "+apply.WaitsForObjections, "Waiting", "False")); len(s.Duties) != 2 {
		t.Errorf("two are waited for: %+v", s.Duties)
	}
}

// withoutDefinition does something while the cluster has no definition of agencies.
func withoutDefinition(t *testing.T, c client.Client, do func()) {
	t.Helper()
	d := &unstructured.Unstructured{}
	d.SetGroupVersionKind(schema.GroupVersionKind{Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition"})
	name := client.ObjectKey{Name: "agencies.sala.exchange"}
	if err := c.Get(t.Context(), name, d); err != nil {
		t.Fatal(err)
	}
	if err := c.Delete(t.Context(), d.DeepCopy()); err != nil {
		t.Fatal(err)
	}
	until := func(what string, so func() bool) {
		t.Helper()
		for end := time.Now().Add(30 * time.Second); !so(); time.Sleep(50 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal(what)
			}
		}
	}
	again := func() {
		d.SetResourceVersion("")
		d.SetUID("")
		unstructured.RemoveNestedField(d.Object, "status")
		until("the definition does not come back", func() bool { return client.IgnoreAlreadyExists(c.Create(context.Background(), d.DeepCopy())) == nil })
		list := &unstructured.UnstructuredList{}
		list.SetGroupVersionKind(schema.GroupVersionKind{Group: "sala.exchange", Version: "v1alpha1", Kind: "AgencyList"})
		until("the definition is not served", func() bool { return c.List(context.Background(), list) == nil })
	}
	defer again()
	until("the definition stays", func() bool { return apierrors.IsNotFound(c.Get(t.Context(), name, d.DeepCopy())) })
	do()
}
