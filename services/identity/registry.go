package identity

import (
	"context"
	"errors"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sala-exchange/sala/internal/errs"
)

// How often issuers are read anew.
const (
	reloadUnknown = 2 * time.Second // at most once in this time for an issuer that is not known
	discoverLimit = 2 * fetchTimeout
)

// Source gives issuers beside those that a Verifier was made with: those that agencies
// have registered. What it gives may change at any time.
type Source interface {
	// Issuers returns every issuer that counts now or will soon, by From and Until. One
	// URL may stand there several times: with the agencies that share it, with its
	// audiences, with its settings before and after a change.
	Issuers(ctx context.Context) ([]Issuer, error)
	// Discovered is told once that an issuer's metadata were had and named itself.
	Discovered(ctx context.Context, url string) error
}

// WithSource has the issuers of s accepted too. They are asked for keys at those
// addresses only that reach allows.
func WithSource(s Source, reach Reach) Option {
	return func(v *Verifier) { v.source, v.guarded = s, reach.client() }
}

// registered are all settings of one issuer, with its keys.
type registered struct {
	settings []Issuer
	keys     *keyring
}

// registry is what the verifier knows: read without a lock, replaced as a whole.
type registry struct {
	issuers atomic.Pointer[map[string]*registered]

	mu       sync.Mutex // one change at a time; guards what follows
	keyrings map[string]*keyring
	tried    time.Time

	discovering sync.Mutex
}

// put replaces what was registered by the fixed issuers and those of the source. Keys
// that were fetched stay. What is unsound in the source counts for nothing.
func (v *Verifier) put(sourced []Issuer) {
	r := &v.register
	keyrings := map[string]*keyring{}
	all := map[string]*registered{}
	add := func(is Issuer, guarded bool) {
		if keyrings[is.URL] == nil {
			client := v.client
			if guarded {
				client = v.guarded
			}
			if keyrings[is.URL] = r.keyrings[is.URL]; keyrings[is.URL] == nil {
				keyrings[is.URL] = newKeyring(is.URL, client, v.now)
			}
			all[is.URL] = &registered{keys: keyrings[is.URL]}
		}
		all[is.URL].settings = append(all[is.URL].settings, is)
	}
	for _, is := range v.fixed {
		add(is, false)
	}
	known := maps.Clone(all)
	for _, is := range sourced {
		if known[is.URL] == nil && is.check() == nil { // what the deployment fixed, nobody registers over
			add(is, true)
		}
	}
	r.keyrings = keyrings
	r.issuers.Store(&all)
}

// keyrings are the keys of every issuer, by URL.
func (v *Verifier) keyrings() map[string]*keyring {
	out := map[string]*keyring{}
	for url, is := range *v.register.issuers.Load() {
		out[url] = is.keys
	}
	return out
}

// Reload reads the source anew. Where it cannot answer, what was known stays.
func (v *Verifier) Reload(ctx context.Context) error {
	if v.source == nil {
		return nil
	}
	v.register.mu.Lock()
	defer v.register.mu.Unlock()
	return v.reload(ctx)
}

func (v *Verifier) reload(ctx context.Context) error {
	v.register.tried = v.now()
	list, err := v.source.Issuers(ctx)
	if err != nil {
		return errs.Wrap(err, errs.Unavailable, "the registered issuers cannot be read: what was known still counts")
	}
	v.put(list)
	return nil
}

// Watch reads the source anew every interval until ctx ends, and discovers what is new
// there, so that its administrators see that it works. It tells failed of what does
// not, without any part of an answer.
func (v *Verifier) Watch(ctx context.Context, every time.Duration, failed func(error)) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if err := v.Reload(ctx); err != nil && ctx.Err() == nil {
			failed(err)
		}
		go v.discoverNew(ctx, failed)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// discoverNew fetches the metadata of issuers that were never discovered, one after the
// other, each at most once in fetchInterval.
func (v *Verifier) discoverNew(ctx context.Context, failed func(error)) {
	if v.source == nil || !v.register.discovering.TryLock() {
		return
	}
	defer v.register.discovering.Unlock()
	for url, is := range *v.register.issuers.Load() {
		fresh := false
		for _, s := range is.settings {
			fresh = fresh || !s.Discovered
		}
		if !fresh || v.isFixed(url) || ctx.Err() != nil {
			continue
		}
		bounded, cancel := context.WithTimeout(ctx, discoverLimit)
		err := is.keys.refresh(bounded, true)
		if err == nil {
			err = v.source.Discovered(bounded, url)
		}
		cancel()
		if err != nil && ctx.Err() == nil {
			failed(errs.Wrap(err, errs.Unavailable, "issuer %s cannot be discovered: its metadata cannot be had, or name another issuer", url))
		}
	}
}

func (v *Verifier) isFixed(url string) bool {
	for _, is := range v.fixed {
		if is.URL == url {
			return true
		}
	}
	return false
}

// issuerOf finds the registered issuer of a token. One that is not known may have been
// registered a moment ago: the source is read anew, for everybody at most once in
// reloadUnknown.
func (v *Verifier) issuerOf(ctx context.Context, c *compact) (*registered, error) {
	url := c.claims.text("iss")
	if is := (*v.register.issuers.Load())[url]; is != nil {
		return is, nil
	}
	if v.source != nil {
		v.register.mu.Lock() // whoever comes while it is read waits for what comes of that
		defer v.register.mu.Unlock()
		if since := v.now().Sub(v.register.tried); since >= reloadUnknown || since < 0 {
			bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTimeout)
			defer cancel()
			if err := v.reload(bounded); err != nil {
				return nil, errors.Join(refuse("iss: the registered issuers cannot be read"), err)
			}
		}
	}
	if is := (*v.register.issuers.Load())[url]; is != nil {
		return is, nil
	}
	return nil, refuse("iss: not a registered issuer")
}

// read makes every check that needs no key, under those settings that count now and
// that the token satisfies: wholly, or not at all.
func (r *registered) read(c *compact, now time.Time, lifetime time.Duration) (*Token, error) {
	last := refuse("iss: not in effect")
	for _, is := range r.settings {
		if !is.From.IsZero() && now.Before(is.From) || !is.Until.IsZero() && !now.Before(is.Until) {
			continue
		}
		t, err := readClaims(c, is, now, lifetime)
		if err == nil {
			return t, nil
		}
		last = err
	}
	return nil, last
}
