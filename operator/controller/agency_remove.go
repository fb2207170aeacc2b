package controller

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
	"github.com/sala-exchange/sala/operator/specs"
	"github.com/sala-exchange/sala/services/apply"
)

// remove lets an object go whose agency is not there: never approved, in which case the
// proposal is taken back, or departed. While the agency is there the object stays, and
// says what is in the way: a deletion alone ends nobody's access and orphans no case.
func (r *Agencies) remove(ctx context.Context, a *v1alpha1.Agency) (gone bool, result ctrl.Result, err error) {
	since := a.DeletionTimestamp.Time // one time at every look: a long reading serves the next
	if changed := r.changedAt(a.UID); changed.After(since) {
		since = changed
	}
	seen, err := r.Directory.See(ctx, since)
	if err != nil {
		result, err = r.failed(a, ofAgency(a), err)
		return false, result, err
	}
	switch a.Status.State = seen.Standing(a.Name); a.Status.State {
	case "", "ENDED":
	default:
		if a.Spec.State == "OFFBOARDING" {
			result, err = r.become(ctx, a, seen)
			return false, result, err
		}
		a.Status.WaitsFor = ""
		ofAgency(a).outcome(metav1.ConditionFalse, reasonThere, "the object is deleted and its agency is there, "+a.Status.State+
			": set spec.state to OFFBOARDING, which two people of different agencies approve; the object goes when the agency has left")
		return false, after(r.Resync), nil
	}
	if a.Status.State == "" {
		if id, err := seen.TakeBack(ctx, a); err != nil {
			result, err = r.notOurs(a, id, err)
			return false, result, err
		}
	}
	a.Status.InvitationSecret = specs.InvitationName(a.Name) // whether it was noted or not
	if err := r.void(ctx, a); err != nil {
		return false, ctrl.Result{}, err
	}
	if err := r.disconnect(ctx, a); err != nil {
		return false, ctrl.Result{}, err
	}
	if err := r.finalizers(ctx, a); err != nil {
		return false, ctrl.Result{}, err
	}
	r.changed.Delete(a.UID)
	r.written.Delete(a.UID)
	forget(v1alpha1.KindAgency, a.Name)
	return true, ctrl.Result{}, nil
}

// notOurs says what is in the way of a deletion where the agency is proposed by a person:
// the operator refuses nothing that somebody else decided. The object stays, since what it
// says may be approved any moment, and then there would be an agency that no object is of.
func (r *Agencies) notOurs(a *v1alpha1.Agency, id string, err error) (ctrl.Result, error) {
	if !refusal(err) {
		return r.failed(a, ofAgency(a), err)
	}
	a.Status.WaitsFor = apply.WaitsForRefusal
	ofAgency(a).outcome(metav1.ConditionFalse, reasonWaiting, "the object is deleted and its agency is proposed ("+id+
		"), by a person and not by the operator, which does not take it back: refuse it by sala proposal refuse "+id+
		", and the object goes; approved, the agency is there and has to leave first")
	return after(r.Poll), nil
}
