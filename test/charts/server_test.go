package charts

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// server is a client of the API server that takes every unknown field for a mistake, and
// the namespaces of the sets, under the restricted profile.
func server(t *testing.T) client.Client {
	t.Helper()
	plane.Need(t)
	c, err := client.New(plane.Config, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"sala", "sala-keys", "sala-system", "sala-releases"} {
		ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"pod-security.kubernetes.io/enforce": "restricted"}}}
		if err := client.IgnoreAlreadyExists(c.Create(t.Context(), ns)); err != nil {
			t.Fatal(err)
		}
	}
	return client.NewDryRunClient(client.WithFieldValidation(c, metav1.FieldValidationStrict))
}

// TestEveryObjectIsTakenIn by a real API server, field by field, each by its definition.
func TestEveryObjectIsTakenIn(t *testing.T) {
	c := server(t)
	kinds := map[string]int{}
	for _, s := range append(sets, set{chart: "sala", name: "production", upgrade: true}) {
		r := render(t, s)
		for _, o := range r.objects {
			kinds[o.GetKind()]++
			o = o.DeepCopy()
			if o.GetNamespace() == "" && namespaced(t, c, o) {
				o.SetNamespace(s.namespace())
			}
			if err := c.Create(t.Context(), o); err != nil {
				t.Errorf("%s: %s %s: %v", s, o.GetKind(), o.GetName(), err)
			}
		}
	}
	for _, kind := range []string{"Cluster", "ExternalSecret", "HTTPRoute", "BackendTLSPolicy", "ServiceMonitor", "PrometheusRule", "Ingress",
		"HorizontalPodAutoscaler", "PodDisruptionBudget", "NetworkPolicy", "CustomResourceDefinition", "ValidatingAdmissionPolicy", "Job", "Pod", "PodTemplate"} {
		if kinds[kind] == 0 {
			t.Errorf("no set makes a %s: nothing is shown of it", kind)
		}
	}
}

func namespaced(t *testing.T, c client.Client, o *unstructured.Unstructured) bool {
	t.Helper()
	in, err := c.IsObjectNamespaced(o)
	if err != nil {
		t.Fatalf("%s %s: %v", o.GetKind(), o.GetName(), err)
	}
	return in
}

// TestWrongFieldsAreRefused: the server of the test above does look.
func TestWrongFieldsAreRefused(t *testing.T) {
	c := server(t)
	for kind, wrong := range map[string]func(o map[string]any){
		"Deployment":     func(o map[string]any) { o["spec"].(map[string]any)["replicaz"] = int64(2) },
		"Cluster":        func(o map[string]any) { o["spec"].(map[string]any)["instances"] = int64(0) },
		"HTTPRoute":      func(o map[string]any) { o["spec"].(map[string]any)["hostname"] = "sala.example" },
		"ServiceMonitor": func(o map[string]any) { o["spec"].(map[string]any)["endpoint"] = "api" },
		"ExternalSecret": func(o map[string]any) { o["spec"].(map[string]any)["secretStore"] = "vault" },
	} {
		o := render(t, set{chart: "sala", name: "production"}).of(kind)[0]
		o.SetNamespace("sala")
		wrong(o.Object)
		if err := c.Create(t.Context(), o); err == nil {
			t.Errorf("a wrong %s is taken in", kind)
		}
	}
}

// pods are those that a set's objects would make, by their names.
func pods(t *testing.T, r *rendered) map[string]*corev1.Pod {
	t.Helper()
	out := map[string]*corev1.Pod{}
	put := func(name string, template corev1.PodTemplateSpec) {
		p := &corev1.Pod{ObjectMeta: template.ObjectMeta, Spec: template.Spec}
		p.Name, p.Namespace = name, r.namespace()
		out[name] = p
	}
	for _, o := range r.objects {
		switch o.GetKind() {
		case "Deployment":
			put(o.GetName(), as[appsv1.Deployment](t, o).Spec.Template)
		case "Job":
			put("sala-migration", as[batchv1.Job](t, o).Spec.Template)
		case "PodTemplate":
			t := as[corev1.PodTemplate](t, o)
			put(o.GetName(), t.Template)
			out[o.GetName()].Namespace = o.GetNamespace()
		case "Pod":
			p := as[corev1.Pod](t, o)
			put(o.GetName(), corev1.PodTemplateSpec{ObjectMeta: p.ObjectMeta, Spec: p.Spec})
		}
	}
	return out
}

// TestPodsAreRestricted: the pods come into a namespace of the restricted profile, and
// what that profile does not ask for holds too.
func TestPodsAreRestricted(t *testing.T) {
	c, seen := server(t), 0
	for _, s := range sets {
		for name, p := range pods(t, render(t, s)) {
			seen++
			if err := c.Create(t.Context(), p.DeepCopy()); err != nil {
				t.Errorf("%s: %s: %v", s, name, err)
			}
			for _, one := range p.Spec.Containers {
				if one.SecurityContext.ReadOnlyRootFilesystem == nil || !*one.SecurityContext.ReadOnlyRootFilesystem {
					t.Errorf("%s: %s: the root may be written to", s, name)
				}
				if one.Resources.Limits.Memory().IsZero() || one.Resources.Requests.Cpu().IsZero() {
					t.Errorf("%s: %s: no bound on memory, or no share of a processor asked for", s, name)
				}
			}
			mounts := p.Spec.AutomountServiceAccountToken
			if acts := strings.HasPrefix(name, "sala-operator") || name == "sala-api"; mounts == nil || *mounts && !acts {
				t.Errorf("%s: %s has a token of the cluster", s, name)
			}
		}
	}
	if seen < 9 {
		t.Errorf("only %d pods were looked at", seen)
	}
}

// TestTheRestrictedProfileRefuses a pod that lacks any of what the charts say.
func TestTheRestrictedProfileRefuses(t *testing.T) {
	c := server(t)
	for what, without := range map[string]func(*corev1.PodSpec){
		"a seccomp profile":  func(s *corev1.PodSpec) { s.SecurityContext.SeccompProfile = nil },
		"another user":       func(s *corev1.PodSpec) { s.SecurityContext.RunAsNonRoot = nil },
		"dropped privileges": func(s *corev1.PodSpec) { s.Containers[0].SecurityContext.Capabilities = nil },
		"no escalation":      func(s *corev1.PodSpec) { s.Containers[0].SecurityContext.AllowPrivilegeEscalation = nil },
	} {
		p := pods(t, render(t, sets[0]))["sala-api"]
		without(&p.Spec)
		if err := c.Create(t.Context(), p); err == nil || !strings.Contains(err.Error(), "PodSecurity") {
			t.Errorf("without %s: %v", what, err)
		}
	}
}
