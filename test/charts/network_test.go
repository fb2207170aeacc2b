package charts

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// end is what can send or take a packet: a pod, or an address outside the cluster.
type end struct {
	name, namespace string
	labels          map[string]string
	ports           map[string]int32 // by name
	address         netip.Addr       // of a pod too
	pod             bool
}

// policies decide as a cluster does that enforces them (networking.k8s.io/v1,
// NetworkPolicySpec): a pod that no policy selects for a direction is open in it, one that
// some select takes what any of them allows.
type policies []*networkingv1.NetworkPolicy

func (p policies) allow(t *testing.T, from, to end, port int32) bool {
	t.Helper()
	return p.direction(t, from, to, to, port, networkingv1.PolicyTypeEgress) && p.direction(t, to, from, to, port, networkingv1.PolicyTypeIngress)
}

// direction asks the policies of one end about the other.
func (p policies) direction(t *testing.T, of, other, to end, port int32, kind networkingv1.PolicyType) bool {
	t.Helper()
	selected := false
	for _, policy := range p {
		if !of.pod || policy.Namespace != of.namespace || !matches(t, &policy.Spec.PodSelector, of.labels) || !slices.Contains(policy.Spec.PolicyTypes, kind) {
			continue
		}
		selected = true
		if kind == networkingv1.PolicyTypeIngress {
			for _, r := range policy.Spec.Ingress {
				if peers(t, r.From, policy.Namespace, other) && ports(r.Ports, to, port) {
					return true
				}
			}
			continue
		}
		for _, r := range policy.Spec.Egress {
			if peers(t, r.To, policy.Namespace, other) && ports(r.Ports, to, port) {
				return true
			}
		}
	}
	return !selected
}

func matches(t *testing.T, s *metav1.LabelSelector, of map[string]string) bool {
	t.Helper()
	selector, err := metav1.LabelSelectorAsSelector(s)
	if err != nil {
		t.Fatal(err)
	}
	return selector.Matches(labels.Set(of))
}

// peers: an empty list is everybody. A block of addresses is of pods too, since some
// clusters take it so.
func peers(t *testing.T, list []networkingv1.NetworkPolicyPeer, namespace string, e end) bool {
	t.Helper()
	for _, p := range list {
		if p.IPBlock != nil {
			if within(t, p.IPBlock, e.address) {
				return true
			}
			continue
		}
		in := e.namespace == namespace
		if p.NamespaceSelector != nil {
			in = matches(t, p.NamespaceSelector, map[string]string{corev1.LabelMetadataName: e.namespace})
		}
		if e.pod && in && (p.PodSelector == nil || matches(t, p.PodSelector, e.labels)) {
			return true
		}
	}
	return len(list) == 0
}

func within(t *testing.T, b *networkingv1.IPBlock, a netip.Addr) bool {
	t.Helper()
	for _, x := range b.Except {
		if netip.MustParsePrefix(x).Contains(a) {
			return false
		}
	}
	return netip.MustParsePrefix(b.CIDR).Contains(a)
}

func ports(list []networkingv1.NetworkPolicyPort, to end, port int32) bool {
	for _, p := range list {
		if p.Protocol != nil && *p.Protocol != corev1.ProtocolTCP {
			continue
		}
		if p.Port == nil || p.Port.Type == intstr.Int && p.Port.IntVal == port || p.Port.Type == intstr.String && to.ports[p.Port.StrVal] == port {
			return true
		}
	}
	return len(list) == 0
}

