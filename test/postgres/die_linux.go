package postgres

import "syscall"

// dieWithParent makes the kernel stop the child when the thread that started it
// ends. SIGQUIT is PostgreSQL's immediate shutdown, which frees shared memory.
func dieWithParent(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGQUIT }
