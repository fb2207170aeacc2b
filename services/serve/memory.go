package serve

import (
	"runtime/debug"

	"github.com/sala-exchange/sala/services/configuration"
)

// collect says when the process's memory is collected.
func collect(v *configuration.Values) {
	debug.SetGCPercent(configuration.GCTarget.In(v))
	debug.SetMemoryLimit(int64(configuration.MemoryLimit.In(v)) << 20)
}