// world is everybody around a release: its own pods, and others' that are at hand.
func world(t *testing.T, r *rendered, more ...end) (all []end, p policies) {
	t.Helper()
	i := byte(0)
	pod := func(name, namespace string, l map[string]string) end {
		i++
		return end{name: name, namespace: namespace, labels: l, pod: true, address: netip.AddrFrom4([4]byte{10, 244, 0, i})}
	}
	for name, one := range pods(t, r) {
		all = append(all, pod(name, one.Namespace, one.Labels))
	}
	for _, o := range r.of("Cluster") {
		l := map[string]string{"cnpg.io/cluster": o.GetName()}
		inherited, _ := o.Object["spec"].(map[string]any)["inheritedMetadata"].(map[string]any)["labels"].(map[string]any)
		for k, v := range inherited {
			l[k], _ = v.(string)
		}
		all = append(all, pod("postgres", r.namespace(), l), pod("postgres-2", r.namespace(), l))
		all = append(all, pod("cnpg", "cnpg-system", nil))
	}
	all = append(all, pod("neighbour", r.namespace(), map[string]string{"app": "other"}), pod("stranger", "default", nil),
		pod("monitoring", "monitoring", nil), pod("clients", "gateways", nil), pod("clients-of-the-door", "ingress-nginx", nil),
		pod("dns", "kube-system", map[string]string{"k8s-app": "kube-dns"}), pod("vault", "vault", nil))
	for name, address := range map[string]string{"internet": "203.0.113.7", "database": "10.20.0.5", "api-server": "10.96.0.1", "metadata": "169.254.169.254", "office": "10.20.7.7", "machine": "10.0.0.10"} {
		all = append(all, end{name: name, address: netip.MustParseAddr(address)})
	}
	for _, o := range r.of("NetworkPolicy") {
		policy := as[networkingv1.NetworkPolicy](t, o)
		if policy.Namespace == "" {
			policy.Namespace = r.namespace()
		}
		p = append(p, policy)
	}
	return append(all, more...), p
}

// asked are the ports that are tried: DNS, HTTPS, PostgreSQL, its instances, its metrics,
// Vault, the API server, the API, operations, the operator's with the keys that it serves.
var asked = []int32{53, 443, 5432, 6443, 8000, 8080, 8081, 8082, 8200, 8443, 9090, 9187}

// reached lists who reaches whom, of the pairs with a pod of the release.
func reached(t *testing.T, r *rendered) map[string]bool {
	t.Helper()
	all, p := world(t, r)
	out, pairs := map[string]bool{}, 0
	for _, from := range all {
		for _, to := range all {
			if from.name == to.name || !from.pod && !to.pod {
				continue
			}
			for _, port := range asked {
				pairs++
				if ends := []string{from.name, to.name}; p.allow(t, from, to, port) && touches(ends, r) {
					out[fmt.Sprintf("%s > %s:%d", from.name, to.name, port)] = true
				}
			}
		}
	}
	t.Logf("%s: %d pairs and ports were tried, %d are open", r.set, pairs, len(out))
	return out
}

// touches: between others a chart decides nothing.
func touches(ends []string, r *rendered) bool {
	for _, e := range ends {
		if slices.Contains([]string{"sala-api", "sala-sequencer", "sala-region", "sala-migration", "sala-test", "sala-release", "sala-operator", "postgres", "postgres-2"}, e) {
			return true
		}
	}
	return false
}

// TestNetworkPolicies: of all pairs of pods and addresses exactly these are open. That a
// cluster's network enforces it is not shown here.
func TestNetworkPolicies(t *testing.T) {
	for _, c := range []struct {
		set  set
		open []string
	}{
		{sets[0], []string{
			"sala-api > dns:53", "sala-api > internet:443", "sala-api > machine:5432", "sala-api > machine:443", "sala-api > machine:6443",
			"sala-migration > dns:53", "sala-migration > machine:5432", "monitoring > sala-api:9090"}},
		{sets[2], []string{
			"sala-api > dns:53", "sala-api > internet:443", "sala-api > database:5432", "sala-api > api-server:443", "sala-api > api-server:6443", "sala-api > office:443",
			"clients-of-the-door > sala-api:8443", "monitoring > sala-api:9090",
			"sala-migration > dns:53", "sala-migration > database:5432",
			"sala-sequencer > dns:53", "sala-sequencer > database:5432", "monitoring > sala-sequencer:9090",
			"sala-release > dns:53", "sala-release > database:5432",
			"sala-region > dns:53", "sala-region > internet:443", "clients-of-the-door > sala-region:8443", "monitoring > sala-region:9090",
			"sala-test > dns:53", "sala-test > internet:443", "sala-test > sala-api:8443"}},
		{sets[3], []string{
			"sala-operator > dns:53", "sala-operator > internet:443", "sala-operator > api-server:443", "sala-operator > api-server:6443",
			"sala-operator > machine:443", "sala-operator > machine:6443",
			"monitoring > sala-operator:8080", "clients > sala-operator:8082"}},
	} {
		compare(t, c.set, reached(t, render(t, c.set)), c.open)
	}
}

