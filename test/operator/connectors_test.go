package operator

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metav1ac "k8s.io/client-go/applyconfigurations/meta/v1"
	networkingv1ac "k8s.io/client-go/applyconfigurations/networking/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
	"github.com/sala-exchange/sala/operator/specs"
)

// surroundings are where the API and DNS are said to be.
var surroundings = specs.Surroundings{
	API:     []networkingv1ac.NetworkPolicyPeerApplyConfiguration{*selecting("kubernetes.io/metadata.name", "sala")},
	APIPort: 8443,
	DNS:     []networkingv1ac.NetworkPolicyPeerApplyConfiguration{*selecting("kubernetes.io/metadata.name", "kube-system")},
}

func selecting(label, value string) *networkingv1ac.NetworkPolicyPeerApplyConfiguration {
	return networkingv1ac.NetworkPolicyPeer().WithNamespaceSelector(metav1ac.LabelSelector().WithMatchLabels(map[string]string{label: value}))
}

// unmake ends the namespaces of agencies, which a cluster's controller manager would do.
func (e *exchange) unmake() {
	ctx := context.Background()
	var all corev1.NamespaceList
	if err := e.cluster.List(ctx, &all, client.MatchingLabels{specs.LabelManagedBy: specs.ManagedBy}); err != nil {
		e.t.Error(err)
	}
	for i := range all.Items {
		ns := &all.Items[i]
		for _, kind := range []client.Object{&corev1.Secret{}, &corev1.Pod{}, &corev1.ResourceQuota{}, &corev1.LimitRange{}, &networkingv1.NetworkPolicy{}, &rbacv1.RoleBinding{}} {
			if err := e.cluster.DeleteAllOf(ctx, kind, client.InNamespace(ns.Name)); err != nil {
				e.t.Error(err)
			}
		}
		_ = e.cluster.Delete(ctx, ns)
		_ = e.cluster.Get(ctx, client.ObjectKeyFromObject(ns), ns) // as it is now, on its way out
		ns.Spec.Finalizers = nil
		_ = e.cluster.SubResource("finalize").Update(ctx, ns)
	}
}

// connected onboards an agency with a namespace whose administrators are its team.
func (e *exchange) connected(code, more string) *v1alpha1.Agency {
	e.t.Helper()
	a := e.onboard(e.manifest(code, "NGO", fmt.Sprintf("  connectors:\n    administrators: [{group: %s-team}]\n%s", code, more)))
	e.until(a, "connected", func() bool { return is(a, "ConnectorsReady", "AsDeclared") })
	return a
}

// in reads an object of an agency's namespace.
func in[T client.Object](e *exchange, a *v1alpha1.Agency, name string, to T) T {
	e.t.Helper()
	if err := e.cluster.Get(e.t.Context(), client.ObjectKey{Namespace: "sala-agency-" + a.Name, Name: name}, to); err != nil {
		e.t.Fatal(err)
	}
	return to
}

// eventually waits for the operator to have put something right.
func (e *exchange) eventually(what string, is func() bool) {
	e.t.Helper()
	for end := time.Now().Add(20 * time.Second); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			e.t.Fatalf("not %s\n%s", what, e.log)
		}
	}
}

// member is a client of the cluster for a user of these groups.
func (e *exchange) member(name string, groups ...string) client.Client {
	e.t.Helper()
	c, err := client.New(plane.User(e.t, name, groups...), client.Options{Scheme: e.cluster.Scheme()})
	if err != nil {
		e.t.Fatal(err)
	}
	return c
}

func pod(namespace string, restricted bool) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, GenerateName: "connector-"},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "connector", Image: "example/connector:1"}}}}
	if restricted {
		p.Spec.SecurityContext = &corev1.PodSecurityContext{RunAsNonRoot: new(true), SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault}}
		p.Spec.Containers[0].SecurityContext = &corev1.SecurityContext{AllowPrivilegeEscalation: new(false), Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}}}
	}
	return p
}

