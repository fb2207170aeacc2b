package charts

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/sala-exchange/sala/test/controlplane"
)

// shipped are the definitions of others that their modules hold as files.
var shipped = map[string][]string{
	"github.com/cloudnative-pg/cloudnative-pg":     {"config/crd/bases/postgresql.cnpg.io_clusters.yaml"},
	"sigs.k8s.io/gateway-api":                      {"config/crd/standard/gateway.networking.k8s.io_httproutes.yaml", "config/crd/standard/gateway.networking.k8s.io_backendtlspolicies.yaml"},
	"github.com/external-secrets/external-secrets": {"config/crds/bases/external-secrets.io_externalsecrets.yaml"},
}

const prometheus = "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"

var plane *controlplane.Plane

func TestMain(m *testing.M) {
	flagged := os.Getenv("SALA_TEST_WITHOUT_CONTROLPLANE") == "1"
	var files []string
	if !flagged {
		var err error
		if files, err = definitions(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, "test/charts:", err)
			os.Exit(1)
		}
	}
	os.Exit(controlplane.Run(m, func(p *controlplane.Plane) { plane = p }, files...))
}

// definitions returns the files of all definitions, of the versions that the module crds
// pins.
func definitions(ctx context.Context) (files []string, err error) {
	for module, names := range shipped {
		raw, err := goes(ctx, "mod", "download", "-json", module)
		if err != nil {
			return nil, err
		}
		var found struct{ Dir string }
		if err := json.Unmarshal(raw, &found); err != nil || found.Dir == "" {
			return nil, fmt.Errorf("finding %s: %w", module, err)
		}
		for _, n := range names {
			files = append(files, filepath.Join(found.Dir, filepath.FromSlash(n)))
		}
	}
	dir, err := generated(ctx)
	for _, kind := range []string{"servicemonitors", "prometheusrules"} {
		files = append(files, filepath.Join(dir, "monitoring.coreos.com_"+kind+".yaml"))
	}
	return files, err
}

// generated writes the definitions of the Prometheus operator out of its types, once: its
// module with the files is not to be had everywhere. It takes about half a minute.
func generated(ctx context.Context) (string, error) {
	pins, err := os.ReadFile(filepath.Join("crds", "go.sum"))
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(pins)
	dir := filepath.Join(cache, "sala", "crds", hex.EncodeToString(sum[:8]))
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return "", err
	}
	half, err := os.MkdirTemp(filepath.Dir(dir), "writing-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(half) }()
	if _, err := goes(ctx, "tool", "controller-gen", "crd:crdVersions=v1,maxDescLen=0", "paths="+prometheus, "output:crd:dir="+half); err != nil {
		return "", err
	}
	if err := os.Rename(half, dir); err != nil && !os.IsExist(err) {
		return "", err
	}
	return dir, nil
}

// goes runs the go command in the module crds.
func goes(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = "crds"
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("go %s in test/charts/crds: %w: %s", args[0], err, bytes.TrimSpace(said.Bytes()))
	}
	return out.Bytes(), nil
}
