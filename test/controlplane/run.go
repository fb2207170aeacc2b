package controlplane

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

// Plane is one running control plane; nil where the environment says that there is none.
type Plane struct {
	// Config reaches it as an administrator of the cluster.
	Config *rest.Config
	// Whole says that it was there before, with a controller manager.
	Whole bool
	env   *envtest.Environment
	audit string // file
}

// Need skips a test where there is no control plane.
func (p *Plane) Need(t testing.TB) {
	t.Helper()
	if p == nil {
		t.Skip("skipped: SALA_TEST_WITHOUT_CONTROLPLANE=1 says that there is no Kubernetes control plane for tests")
	}
}

// User is a client of the cluster that signs in by a certificate under this name and in
// these groups, for tests of what roles allow; an administrator that acts as the name
// where the cluster was there before.
func (p *Plane) User(t testing.TB, name string, groups ...string) *rest.Config {
	t.Helper()
	if p.Whole {
		config := rest.CopyConfig(p.Config)
		config.Impersonate = rest.ImpersonationConfig{UserName: name, Groups: append(groups, "system:authenticated")}
		config.QPS = -1
		return config
	}
	u, err := p.env.AddUser(envtest.User{Name: name, Groups: groups}, nil)
	if err != nil {
		t.Fatal(err)
	}
	config := u.Config()
	config.QPS = -1 // as a program has it that takes its configuration from controller-runtime
	return config
}

// Run starts a control plane with the definitions of folders of CRDs, gives it to ready,
// runs a package's tests and returns their exit code: os.Exit(controlplane.Run(m, ...)).
func Run(m *testing.M, ready func(*Plane), crds ...string) int {
	if os.Getenv("SALA_TEST_WITHOUT_CONTROLPLANE") == "1" {
		return m.Run()
	}
	p, err := start(context.Background(), crds)
	if err != nil {
		fmt.Fprintln(os.Stderr, "test/controlplane:", err)
		return 1
	}
	ready(p)
	code := m.Run()
	if err := p.stop(); err != nil {
		fmt.Fprintln(os.Stderr, "test/controlplane: stopping:", err)
		return max(code, 1)
	}
	return code
}

// recorded says what the server writes down of each request: who asked for what, and no
// content.
const recorded = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules: [{level: Metadata}]
`

// join takes a cluster that is there for the control plane.
func join(kubeconfig string, crds []string) (*Plane, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("reading the file that SALA_TEST_KUBECONFIG names: %w", err)
	}
	p := &Plane{Whole: true}
	p.env = &envtest.Environment{UseExistingCluster: new(true), Config: config, CRDDirectoryPaths: crds, ErrorIfCRDPathMissing: len(crds) > 0}
	if p.Config, err = p.env.Start(); err != nil {
		return nil, fmt.Errorf("reaching the cluster that SALA_TEST_KUBECONFIG names: %w", err)
	}
	p.Config.QPS = -1
	return p, nil
}

func start(ctx context.Context, crds []string) (*Plane, error) {
	if there := os.Getenv("SALA_TEST_KUBECONFIG"); there != "" {
		return join(there, crds)
	}
	dir, err := Binaries(ctx)
	if err != nil {
		return nil, err
	}
	kept, err := os.MkdirTemp("", "controlplane-")
	if err != nil {
		return nil, fmt.Errorf("making a folder for the control plane's record: %w", err)
	}
	policy := filepath.Join(kept, "policy.yaml")
	if err := os.WriteFile(policy, []byte(recorded), 0o600); err != nil {
		return nil, fmt.Errorf("writing the control plane's record: %w", err)
	}
	p := &Plane{audit: filepath.Join(kept, "audit.log")}
	p.env = &envtest.Environment{BinaryAssetsDirectory: dir, CRDDirectoryPaths: crds, ErrorIfCRDPathMissing: len(crds) > 0}
	p.env.ControlPlane.GetAPIServer().Configure().Set("audit-policy-file", policy).Set("audit-log-path", p.audit)
	p.Config, err = p.env.Start()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("starting etcd and kube-apiserver of %s: %w", dir, err), p.stop())
	}
	return p, nil
}

func (p *Plane) stop() error {
	if p.Whole {
		return p.env.Stop()
	}
	return errors.Join(p.env.Stop(), os.RemoveAll(filepath.Dir(p.audit)))
}
