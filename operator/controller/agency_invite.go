package controller

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
	"github.com/sala-exchange/sala/operator/specs"
	"github.com/sala-exchange/sala/services/apply"
)

// invite puts the invitation of the first administrator of an agency that came in by
// this object into a Secret, once. Where the Secret could not be stored the invitation is
// made anew, which voids the one that nobody saw.
func (r *Agencies) invite(ctx context.Context, a *v1alpha1.Agency, seen *apply.Seen) error {
	if !a.Status.Proposed || a.Status.State != "ACTIVE" || a.Spec.Kind == "REGIONAL_COUNTERPART" ||
		ofAgency(a).has(v1alpha1.ConditionInvited) {
		return nil
	}
	r.touch(a.UID)
	invited, err := seen.Invite(ctx, a.Name)
	if err != nil {
		return err
	}
	if invited.Proposal != "" { // it was there, and in use, before the operator looked
		ofAgency(a).note(v1alpha1.ConditionInvited, metav1.ConditionFalse, reasonWaiting,
			"it has an administrator or is in use: another one is let in as a change of how it signs in")
		return nil
	}
	secret := specs.Invitation(a, r.Namespace, invited.Secret, invited.Until)
	if err := r.Client.Apply(ctx, secret, ownsSecret, client.ForceOwnership); err != nil {
		return fmt.Errorf("storing the invitation of an agency's administrator: %w", err)
	}
	a.Status.InvitationSecret = specs.InvitationName(a.Name)
	ofAgency(a).note(v1alpha1.ConditionInvited, metav1.ConditionTrue, reasonDone,
		"its first administrator's invitation is in the Secret "+r.Namespace+"/"+a.Status.InvitationSecret+" and can be used until "+invited.Until+"; later ones are made by sala invite")
	r.Events.Eventf(a, nil, "Normal", "Invited", "Invite", "the invitation of its first administrator is in a Secret")
	return nil
}
