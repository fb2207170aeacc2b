// Package cluster installs Sala by its charts on a real cluster and has agencies onboarded
// there, from manifests, through pods.
//
// It runs where SALA_TEST_CLUSTER names a kubeconfig, as `make e2e-cluster` sets it, and is
// skipped elsewhere: no `go test ./...` may reach whatever cluster somebody is signed in to.
// It promises that what it makes in that cluster is in namespaces of its own (sala,
// sala-keys, sala-system, sala-releases and sala-agency-lwu, as the runbooks name them, and
// sala-e2e) and in objects of the two charts, and that all of it goes at the end unless
// SALA_TEST_KEEP is set. A cluster that has such a namespace or Sala's definitions already
// is left alone. The
// only node of a cluster is drained and tainted for some seconds, and beside it stands the
// object of a second one for a minute or two; where there are several nothing is done to them.
//
// What a runbook of docs/runbooks says for a cluster is done by its script in testdata, with
// kubectl, Helm and the program outside the cluster, as by somebody at a desk.
//
// It will not pretend: PostgreSQL is a real one in a StatefulSet, the issuer is a real
// OpenID provider, and who asks does so from inside a pod. Network policies are enforced
// where the cluster does so; that they are is not looked at here (test/charts evaluates
// them).
//
// Environment:
//
//	SALA_TEST_CLUSTER  kubeconfig of the cluster
//	SALA_TEST_LOAD     command that takes image archives in, by their paths, such as
//	                   `kind load image-archive`
//	SALA_TEST_ARCHIVES folder with the images of an earlier run, instead of building them
//	SALA_TEST_KUBECTL  kubectl, where it is not that of PATH
//	SALA_TEST_HELM     helm, where it is not that of PATH
//	SALA_TEST_KEEP     leave everything there
package cluster
