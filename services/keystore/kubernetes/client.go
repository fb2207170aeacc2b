package kubernetes

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/rest"
)

// secrets are the Secrets of one namespace: the three requests that a key store makes.
// client-go's own typed client would link every kind of object that Kubernetes has, 20
// MB more.
type secrets struct {
	rest      rest.Interface
	namespace string
}

func newSecrets(config *rest.Config, namespace string) (*secrets, error) {
	scheme := runtime.NewScheme()
	if err := corev1.AddToScheme(scheme); err != nil {
		return nil, err
	}
	metav1.AddToGroupVersion(scheme, corev1.SchemeGroupVersion)
	config = rest.CopyConfig(config)
	config.APIPath, config.GroupVersion = "/api", &corev1.SchemeGroupVersion
	config.NegotiatedSerializer = serializer.NewCodecFactory(scheme).WithoutConversion()
	client, err := rest.RESTClientFor(config)
	if err != nil {
		return nil, err
	}
	return &secrets{client, namespace}, nil
}

func (s *secrets) get(ctx context.Context, name string) (*corev1.Secret, error) {
	is := &corev1.Secret{}
	err := s.rest.Get().Namespace(s.namespace).Resource("secrets").Name(name).Do(ctx).Into(is)
	return is, err
}

func (s *secrets) create(ctx context.Context, secret *corev1.Secret) error {
	return s.rest.Post().Namespace(s.namespace).Resource("secrets").Body(secret).Do(ctx).Error()
}

// update replaces a Secret unless it changed since it was read.
func (s *secrets) update(ctx context.Context, secret *corev1.Secret, dryRun bool) error {
	r := s.rest.Put().Namespace(s.namespace).Resource("secrets").Name(secret.Name).Body(secret)
	if dryRun {
		r = r.Param("dryRun", metav1.DryRunAll)
	}
	return r.Do(ctx).Error()
}
