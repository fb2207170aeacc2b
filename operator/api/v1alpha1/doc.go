// Package v1alpha1 holds the manifests by which agencies and agreements are
// onboarded: the shape that `sala apply` reads today and a cluster's custom resources
// will share.
//
// It promises that a manifest is read strictly: an unknown or doubled field, a second
// spelling of a name or a wrong type is refused with file, document and line, and
// without the value. It holds plain data and knows neither the API, nor a database,
// nor Kubernetes.
package v1alpha1
