package controller

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
	"github.com/sala-exchange/sala/operator/specs"
)

// setUpCuts registers a controller that does one thing: it cuts the programs of an agency
// off whose suspension is declared. It has a queue and workers of its own and asks the API
// nothing, so that nothing that waits for the API holds it up.
func (r *Agencies) setUpCuts(m ctrl.Manager) error {
	declared := predicate.NewPredicateFuncs(func(o client.Object) bool {
		a, is := o.(*v1alpha1.Agency)
		return is && suspends(a)
	})
	return ctrl.NewControllerManagedBy(m).Named("agency-suspension").
		For(&v1alpha1.Agency{}, builder.WithPredicates(predicate.And(declared, predicate.GenerationChangedPredicate{}))).
		WithOptions(r.options()).
		Complete(reconcile.Func(r.cutOff))
}

// suspends reports whether an object says that its agency is suspended.
func suspends(a *v1alpha1.Agency) bool { return a.Spec.State == suspended }

// suspended is the state of one that is shut out, and may be let in again.
const suspended = "SUSPENDED"

// cutOff shuts the namespace of an agency whose suspension is declared, where it has one.
// What is said of it in the status is the agency's own reconcile's.
func (r *Agencies) cutOff(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	a, ns := &v1alpha1.Agency{}, &corev1.Namespace{}
	if err := r.Client.Get(ctx, req.NamespacedName, a); err != nil || !suspends(a) {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	err := r.Client.Get(ctx, client.ObjectKey{Name: specs.NamespaceName(a.Name)}, ns)
	if err != nil || !ours(a, ns) || !ns.DeletionTimestamp.IsZero() {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	return ctrl.Result{}, r.egress(ctx, a, true)
}

// egress says what an agency's programs reach: nothing where shut, or where its suspension
// has been declared since the object was read. One at a time, so that a reconcile that
// began before a suspension never opens what that has shut.
func (r *Agencies) egress(ctx context.Context, a *v1alpha1.Agency, shut bool) error {
	r.gate.Lock()
	defer r.gate.Unlock()
	now := &v1alpha1.Agency{}
	if err := r.Client.Get(ctx, client.ObjectKeyFromObject(a), now); client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("looking whether an agency's suspension is declared: %w", err)
	}
	shut = shut || now.UID != a.UID || suspends(now)
	want, err := specs.ConnectorEgress(a, r.Surroundings, shut)
	if err != nil {
		return &notYet{reason: reasonRefused, message: err.Error()}
	}
	at := client.ObjectKey{Namespace: specs.NamespaceName(a.Name), Name: specs.PolicyConnectors}
	return r.put(ctx, &networkingv1.NetworkPolicy{}, at, client.ApplyConfigurationFromUnstructured(want), ownsEgress)
}
