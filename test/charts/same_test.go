package charts

import (
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// declarations are the objects of a file that the operator is shipped with.
func declarations(t *testing.T, file ...string) (out []*unstructured.Unstructured) {
	t.Helper()
	text := read(t, filepath.Join(append([]string{"..", "..", "operator"}, file...)...))
	for _, doc := range strings.Split("\n"+text, "\n---\n") {
		u := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(doc), &u.Object); err != nil {
			t.Fatal(err)
		}
		if u.Object != nil && u.GetKind() != "" {
			out = append(out, u)
		}
	}
	if len(out) == 0 {
		t.Fatalf("%v holds nothing", file)
	}
	return out
}

// TestTheChartShipsWhatTheCodeDeclares: definitions, roles and the admission policy of the
// operator, and no role beside.
func TestTheChartShipsWhatTheCodeDeclares(t *testing.T) {
	r := render(t, set{chart: "sala-operator", name: "standard"})
	found := map[string]bool{}
	for _, file := range [][]string{{"crd", "sala.exchange_agencies.yaml"}, {"crd", "sala.exchange_datasharingagreements.yaml"}, {"crd", "sala.exchange_releaseschedules.yaml"}, {"rbac", "role.yaml"}, {"rbac", "agency.yaml"}, {"admission", "agency-deletion.yaml"}, {"admission", "operator-reach.yaml"}} {
		for _, want := range declarations(t, file...) {
			for _, got := range r.of(want.GetKind()) {
				if got.GetName() != want.GetName() || builds(got) != builds(want) {
					continue
				}
				found[want.GetKind()+" "+want.GetName()] = true
				for _, part := range []string{"spec", "rules"} {
					if !reflect.DeepEqual(got.Object[part], want.Object[part]) {
						t.Errorf("%s %s of the chart is not the one of %v: make generate", want.GetKind(), want.GetName(), file)
					}
				}
				if want.GetNamespace() != "" && !builds(want) && got.GetNamespace() != r.namespace() {
					t.Errorf("%s %s is of the namespace %s", want.GetKind(), want.GetName(), got.GetNamespace())
				}
			}
			if !found[want.GetKind()+" "+want.GetName()] {
				t.Errorf("the chart has no %s %s", want.GetKind(), want.GetName())
			}
		}
	}
	for _, kind := range []string{"Role", "ClusterRole", "CustomResourceDefinition", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"} {
		for _, o := range r.of(kind) {
			if !found[kind+" "+o.GetName()] {
				t.Errorf("the chart has a %s %s that the code does not declare", kind, o.GetName())
			}
		}
	}
	for _, o := range append(r.of("RoleBinding"), r.of("ClusterRoleBinding")...) {
		b := as[rbacv1.RoleBinding](t, o) // a ClusterRoleBinding has the same fields
		if len(b.Subjects) != 1 || b.Subjects[0].Name != "sala-operator" || b.Subjects[0].Namespace != r.namespace() {
			t.Errorf("%s %s binds %v", o.GetKind(), o.GetName(), b.Subjects)
		}
	}
}

// builds: of the namespace in which releases are built.
func builds(o *unstructured.Unstructured) bool { return o.GetNamespace() == "sala-releases" }

// TestWithoutReleasesTheOperatorHasNoRightThere: nor a flag that names the place.
func TestWithoutReleasesTheOperatorHasNoRightThere(t *testing.T) {
	r := render(t, set{chart: "sala-operator", name: "standard", over: one("releases.namespace", "")})
	for _, o := range r.objects {
		if builds(o) {
			t.Errorf("%s %s is in the namespace of releases", o.GetKind(), o.GetName())
		}
	}
	if n := len(r.of("Role")) + len(r.of("RoleBinding")); n != 2 || strings.Contains(r.files["sala-operator/templates/deployment.yaml"], "releases") {
		t.Errorf("%d roles and bindings, or flags of releases", n)
	}
}

// TestABuildHoldsItsOwnSecretsAlone: the key of the builder and the password of a login that
// may act for releases, and none of the API's.
func TestABuildHoldsItsOwnSecretsAlone(t *testing.T) {
	for _, s := range sets[1:3] {
		p := pods(t, render(t, s))["sala-release"]
		if p.Namespace != "sala-releases" {
			t.Errorf("%s: a build is in %s", s, p.Namespace)
		}
		raw, err := yaml.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		for _, other := range []string{"sala-database-app", "sala-database-owner", "sala-encryption-key", "sala-erasure-key", "sala-cursor-key", "key-store"} {
			if strings.Contains(string(raw), other) {
				t.Errorf("%s: a build holds %s", s, other)
			}
		}
	}
}

