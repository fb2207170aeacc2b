package controller

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
	"github.com/sala-exchange/sala/services/apply"
)

// departing: the agency is on its way out by this object, suspended meanwhile or not, or has
// left.
func departing(a *v1alpha1.Agency) bool {
	if a.Spec.State != "OFFBOARDING" {
		return false
	}
	return a.Status.State == "OFFBOARDING" || a.Status.State == "ENDED" || a.Status.State == suspended && a.Status.Departure != nil
}

// depart takes the departure as far as goes without anybody's yes: cases are handed over
// by people, sharing is ended, and then the agency fetches its export and another agency
// agrees to the deletion of what it contributed. That one the operator never does.
func (r *Agencies) depart(ctx context.Context, a *v1alpha1.Agency, seen *apply.Seen) (ctrl.Result, error) {
	if a.Status.State == "ENDED" {
		for _, step := range []string{v1alpha1.ConditionHandedOver, v1alpha1.ConditionSharingEnded, v1alpha1.ConditionDeparted} {
			ofAgency(a).note(step, metav1.ConditionTrue, reasonDone, "the agency has left")
		}
		a.Status.WaitsFor = ""
		ofAgency(a).outcome(metav1.ConditionTrue, reasonDone, "the agency has left; the object can be deleted")
		return after(r.Resync), nil
	}
	if !ofAgency(a).holds(v1alpha1.ConditionSharingEnded) {
		r.touch(a.UID)
		d, err := seen.EndSharing(ctx, a.Name)
		r.touch(a.UID) // what was read meanwhile is of before
		if err != nil {
			return r.failed(a, ofAgency(a), err)
		}
		handedOver(a, d)
	}
	if a.Status.State == suspended { // its own people can do none of what it would wait for
		a.Status.WaitsFor = v1alpha1.WaitsForReturn
	}
	reason, says := reasonWaiting, "the agency is leaving: it waits for "+a.Status.WaitsFor
	if d := a.Status.Departure; d != nil && d.Overdue {
		reason, says = reasonOverdue, "the agency's departure is past its deadline, by which nothing ends: it waits for "+a.Status.WaitsFor
	}
	ofAgency(a).note(v1alpha1.ConditionDeparted, metav1.ConditionFalse, reason, a.Status.WaitsFor)
	if other := seen.Otherwise(a); other != "" { // the departure goes on all the same
		ofAgency(a).outcome(metav1.ConditionFalse, reasonRefused, other)
		return after(r.Poll), nil
	}
	ofAgency(a).outcome(metav1.ConditionFalse, reason, says)
	return after(r.Poll), nil
}

// leaving notes what was decided with the agency's departure, whoever began it, and tells
// once that its deadline has passed.
func (r *Agencies) leaving(a *v1alpha1.Agency, seen *apply.Seen) {
	told := a.Status.Departure != nil && a.Status.Departure.Overdue
	a.Status.Departure = seen.Leaving(a.Name)
	if d := a.Status.Departure; d != nil && d.Overdue && !told {
		r.Events.Eventf(a, nil, "Warning", reasonOverdue, "Reconcile", "the agency's departure is past its deadline; nothing ends by that")
	}
}

// handedOver notes the first two steps, and what is in the way of them by numbers.
func handedOver(a *v1alpha1.Agency, d *apply.Departure) {
	if d.HandedOverOn == nil {
		ofAgency(a).note(v1alpha1.ConditionHandedOver, metav1.ConditionFalse, reasonInTheWay, fmt.Sprintf(
			"%d cases are the agency's own and have to be handed over (A4), %d of them closed and erased or kept, since no transfer moves them (E1, C7); then %d referrals and %d agreements end",
			d.OwnedCases, d.StillCases, d.OpenReferrals, len(d.Agreements)))
		ofAgency(a).note(v1alpha1.ConditionSharingEnded, metav1.ConditionFalse, reasonWaiting, "cases come first")
		a.Status.WaitsFor = v1alpha1.WaitsForCaseWorkers
		return
	}
	ofAgency(a).note(v1alpha1.ConditionHandedOver, metav1.ConditionTrue, reasonDone, "it owns no case")
	if d.AgreementsEndedOn == nil {
		ofAgency(a).note(v1alpha1.ConditionSharingEnded, metav1.ConditionFalse, reasonChanging, fmt.Sprintf("%d referrals are left to end", d.OpenReferrals))
		a.Status.WaitsFor = "the operator, which goes on by itself"
		return
	}
	ofAgency(a).note(v1alpha1.ConditionSharingEnded, metav1.ConditionTrue, reasonDone, "its agreements and referrals have ended")
	a.Status.WaitsFor = v1alpha1.WaitsForExport + ", and then another agency, which agrees to the deletion of what it contributed: sala offboard " + a.Name
}
