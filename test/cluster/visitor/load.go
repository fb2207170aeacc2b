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

// readers is how many ask at once.
const readers = 8

// load asks as the worker of LWU until stdin ends.
func load(ctx context.Context, _ []string) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	c, err := as("lwu", "worker")
	if err != nil {
		return err
	}
	var (
		r           result.Result
		first, last time.Time
		mu          sync.Mutex
		all         sync.WaitGroup
	)
	for range readers {
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
				case <-time.After(50 * time.Millisecond):
				}
			}
		})
	}
	all.Wait()
	r.Gap = last.Sub(first).Seconds()
	return json.NewEncoder(os.Stdout).Encode(r)
}
