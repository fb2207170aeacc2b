// Package kubernetes is a key store in Secrets of a Kubernetes namespace.
//
// It promises what seal.Store does, by the API server's own check that nobody changed a
// Secret in between. The keys are spread over 256 Secrets that are made at the start, so
// that one which is missing later is noticed and does not look like erased people; one
// Secret stays under 700 KiB, which is room for half a million cases.
//
// The namespace should be its own: whoever reads or deletes Secrets there reads or
// deletes wrapped keys. Servers need get, create and update on its Secrets, nothing
// else. Destroying removes a key from its Secret; etcd keeps old revisions until it is
// compacted, and its backups longer. What they keep is a wrapped key, which is worthless
// once the key-encryption key was rotated and the old one retired.
package kubernetes

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/seal"
)

// shards is how many Secrets hold keys; the version says so.
const (
	shards  = 256
	version = "sala key store 1"
)

// atOnce is how many requests one call makes side by side.
const atOnce = 16

// fullAt is the size in bytes at which a Secret takes no more keys. The API server
// refuses 1 MiB.
const fullAt = 700 << 10

// Store is a seal.Store.
type Store struct {
	secrets *secrets
	name    string
	now     func() time.Time

	mu     sync.Mutex
	listed listing
}

// Open opens a key store that Init made: NAMESPACE/NAME, in the cluster that KUBECONFIG
// names or else that the program runs in.
func Open(ctx context.Context, place string) (*Store, error) {
	s, err := connect(place)
	if err != nil {
		return nil, err
	}
	return s, s.sound(ctx)
}

// Init makes the Secrets. Where there is one already, it makes none.
func Init(ctx context.Context, place string) error {
	s, err := connect(place)
	if err != nil {
		return err
	}
	return s.init(ctx)
}

func connect(place string) (*Store, error) {
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(
		clientcmd.NewDefaultClientConfigLoadingRules(), nil).ClientConfig()
	if err != nil {
		return nil, errs.Wrap(err, errs.Unavailable, "opening the key store: no cluster is known; set KUBECONFIG, or run it in the cluster")
	}
	return connectWith(config, place)
}

// plainName leaves room for the names of the parts.
var plainName = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,60}[a-z0-9])?$`)

func connectWith(config *rest.Config, place string) (*Store, error) {
	namespace, name, ok := strings.Cut(place, "/")
	if !ok || !plainName.MatchString(namespace) || !plainName.MatchString(name) {
		return nil, errs.New(errs.Invalid, "opening the key store: its address is kubernetes:NAMESPACE/NAME, in small letters, digits and hyphens")
	}
	config = rest.CopyConfig(config)
	config.QPS = -1 // the server has its own measure of fairness
	config.Timeout = 20 * time.Second
	client, err := newSecrets(config, namespace)
	if err != nil {
		return nil, seal.Unavailable(err, "opening the key store")
	}
	return &Store{secrets: client, name: name, now: time.Now}, nil
}

func (s *Store) init(ctx context.Context) error {
	// The root comes last: a store that was made half is none, and can be made again.
	if _, err := s.secrets.get(ctx, s.name); !apierrors.IsNotFound(err) {
		if err == nil {
			return errs.New(errs.Conflict, "making a key store: there is a Secret of that name; name another one")
		}
		return seal.Unavailable(err, "making a key store")
	}
	work, in := errgroup.WithContext(ctx)
	work.SetLimit(atOnce)
	for i := range shards {
		work.Go(func() error { return s.makeEmpty(in, s.shardName(i), nil) })
	}
	work.Go(func() error { return s.makeEmpty(in, s.pageName(0), nil) })
	if err := work.Wait(); err != nil {
		return err
	}
	return s.makeEmpty(ctx, s.name, map[string][]byte{"version": []byte(version)})
}

// makeEmpty makes a Secret, or accepts one that a run that was cut off left empty.
func (s *Store) makeEmpty(ctx context.Context, name string, data map[string][]byte) error {
	err := s.secrets.create(ctx, s.secret(name, data))
	if apierrors.IsAlreadyExists(err) {
		is, err := s.secrets.get(ctx, name)
		if err == nil && len(is.Data) > 0 {
			return errs.New(errs.Conflict, "making a key store: there are Secrets with keys under that name; name another one")
		}
		return unavailable(err, "making a key store")
	}
	return unavailable(err, "making a key store")
}

func (s *Store) secret(name string, data map[string][]byte) *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"sala.exchange/key-store": s.name}},
		Type:       "sala.exchange/keys", Data: data,
	}
}

func (s *Store) shardName(i int) string { return fmt.Sprintf("%s-keys-%02x", s.name, i) }

func (s *Store) pageName(i int) string { return fmt.Sprintf("%s-erased-%06d", s.name, i) }

// sound says whether this is a key store of this version.
func (s *Store) sound(ctx context.Context) error {
	root, err := s.root(ctx)
	if err != nil {
		return err
	}
	if string(root.Data["version"]) != version {
		return errs.New(errs.Unavailable, "opening the key store: it was made by another version of sala")
	}
	return nil
}

func (s *Store) root(ctx context.Context) (*corev1.Secret, error) {
	root, err := s.secrets.get(ctx, s.name)
	if apierrors.IsNotFound(err) {
		return nil, errs.New(errs.Unavailable, "opening the key store: there is none of that name; `sala keys init` makes a new one")
	}
	return root, unavailable(err, "opening the key store")
}

// Check implements seal.Store. The write is one that the server does not carry out.
func (s *Store) Check(ctx context.Context) error {
	if err := s.sound(ctx); err != nil {
		return err
	}
	root, err := s.root(ctx)
	if err != nil {
		return err
	}
	return unavailable(s.secrets.update(ctx, root, true), "checking the key store")
}

// Close implements seal.Store.
func (s *Store) Close() error { return nil }

// unavailable hides what the client said, which may name an id, and passes nil on.
func unavailable(err error, doing string) error {
	if err == nil {
		return nil
	}
	return seal.Unavailable(err, doing)
}
