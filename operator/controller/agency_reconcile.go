package controller

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
	"github.com/sala-exchange/sala/services/apply"
)

// +kubebuilder:rbac:groups=sala.exchange,resources=agencies,verbs=list;watch;patch
// +kubebuilder:rbac:groups=sala.exchange,resources=agencies/status,verbs=patch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch
// +kubebuilder:rbac:groups="",resources=secrets,verbs=create;patch;delete,namespace=sala-system
// +kubebuilder:rbac:groups="",resources=events,verbs=create,namespace=sala-system
// +kubebuilder:rbac:groups=coordination.k8s.io,resources=leases,verbs=get;create;update,namespace=sala-system

// Agencies reconciles Agency objects.
type Agencies struct {
	shared
	applied sync.Map               // what was last said of an object, by kind and name
	user    atomic.Pointer[string] // the operator's own, at the cluster
	held    sync.Map               // by UID: the private key that is published and not handed out yet
	gate    sync.Mutex             // held while it is decided and stored what an agency's programs reach
}

// NewAgencies makes the controller.
func NewAgencies(o Options) *Agencies { return &Agencies{shared: shared{Options: o}} }

// SetUp registers the controller, and beside it the one that cuts suspended agencies off.
func (r *Agencies) SetUp(m ctrl.Manager) error {
	if err := r.setUpCuts(m); err != nil {
		return err
	}
	return watch(ctrl.NewControllerManagedBy(m).Named("agency").
		For(&v1alpha1.Agency{}, builder.WithPredicates(predicate.Or(predicate.GenerationChangedPredicate{}, leaving)))).
		WithOptions(r.options()).
		Complete(r)
}

// leaving lets a deletion through, which is no change of the spec.
var leaving = predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
	return e.ObjectOld.GetDeletionTimestamp().IsZero() && !e.ObjectNew.GetDeletionTimestamp().IsZero()
}}

// finalizer keeps an object until its agency is gone.
const finalizer = "sala.exchange/agency"

var agencyKind = v1alpha1.GroupVersion.WithKind(v1alpha1.KindAgency)