// TestTheSequencerHoldsItsOwnPasswordAlone, on the disk and by its environment, with nothing
// of the API's; it has no Service but that of its metrics, and a budget where it has two pods.
func TestTheSequencerHoldsItsOwnPasswordAlone(t *testing.T) {
	for _, s := range sets[1:3] {
		r := render(t, s)
		raw, err := yaml.Marshal(pods(t, r)["sala-sequencer"])
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(raw), "sala-database-sequencer") {
			t.Errorf("%s: the sequencer has no password", s)
		}
		for _, other := range []string{"sala-database-app", "sala-database-owner", "sala-encryption-key", "sala-erasure-key", "sala-cursor-key", "key-store", "sala-api-tls", "sala-files", "VAULT"} {
			if strings.Contains(string(raw), other) {
				t.Errorf("%s: the sequencer holds %s", s, other)
			}
		}
		for name, p := range pods(t, r) {
			other, err := yaml.Marshal(p)
			if err != nil {
				t.Fatal(err)
			}
			if name != "sala-sequencer" && strings.Contains(string(other), "sala-database-sequencer") {
				t.Errorf("%s: %s holds the sequencer's password", s, name)
			}
		}
		count := func(over map[string]any, kind string) (names []string) {
			for _, o := range render(t, set{chart: s.chart, name: s.name, over: over}).of(kind) {
				if strings.HasPrefix(o.GetName(), "sala-sequencer") {
					names = append(names, o.GetName())
				}
			}
			return names
		}
		if got := count(nil, "Service"); !reflect.DeepEqual(got, []string{"sala-sequencer-operations"}) {
			t.Errorf("%s: the sequencer's Services are %v", s, got)
		}
		if two, one := count(nil, "PodDisruptionBudget"), count(one("sequencer.replicas", 1), "PodDisruptionBudget"); len(two) != 1 || len(one) != 0 {
			t.Errorf("%s: budgets of two pods %v, of one %v", s, two, one)
		}
		if n := len(count(nil, "HorizontalPodAutoscaler")) + len(count(nil, "Ingress")) + len(count(nil, "HTTPRoute")); n > 0 {
			t.Errorf("%s: the sequencer is scaled or has a route", s)
		}
	}
	for _, o := range render(t, sets[0]).objects {
		if strings.HasPrefix(o.GetName(), "sala-sequencer") {
			t.Errorf("one node has a %s of the sequencer", o.GetKind())
		}
	}
}

// TestTheAPIsRoleIsItsKeyStores: three verbs on Secrets of the key store's namespace, which
// is none of the release's own, and nothing else.
func TestTheAPIsRoleIsItsKeyStores(t *testing.T) {
	for _, s := range sets[:3] {
		r := render(t, s)
		role := into[rbacv1.Role](t, r, "Role", "sala-key-store")
		want := []rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{"secrets"}, Verbs: []string{"create", "get", "update"}}}
		if !reflect.DeepEqual(role.Rules, want) || role.Namespace != "sala-keys" || len(r.of("Role")) != 1 || len(r.of("ClusterRole")) != 0 {
			t.Errorf("%s: the API may %v in %q", s, role.Rules, role.Namespace)
		}
		binding := into[rbacv1.RoleBinding](t, r, "RoleBinding", "sala-key-store")
		if len(binding.Subjects) != 1 || binding.Subjects[0].Name != "sala-api" || binding.Namespace != "sala-keys" {
			t.Errorf("%s: the role is bound to %v", s, binding.Subjects)
		}
	}
	r := render(t, set{chart: "sala", name: "one-node", over: map[string]any{"keyStore": map[string]any{"address": "folder:/var/lib/sala-keys/store", "claim": "keys"}}})
	if len(r.of("Role")) != 0 || *pods(t, r)["sala-api"].Spec.AutomountServiceAccountToken {
		t.Error("with a key store in a folder the API has an account at the cluster")
	}
}

// TestNoSecretIsRendered: a release of Helm is a Secret that many may read.
func TestNoSecretIsRendered(t *testing.T) {
	for _, s := range sets {
		if n := len(render(t, s).of("Secret")); n > 0 {
			t.Errorf("%s makes %d Secrets", s, n)
		}
	}
}

