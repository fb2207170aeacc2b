// Package progress says how far an agency has come in a cluster: what its object says by
// its conditions, for whom is waited, and what each of them does by which command.
//
// It promises to read one object and change none, and to need the right to get agencies
// and no other. It decides nothing: what is true stands in the object, which the operator
// writes. Nothing about a person is in it.
package progress

import (
	"context"
	"errors"
	"os"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/operator/api/v1alpha1"
)

// requestTime is how long one request to a cluster may take.
const requestTime = 15 * time.Second

// Cluster is a cluster that agencies are read from.
type Cluster struct{ rest rest.Interface }

// Named returns the cluster of a kubeconfig's context. An empty file is that of KUBECONFIG,
// of ~/.kube/config, or, in a pod, the pod's own; an empty context the current one.
func Named(file, context string) (*Cluster, error) {
	loading := clientcmd.NewDefaultClientConfigLoadingRules()
	loading.ExplicitPath = file
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(loading, &clientcmd.ConfigOverrides{CurrentContext: context}).ClientConfig()
	switch {
	case err != nil && (clientcmd.IsEmptyConfig(err) || os.IsNotExist(err)) && file == "":
		return nil, errs.Wrap(err, errs.Unavailable, "no cluster is named: give a kubeconfig by --kubeconfig, or by KUBECONFIG")
	case err != nil:
		return nil, errs.Wrap(err, errs.Invalid, "the kubeconfig cannot be used: check --kubeconfig, KUBECONFIG and --context")
	}
	return At(config)
}

// At returns the cluster of a configuration. client-go's own typed client would link every
// kind of object that Kubernetes has.
func At(config *rest.Config) (*Cluster, error) {
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		return nil, err
	}
	config = rest.CopyConfig(config)
	config.APIPath, config.GroupVersion, config.Timeout = "/apis", &v1alpha1.GroupVersion, requestTime
	config.NegotiatedSerializer = serializer.NewCodecFactory(scheme).WithoutConversion()
	client, err := rest.RESTClientFor(config)
	if err != nil {
		return nil, errs.Wrap(err, errs.Invalid, "the kubeconfig cannot be used: check --kubeconfig, KUBECONFIG and --context")
	}
	return &Cluster{client}, nil
}

// Agency reads the object of an agency. Its errors are of the kinds Unavailable (no cluster,
// or one that knows no agencies), Unauthenticated, Forbidden and Withheld (no such object).
func (c *Cluster) Agency(ctx context.Context, code string) (*v1alpha1.Agency, error) {
	a := &v1alpha1.Agency{}
	err := c.rest.Get().Resource("agencies").Name(code).Do(ctx).Into(a)
	switch {
	case err == nil:
		return a, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case apierrors.IsUnauthorized(err):
		return nil, errs.Wrap(err, errs.Unauthenticated, "the cluster does not know this account: sign in to it anew, or name another --context")
	case apierrors.IsForbidden(err):
		return nil, errs.Wrap(err, errs.Forbidden, "this account may not read agencies in the cluster: ask for the right to get agencies.sala.exchange")
	case apierrors.IsNotFound(err) && undefined(err):
		return nil, errs.Wrap(err, errs.Unavailable, "the cluster knows no agencies: install charts/sala-operator there, or name another --context")
	case apierrors.IsNotFound(err):
		return nil, errs.Wrap(err, errs.Withheld, "the cluster has no Agency of this code: kubectl apply its manifest, or sala agency list where it was onboarded without a cluster")
	}
	return nil, errs.Wrap(err, errs.Unavailable, "the cluster cannot be reached: is its API server up, and is --context the right one?")
}

// undefined tells a path that is not there from an object that is not there: of the latter
// alone the answer names the object.
func undefined(err error) bool {
	var status apierrors.APIStatus
	if !errors.As(err, &status) || status.Status().Details == nil {
		return true
	}
	for _, cause := range status.Status().Details.Causes {
		if cause.Type == metav1.CauseTypeUnexpectedServerResponse {
			return true
		}
	}
	return false
}
