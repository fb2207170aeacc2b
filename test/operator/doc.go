// Package operator runs the operator against a real kube-apiserver and a real Sala, under
// the roles that it is shipped with. It holds tests only.
package operator
