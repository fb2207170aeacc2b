// Package charts installs Sala on Kubernetes by Helm: sala holds the API and the
// counterparts' door, sala-operator the operator (docs/install-kubernetes.md).
//
// It promises that what a chart shares with the program is no copy by hand: definitions,
// roles and the admission policy of the operator, and the names of Sala's settings, are
// written from where they are declared, by `make generate`. There is no code in it.
package charts

//go:generate go run ./generate
