package main

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"sync"
	"time"

	"github.com/sala-exchange/sala/test/cluster/visitor/result"
)

// readers are who asks at once: the worker of each, as often as one member may.
var readers = []string{"lwu", "mlsw", "mops", "atd", "ngo", "iom"}

const pause = 120 * time.Millisecond

// load asks until stdin ends.
func load(ctx context.Context, _ []string) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	var (
		r           result.Result
		first, last time.Time
		mu          sync.Mutex
		all         sync.WaitGroup
	)
	for _, agency := range readers {
		c, err := as(agency, "worker")
		if err != nil {
			return err
		}
		all.Go(func() {
			for ctx.Err() == nil {
				begun := time.Now()
				// What was asked before the end is answered.
				_, err := c.Do(context.WithoutCancel(ctx), `query Load @purpose(of: ASSISTANCE) { me { agency { code } } cases(first: 5) { edges { node { reference } } } }`, nil, nil)
				took := time.Since(begun).Seconds()
				mu.Lock()
				r.Asked++
				r.Slowest = max(r.Slowest, took)
				if err != nil {
					if r.Failed++; r.Failed == 1 {
						first = begun
					}
					last = time.Now()
					if len(r.Errors) < 5 {
						r.Errors = append(r.Errors, err.Error())
					}
				}
				mu.Unlock()
				select {
				case <-ctx.Done():
				case <-time.After(pause):
				}
			}
		})
	}
	all.Wait()
	r.Gap = last.Sub(first).Seconds()
	return json.NewEncoder(os.Stdout).Encode(r)
}
