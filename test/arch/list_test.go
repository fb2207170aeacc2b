package arch

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

const module = "github.com/sala-exchange/sala/"

// pkg is what go list tells of one package.
type pkg struct {
	ImportPath, Dir, Name, Doc string
	Imports, Deps              []string
	TestImports, XTestImports  []string
}

// path is the import path within the module, as "ent/rule".
func (p pkg) path() string { return strings.TrimPrefix(p.ImportPath, module) }

// packages lists those of the module. What their tests import stands apart from what
// they import.
var packages = sync.OnceValues(func() ([]pkg, error) {
	cmd := exec.Command("go", "list", "-deps", "-json=ImportPath,Dir,Name,Doc,Imports,Deps,TestImports,XTestImports", "./...")
	cmd.Dir = filepath.Join("..", "..")
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	var all []pkg
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		if strings.HasPrefix(p.ImportPath, module) {
			all = append(all, p)
		}
	}
})

func listed(t *testing.T) []pkg {
	t.Helper()
	all, err := packages()
	if err != nil || len(all) < 20 {
		t.Fatalf("go list gave %d packages: %v", len(all), err)
	}
	return all
}

// under reports whether a path is a folder or lies in it; "ent" is not "enter".
func under(path string, folders ...string) bool {
	for _, f := range folders {
		if path == f || strings.HasPrefix(path, f+"/") {
			return true
		}
	}
	return false
}
