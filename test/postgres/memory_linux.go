package postgres

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// shared is the file system in memory that Linux has for everybody.
const shared = "/dev/shm"

// room is what a server in memory has to find free, in bytes: all the databases that a run
// of the tests has at once and the log of a gigabyte before them take less than half of it.
const room = 6 << 30

// memory is a folder in memory with room for a server, "" where there is none: a container
// may have a small one, and what is full ends every test.
func memory() string {
	var fs syscall.Statfs_t
	const tmpfs = 0x01021994 // statfs(2), TMPFS_MAGIC
	if syscall.Statfs(shared, &fs) != nil || int64(fs.Type) != tmpfs || int64(fs.Bavail)*int64(fs.Bsize) < room || available() < room {
		return ""
	}
	return shared
}

// available is the memory that programs may still take, in bytes (proc(5), MemAvailable).
func available() int64 {
	f, err := os.Open("/proc/meminfo")
	if err != nil {
		return 0
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if of := strings.Fields(lines.Text()); len(of) > 1 && of[0] == "MemAvailable:" {
			kilobytes, err := strconv.ParseInt(of[1], 10, 64)
			if err != nil {
				return 0
			}
			return kilobytes << 10
		}
	}
	return 0
}