// TestAChangedSettingRollsThePods of its part, and of no other.
func TestAChangedSettingRollsThePods(t *testing.T) {
	template := func(over map[string]any, name string) any {
		return into[appsv1.Deployment](t, render(t, set{chart: "sala", name: "national", over: over}), "Deployment", name).Spec.Template
	}
	api, door, max := one("config.issuerNetwork", []string{"10.21.0.0/16"}), one("region.config.maxMemoryMiB", 256), one("config.ledgerMaxLag", "5m")
	for _, c := range []struct {
		over  map[string]any
		name  string
		rolls bool
	}{{api, "sala-api", true}, {api, "sala-region", false}, {door, "sala-region", true}, {door, "sala-api", false},
		{api, "sala-sequencer", false}, {max, "sala-sequencer", true}} {
		if rolled := !reflect.DeepEqual(template(nil, c.name), template(c.over, c.name)); rolled != c.rolls {
			t.Errorf("with %v the pods of %s roll: %v", c.over, c.name, rolled)
		}
	}
}

// TestTheMigrationComesFirst: as a hook before the release, but for a database that the
// release itself makes, which it can wait for only afterwards. A rolled out pod never
// holds the owner's password.
func TestTheMigrationComesFirst(t *testing.T) {
	for _, c := range []struct {
		set  set
		hook bool
	}{
		{set{chart: "sala", name: "national"}, true}, {set{chart: "sala", name: "national", upgrade: true}, true},
		{set{chart: "sala", name: "production"}, false}, {set{chart: "sala", name: "production", upgrade: true}, true},
	} {
		r := render(t, c.set)
		jobs := r.of("Job")
		if len(jobs) != 1 || (jobs[0].GetAnnotations()["helm.sh/hook"] == "pre-install,pre-upgrade") != c.hook {
			t.Errorf("%s (upgrade %v): %d jobs, hooks %v", c.set, c.set.upgrade, len(jobs), jobs[0].GetAnnotations())
		}
		for _, o := range r.objects { // what the job needs is there when it is
			if o.GetName() == "sala-migration" && (o.GetAnnotations()["helm.sh/hook"] != "") != c.hook {
				t.Errorf("%s: the job's %s is not there when it is", c.set, o.GetKind())
			}
		}
		for name, p := range pods(t, r) {
			raw, err := yaml.Marshal(p)
			if err != nil {
				t.Fatal(err)
			}
			if holds := strings.Contains(string(raw), "sala-database-owner"); holds != (name == "sala-migration") {
				t.Errorf("%s: %s holds the owner's password: %v", c.set, name, holds)
			}
		}
	}
}

// TestTheClustersPostgresIsQuietAndKept: a server of Sala refuses one that logs what people
// type, and uninstalling leaves the data. Values cannot change either.
func TestTheClustersPostgresIsQuietAndKept(t *testing.T) {
	r := render(t, set{chart: "sala", name: "production", over: one("database.cluster.parameters.log_error_verbosity", "verbose")})
	o := r.of("Cluster")[0]
	parameters, _, err := unstructured.NestedStringMap(o.Object, "spec", "postgresql", "parameters")
	if err != nil || parameters["log_error_verbosity"] != "terse" || parameters["log_parameter_max_length_on_error"] != "0" || parameters["shared_buffers"] != "1GB" {
		t.Errorf("its parameters: %v %v", parameters, err)
	}
	if o.GetAnnotations()["helm.sh/resource-policy"] != "keep" {
		t.Error("helm uninstall takes the data along")
	}
	for _, d := range render(t, set{chart: "sala-operator", name: "standard"}).of("CustomResourceDefinition") {
		if d.GetAnnotations()["helm.sh/resource-policy"] != "keep" {
			t.Errorf("helm uninstall takes every %s along", d.GetName())
		}
	}
}

// TestGeneratedFilesAreCurrent: make generate changes nothing of the charts.
func TestGeneratedFilesAreCurrent(t *testing.T) {
	work := t.TempDir()
	for _, dir := range []string{"charts", filepath.Join("operator", "crd"), filepath.Join("operator", "rbac"), filepath.Join("operator", "admission")} {
		if err := os.CopyFS(filepath.Join(work, dir), os.DirFS(filepath.Join("..", "..", dir))); err != nil {
			t.Fatal(err)
		}
	}
	program := filepath.Join(work, "generate")
	if out, err := exec.Command("go", "build", "-o", program, "github.com/sala-exchange/sala/charts/generate").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	cmd := exec.Command(program)
	cmd.Dir = filepath.Join(work, "charts")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, file := range []string{"sala/values.schema.json", "sala-operator/files/role.yaml", "sala-operator/files/admission.yaml", "sala-operator/files/crd-agencies.yaml", "sala-operator/files/crd-agreements.yaml"} {
		if read(t, filepath.Join(work, "charts", file)) != read(t, path(file)) {
			t.Errorf("charts/%s is not what make generate writes", file)
		}
	}
}
