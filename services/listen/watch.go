package listen

import (
	"context"
	"time"
)

// Watch has files looked at every interval until ctx ends. What is wrong with them, look
// logs itself.
func Watch(ctx context.Context, every time.Duration, look func() error) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			_ = look()
		}
	}
}
