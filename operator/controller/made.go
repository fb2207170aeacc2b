package controller

import (
	"context"
	"fmt"

	authenticationv1 "k8s.io/api/authentication/v1"
	rbacv1 "k8s.io/api/rbac/v1"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/sala-exchange/sala/operator/specs"
)

// self is the operator's own user name at the cluster.
func (r *Agencies) self(ctx context.Context) (string, error) {
	if name := r.user.Load(); name != nil {
		return *name, nil
	}
	me := &authenticationv1.SelfSubjectReview{}
	if err := r.Client.Create(ctx, me); err != nil {
		return "", fmt.Errorf("asking the cluster who the operator is: %w", err)
	}
	r.user.Store(&me.Status.UserInfo.Username)
	return me.Status.UserInfo.Username, nil
}

// watched are the kinds that the operator makes in the namespaces of agencies.
var watched = []client.Object{&corev1.Namespace{}, &corev1.ResourceQuota{}, &corev1.LimitRange{}, &networkingv1.NetworkPolicy{}, &rbacv1.RoleBinding{}}

// Made is what of those kinds is read, and of ConfigMaps of the operator's namespace: what
// bears the operator's label, and so nothing of anybody else.
func Made(namespace string) map[client.Object]cache.ByObject {
	own := labels.SelectorFromSet(labels.Set{specs.LabelManagedBy: specs.ManagedBy})
	out := map[client.Object]cache.ByObject{
		&corev1.ConfigMap{}: {Label: own, Namespaces: map[string]cache.Config{namespace: {}}}, // keys of clients
	}
	for _, kind := range watched {
		out[kind] = cache.ByObject{Label: own}
	}
	return out
}

// watch has an agency looked at again when somebody changes or deletes what was made for
// it.
func watch(b *builder.Builder) *builder.Builder {
	of := handler.EnqueueRequestsFromMapFunc(func(_ context.Context, o client.Object) []reconcile.Request {
		code := o.GetLabels()[specs.LabelAgency]
		if code == "" {
			return nil
		}
		return []reconcile.Request{{NamespacedName: types.NamespacedName{Name: code}}}
	})
	for _, kind := range append(watched, &corev1.ConfigMap{}) {
		b = b.Watches(kind, of)
	}
	return b
}
