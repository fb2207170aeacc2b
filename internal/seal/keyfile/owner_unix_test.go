//go:build unix

package keyfile

import (
	"os"
	"syscall"
	"testing"
)

type file struct {
	os.FileInfo
	mode  os.FileMode
	owner uint32
}

func (f file) Mode() os.FileMode { return f.mode }
func (f file) Sys() any          { return &syscall.Stat_t{Uid: f.owner} }

// TestOneGroupMayReadWhatRootOwns: as a cluster hands a secret to a program. Nobody else's
// file may be read by a group, nor may a group change one.
func TestOneGroupMayReadWhatRootOwns(t *testing.T) {
	for _, c := range []struct {
		mode    os.FileMode
		owner   uint32
		account int
		want    bool
	}{
		{0o440, 0, 65532, true}, {0o640, 0, 65532, true}, {0o600, 65532, 65532, true}, {0o400, 0, 0, true},
		{0o440, 65532, 65532, false}, {0o440, 0, 0, false}, {0o440, 1000, 65532, false},
		{0o460, 0, 65532, false}, {0o450, 0, 65532, false}, {0o444, 0, 65532, false}, {0o604, 0, 65532, false},
	} {
		if got := privateTo(file{mode: c.mode, owner: c.owner}, c.account); got != c.want {
			t.Errorf("mode %o of %d for %d: %v, want %v", c.mode, c.owner, c.account, got, c.want)
		}
	}
}
