package specs

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/intstr"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
	metav1ac "k8s.io/client-go/applyconfigurations/meta/v1"
	networkingv1ac "k8s.io/client-go/applyconfigurations/networking/v1"
	rbacv1ac "k8s.io/client-go/applyconfigurations/rbac/v1"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
)

// LabelAgencyUID marks a namespace as made for one Agency object: one of the same name
// that says another, or nothing, is somebody else's.
const LabelAgencyUID = "sala.exchange/agency-uid"

// The names of what is in an agency's namespace.
const (
	NamespacePrefix   = "sala-agency-"
	PolicyDeny        = "sala-default-deny"
	PolicyConnectors  = "sala-connectors"
	QuotaName         = "sala-connectors"
	LimitsName        = "sala-connectors"
	BindingConnectors = "sala-connectors" // of the agency's administrators
	BindingOperator   = "sala-operator"   // of the operator itself
	ClientSecretName  = "sala-client"
)

// The cluster roles that are bound there, as operator/rbac/agency.yaml has them.
const (
	RoleConnectors = "sala-connectors"
	RoleOperator   = "sala-operator-agency"
)

// NamespaceName is the namespace of an agency's connectors.
func NamespaceName(code string) string { return NamespacePrefix + code }

// Surroundings are where the pods of an agency's namespace find what each may reach.
type Surroundings struct {
	// API are the peers that Sala's API is behind, and APIPort its port there; none may be
	// reached where there is no peer.
	API     []networkingv1ac.NetworkPolicyPeerApplyConfiguration
	APIPort int // 1 to 65,535
	// DNS are the peers that answer names.
	DNS []networkingv1ac.NetworkPolicyPeerApplyConfiguration
}

func labels(a *v1alpha1.Agency) map[string]string {
	return map[string]string{LabelManagedBy: ManagedBy, LabelAgency: a.Name}
}

// Namespace is the agency's, under the restricted profile of Pod Security.
func Namespace(a *v1alpha1.Agency) *corev1ac.NamespaceApplyConfiguration {
	return corev1ac.Namespace(NamespaceName(a.Name)).WithLabels(NamespaceLabels(a))
}

// NamespaceLabels are those of the agency's namespace.
func NamespaceLabels(a *v1alpha1.Agency) map[string]string {
	out := labels(a)
	out[LabelAgencyUID] = string(a.UID)
	for _, mode := range []string{"enforce", "audit", "warn"} {
		out["pod-security.kubernetes.io/"+mode] = "restricted"
		out["pod-security.kubernetes.io/"+mode+"-version"] = "latest"
	}
	return out
}

// ResourceQuota bounds the namespace; what would open a port to the outside is never
// granted.
func ResourceQuota(a *v1alpha1.Agency) (*corev1ac.ResourceQuotaApplyConfiguration, error) {
	q := a.Spec.Connectors.Quota
	hard := corev1.ResourceList{}
	pods := 20
	if q.Pods != nil {
		pods = *q.Pods
	}
	for name, text := range map[corev1.ResourceName]string{
		corev1.ResourcePods: fmt.Sprint(pods), corev1.ResourceRequestsCPU: q.CPU, corev1.ResourceRequestsMemory: q.Memory,
		corev1.ResourceLimitsMemory: q.Memory, corev1.ResourceRequestsStorage: q.Storage,
		corev1.ResourceServicesLoadBalancers: "0", corev1.ResourceServicesNodePorts: "0", corev1.ResourcePersistentVolumeClaims: "20",
		"count/secrets": "100", "count/configmaps": "100", "count/jobs.batch": "100",
	} {
		amount, err := resource.ParseQuantity(text)
		if err != nil {
			return nil, fmt.Errorf("spec.connectors.quota: %s is no quantity: write it as Kubernetes does", name)
		}
		hard[name] = amount
	}
	return corev1ac.ResourceQuota(QuotaName, NamespaceName(a.Name)).WithLabels(labels(a)).
		WithSpec(corev1ac.ResourceQuotaSpec().WithHard(hard)), nil
}

// LimitRange gives containers that say nothing what the quota asks each to say.
func LimitRange(a *v1alpha1.Agency) *corev1ac.LimitRangeApplyConfiguration {
	return corev1ac.LimitRange(LimitsName, NamespaceName(a.Name)).WithLabels(labels(a)).
		WithSpec(corev1ac.LimitRangeSpec().WithLimits(corev1ac.LimitRangeItem().WithType(corev1.LimitTypeContainer).
			WithDefaultRequest(corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("50m"), corev1.ResourceMemory: resource.MustParse("64Mi")}).
			WithDefault(corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("128Mi")})))
}

// DefaultDeny lets nothing in or out that another policy does not let.
func DefaultDeny(a *v1alpha1.Agency) (*unstructured.Unstructured, error) {
	return whole(policy(a, PolicyDeny, networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress), "spec.ingress", "spec.egress")
}

func policy(a *v1alpha1.Agency, name string, of ...networkingv1.PolicyType) *networkingv1ac.NetworkPolicyApplyConfiguration {
	return networkingv1ac.NetworkPolicy(name, NamespaceName(a.Name)).WithLabels(labels(a)).
		WithSpec(networkingv1ac.NetworkPolicySpec().WithPodSelector(metav1ac.LabelSelector()).WithPolicyTypes(of...))
}

