package cluster

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"sigs.k8s.io/yaml"
)

// patience is how long is waited for what should take a minute at most.
const patience = "4m"

// chart is one of the two, installed by Helm as somebody at a terminal does.
type chart struct {
	t                       *testing.T
	name, namespace, values string
}

// helm runs Helm in the chart's namespace, with more values on top of the chart's own.
func (c *chart) helm(more string, args ...string) (string, error) {
	args = append(args, "--namespace", c.namespace, "--kubeconfig", os.Getenv("SALA_TEST_CLUSTER"))
	if args[0] == "install" || args[0] == "upgrade" {
		args = append(args, "--values", c.merged(more))
	}
	cmd := exec.CommandContext(c.t.Context(), cmp.Or(os.Getenv("SALA_TEST_HELM"), "helm"), args...)
	var out, problem bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problem
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("helm %s: %w: %s%s", args[0], err, problem.String(), out.String())
	}
	return out.String(), nil
}

// merged writes the chart's values with some more to a file.
func (c *chart) merged(more string) string {
	c.t.Helper()
	all := map[string]any{}
	if err := yaml.UnmarshalStrict([]byte(c.values+more), &all); err != nil { // none twice
		c.t.Fatal(err)
	}
	raw, err := yaml.Marshal(all)
	path := filepath.Join(c.t.TempDir(), "values.yaml")
	if err == nil {
		err = os.WriteFile(path, raw, 0o600)
	}
	if err != nil {
		c.t.Fatal(err)
	}
	return path
}

func (c *chart) install(more string) string {
	c.t.Helper()
	out, err := c.helm(more, "install", c.name, filepath.Join("..", "..", "charts", c.name), "--wait", "--wait-for-jobs", "--timeout", patience)
	if err != nil {
		c.t.Fatal(err)
	}
	return out
}

func (c *chart) upgrade(more string) error {
	_, err := c.helm(more, "upgrade", c.name, filepath.Join("..", "..", "charts", c.name), "--wait", "--wait-for-jobs", "--timeout", patience)
	return err
}

func (c *chart) do(verb string) (string, error) {
	args := []string{verb, c.name, "--timeout", patience}
	switch verb {
	case "rollback":
		args = append(args, "--wait", "--wait-for-jobs")
	case "uninstall":
		args = append(args, "--wait")
	case "test":
		args = append(args, "--logs")
	}
	return c.helm("", args...)
}
