package controller

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
	"github.com/sala-exchange/sala/operator/specs"
)

// +kubebuilder:rbac:groups="",resources=namespaces,verbs=get;list;watch;create;patch;delete
// +kubebuilder:rbac:groups="",resources=resourcequotas;limitranges,verbs=list;watch
// +kubebuilder:rbac:groups=networking.k8s.io,resources=networkpolicies,verbs=list;watch
// +kubebuilder:rbac:groups=rbac.authorization.k8s.io,resources=rolebindings,verbs=list;watch;create;patch
// +kubebuilder:rbac:groups=rbac.authorization.k8s.io,resources=clusterroles,verbs=bind,resourceNames=sala-connectors;sala-operator-agency

// notYet is why an agency's namespace is not as declared.
type notYet struct {
	reason, message string
	again           time.Duration // when to look again
}

func (n *notYet) Error() string { return n.message }

// errElsewhere is what stops a reconcile that rests on what has changed since.
var errElsewhere = errors.New("what was read of the cluster has changed since")

// settled is how long the API server may take to know of a role that was bound.
const settled = time.Second

// connect keeps the namespace of the agency's connectors as declared, whether or not the
// API could be asked, and takes part in what the reconcile says.
func (r *Agencies) connect(ctx context.Context, a *v1alpha1.Agency, result ctrl.Result, before error) (ctrl.Result, error) {
	var reason *notYet
	next, err := r.connectors(ctx, a)
	switch {
	case err == nil:
		return soonest(result, next), before
	case errors.Is(err, errElsewhere):
		return soonest(result, settled), before
	case errors.As(err, &reason):
	case before == nil:
		reason, before = &notYet{reason: reasonCluster, message: "the cluster did not do what its namespace needs; it is tried again"}, err
	default:
		return result, errors.Join(before, err)
	}
	c := ofAgency(a)
	c.note(v1alpha1.ConditionConnectors, metav1.ConditionFalse, reason.reason, reason.message)
	if c.holds(v1alpha1.ConditionReady) {
		c.outcome(metav1.ConditionFalse, reason.reason, reason.message)
	}
	return soonest(result, reason.again), before
}

// soonest looks again after d, where that is not 0 and before the result does.
func soonest(result ctrl.Result, d time.Duration) ctrl.Result {
	if d > 0 && (result.RequeueAfter == 0 || d < result.RequeueAfter) {
		return after(d)
	}
	return result
}

// connectors makes what is declared, and unmakes what is declared no longer; it returns in
// how long a key is due, or 0.
func (r *Agencies) connectors(ctx context.Context, a *v1alpha1.Agency) (time.Duration, error) {
	ended := a.Status.State == "ENDED" || !a.DeletionTimestamp.IsZero() && a.Status.State == ""
	if a.Spec.Connectors == nil || ended {
		return 0, r.disconnect(ctx, a)
	}
	if a.Status.State == "" && a.Status.Connectors == nil {
		return 0, &notYet{reason: reasonWaiting, message: "the namespace of its connectors is made once the agency is approved"}
	}
	ns, err := r.namespace(ctx, a)
	if err != nil {
		return 0, err
	}
	if a.Status.Connectors == nil {
		a.Status.Connectors = &v1alpha1.ConnectorsStatus{}
	}
	a.Status.Connectors.Namespace, a.Status.Connectors.NamespaceUID = ns.Name, string(ns.UID)
	if err := r.bound(ctx, a, ns); err != nil {
		return 0, err
	}
	shut := cut(a)
	if err := r.bounds(ctx, a, shut); err != nil {
		return 0, err
	}
	next, err := r.credentials(ctx, a, shut)
	if err != nil {
		return 0, err
	}
	text := "the namespace " + ns.Name + " is as declared"
	if shut {
		text += "; the agency is not active, so that nothing of it reaches anything"
	}
	ofAgency(a).note(v1alpha1.ConditionConnectors, metav1.ConditionTrue, reasonAsDeclared, text)
	return next, nil
}

// cut reports whether the agency's pods reach nothing: as soon as its suspension is
// declared, whether or not the API could be told, and while it stands there.
func cut(a *v1alpha1.Agency) bool {
	return suspends(a) || a.Status.State != "ACTIVE" && a.Status.State != "OFFBOARDING"
}

// namespace is the agency's, made where there is none. One that was not made for this
// object is left as it is, whatever its labels say.
func (r *Agencies) namespace(ctx context.Context, a *v1alpha1.Agency) (*corev1.Namespace, error) {
	ns := &corev1.Namespace{}
	at := client.ObjectKey{Name: specs.NamespaceName(a.Name)}
	err := r.Client.Get(ctx, at, ns) // of those that bear the operator's label
	if apierrors.IsNotFound(err) {
		ns = &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: at.Name, Labels: specs.NamespaceLabels(a)}}
		err = r.Client.Create(ctx, ns, ownsNamespace)
		if apierrors.IsAlreadyExists(err) {
			err = r.Reader.Get(ctx, at, ns)
		}
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("making the namespace of an agency: %w", err)
	case !ours(a, ns):
		return nil, &notYet{reason: reasonTaken, again: r.Poll,
			message: "the namespace " + at.Name + " is there and was not made for this object: it is left as it is; delete it, or give the agency another code"}
	case !ns.DeletionTimestamp.IsZero():
		return nil, &notYet{reason: reasonWaiting, again: r.Poll, message: "the namespace " + at.Name + " is being deleted, and is made anew when it is gone"}
	}
	want := specs.Namespace(a).WithUID(ns.UID) // of another one of the name nothing is changed
	return ns, r.put(ctx, &corev1.Namespace{}, at, want, ownsNamespace)
}