// TestNamespaceOfConnectors: what is made, what a suspension cuts off at once, and that
// nothing is left once it is declared no longer.
func TestNamespaceOfConnectors(t *testing.T) {
	e := founded(t).operate()
	a := e.connected("a01", "    quota: {pods: 7}\n    destinations: [{network: 0.0.0.0/0}]\n")
	quota := in(e, a, "sala-connectors", &corev1.ResourceQuota{})
	if got := quota.Spec.Hard; !got.Pods().Equal(resource.MustParse("7")) || got.Name("services.loadbalancers", "") == nil || !got.Name("limits.memory", "").Equal(resource.MustParse("4Gi")) {
		t.Errorf("the quota: %v", got)
	}
	deny := in(e, a, "sala-default-deny", &networkingv1.NetworkPolicy{}).Spec
	if len(deny.PolicyTypes) != 2 || len(deny.Ingress)+len(deny.Egress)+len(deny.PodSelector.MatchLabels) != 0 {
		t.Errorf("what is denied: %+v", deny)
	}
	egress := func() []networkingv1.NetworkPolicyEgressRule {
		return in(e, a, "sala-connectors", &networkingv1.NetworkPolicy{}).Spec.Egress
	}
	if all := egress(); len(all) != 3 || all[1].Ports[0].Port.IntVal != 8443 || len(all[2].To[0].IPBlock.Except) != 1 || all[2].Ports[0].Port.IntVal != 443 {
		t.Errorf("what is reached: %+v", all)
	}
	e.suspended(a, egress)
	e.set(a, `{"connectors":null}`)
	e.until(a, "disconnected", func() bool { return a.Status.Connectors == nil && is(a, "Ready", "AsDeclared") })
	e.leaves(a)
}

// suspended: the agency's programs reach nothing from the moment that it is declared.
func (e *exchange) suspended(a *v1alpha1.Agency, egress func() []networkingv1.NetworkPolicyEgressRule) {
	e.t.Helper()
	begun := time.Now()
	e.set(a, `{"state":"SUSPENDED"}`)
	e.eventually("cut off", func() bool { return len(egress()) == 0 })
	e.t.Logf("cut off %.2f s after the suspension was declared", time.Since(begun).Seconds())
	e.set(a, `{"state":"ACTIVE"}`)
	e.until(a, "waiting for two", func() bool { return is(a, "Ready", "Waiting") })
	if len(egress()) != 0 {
		e.t.Error("a suspended agency's programs reach something")
	}
	e.approve("lwu")
	e.approve("atd")
	e.eventually("let out again", func() bool { return len(egress()) == 3 })
}

// leaves: the namespace is on its way out, or gone.
func (e *exchange) leaves(a *v1alpha1.Agency) {
	e.t.Helper()
	ns := &corev1.Namespace{}
	err := e.cluster.Get(e.t.Context(), client.ObjectKey{Name: "sala-agency-" + a.Name}, ns)
	if !apierrors.IsNotFound(err) && ns.DeletionTimestamp.IsZero() {
		e.t.Errorf("the namespace stays: %v", err)
	}
}

// TestConnectorsGoWithTheAgency: a namespace is deleted with the object that it was made
// for.
func TestConnectorsGoWithTheAgency(t *testing.T) {
	e := founded(t).operate()
	a := e.connected("a02", "")
	e.join("a02", e.invitation("a02"))
	e.set(a, `{"state":"OFFBOARDING"}`)
	e.until(a, "waiting for two", func() bool { return is(a, "Ready", "Waiting") })
	e.approve("lwu")
	e.approve("atd")
	e.until(a, "sharing ended", func() bool { return is(a, "SharingEnded", "Done") })
	e.export("a02")
	d := e.advance("lwu", "a02")
	e.api.Advance(73 * time.Hour)
	for d.EndedOn == nil {
		d = e.advance("lwu", "a02")
	}
	e.until(a, "departed", func() bool { return is(a, "Departed", "Done") && a.Status.Connectors == nil })
	e.leaves(a)
	if err := e.cluster.Delete(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	e.gone(a)
}

// TestNamespaceIsNotTakenOver: one that is there already is left as it is, whatever its
// labels say, and the object says so.
func TestNamespaceIsNotTakenOver(t *testing.T) {
	e := founded(t).operate()
	for code, labels := range map[string]map[string]string{
		"a03": nil, "a04": {specs.LabelManagedBy: specs.ManagedBy, specs.LabelAgency: "a04", specs.LabelAgencyUID: "00000000-0000-0000-0000-000000000000"},
	} {
		theirs := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "sala-agency-" + code, Labels: labels}}
		if err := e.cluster.Create(t.Context(), theirs); err != nil {
			t.Fatal(err)
		}
		a := e.kubectl(e.manifest(code, "NGO", "  connectors: {}\n"))
		e.until(a, "proposed", func() bool { return is(a, "Approved", "Waiting") })
		e.approve("lwu")
		e.approve("atd")
		e.until(a, "refused", func() bool { return is(a, "ConnectorsReady", "NamespaceTaken") && is(a, "Stalled", "NamespaceTaken") })
		now := &corev1.Namespace{}
		if err := e.cluster.Get(t.Context(), client.ObjectKeyFromObject(theirs), now); err != nil || now.ResourceVersion != theirs.ResourceVersion {
			t.Errorf("somebody else's namespace was changed: %v %v", now.Labels, err)
		}
		var bindings rbacv1.RoleBindingList
		if err := e.cluster.List(t.Context(), &bindings, client.InNamespace(theirs.Name)); err != nil || len(bindings.Items) != 0 {
			t.Errorf("rights were given in somebody else's namespace: %v %v", bindings.Items, err)
		}
		if err := errors.Join(e.cluster.Delete(t.Context(), theirs), e.cluster.Get(t.Context(), client.ObjectKeyFromObject(theirs), theirs)); err != nil {
			t.Fatal(err)
		}
		theirs.Spec.Finalizers = nil
		if err := e.cluster.SubResource("finalize").Update(t.Context(), theirs); err != nil {
			t.Fatal(err)
		}
		e.until(a, "made once the name is free", func() bool { return is(a, "ConnectorsReady", "AsDeclared") && is(a, "Ready", "AsDeclared") })
	}
}

// TestDriftOfConnectors: whatever an administrator of the cluster changes or deletes of
// what bounds an agency's programs is put back.
func TestDriftOfConnectors(t *testing.T) {
	e := founded(t).operate()
	a := e.connected("a05", "")
	at := func(name string) metav1.ObjectMeta {
		return metav1.ObjectMeta{Namespace: "sala-agency-a05", Name: name}
	}
	reads := func(o client.Object) bool { return e.cluster.Get(t.Context(), client.ObjectKeyFromObject(o), o) == nil }
	for _, o := range []client.Object{
		&networkingv1.NetworkPolicy{ObjectMeta: at("sala-default-deny")}, &networkingv1.NetworkPolicy{ObjectMeta: at("sala-connectors")},
		&corev1.ResourceQuota{ObjectMeta: at("sala-connectors")}, &corev1.LimitRange{ObjectMeta: at("sala-connectors")},
		&rbacv1.RoleBinding{ObjectMeta: at("sala-connectors")}, &rbacv1.RoleBinding{ObjectMeta: at("sala-operator")},
	} {
		if err := e.cluster.Delete(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		e.eventually(fmt.Sprintf("put back: %T", o), func() bool { return reads(o) })
	}
	merge := func(o client.Object, patch string) {
		t.Helper()
		if err := e.cluster.Patch(t.Context(), o, client.RawPatch("application/merge-patch+json", []byte(patch))); err != nil {
			t.Fatal(err)
		}
	}
	deny := &networkingv1.NetworkPolicy{ObjectMeta: at("sala-default-deny")}
	merge(deny, `{"spec":{"podSelector":{"matchLabels":{"none":"such"}},"egress":[{}],"ingress":[{}]}}`)
	if len(deny.Spec.Egress) != 1 {
		t.Fatal("the attack does not work: nothing is shown")
	}
	e.eventually("denied again", func() bool {
		return reads(deny) && len(deny.Spec.Egress)+len(deny.Spec.Ingress)+len(deny.Spec.PodSelector.MatchLabels) == 0
	})
	quota := &corev1.ResourceQuota{ObjectMeta: at("sala-connectors")}
	merge(quota, `{"spec":{"hard":{"pods":"999"}}}`)
	e.eventually("bounded again", func() bool { return reads(quota) && quota.Spec.Hard.Pods().Equal(resource.MustParse("20")) })
	binding := &rbacv1.RoleBinding{ObjectMeta: at("sala-connectors")}
	merge(binding, `{"subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"Group","name":"system:authenticated"}]}`)
	e.eventually("given to the team alone again", func() bool {
		return reads(binding) && len(binding.Subjects) == 1 && binding.Subjects[0].Name == "a05-team"
	})
	merge(binding, `{"metadata":{"labels":null}}`) // and so out of the operator's sight
	e.eventually("in sight again", func() bool { return reads(binding) && binding.Labels[specs.LabelManagedBy] == specs.ManagedBy })
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "sala-agency-a05"}}
	merge(ns, `{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"privileged","sala.exchange/agency-uid":null,"app.kubernetes.io/managed-by":null}}}`)
	e.eventually("restricted again", func() bool {
		return reads(ns) && ns.Labels["pod-security.kubernetes.io/enforce"] == "restricted" && ns.Labels[specs.LabelAgencyUID] == string(a.UID)
	})
}

