// Command sala-operator keeps agencies at Sala's API as a cluster's objects say.
//
// It promises to hold no code that reaches a case or a database: what it may do is decided
// by the API, which it asks as a client. Its flags are told by -help.
package main

import (
	"flag"
	"fmt"
	"log/slog"
	"os"

	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/sala-exchange/sala/operator/serve"
)

func main() {
	var o serve.Options
	o.Flags(flag.CommandLine)
	flag.Usage = func() {
		_, _ = fmt.Fprintln(flag.CommandLine.Output(), serve.Usage())
		flag.PrintDefaults()
	}
	flag.Parse()
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	ctx := ctrl.SetupSignalHandler()
	cluster, err := ctrl.GetConfig()
	if err == nil {
		err = serve.Run(ctx, cluster, &o, log)
	}
	if err != nil {
		log.Error("the operator ends", "error", err)
		os.Exit(1)
	}
}
