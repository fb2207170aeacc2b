package serve

import "runtime/debug"

// Build says which program this is, as the Go toolchain stamped it.
type Build struct {
	Version  string `json:"version"`  // of the module; "(devel)" outside a release
	Commit   string `json:"commit"`   // "unknown" where the build was not stamped
	Modified bool   `json:"modified"` // built from a tree with changes
	Go       string `json:"go"`
}

// ThisBuild reads the stamp of the running program.
func ThisBuild() Build {
	b := Build{Version: "unknown", Commit: "unknown"}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	b.Go = info.GoVersion
	if info.Main.Version != "" {
		b.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}
