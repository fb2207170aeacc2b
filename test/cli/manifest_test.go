package cli

import (
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestManifests: commands that write a manifest, and open nothing.
func TestManifests(t *testing.T) {
	scripts(t, "manifest", func(env *testscript.Env) {
		env.Setenv("SALA_CONFIG_HOME", filepath.Join(env.WorkDir, "home"))
	}, false)
}
