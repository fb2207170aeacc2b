//go:build !linux

package postgres

import "syscall"

// dieWithParent does nothing: only Linux can tell a child of its parent's death.
// A server whose process was killed must be ended by hand here.
func dieWithParent(*syscall.SysProcAttr) {}
