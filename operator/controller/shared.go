package controller

import (
	"math/rand/v2"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/resourceversion"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"

	"github.com/sala-exchange/sala/operator/specs"
)

// Options are what every controller needs.
type Options struct {
	Client    client.Client
	Directory *Directory
	Events    events.EventRecorder
	Namespace string // where invitations are put
	// Reader reads the cluster itself, and not what is kept of it.
	Reader client.Reader
	// Endpoint is the URL of the API, as the agencies' clients are told it.
	Endpoint string
	// Lead is how long a client's public key is published before its private key is handed
	// out; Now is the time by which keys are rotated.
	Lead time.Duration
	Now  func() time.Time
	// Surroundings are what pods of agencies' namespaces may reach.
	Surroundings specs.Surroundings
	// Poll is how often is looked whether somebody has done what is waited for, Resync how
	// often whether all is still as declared; each is jittered by a tenth.
	Poll, Resync time.Duration
	// Workers is how many objects of a kind are reconciled at once.
	Workers int
}

type shared struct {
	Options
	changed sync.Map // by UID: when the API was last changed for the object
	written sync.Map // by UID: the version that the object had when it was last written
}

// options of a controller. Its name need not be one in the process: several operators
// that elect a leader run in one.
func (s *shared) options() controller.Options {
	return controller.Options{MaxConcurrentReconciles: max(1, s.Workers), SkipNameValidation: new(true)}
}

// touch notes that the API is changed for an object: what was read before is out of date.
func (s *shared) touch(uid types.UID) { s.changed.Store(uid, time.Now()) }

func (s *shared) changedAt(uid types.UID) time.Time {
	at, _ := s.changed.Load(uid)
	t, _ := at.(time.Time)
	return t
}

// wrote notes the version of an object that was just written, if it was.
func (s *shared) wrote(o client.Object) {
	if o.GetResourceVersion() != "" {
		s.written.Store(o.GetUID(), o.GetResourceVersion())
	}
}

// stale reports whether what is kept of an object is older than what was last written to
// it: what was done and said there would be done again.
func (s *shared) stale(o client.Object) bool {
	last, ok := s.written.Load(o.GetUID())
	if !ok {
		return false
	}
	order, err := resourceversion.CompareResourceVersion(o.GetResourceVersion(), last.(string))
	return err == nil && order < 0
}

// after is again in about d, so that objects that began together do not stay together.
func after(d time.Duration) ctrl.Result {
	d = max(d, 50*time.Millisecond)
	return ctrl.Result{RequeueAfter: d - d/10 + rand.N(d/5+1)} //nolint:gosec // a jitter is no secret
}
