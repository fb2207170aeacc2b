package controller

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/sala-exchange/sala/internal/errs"
	api "github.com/sala-exchange/sala/services/exchange/client"
)

// The field managers, one for each kind of thing that is owned.
const (
	ownsAgencyStatus    = client.FieldOwner("sala-operator-agency-status")
	ownsAgreementStatus = client.FieldOwner("sala-operator-agreement-status")
	ownsFinalizer       = client.FieldOwner("sala-operator-agency-finalizer")
	ownsSecret          = client.FieldOwner("sala-operator-agency-invitation")
	ownsNamespace       = client.FieldOwner("sala-operator-agency-namespace")
	ownsDeny            = client.FieldOwner("sala-operator-agency-deny")
	ownsEgress          = client.FieldOwner("sala-operator-agency-egress")
	ownsQuota           = client.FieldOwner("sala-operator-agency-quota")
	ownsLimits          = client.FieldOwner("sala-operator-agency-limits")
	ownsBinding         = client.FieldOwner("sala-operator-agency-administrators")
	ownsClient          = client.FieldOwner("sala-operator-agency-client")
	ownsOwnBinding      = client.FieldOwner("sala-operator-agency-operator")
)

// part is what one field manager says of an object, and of no other of its name.
func part(kind schema.GroupVersionKind, o metav1.Object) *unstructured.Unstructured {
	u := &unstructured.Unstructured{Object: map[string]any{}}
	u.SetGroupVersionKind(kind)
	u.SetName(o.GetName())
	u.SetUID(o.GetUID())
	return u
}

// report writes a status, once a reconcile and only where it says something new: one that
// is written each time would make each reconcile the cause of another.
func report[S any](ctx context.Context, c client.Client, u *unstructured.Unstructured, owner client.FieldOwner, before, now *S) error {
	if equality.Semantic.DeepEqual(before, now) {
		return nil
	}
	status, err := runtime.DefaultUnstructuredConverter.ToUnstructured(now)
	if err != nil {
		return fmt.Errorf("writing a status: %w", err)
	}
	u.Object["status"] = status
	err = c.Status().Apply(ctx, client.ApplyConfigurationFromUnstructured(u), owner, client.ForceOwnership)
	if client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("storing the status of %s: %w", u.GetKind(), err)
	}
	return nil
}

func kindOf(err error) errs.Kind {
	var failure *api.Failure
	if errors.As(err, &failure) {
		return failure.Kind()
	}
	return errs.KindOf(err)
}

// refusal reports whether the API has refused something for good, as far as the object
// stands: asking again at once changes nothing.
func refusal(err error) bool {
	switch kindOf(err) {
	case errs.Invalid, errs.Conflict, errs.Forbidden, errs.Withheld:
		return true
	}
	return false
}

// said is what an error says of the object alone: an id of a request, which is another each
// time, would make each reconcile the cause of another.
func said(err error) string {
	var failure *api.Failure
	if errors.As(err, &failure) {
		f := *failure
		f.Request = ""
		return f.Error()
	}
	var own *errs.Error
	if errors.As(err, &own) {
		return own.Error()
	}
	return err.Error()
}

// failed says what the API said, and when to ask again.
func (s *shared) failed(o client.Object, c *conditions, err error) (ctrl.Result, error) {
	// Of all objects' requests together: this one's status says nothing of it.
	if kindOf(err) == errs.Limited {
		s.Directory.Pause()
		err = later(pause)
	}
	var wait later
	if errors.As(err, &wait) {
		return after(time.Duration(wait)*10/9 + rand.N(time.Second)), nil //nolint:gosec // a jitter is no secret
	}
	message := said(err)
	if !refusal(err) {
		c.outcome(metav1.ConditionUnknown, reasonUnavailable, message)
		if errors.Is(err, errSlow) { // one reading that all wait for, and no fault of this object's
			return after(s.Poll), nil
		}
		return ctrl.Result{}, err
	}
	message = "the API refuses it: " + message
	if !c.says(message) {
		s.Events.Eventf(o, nil, "Warning", "Refused", "Reconcile", "%s", shown(message))
	}
	c.outcome(metav1.ConditionFalse, reasonRefused, message)
	return after(s.Resync), nil
}
