package operator

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
)

// needed are what the roles allow and the record of calls does not show, each with why.
var needed = map[string]string{
	`list sala.exchange/agencies in ""`:              "an API server before 1.34 is not asked for a list by watch",
	`list sala.exchange/datasharingagreements in ""`: "an API server before 1.34 is not asked for a list by watch",
	`create /secrets in "sala-system"`:               "the API server asks for it within the patch that makes an object",
	`create /configmaps in "sala-releases"`:          "the API server asks for it within the patch that makes an object",
	`create batch/cronjobs in "sala-releases"`:       "the API server asks for it within the patch that makes an object",
	`list sala.exchange/releaseschedules in ""`:      "an API server before 1.34 is not asked for a list by watch",
	`list batch/cronjobs in "sala-releases"`:         "an API server before 1.34 is not asked for a list by watch",
	`list batch/jobs in "sala-releases"`:             "an API server before 1.34 is not asked for a list by watch",
	`list /podtemplates in "sala-releases"`:          "an API server before 1.34 is not asked for a list by watch",

	`list /namespaces in ""`:                                      "an API server before 1.34 is not asked for a list by watch",
	`list /resourcequotas in ""`:                                  "an API server before 1.34 is not asked for a list by watch",
	`list /limitranges in ""`:                                     "an API server before 1.34 is not asked for a list by watch",
	`list networking.k8s.io/networkpolicies in ""`:                "an API server before 1.34 is not asked for a list by watch",
	`list rbac.authorization.k8s.io/rolebindings in ""`:           "an API server before 1.34 is not asked for a list by watch",
	`create rbac.authorization.k8s.io/rolebindings in ""`:         "the API server asks for it within the patch that makes an object",
	`create /resourcequotas in "sala-agency-*"`:                   "the API server asks for it within the patch that makes an object",
	`create /limitranges in "sala-agency-*"`:                      "the API server asks for it within the patch that makes an object",
	`create networking.k8s.io/networkpolicies in "sala-agency-*"`: "the API server asks for it within the patch that makes an object",
	`create /secrets in "sala-agency-*"`:                          "the API server asks for it within the patch that makes an object",
	`list /configmaps in "sala-system"`:                           "an API server before 1.34 is not asked for a list by watch",
	`bind rbac.authorization.k8s.io/clusterroles in ""`:           "the API server asks for it within the patch that makes a binding",
}

// sometimes is what is allowed and asked for in some runs only: an event of an object that
// did not change meanwhile, made again soon, is one more of a series.
const sometimes = `patch events.k8s.io/events in ""`

// granted lists what the roles that are shipped allow: verb, group, resource, and whether
// in the operator's namespace alone.
func granted(t *testing.T) map[string]bool {
	t.Helper()
	var all string
	for _, file := range []string{"role.yaml", "agency.yaml"} {
		raw, err := os.ReadFile(filepath.Join("..", "..", "operator", "rbac", file))
		if err != nil {
			t.Fatal(err)
		}
		all += "\n---\n" + string(raw)
	}
	out := map[string]bool{}
	for _, doc := range strings.Split(all, "\n---\n") {
		var role rbacv1.ClusterRole // a Role has the same rules
		if err := yaml.Unmarshal([]byte(doc), &role); err != nil {
			t.Fatal(err)
		}
		switch role.Name {
		case "sala-operator-agency":
			role.Namespace = "sala-agency-*" // bound there alone
		case "sala-connectors":
			continue // not the operator's
		}
		for _, r := range role.Rules {
			for _, verb := range r.Verbs {
				for _, resource := range r.Resources {
					out[fmt.Sprintf("%s %s/%s in %q", verb, r.APIGroups[0], resource, role.Namespace)] = false
				}
			}
		}
	}
	return out
}

// TestRolesAreWhatIsUsed: the operator's roles allow what it asks for, and nothing more
// (threats.md 49).
func TestRolesAreWhatIsUsed(t *testing.T) {
	r := schedule(t, soundSchedule, true)
	e := r.exchange
	r.so("ready", func(s *v1alpha1.ReleaseSchedule) bool { return condition(s, "Ready") == "True AsDeclared" })
	r.runs("BUILT done", batchv1.JobComplete, "")
	r.change(`{"audience":"COUNTERPARTS","definition":"name: persons\nmethod: counts\naudience: COUNTERPARTS\n"}`)
	r.so("changed", func(s *v1alpha1.ReleaseSchedule) bool { return s.Status.Definition == s.Spec.Digest() })
	if err := e.cluster.DeleteAllOf(t.Context(), &batchv1.Job{}, client.InNamespace(platform), client.PropagationPolicy(metav1.DeletePropagationBackground)); err != nil {
		t.Fatal(err)
	}
	terms := object(t, between)
	if err := e.cluster.Create(t.Context(), terms); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.cluster.Delete(t.Context(), terms) }()
	e.agreement("waiting", func(d *v1alpha1.DataSharingAgreement) bool { return d.Status.WaitsFor != "" })
	connected := e.onboard(e.manifest("a07", "NGO", "  connectors: {administrators: [{group: a07-team}], client: {id: connector, issuer: \""+e.api.Issuer("a07")+"\"}}\n"))
	e.until(connected, "connected", func() bool { return is(connected, "ConnectorsReady", "AsDeclared") })
	e.ahead.Store(int64(721 * time.Hour))
	e.eventually("rotating", func() bool { return len(e.ring("a07").Keys) == 2 })
	e.set(connected, `{"connectors":{"client":null}}`)
	e.until(connected, "without a client", func() bool { return connected.Status.Connectors.Secret == "" })
	e.set(connected, `{"connectors":null}`)
	e.until(connected, "disconnected", func() bool { return connected.Status.Connectors == nil })
	refused := e.kubectl(strings.Replace(e.manifest("a08", "NGO", ""), e.api.Issuer("a08"), e.api.Issuer("lwu"), 1))
	e.until(refused, "refused", func() bool { return is(refused, "Stalled", "Refused") })
	if err := e.cluster.Delete(t.Context(), refused); err != nil {
		t.Fatal(err)
	}
	e.gone(refused)
	e.stop()
	roles := granted(t)
	if len(roles) < 8 {
		t.Fatalf("the roles allow %d things", len(roles))
	}
	for _, c := range plane.Calls(t, account) {
		resource := c.Resource
		if c.Subresource != "" {
			resource += "/" + c.Subresource
		}
		verb := c.Verb
		if strings.HasPrefix(verb, "deletecollection") {
			verb = "deletecollection"
		}
		if c.Code == 403 {
			t.Errorf("the roles do not allow %s %s/%s in %q", verb, c.Group, resource, c.Namespace)
		}
		where := c.Namespace
		if strings.HasPrefix(where, "sala-agency-") && resource != "namespaces" {
			where = "sala-agency-*"
		}
		if resource == "namespaces" {
			where = ""
		}
		for _, in := range []string{where, ""} { // a role of the whole cluster counts in each namespace
			key := fmt.Sprintf("%s %s/%s in %q", verb, c.Group, resource, in)
			if _, ok := roles[key]; ok {
				roles[key] = true
				break
			}
		}
	}
	var unused []string
	for what, used := range roles {
		if what != sometimes && used == (needed[what] != "") {
			unused = append(unused, what)
		}
	}
	slices.Sort(unused)
	for _, what := range unused {
		t.Errorf("a role allows what nobody asked for, or that is excused and was: %s", what)
	}
}
