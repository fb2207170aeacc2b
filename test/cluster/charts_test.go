package cluster

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
)

// patience is how long is waited for what should take a minute at most.
const patience = "4m"

// chart is one of the two, installed by the runbook.
type chart struct{ name, namespace, values string }

// do tests or uninstalls it, by Helm.
func (c *chart) do(verb string) (string, error) {
	args := []string{verb, c.name, "--timeout", patience, "--namespace", c.namespace, "--kubeconfig", os.Getenv("SALA_TEST_CLUSTER")}
	switch verb {
	case "uninstall":
		args = append(args, "--wait")
	case "test":
		args = append(args, "--logs")
	}
	cmd := exec.CommandContext(context.Background(), cmp.Or(os.Getenv("SALA_TEST_HELM"), "helm"), args...)
	var out, problem bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problem
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("helm %s: %w: %s%s", verb, err, problem.String(), out.String())
	}
	return out.String(), nil
}