// ConnectorEgress lets pods ask for names, Sala's API and the agency's destinations, or
// nothing while cut is true.
func ConnectorEgress(a *v1alpha1.Agency, s Surroundings, cut bool) (*unstructured.Unstructured, error) {
	p := policy(a, PolicyConnectors, networkingv1.PolicyTypeEgress)
	if cut {
		return whole(p, "spec.ingress", "spec.egress")
	}
	if len(s.DNS) > 0 {
		p.Spec.WithEgress(to(s.DNS, port(corev1.ProtocolUDP, 53), port(corev1.ProtocolTCP, 53)))
	}
	if len(s.API) > 0 {
		p.Spec.WithEgress(to(s.API, port(corev1.ProtocolTCP, int32(s.APIPort))))
	}
	for _, d := range a.Spec.Connectors.Destinations {
		block, err := ipBlock(d.Network)
		if err != nil {
			return nil, err
		}
		var ports []*networkingv1ac.NetworkPolicyPortApplyConfiguration
		for _, n := range d.Ports {
			ports = append(ports, port(corev1.ProtocolTCP, n))
		}
		p.Spec.WithEgress(networkingv1ac.NetworkPolicyEgressRule().WithTo(networkingv1ac.NetworkPolicyPeer().WithIPBlock(block)).WithPorts(ports...))
	}
	return whole(p, "spec.ingress", "spec.egress")
}

func to(peers []networkingv1ac.NetworkPolicyPeerApplyConfiguration, ports ...*networkingv1ac.NetworkPolicyPortApplyConfiguration) *networkingv1ac.NetworkPolicyEgressRuleApplyConfiguration {
	rule := networkingv1ac.NetworkPolicyEgressRule().WithPorts(ports...)
	rule.To = append(rule.To, peers...)
	return rule
}

// whole says of lists that they are empty where they are: what a manager does not say of an
// object anybody else may add to.
func whole(want any, lists ...string) (*unstructured.Unstructured, error) {
	raw, err := json.Marshal(want)
	if err != nil {
		return nil, fmt.Errorf("writing an object: %w", err)
	}
	u := &unstructured.Unstructured{}
	if err := json.Unmarshal(raw, &u.Object); err != nil {
		return nil, fmt.Errorf("writing an object: %w", err)
	}
	for _, list := range lists {
		path := strings.Split(list, ".")
		if _, there, _ := unstructured.NestedFieldNoCopy(u.Object, path...); there {
			continue
		}
		if err := unstructured.SetNestedSlice(u.Object, []any{}, path...); err != nil {
			return nil, fmt.Errorf("writing an object: %w", err)
		}
	}
	return u, nil
}

func port(protocol corev1.Protocol, n int32) *networkingv1ac.NetworkPolicyPortApplyConfiguration {
	return networkingv1ac.NetworkPolicyPort().WithProtocol(protocol).WithPort(intstr.FromInt32(n))
}

// linkLocal are the addresses that never leave a node, behind which clouds keep the node's
// own credentials (RFC 3927, RFC 4291).
var linkLocal = []netip.Prefix{netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("fe80::/10"), netip.MustParsePrefix("fd00:ec2::254/128")}

// ipBlock is a destination without its link-local part.
func ipBlock(network string) (*networkingv1ac.IPBlockApplyConfiguration, error) {
	n, err := netip.ParsePrefix(network)
	if err != nil || n != n.Masked() {
		return nil, fmt.Errorf("spec.connectors.destinations: a network is not in CIDR notation, or has bits beside its prefix: write it as 203.0.113.0/24")
	}
	block := networkingv1ac.IPBlock().WithCIDR(n.String())
	for _, never := range linkLocal {
		switch {
		case !n.Overlaps(never):
		case n.Bits() >= never.Bits():
			return nil, fmt.Errorf("spec.connectors.destinations: link-local addresses are never reached: leave them out")
		default:
			block.WithExcept(never.String())
		}
	}
	return block, nil
}

// Administrators binds those whom the manifest names to the role that runs connectors.
func Administrators(a *v1alpha1.Agency) (*unstructured.Unstructured, error) {
	b := binding(a, BindingConnectors, RoleConnectors)
	for _, who := range a.Spec.Connectors.Administrators {
		if who.ServiceAccount != nil {
			b.WithSubjects(rbacv1ac.Subject().WithKind(rbacv1.ServiceAccountKind).WithNamespace(who.ServiceAccount.Namespace).WithName(who.ServiceAccount.Name))
			continue
		}
		b.WithSubjects(rbacv1ac.Subject().WithAPIGroup(rbacv1.GroupName).WithKind(rbacv1.GroupKind).WithName(who.Group))
	}
	return whole(b, "subjects")
}

// Operator binds the operator's own account, under its user name, to what it does in the
// agency's namespace, so that it may do that nowhere else.
func Operator(a *v1alpha1.Agency, user string) *rbacv1ac.RoleBindingApplyConfiguration {
	return binding(a, BindingOperator, RoleOperator).
		WithSubjects(rbacv1ac.Subject().WithAPIGroup(rbacv1.GroupName).WithKind(rbacv1.UserKind).WithName(user))
}

func binding(a *v1alpha1.Agency, name, role string) *rbacv1ac.RoleBindingApplyConfiguration {
	return rbacv1ac.RoleBinding(name, NamespaceName(a.Name)).WithLabels(labels(a)).
		WithRoleRef(rbacv1ac.RoleRef().WithAPIGroup(rbacv1.GroupName).WithKind("ClusterRole").WithName(role))
}
