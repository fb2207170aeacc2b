package controller

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
	"github.com/sala-exchange/sala/operator/specs"
	"github.com/sala-exchange/sala/services/apply"
)

// invite puts the invitation of the first administrator of an agency that came in by
// this object into a Secret, once. Where the Secret could not be stored the invitation is
// made anew, which voids the one that nobody saw; and so is one that the API does not know
// any more, as after its database was restored to a time before. The Secret is there for as
// long as what is in it can be used, and no longer.
func (r *Agencies) invite(ctx context.Context, a *v1alpha1.Agency, seen *apply.Seen) error {
	if !a.Status.Proposed || a.Status.State != "ACTIVE" || a.Spec.Kind == "REGIONAL_COUNTERPART" {
		return nil
	}
	i, was := seen.Invitation(a.Name), ofAgency(a).has(v1alpha1.ConditionInvited)
	if i != nil && a.Status.InvitationID == "" && a.Status.InvitationSecret != "" {
		a.Status.InvitationID = i.ID // an operator made it that did not note which
	}
	switch mine := i != nil && i.ID == a.Status.InvitationID; {
	case i != nil && i.Used:
		ofAgency(a).note(v1alpha1.ConditionInvited, metav1.ConditionTrue, reasonTakenUp, "its first administrator has taken an invitation up; later ones are made by sala invite")
		return r.void(ctx, a)
	case i != nil && i.Over && (mine || was):
		ofAgency(a).note(v1alpha1.ConditionInvited, metav1.ConditionFalse, reasonLapsed,
			"its first administrator's invitation could be used until "+stamp(i.Until)+" and was not: sala invite "+a.Name+" makes another")
		return r.void(ctx, a)
	case mine && a.Status.InvitationSecret != "":
		r.open(a, i.Until)
		return nil
	case i != nil && !mine && (was || a.Status.InvitationID != ""):
		ofAgency(a).note(v1alpha1.ConditionInvited, metav1.ConditionTrue, reasonDone, by(i)+", and is in no Secret: sala invite "+a.Name+" makes one anew, which voids it")
		return r.void(ctx, a)
	case i == nil && was && a.Status.InvitationID == "":
		return nil // it was there, and in use, before the operator looked
	}
	return r.inviteAnew(ctx, a, seen)
}

// by says which invitation there is, where a person made it, or an operator beside this one.
func by(i *apply.Invitation) string {
	if i.Until.IsZero() {
		return "another invitation of an administrator than the operator's is proposed"
	}
	return "another invitation than the operator's last stands, was shown to whoever made it, can be used until " + stamp(i.Until)
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// inviteAnew makes an invitation, which voids those that nobody has taken up, and stores it.
func (r *Agencies) inviteAnew(ctx context.Context, a *v1alpha1.Agency, seen *apply.Seen) error {
	r.touch(a.UID)
	invited, err := seen.Invite(ctx, a.Name)
	r.touch(a.UID) // a reading that began meanwhile may know nothing of it
	if err != nil {
		return err
	}
	if invited.Proposal != "" { // it has an administrator, or is in use: two people would have to agree, to what nobody would be shown
		a.Status.InvitationID = ""
		ofAgency(a).note(v1alpha1.ConditionInvited, metav1.ConditionFalse, reasonWaiting,
			"it has an administrator or is in use: another one is let in as a change of how it signs in, by sala invite "+a.Name)
		return errors.Join(seen.Withdraw(ctx, invited.Proposal), r.void(ctx, a))
	}
	a.Status.InvitationID, a.Status.InvitationSecret = invited.ID, ""
	ofAgency(a).note(v1alpha1.ConditionInvited, metav1.ConditionFalse, reasonChanging, "an invitation was made and is not stored yet; while it is not, another is made")
	until, err := time.Parse(time.RFC3339, invited.Until)
	if err != nil {
		return fmt.Errorf("reading until when an invitation can be used: %w", err)
	}
	secret := specs.Invitation(a, r.Namespace, invited.Secret, invited.Until)
	if err := r.Client.Apply(ctx, secret, ownsSecret, client.ForceOwnership); err != nil {
		return fmt.Errorf("storing the invitation of an agency's administrator: %w", err)
	}
	a.Status.InvitationSecret = specs.InvitationName(a.Name)
	r.open(a, until)
	r.Events.Eventf(a, nil, "Normal", "Invited", "Invite", "the invitation of its first administrator is in a Secret")
	return nil
}

func (r *Agencies) open(a *v1alpha1.Agency, until time.Time) {
	ofAgency(a).note(v1alpha1.ConditionInvited, metav1.ConditionTrue, reasonDone,
		"its first administrator's invitation is in the Secret "+r.Namespace+"/"+a.Status.InvitationSecret+" and can be used until "+stamp(until)+"; later ones are made by sala invite")
}

// void deletes the Secret of an invitation that nobody can use any more.
func (r *Agencies) void(ctx context.Context, a *v1alpha1.Agency) error {
	if a.Status.InvitationSecret == "" {
		return nil
	}
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: r.Namespace, Name: specs.InvitationName(a.Name)}}
	if err := client.IgnoreNotFound(r.Client.Delete(ctx, secret)); err != nil {
		return fmt.Errorf("deleting the invitation of an agency's administrator: %w", err)
	}
	a.Status.InvitationSecret = ""
	return nil
}
