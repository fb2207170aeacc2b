package region

import (
	"context"
	"sync"
	"time"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/identity"
)

// maxProofs bounds the proofs that are remembered at a time.
const maxProofs = 100_000

// proofs remembers proofs of possession (RFC 9449, section 11.1) in this process, which has
// no database: another process of the same deployment does not know of them. Where it
// remembers as many as it may, it takes no further one.
type proofs struct {
	mu    sync.Mutex
	until map[string]time.Time
}

// Once implements identity.Proofs.
func (p *proofs) Once(_ context.Context, m identity.Membership, proof string, until time.Time) (bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.until == nil {
		p.until = map[string]time.Time{}
	}
	if len(p.until) >= maxProofs {
		for one, over := range p.until {
			if !time.Now().Before(over) {
				delete(p.until, one)
			}
		}
	}
	if len(p.until) >= maxProofs {
		return false, errs.New(errs.Unavailable, "too many proofs of possession came within a minute: try again")
	}
	key := m.Agency + "\n" + proof
	if over, seen := p.until[key]; seen && time.Now().Before(over) {
		return false, nil
	}
	p.until[key] = until
	return true, nil
}
