// Package v1alpha1 holds the manifests by which agencies and agreements are onboarded:
// what `sala apply` reads from files is what a cluster keeps as custom resources.
//
// It promises that what needs no look-up is refused before it is stored: in a cluster by
// the schema and the rules of the definitions that are generated from these types, in a
// file strictly, with file, document and line, and without the value. It holds plain data:
// it knows neither the API, nor a database, nor a client of a cluster.
//
// +kubebuilder:object:generate=true
// +groupName=sala.exchange
package v1alpha1
