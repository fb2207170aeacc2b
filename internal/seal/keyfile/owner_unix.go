//go:build unix

package keyfile

import (
	"os"
	"syscall"
)

// private reports whether nobody but its owner may read a file.
func private(info os.FileInfo) bool { return privateTo(info, os.Geteuid()) }

// privateTo is private for an account: where root owns the file and the account is another,
// one group may read it besides. So PostgreSQL judges its server's key, and so a cluster
// hands a secret to a program that is not root.
func privateTo(info os.FileInfo, account int) bool {
	owner, known := info.Sys().(*syscall.Stat_t)
	roots := known && owner.Uid == 0 && account != 0
	return info.Mode().Perm()&0o077 == 0 || roots && info.Mode().Perm()&0o037 == 0
}
