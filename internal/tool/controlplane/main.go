// Command controlplane brings what tests need of a Kubernetes control plane, etcd and
// kube-apiserver, and prints the folder that holds them.
//
// It promises to fetch them once, where the network allows, with their checksums checked, or
// else to build them from the versions that the module binaries beside it pins, into the user's cache folder (~/.cache/sala/controlplane on Linux), whole or not at
// all; and to say on stderr what it does and how long it took. It needs Go and its module
// proxy, and no cluster. It will not start them: test/controlplane does.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/sala-exchange/sala/test/controlplane"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	dir, err := controlplane.Binaries(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "controlplane:", err)
		os.Exit(1)
	}
	fmt.Println(dir)
}
