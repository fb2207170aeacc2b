package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// tick is what Linux counts processor time in: every architecture that Go runs on has
// 100 a second.
const tick = 10 * time.Millisecond

// spent is the processor time of a process, by /proc; with reaped, that of its children
// that have ended too.
func spent(pid int, reaped bool) (time.Duration, error) {
	f, err := stat(pid)
	if err != nil {
		return 0, err
	}
	sum := f[utime] + f[utime+1]
	if reaped {
		sum += f[utime+2] + f[utime+3]
	}
	return time.Duration(sum) * tick, nil
}

// Fields of /proc/PID/stat after the name, which may hold blanks.
const (
	parent = 1
	utime  = 11 // then stime, cutime, cstime
)

func stat(pid int) ([]int, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil, err
	}
	var out []int
	for _, word := range strings.Fields(string(raw[strings.LastIndexByte(string(raw), ')')+1:])) {
		n, _ := strconv.Atoi(word) // the state is a letter
		out = append(out, n)
	}
	if len(out) < utime+4 {
		return nil, fmt.Errorf("/proc/%d/stat is short", pid)
	}
	return out, nil
}

// spentWithChildren is the processor time of a process that keeps one a connection, as
// PostgreSQL's does.
func spentWithChildren(pid int) (time.Duration, error) {
	sum, err := spent(pid, true)
	if err != nil {
		return 0, err
	}
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return 0, err
	}
	for _, d := range dirs {
		child, _ := strconv.Atoi(filepath.Base(d))
		if f, err := stat(child); err == nil && f[parent] == pid { // others end meanwhile
			sum += time.Duration(f[utime]+f[utime+1]) * tick
		}
	}
	return sum, nil
}

// TestSpent: what a process burns is counted.
func TestSpent(t *testing.T) {
	before, err := spent(os.Getpid(), false)
	if os.IsNotExist(err) {
		t.Skip("this system has no /proc")
	}
	for began := time.Now(); time.Since(began) < 100*time.Millisecond; {
	}
	after, err := spent(os.Getpid(), false)
	if err != nil || after <= before {
		t.Errorf("from %v to %v: %v", before, after, err)
	}
	all, err := spentWithChildren(os.Getppid())
	if err != nil || all < after {
		t.Errorf("the parent and its children spent %v, one of them %v: %v", all, after, err)
	}
}