// TestTeamReachesItsOwnAlone: who administers an agency's connectors runs programs in its
// namespace, and touches neither what bounds them, nor another agency's, nor any Agency
// (threats.md 49).
func TestTeamReachesItsOwnAlone(t *testing.T) {
	e := founded(t).operate()
	a, b := e.connected("a06", ""), e.connected("a07", "")
	team, own, other := e.member("someone", "a06-team"), "sala-agency-a06", "sala-agency-a07"
	ctx := t.Context()
	for what, err := range map[string]error{
		"run a pod":     team.Create(ctx, pod(own, true)),
		"keep a secret": team.Create(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: own, Name: "mine"}}),
		"see its quota": team.Get(ctx, client.ObjectKey{Namespace: own, Name: "sala-connectors"}, &corev1.ResourceQuota{}),
	} {
		if err != nil {
			t.Errorf("the team cannot %s: %v", what, err)
		}
	}
	at := func(ns, name string) metav1.ObjectMeta { return metav1.ObjectMeta{Namespace: ns, Name: name} }
	patch := func(o client.Object) error {
		return team.Patch(ctx, o, client.RawPatch("application/merge-patch+json", []byte(`{"metadata":{"labels":{"x":"y"}}}`)))
	}
	role := rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "cluster-admin"}
	for what, err := range map[string]error{
		"run a pod that is root":      team.Create(ctx, pod(own, false)),
		"delete what denies":          team.Delete(ctx, &networkingv1.NetworkPolicy{ObjectMeta: at(own, "sala-default-deny")}),
		"change what is reached":      patch(&networkingv1.NetworkPolicy{ObjectMeta: at(own, "sala-connectors")}),
		"let itself out":              team.Create(ctx, &networkingv1.NetworkPolicy{ObjectMeta: at(own, "out"), Spec: networkingv1.NetworkPolicySpec{Egress: []networkingv1.NetworkPolicyEgressRule{{}}}}),
		"change its quota":            patch(&corev1.ResourceQuota{ObjectMeta: at(own, "sala-connectors")}),
		"delete its limits":           team.Delete(ctx, &corev1.LimitRange{ObjectMeta: at(own, "sala-connectors")}),
		"let somebody in":             patch(&rbacv1.RoleBinding{ObjectMeta: at(own, "sala-connectors")}),
		"give itself a role":          team.Create(ctx, &rbacv1.RoleBinding{ObjectMeta: at(own, "more"), RoleRef: role}),
		"make a role":                 team.Create(ctx, &rbacv1.Role{ObjectMeta: at(own, "more")}),
		"open a service":              team.Create(ctx, &corev1.Service{ObjectMeta: at(own, "open"), Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}, ExternalIPs: []string{"192.0.2.1"}}}),
		"make a service account":      team.Create(ctx, &corev1.ServiceAccount{ObjectMeta: at(own, "more")}),
		"loosen its namespace":        patch(&corev1.Namespace{ObjectMeta: at("", own)}),
		"delete its namespace":        team.Delete(ctx, &corev1.Namespace{ObjectMeta: at("", own)}),
		"read its agency":             team.Get(ctx, client.ObjectKeyFromObject(a), a.DeepCopy()),
		"change its agency":           patch(a.DeepCopy()),
		"delete its agency":           team.Delete(ctx, a.DeepCopy()),
		"change another's agency":     patch(b.DeepCopy()),
		"make an agency":              team.Create(ctx, object(t, soundAgency)),
		"run a pod at another's":      team.Create(ctx, pod(other, true)),
		"list another's secrets":      team.List(ctx, &corev1.SecretList{}, client.InNamespace(other)),
		"see another's quota":         team.Get(ctx, client.ObjectKey{Namespace: other, Name: "sala-connectors"}, &corev1.ResourceQuota{}),
		"read the operator's secrets": team.List(ctx, &corev1.SecretList{}, client.InNamespace(namespace)),
		"list everybody's namespaces": team.List(ctx, &corev1.NamespaceList{}),
		"list everybody's connectors": team.List(ctx, &corev1.PodList{}),
	} {
		if !apierrors.IsForbidden(err) {
			t.Errorf("the team can %s: %v", what, err)
		}
	}
}