// TestOperatorOfAPrivateNetwork: an issuer, or an API, with a private address is reached once
// a rule names it, and nothing else by that.
func TestOperatorOfAPrivateNetwork(t *testing.T) {
	s := sets[3]
	before := reached(t, render(t, s))
	s.over = one("networkPolicy.egress", []any{map[string]any{
		"to": []any{map[string]any{"ipBlock": map[string]any{"cidr": "10.20.7.7/32"}}}, "ports": []any{map[string]any{"port": 443, "protocol": "TCP"}},
	}})
	want := []string{"sala-operator > office:443"}
	for already := range before {
		want = append(want, already)
	}
	if before[want[0]] {
		t.Fatal("a private address is reached without a rule: nothing is shown")
	}
	compare(t, s, reached(t, render(t, s)), want)
}

// TestNetworkPoliciesOfACluster: with a PostgreSQL in the cluster, and the door beside it,
// the API, the sequencer, the migration and builds of releases alone reach it. The instances themselves may ask anybody:
// their operator's program needs the cluster's API server.
func TestNetworkPoliciesOfACluster(t *testing.T) {
	s := sets[1]
	s.over = map[string]any{"region": map[string]any{"enabled": true, "tls": map[string]any{"secretName": "sala-region-tls"}}}
	all := reached(t, render(t, s))
	for _, from := range []string{"postgres", "postgres-2"} {
		for name := range all {
			if len(name) > len(from)+1 && name[:len(from)+1] == from+" " {
				delete(all, name)
			}
		}
	}
	compare(t, s, all, []string{
		"sala-api > dns:53", "sala-api > internet:443", "sala-api > api-server:443", "sala-api > api-server:6443", "sala-api > vault:8200",
		"sala-api > machine:443", "sala-api > machine:6443",
		"clients > sala-api:8443", "monitoring > sala-api:9090",
		"sala-api > postgres:5432", "sala-api > postgres-2:5432", "sala-migration > postgres:5432", "sala-migration > postgres-2:5432", "sala-migration > dns:53",
		"sala-sequencer > dns:53", "sala-sequencer > postgres:5432", "sala-sequencer > postgres-2:5432", "monitoring > sala-sequencer:9090",
		"sala-release > dns:53", "sala-release > postgres:5432", "sala-release > postgres-2:5432",
		"cnpg > postgres:5432", "cnpg > postgres:8000", "cnpg > postgres-2:5432", "cnpg > postgres-2:8000",
		"monitoring > postgres:9187", "monitoring > postgres-2:9187",
		"sala-region > dns:53", "sala-region > internet:443", "monitoring > sala-region:9090",
		"sala-test > dns:53", "sala-test > internet:443", "sala-test > sala-api:8443",
	})
}

func compare(t *testing.T, s set, got map[string]bool, want []string) {
	t.Helper()
	for _, w := range want {
		if !got[w] {
			t.Errorf("%s: %s is shut", s, w)
		}
		delete(got, w)
	}
	for g := range got {
		t.Errorf("%s: %s is open", s, g)
	}
}

// TestWithoutPoliciesAllIsOpen: what the tests above find shut is shut by the policies.
func TestWithoutPoliciesAllIsOpen(t *testing.T) {
	s := sets[2]
	s.over = one("networkPolicy.enabled", false)
	got := reached(t, render(t, s))
	for _, open := range []string{"sala-region > database:5432", "sala-region > sala-api:8443", "stranger > sala-api:9090", "sala-api > metadata:443", "sala-release > internet:443", "sala-release > sala-api:8443",
		"sala-sequencer > internet:443", "sala-sequencer > sala-api:8443", "neighbour > sala-sequencer:9090"} {
		if !got[open] {
			t.Errorf("without policies %s is shut: the evaluation shuts too much", open)
		}
	}
}
