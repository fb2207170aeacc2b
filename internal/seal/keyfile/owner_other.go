//go:build !unix

package keyfile

import "os"

// private reports whether nobody but its owner may read a file.
func private(info os.FileInfo) bool { return info.Mode().Perm()&0o077 == 0 }
