// Command image builds container images of Go programs, without a container runtime:
//
//	image -out dist/images -tag 0.1.0 -platform linux/amd64 ./services/cmd/sala
//
// It writes of each program NAME an OCI layout (NAME/), for each platform an archive that
// `docker load`, `podman load` and `ctr images import` read (NAME-OS-ARCH.tar) and a list
// of what is in it (NAME-OS-ARCH.cdx.json, CycloneDX), and prints the image's digest.
//
// It promises that the same source and Go toolchain give the same bytes wherever and
// whenever they are built; that the program is static and runs as the user 65532, and that
// the image holds nothing else but the certificates of public authorities. It pushes
// nothing: `crane push` does.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

type options struct {
	out, tag, repository string
	platforms            []v1.Platform
	programs             []string // packages
}

func main() {
	var o options
	flag.StringVar(&o.out, "out", filepath.Join("dist", "images"), "folder to write into")
	flag.StringVar(&o.tag, "tag", "latest", "tag of the images")
	flag.StringVar(&o.repository, "repository", "localhost", "what stands before a program's name in the image's name")
	flag.Func("platform", "OS/ARCH, such as linux/arm64; may be given several times; linux/amd64 where left out", func(s string) error {
		p, err := v1.ParsePlatform(s)
		if err == nil {
			o.platforms = append(o.platforms, *p)
		}
		return err
	})
	flag.Parse()
	o.programs = flag.Args()
	if len(o.platforms) == 0 {
		o.platforms = []v1.Platform{{OS: "linux", Architecture: "amd64"}}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	if len(o.programs) == 0 {
		return errors.New("name the packages of programs, such as ./services/cmd/sala")
	}
	for _, p := range o.programs {
		digest, err := program(ctx, o, p)
		if err != nil {
			return fmt.Errorf("building the image of %s: %w", p, err)
		}
		fmt.Printf("%s/%s:%s %s\n", o.repository, filepath.Base(p), o.tag, digest)
	}
	return nil
}
