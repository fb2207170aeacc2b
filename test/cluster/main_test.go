package cluster

import (
	"fmt"
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	if os.Getenv("SALA_TEST_CLUSTER") == "" {
		fmt.Println("test/cluster: skipped: SALA_TEST_CLUSTER names no cluster; `make e2e-cluster` runs it on that of KUBECONFIG")
		return
	}
	os.Exit(m.Run())
}
