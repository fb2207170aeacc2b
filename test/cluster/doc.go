// Package cluster installs Sala by its charts on a real cluster and has agencies onboarded
// there, from manifests, through pods.
//
// It runs where SALA_TEST_CLUSTER names a kubeconfig, as `make e2e-cluster` sets it, and is
// skipped elsewhere: no `go test ./...` may reach whatever cluster somebody is signed in to.
// It promises that what it makes in that cluster is in namespaces of its own, named
// sala-e2e…, and in objects of the two charts, and that all of it goes at the end unless
// SALA_TEST_KEEP is set. A cluster that has Sala's definitions already is left alone.
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
//	SALA_TEST_KEEP     leave everything there
package cluster