// TestOperatorStaysInItsNamespaces: what the operator's roles allow in every namespace, a
// policy of the API server allows it in those of agencies alone.
func TestOperatorStaysInItsNamespaces(t *testing.T) {
	e := founded(t)
	const user = "system:serviceaccount:attacker:sala-operator" // whose calls are not counted as the operator's
	operator := e.member(user)
	bound := &rbacv1.ClusterRoleBinding{ObjectMeta: metav1.ObjectMeta{Name: "attacker"}, Subjects: []rbacv1.Subject{{Kind: "User", APIGroup: rbacv1.GroupName, Name: user}},
		RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "sala-operator"}}
	if err := e.cluster.Create(t.Context(), bound); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.cluster.Delete(context.Background(), bound) }()
	if err := client.IgnoreAlreadyExists(e.cluster.Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "attacker"}})); err != nil {
		t.Fatal(err)
	}
	elsewhere := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "elsewhere", Labels: map[string]string{specs.LabelManagedBy: specs.ManagedBy}}}
	if err := client.IgnoreAlreadyExists(e.cluster.Create(t.Context(), elsewhere)); err != nil {
		t.Fatal(err)
	}
	attacks := map[string]func() error{
		"bind a role in kube-system": func() error {
			return operator.Create(t.Context(), &rbacv1.RoleBinding{ObjectMeta: metav1.ObjectMeta{Namespace: "kube-system", Name: "x"},
				RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "sala-connectors"}}, client.DryRunAll)
		},
		"bind a role in a namespace that only looks its own": func() error {
			return operator.Create(t.Context(), &rbacv1.RoleBinding{ObjectMeta: metav1.ObjectMeta{Namespace: "elsewhere", Name: "x"},
				RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "sala-connectors"}}, client.DryRunAll)
		},
		"delete somebody's namespace": func() error { return operator.Delete(t.Context(), elsewhere.DeepCopy(), client.DryRunAll) },
		"loosen somebody's namespace": func() error {
			return operator.Patch(t.Context(), elsewhere.DeepCopy(), client.RawPatch("application/merge-patch+json", []byte(`{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"privileged"}}}`)), client.DryRunAll)
		},
	}
	for what, attack := range attacks {
		e.eventually("kept from it: "+what, func() bool { return apierrors.IsForbidden(attack()) })
	}
	err := operator.Create(t.Context(), &rbacv1.RoleBinding{ObjectMeta: metav1.ObjectMeta{Namespace: "attacker", Name: "x"},
		RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "cluster-admin"}}, client.DryRunAll)
	if !apierrors.IsForbidden(err) {
		t.Errorf("the operator can bind any role: %v", err)
	}
	e.withoutReach(attacks)
}

// withoutReach shows each attack working where the policy is not there.
func (e *exchange) withoutReach(attacks map[string]func() error) {
	e.t.Helper()
	for _, o := range []string{"ValidatingAdmissionPolicyBinding", "ValidatingAdmissionPolicy"} {
		u := object(e.t, "apiVersion: admissionregistration.k8s.io/v1\nkind: "+o+"\nmetadata: {name: operator-reach.sala.exchange}\n")
		if err := e.cluster.Delete(e.t.Context(), u); err != nil {
			e.t.Fatal(err)
		}
	}
	for what, attack := range attacks {
		e.eventually("possible without the policy: "+what, func() bool { return attack() == nil })
	}
}
