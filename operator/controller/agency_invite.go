package controller

import (
	"context"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
	"github.com/sala-exchange/sala/operator/specs"
	"github.com/sala-exchange/sala/services/apply"
)

// invite puts the invitation of the first administrator of an agency that came in by
// this object into a Secret, once. Where the Secret could not be stored the invitation is
// made anew, which voids the one that nobody saw; and so is one that the API does not know
// any more, as after its database was restored to a time before.
func (r *Agencies) invite(ctx context.Context, a *v1alpha1.Agency, seen *apply.Seen) error {
	if !a.Status.Proposed || a.Status.State != "ACTIVE" || a.Spec.Kind == "REGIONAL_COUNTERPART" {
		return nil
	}
	if was := ofAgency(a).has(v1alpha1.ConditionInvited); was && (a.Status.InvitationSecret == "" || r.invited(a, seen.Invitation(a.Name))) {
		return nil
	}
	r.touch(a.UID)
	invited, err := seen.Invite(ctx, a.Name)
	r.touch(a.UID) // a reading that began meanwhile may know nothing of it
	if err != nil {
		return err
	}
	if invited.Proposal != "" { // it was there, and in use, before the operator looked
		a.Status.InvitationSecret = ""
		ofAgency(a).note(v1alpha1.ConditionInvited, metav1.ConditionFalse, reasonWaiting,
			"it has an administrator or is in use: another one is let in as a change of how it signs in")
		return nil
	}
	secret := specs.Invitation(a, r.Namespace, invited.Secret, invited.Until)
	if err := r.Client.Apply(ctx, secret, ownsSecret, client.ForceOwnership); err != nil {
		return fmt.Errorf("storing the invitation of an agency's administrator: %w", err)
	}
	a.Status.InvitationSecret = specs.InvitationName(a.Name)
	until, err := time.Parse(time.RFC3339, invited.Until)
	if err != nil {
		return fmt.Errorf("reading until when an invitation can be used: %w", err)
	}
	r.open(a, until)
	r.Events.Eventf(a, nil, "Normal", "Invited", "Invite", "the invitation of its first administrator is in a Secret")
	return nil
}

func (r *Agencies) open(a *v1alpha1.Agency, until time.Time) {
	ofAgency(a).note(v1alpha1.ConditionInvited, metav1.ConditionTrue, reasonDone,
		"its first administrator's invitation is in the Secret "+r.Namespace+"/"+a.Status.InvitationSecret+" and can be used until "+until.UTC().Format(time.RFC3339)+"; later ones are made by sala invite")
}

// invited says how the invitation stands by what the API says of it now, and reports whether
// it says anything.
func (r *Agencies) invited(a *v1alpha1.Agency, i *apply.Invitation) bool {
	c := ofAgency(a)
	switch {
	case i == nil:
		return false
	case i.Used:
		c.note(v1alpha1.ConditionInvited, metav1.ConditionTrue, reasonTakenUp, "its first administrator has taken the invitation up; later ones are made by sala invite")
	case i.Until.IsZero(): // a person has proposed another, which waits
	case i.Over:
		c.note(v1alpha1.ConditionInvited, metav1.ConditionFalse, reasonLapsed,
			"its first administrator's invitation could be used until "+i.Until.UTC().Format(time.RFC3339)+" and was not: sala invite "+a.Name+" makes another")
	default:
		r.open(a, i.Until)
	}
	return true
}

// uninvited forgets the invitation of an agency that is not there.
func uninvited(a *v1alpha1.Agency) {
	a.Status.InvitationSecret = ""
	ofAgency(a).without(v1alpha1.ConditionInvited)
}
