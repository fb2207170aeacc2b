// Package controlplane runs a real etcd and kube-apiserver for tests.
//
// [Run] gives a package's tests one control plane, from its TestMain. The programs come
// from the folder that KUBEBUILDER_ASSETS names, else setup-envtest fetches them where the
// network allows, else they are built once from Go modules; they are kept in the user's
// cache folder (internal/tool/controlplane). A build takes some minutes and about 3 GB of
// Go's build cache, and is said on stderr. Other packages of the same `go test` wait for it
// instead of building too. It promises a fresh, empty cluster on loopback, which ends with
// the tests.
//
// It will not pretend: there is no controller manager and no kubelet, so that no owner
// reference is collected, no namespace is ever gone, no pod runs, and no service account
// has a token of its own.
//
// Environment:
//
//	KUBEBUILDER_ASSETS                folder with etcd and kube-apiserver
//	SALA_TEST_KUBECONFIG              cluster to use instead, with a controller manager; what
//	                                  tests make there they take away, as far as they end
//	SALA_TEST_WITHOUT_CONTROLPLANE=1  skip what needs a control plane
package controlplane
