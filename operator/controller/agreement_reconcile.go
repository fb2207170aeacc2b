package controller

import (
	"context"
	"errors"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
	"github.com/sala-exchange/sala/services/apply"
)

// +kubebuilder:rbac:groups=sala.exchange,resources=datasharingagreements,verbs=list;watch
// +kubebuilder:rbac:groups=sala.exchange,resources=datasharingagreements/status,verbs=patch

// Agreements reconciles DataSharingAgreement objects: it proposes them, and says who has
// signed. Deleting an object ends no agreement: its parties do that through the API (D6).
type Agreements struct{ shared }

// NewAgreements makes the controller.
func NewAgreements(o Options) *Agreements { return &Agreements{shared{Options: o}} }

// SetUp registers the controller.
func (r *Agreements) SetUp(m ctrl.Manager) error {
	return ctrl.NewControllerManagedBy(m).Named("agreement").
		For(&v1alpha1.DataSharingAgreement{}, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		WithOptions(r.options()).
		Complete(r)
}

// Reconcile proposes one agreement and says how far it has come.
func (r *Agreements) Reconcile(ctx context.Context, req ctrl.Request) (result ctrl.Result, err error) {
	d := &v1alpha1.DataSharingAgreement{}
	if err := r.Client.Get(ctx, req.NamespacedName, d); err != nil {
		if client.IgnoreNotFound(err) == nil {
			forget(v1alpha1.KindDataSharingAgreement, req.Name)
		}
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !d.DeletionTimestamp.IsZero() {
		return ctrl.Result{}, nil
	}
	before := d.Status.DeepCopy()
	defer func() {
		d.Status.ObservedGeneration = d.Generation
		ready(v1alpha1.KindDataSharingAgreement, d.Name, d.Status.Conditions)
		kind := v1alpha1.GroupVersion.WithKind(v1alpha1.KindDataSharingAgreement)
		err = errors.Join(err, report(ctx, r.Client, part(kind, d), ownsAgreementStatus, before, &d.Status))
	}()
	c := &conditions{&d.Status.Conditions, d.Generation}
	seen, err := r.Directory.See(ctx, r.changedAt(d.UID))
	if err != nil {
		return r.failed(d, c, err)
	}
	if missing := seen.Missing(d); len(missing) > 0 {
		return r.waiting(d, c, "the onboarding of "+strings.Join(missing, ", ")), nil
	}
	got, err := seen.Between(ctx, d)
	if err != nil {
		return r.failed(d, c, err)
	}
	return r.tell(d, c, got), nil
}

func (r *Agreements) waiting(d *v1alpha1.DataSharingAgreement, c *conditions, whom string) ctrl.Result {
	d.Status.WaitsFor = whom
	c.note(v1alpha1.ConditionInForce, metav1.ConditionFalse, reasonWaiting, "it waits for "+whom)
	c.outcome(metav1.ConditionFalse, reasonWaiting, "it waits for "+whom)
	return after(r.Poll)
}

// tell says who has signed, and whether anything may flow: not who stopped it, or why (C8).
func (r *Agreements) tell(d *v1alpha1.DataSharingAgreement, c *conditions, got *apply.Between) ctrl.Result {
	d.Status.Signatures = nil
	for _, s := range got.Signatures {
		one := v1alpha1.Signature{Agency: s.Agency}
		if s.SignedOn != nil {
			at := metav1.NewTime(*s.SignedOn)
			one.SignedOn = new(at.Rfc3339Copy()) // as it will be read again
		}
		d.Status.Signatures = append(d.Status.Signatures, one)
	}
	if unsigned := got.Unsigned(); len(unsigned) > 0 && !got.Ended {
		return r.waiting(d, c, "the signature of "+strings.Join(unsigned, ", "))
	}
	d.Status.WaitsFor = ""
	switch {
	case got.Ended:
		c.note(v1alpha1.ConditionInForce, metav1.ConditionFalse, reasonRefused, "it has ended for good")
		c.outcome(metav1.ConditionFalse, reasonRefused, "the agreement has ended for good; propose another")
	case got.InForce:
		if !c.holds(v1alpha1.ConditionInForce) {
			r.Events.Eventf(d, nil, "Normal", "InForce", "Reconcile", "every party has signed")
		}
		c.note(v1alpha1.ConditionInForce, metav1.ConditionTrue, reasonDone, "every party has signed")
		c.outcome(metav1.ConditionTrue, reasonAsDeclared, "every party has signed")
	default: // suspended, shut down, or outside its period
		c.note(v1alpha1.ConditionInForce, metav1.ConditionFalse, reasonWaiting, "every party has signed, and nothing may flow under it now")
		c.outcome(metav1.ConditionTrue, reasonAsDeclared, "every party has signed")
	}
	return after(r.Resync)
}