// ours reports whether a namespace was made for this object.
func ours(a *v1alpha1.Agency, ns *corev1.Namespace) bool {
	return ns.Labels[specs.LabelAgencyUID] == string(a.UID) ||
		a.Status.Connectors != nil && a.Status.Connectors.NamespaceUID == string(ns.UID)
}

// bound gives the operator its role in the namespace.
func (r *Agencies) bound(ctx context.Context, a *v1alpha1.Agency, ns *corev1.Namespace) error {
	user, err := r.self(ctx)
	if err != nil {
		return err
	}
	at := client.ObjectKey{Namespace: ns.Name, Name: specs.BindingOperator}
	missing := apierrors.IsNotFound(r.Client.Get(ctx, at, &rbacv1.RoleBinding{}))
	if err := r.put(ctx, &rbacv1.RoleBinding{}, at, specs.Operator(a, user), ownsOwnBinding); err != nil {
		return err
	}
	if missing {
		return &notYet{reason: reasonChanging, again: settled, message: "the namespace " + ns.Name + " is being made"}
	}
	return nil
}

// bounds puts what bounds the agency's programs before who may run them.
func (r *Agencies) bounds(ctx context.Context, a *v1alpha1.Agency, shut bool) error {
	quota, err := specs.ResourceQuota(a)
	if err != nil {
		return &notYet{reason: reasonRefused, message: err.Error()}
	}
	deny, err := specs.DefaultDeny(a)
	if err != nil {
		return err
	}
	team, err := specs.Administrators(a)
	if err != nil {
		return err
	}
	in := specs.NamespaceName(a.Name)
	at := client.ObjectKey{Namespace: in, Name: specs.PolicyDeny}
	if err := r.put(ctx, &networkingv1.NetworkPolicy{}, at, client.ApplyConfigurationFromUnstructured(deny), ownsDeny); err != nil {
		return err
	}
	if err := r.egress(ctx, a, shut); err != nil {
		return err
	}
	for _, one := range []struct {
		kept  client.Object
		name  string
		want  runtime.ApplyConfiguration
		owner client.FieldOwner
	}{
		{&corev1.ResourceQuota{}, specs.QuotaName, quota, ownsQuota},
		{&corev1.LimitRange{}, specs.LimitsName, specs.LimitRange(a), ownsLimits},
		{&rbacv1.RoleBinding{}, specs.BindingConnectors, client.ApplyConfigurationFromUnstructured(team), ownsBinding},
	} {
		if err := r.put(ctx, one.kept, client.ObjectKey{Namespace: in, Name: one.name}, one.want, one.owner); err != nil {
			return err
		}
	}
	return nil
}

// applied is what was said of an object and the version that it had then.
type applied struct{ said, version string }

// put says what an object should be, unless it is just as it was left: a look costs no
// request.
func (r *Agencies) put(ctx context.Context, kept client.Object, at client.ObjectKey, want runtime.ApplyConfiguration, owner client.FieldOwner) error {
	said, err := json.Marshal(want)
	if err != nil {
		return fmt.Errorf("writing %T: %w", kept, err)
	}
	key := fmt.Sprintf("%T %s", kept, at)
	if last, ok := r.applied.Load(key); ok && last.(applied).said == string(said) &&
		r.Client.Get(ctx, at, kept) == nil && kept.GetResourceVersion() == last.(applied).version {
		return nil
	}
	if err := r.Client.Apply(ctx, want, owner, client.ForceOwnership); err != nil {
		return fmt.Errorf("storing %T %s: %w", kept, at.Name, err)
	}
	var now struct {
		Metadata struct{ ResourceVersion string }
	}
	answer, err := json.Marshal(want) // which holds what is stored
	if err == nil {
		err = json.Unmarshal(answer, &now)
	}
	r.applied.Store(key, applied{string(said), now.Metadata.ResourceVersion})
	return err
}

// disconnect deletes the namespace that was made for this object, with all in it, and
// withdraws the keys of its client.
func (r *Agencies) disconnect(ctx context.Context, a *v1alpha1.Agency) error {
	if err := r.withdraw(ctx, a); err != nil {
		return err
	}
	ns, at := &corev1.Namespace{}, client.ObjectKey{Name: specs.NamespaceName(a.Name)}
	var err error
	if a.Status.Connectors == nil && a.Spec.Connectors == nil {
		err = r.Client.Get(ctx, at, ns) // costs no request, and is nearly always all there is to it
	}
	if err == nil {
		err = r.Reader.Get(ctx, at, ns)
	}
	if err == nil && ours(a, ns) && ns.DeletionTimestamp.IsZero() {
		err = r.Client.Delete(ctx, ns, client.Preconditions{UID: &ns.UID})
		if err == nil {
			r.Events.Eventf(a, nil, "Normal", "Deleted", "Disconnect", "the namespace of its connectors is deleted")
		}
	}
	if client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("deleting the namespace of an agency: %w", err)
	}
	a.Status.Connectors = nil
	ofAgency(a).without(v1alpha1.ConditionConnectors)
	return nil
}