// Reconcile brings one agency to what its object says.
func (r *Agencies) Reconcile(ctx context.Context, req ctrl.Request) (result ctrl.Result, err error) {
	a := &v1alpha1.Agency{}
	if err := r.Client.Get(ctx, req.NamespacedName, a); err != nil {
		if client.IgnoreNotFound(err) == nil {
			forget(v1alpha1.KindAgency, req.Name)
		}
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if r.stale(a) {
		return after(0), nil
	}
	before, gone := a.Status.DeepCopy(), false
	defer func() {
		if gone {
			return
		}
		a.Status.ObservedGeneration = a.Generation
		steady(before.Conditions, a.Status.Conditions)
		ready(v1alpha1.KindAgency, a.Name, a.Status.Conditions)
		deadline(a)
		u := part(agencyKind, a)
		err = errors.Join(err, report(ctx, r.Client, u, ownsAgencyStatus, before, &a.Status))
		r.wrote(u)
	}()
	if !a.DeletionTimestamp.IsZero() {
		if gone, result, err = r.remove(ctx, a); gone {
			return result, err
		}
		return r.connect(ctx, a, result, err)
	}
	if err := r.hold(ctx, a); err != nil {
		return ctrl.Result{}, err
	}
	if suspends(a) {
		// At once: the API may take long to answer. What came of it is said below.
		_, _ = r.connect(ctx, a, ctrl.Result{}, nil)
	}
	result, err = r.ask(ctx, a)
	return r.connect(ctx, a, result, err)
}

// ask brings the agency at the API to what its object says.
func (r *Agencies) ask(ctx context.Context, a *v1alpha1.Agency) (ctrl.Result, error) {
	seen, err := r.Directory.See(ctx, r.changedAt(a.UID))
	if err != nil {
		return r.failed(a, ofAgency(a), err)
	}
	return r.become(ctx, a, seen)
}

// become does what there is to do, and says what is left.
func (r *Agencies) become(ctx context.Context, a *v1alpha1.Agency, seen *apply.Seen) (ctrl.Result, error) {
	a.Status.State = seen.Standing(a.Name)
	if a.Status.State == "" {
		ofAgency(a).without(v1alpha1.ConditionInvited)
	}
	r.leaving(a, seen)
	if departing(a) {
		a.Status.Proposals = nil
		return r.depart(ctx, a, seen)
	}
	plan := seen.Propose(&v1alpha1.Document{Number: 1, Line: 1, Agency: a, KindName: v1alpha1.KindAgency + "/" + a.Name}, proposals(a))
	approved(a, plan)
	var err error
	if plan.Changes() > 0 {
		r.touch(a.UID)
		err = plan.Run(ctx, r.tell(a))
		r.touch(a.UID) // what was read meanwhile is of before
	}
	if err := errors.Join(err, r.propose(ctx, a, seen, plan)); err != nil {
		return r.failed(a, ofAgency(a), err)
	}
	if err := r.invite(ctx, a, seen); err != nil {
		return r.failed(a, ofAgency(a), err)
	}
	return r.settle(a, plan), nil
}

// approved says whether two people have approved the agency (I7).
func approved(a *v1alpha1.Agency, plan *apply.Plan) {
	if a.Status.State == "" {
		reason := reasonWaiting
		switch {
		case plan.Changes() > 0:
			reason = reasonChanging // it is proposed by this reconcile, if that goes well
		case plan.Refusals() > 0:
			reason = reasonRefused
		}
		ofAgency(a).note(v1alpha1.ConditionApproved, metav1.ConditionFalse, reason, sentence(plan.Steps))
		return
	}
	ofAgency(a).note(v1alpha1.ConditionApproved, metav1.ConditionTrue, reasonDone, "two people of different agencies approved it")
}

// settle sums a plan up.
func (r *Agencies) settle(a *v1alpha1.Agency, plan *apply.Plan) ctrl.Result {
	a.Status.WaitsFor = waits(plan.Steps)
	c, text := ofAgency(a), sentence(plan.Steps)
	switch {
	case plan.TurnedDown():
		if !c.says(text) {
			r.Events.Eventf(a, nil, "Warning", "Refused", "Propose", "%s", shown(text))
		}
		c.outcome(metav1.ConditionFalse, reasonRefused, text)
		return after(r.Poll) // somebody may propose it
	case plan.Refusals() > 0:
		c.outcome(metav1.ConditionFalse, reasonRefused, text)
		return after(r.Resync)
	case a.Status.WaitsFor != "":
		c.outcome(metav1.ConditionFalse, reasonWaiting, text)
		return after(r.Poll)
	case plan.Changes() > 0: // done, and looked at again
		c.outcome(metav1.ConditionFalse, reasonChanging, text)
		return after(r.Poll / 10)
	}
	c.outcome(metav1.ConditionTrue, reasonAsDeclared, text)
	return after(r.Resync)
}

// tell makes an event of a step that was done.
func (r *Agencies) tell(a *v1alpha1.Agency) func(*apply.Step) {
	return func(s *apply.Step) {
		r.Events.Eventf(a, nil, "Normal", "Changed", string(s.Action), "%s", shown(sentence([]*apply.Step{s})))
	}
}

// hold keeps the object until remove lets it go.
func (r *Agencies) hold(ctx context.Context, a *v1alpha1.Agency) error {
	if slices.Contains(a.Finalizers, finalizer) {
		return nil
	}
	return r.finalizers(ctx, a, finalizer)
}

// finalizers sets the finalizers that are the operator's own.
func (r *Agencies) finalizers(ctx context.Context, a *v1alpha1.Agency, own ...string) error {
	u := part(agencyKind, a)
	if len(own) > 0 {
		u.SetFinalizers(own)
	}
	if err := r.Client.Apply(ctx, client.ApplyConfigurationFromUnstructured(u), ownsFinalizer, client.ForceOwnership); err != nil {
		return fmt.Errorf("changing the finalizers of an agency: %w", err)
	}
	return nil
}
