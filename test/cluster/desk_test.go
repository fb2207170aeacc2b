package cluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sala-exchange/sala/services/demo"
	"github.com/sala-exchange/sala/test/cluster/visitor/result"
)

// desk is the folder of whoever follows the runbooks, from the installation to the last:
// programs, charts, values, and files that one runbook leaves for another.
type desk struct {
	folder string
	ports  map[string]string    // by variable: where API and database are reached, and one that is free
	asked  func() result.Result // ends the load that a script has begun
}

// furnished lays out what somebody has before the first step.
func (i *installation) furnished() {
	i.t.Helper()
	i.desk = &desk{folder: i.t.TempDir()}
	for name, path := range map[string]string{
		"bin/kubectl": chosen(i.t, "SALA_TEST_KUBECTL", "kubectl"), "bin/helm": chosen(i.t, "SALA_TEST_HELM", "helm"), "bin/sala": i.sala,
		"charts": filepath.Join("..", "..", "charts"),
	} {
		at, err := filepath.Abs(path)
		to := filepath.Join(i.desk.folder, name)
		if err = errors.Join(err, os.MkdirAll(filepath.Dir(to), 0o700)); err == nil {
			err = os.Symlink(at, to)
		}
		if err != nil {
			i.t.Fatal(err)
		}
	}
	certificate, key := i.authority.issue(i.t, "sala-api."+ofAPI+".svc", "localhost")
	ofDoor, keyOfDoor := i.authority.issue(i.t, "sala-region."+ofAPI+".svc")
	founders, err := demo.Manifest("founders.yaml", issuers+"/issuer/")
	if err != nil {
		i.t.Fatal(err)
	}
	files := map[string]string{"founders.yaml": string(founders), "ca.crt": string(i.authority.pem), "tls.crt": string(certificate), "tls.key": string(key),
		"region.crt": string(ofDoor), "region.key": string(keyOfDoor)}
	for name, text := range i.secrets {
		files[name] = text
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(i.desk.folder, name), []byte(text), 0o600); err != nil {
			i.t.Fatal(err)
		}
	}
	i.desk.ports = map[string]string{
		"API": i.forwarded(ofAPI, "app.kubernetes.io/component=api", 8443), "DATABASE": i.forwarded(ofVisitor, "app=postgres", 5432), "OPERATIONS": free(i.t),
	}
}

// chosen is the program that a variable names, or the one of that name.
func chosen(t testing.TB, variable, name string) string {
	t.Helper()
	path, err := exec.LookPath(cmp.Or(os.Getenv(variable), name))
	if err != nil {
		t.Fatalf("there is no %s (%v), and the runbooks are run with it: install it, or name it by %s", name, err, variable)
	}
	return path
}

func free(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err = errors.Join(err, l.Close()); err != nil {
		t.Fatal(err)
	}
	return port
}

// runbook is a step: the script of that name.
func (i *installation) runbook(name string) func() {
	return func() {
		i.t.Helper()
		if !i.t.Run("runbook", func(t *testing.T) {
			testscript.Run(t, testscript.Params{Files: []string{filepath.Join("testdata", name+".txtar")}, Setup: i.seated, Cmds: i.commands(), Condition: i.condition})
		}) {
			i.t.Fatalf("%s is not as the runbook says\n%s", name, i.state())
		}
	}
}

// seated lets a script work at the desk, with its own files there.
func (i *installation) seated(env *testscript.Env) error {
	folder := i.desk.folder
	for name, value := range map[string]string{
		"PATH": filepath.Join(folder, "bin") + string(os.PathListSeparator) + env.Getenv("PATH") + string(os.PathListSeparator) + pgBin(i.t),
		"HOME": folder, "KUBECONFIG": os.Getenv("SALA_TEST_CLUSTER"), "SALA_CONFIG": filepath.Join(folder, "sala.yaml"), "SALA_CONFIG_HOME": folder,
		"SALA_ENDPOINT": "https://localhost:" + i.desk.ports["API"] + "/graphql", "SSL_CERT_FILE": filepath.Join(folder, "ca.crt"),
		"ISSUERS": issuers + "/issuer", "DATABASES": ofVisitor,
	} {
		env.Setenv(name, value)
	}
	for variable, port := range i.desk.ports {
		env.Setenv(variable, port)
	}
	env.Setenv("SUPERUSER", "postgres://postgres@localhost:"+i.desk.ports["DATABASE"]+"/postgres?sslmode=verify-full&sslrootcert=ca.crt")
	for _, login := range []string{"owner", "app"} {
		at := "postgres://sala_" + login + "@localhost:" + i.desk.ports["DATABASE"] + "/sala%s?sslmode=verify-full&sslrootcert=ca.crt"
		env.Setenv(strings.ToUpper(login), fmt.Sprintf(at, ""))
		env.Setenv("NEW"+strings.ToUpper(login), fmt.Sprintf(at, "_new"))
	}
	env.Setenv("SALA_DATABASE", env.Getenv("APP"))
	env.Setenv("LATER", time.Now().AddDate(0, 0, 90).Format(time.DateOnly))
	env.Cd = folder
	files := os.DirFS(env.WorkDir)
	return fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		raw, err := fs.ReadFile(files, path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(folder, filepath.Base(path)), raw, 0o600)
	})
}

// condition one-node: nobody else's pods are on the cluster's only node.
func (i *installation) condition(words string) (bool, error) {
	if words != "one-node" {
		return false, fmt.Errorf("no condition %q", words)
	}
	nodes, err := i.plain.CoreV1().Nodes().List(context.Background(), metav1.ListOptions{})
	return err == nil && len(nodes.Items) == 1, err
}
