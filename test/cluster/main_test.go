package cluster

import (
	"fmt"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/sala-exchange/sala/test/programs"
)

type onACluster struct{ m *testing.M }

func (c onACluster) Run() int {
	if os.Getenv("SALA_TEST_CLUSTER") == "" {
		fmt.Println("test/cluster: skipped: SALA_TEST_CLUSTER names no cluster; `make e2e-cluster` runs it on that of KUBECONFIG")
		return 0
	}
	return c.m.Run()
}

func TestMain(m *testing.M) {
	testscript.Main(onACluster{m}, map[string]func(){"age": programs.Age, "age-keygen": programs.AgeKeygen, "curl": programs.Curl})
}
