package controller

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
	"github.com/sala-exchange/sala/operator/clientkey"
	"github.com/sala-exchange/sala/operator/specs"
)

// +kubebuilder:rbac:groups="",resources=configmaps,verbs=list;watch;create;update;delete,namespace=sala-system

// rotation is one client's keys in one reconcile.
type rotation struct {
	*Agencies
	agency *v1alpha1.Agency
	ring   clientkey.Ring
	kept   *corev1.ConfigMap // as it was read; without a version where it is not there
	shut   bool              // no key is good
	said   string
	clientkey.Schedule
}

// credentials keeps the keys of the agency's client, and returns in how long something is
// due, or 0. What is written rests on what was read: of two operators one is refused, and
// before it has handed anything out.
func (r *Agencies) credentials(ctx context.Context, a *v1alpha1.Agency, shut bool) (time.Duration, error) {
	if a.Spec.Connectors.Client == nil {
		return 0, r.withoutClient(ctx, a)
	}
	w, err := r.rotation(ctx, a, shut)
	if err != nil {
		return 0, err
	}
	if shut { // what is out is good no longer, and nothing new is handed out
		return 0, w.save(ctx)
	}
	if err := w.look(ctx); err != nil {
		return 0, err
	}
	for {
		w.ring.Prune(r.Now(), w.Schedule, w.holds())
		step, at := w.ring.Next(r.Now(), w.Schedule, w.said, w.holds())
		switch step {
		case clientkey.Make:
			err = w.publish(ctx)
		case clientkey.Offer:
			err = w.handOut(ctx)
		default:
			w.tell()
			err = w.save(ctx)
			if err == nil && w.ring.Current() == nil {
				err = &notYet{reason: reasonChanging, again: settled, message: "a key of its client was made and not handed out: another is made within minutes"}
			}
			return max(at.Sub(r.Now()), time.Second), err
		}
		if err != nil {
			return 0, err
		}
	}
}

func (r *Agencies) rotation(ctx context.Context, a *v1alpha1.Agency, shut bool) (*rotation, error) {
	w := &rotation{Agencies: r, agency: a, shut: shut, kept: &corev1.ConfigMap{}}
	c := a.Spec.Connectors.Client
	var err, other error
	w.Every, err = time.ParseDuration(c.RotateEvery)
	w.Overlap, other = time.ParseDuration(c.Overlap)
	if errors.Join(err, other) != nil {
		return nil, &notYet{reason: reasonRefused, message: "spec.connectors.client: rotateEvery or overlap is no duration: write it as 720h"}
	}
	w.Lead = min(r.Lead, w.Overlap)
	sum := sha256.Sum256([]byte(strings.Join([]string{c.ID, c.Issuer, r.Endpoint, c.Algorithm}, "\x00")))
	w.said = hex.EncodeToString(sum[:8])
	err = r.Client.Get(ctx, client.ObjectKey{Namespace: r.Namespace, Name: specs.KeysName(a.Name)}, w.kept)
	if apierrors.IsNotFound(err) {
		w.kept = specs.Keys(a, r.Namespace)
		return w, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(w.kept.Data[specs.KeyRing]), &w.ring)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the keys of an agency's client: %w", err)
	}
	return w, nil
}

// holds is the id of the key that is published and not handed out yet.
func (w *rotation) holds() string {
	if key, ok := w.held.Load(w.agency.UID); ok {
		return key.(*jose.JSONWebKey).KeyID
	}
	return ""
}

// save stores the ring and the set that issuers read, in place of what was read and of
// nothing else.
func (w *rotation) save(ctx context.Context) error {
	set, err := w.ring.JWKS(w.shut)
	if err != nil {
		return fmt.Errorf("writing the keys of an agency's client: %w", err)
	}
	ring, err := json.Marshal(w.ring) //nolint:gosec // the UID of the Secret, not what is in it
	if err != nil {
		return fmt.Errorf("writing the keys of an agency's client: %w", err)
	}
	data := map[string]string{specs.KeySet: string(set), specs.KeyRing: string(ring)}
	if maps.Equal(data, w.kept.Data) {
		return nil
	}
	w.kept.Data = data
	if w.kept.ResourceVersion == "" {
		err = w.Client.Create(ctx, w.kept, ownsClient)
	} else {
		err = w.Client.Update(ctx, w.kept, ownsClient)
	}
	if apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err) || apierrors.IsNotFound(err) {
		return errElsewhere
	}
	if err != nil {
		return fmt.Errorf("storing the keys of an agency's client: %w", err)
	}
	return nil
}

// publish makes a key and publishes it. Its private key is nowhere but here until it is
// handed out.
func (w *rotation) publish(ctx context.Context) error {
	key, err := clientkey.New(w.agency.Spec.Connectors.Client.Algorithm)
	if err != nil {
		return err
	}
	if err := w.ring.Add(key.Public(), w.Now()); err != nil {
		return &notYet{reason: reasonCluster, again: w.Poll, message: err.Error()}
	}
	if err := w.save(ctx); err != nil {
		return err
	}
	w.held.Store(w.agency.UID, key)
	return nil
}

// handOut puts the published key into the Secret, once that is noted as about to happen.
func (w *rotation) handOut(ctx context.Context) error {
	kept, _ := w.held.Load(w.agency.UID)
	key, ok := kept.(*jose.JSONWebKey)
	if !ok {
		return errors.New("handing out the key of a client: it is not there: it is made anew")
	}
	w.ring.Offered()
	if err := w.save(ctx); err != nil {
		return err
	}
	w.held.Delete(w.agency.UID) // whatever comes of it, it is not handed out again
	raw, err := json.Marshal(key)
	if err != nil {
		return errors.New("writing the key of a client: it does not encode")
	}
	secret := specs.ClientSecret(w.agency, w.Endpoint, key.KeyID, raw)
	if err := w.Client.Apply(ctx, secret, ownsClient, client.ForceOwnership); err != nil {
		if apierrors.IsInvalid(err) { // somebody made it immutable, or of another type
			err = errors.Join(errors.New("it is made anew"), client.IgnoreNotFound(w.Client.Delete(ctx, w.secret())))
		}
		return fmt.Errorf("storing the credentials of an agency's client: %w", err)
	}
	w.ring.Stored(w.Now(), w.said, string(*secret.UID))
	w.Events.Eventf(w.agency, nil, "Normal", "Rotated", "Rotate", "the key of its client is another; the one before is good for %s more", w.agency.Spec.Connectors.Client.Overlap)
	return w.save(ctx)
}

func (w *rotation) secret() *corev1.Secret {
	return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: specs.NamespaceName(w.agency.Name), Name: specs.ClientSecretName}}
}

// look asks whether the Secret is as it was written, by a change of nothing that answers
// with what is said of a Secret and never with what is in it. Where somebody has deleted it
// or changed what is in it, another key is made: the private one is nowhere else.
func (w *rotation) look(ctx context.Context) error {
	current := w.ring.Current()
	if current == nil || w.ring.Secret == "" {
		return nil
	}
	u := &metav1.PartialObjectMetadata{}
	u.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
	u.SetNamespace(specs.NamespaceName(w.agency.Name))
	u.SetName(specs.ClientSecretName)
	err := w.Client.Patch(ctx, u, client.RawPatch("application/merge-patch+json", []byte(`{}`)))
	if client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("looking whether the credentials of an agency's client are there: %w", err)
	}
	if err != nil || string(u.UID) != w.ring.Secret || u.Annotations[specs.AnnotationKeyID] != current.Public.KeyID || !ownsKey(u.ManagedFields) {
		w.ring.Secret = ""
	}
	return nil
}

// ownsKey reports whether the operator wrote the key that is in a Secret, and nobody since.
func ownsKey(fields []metav1.ManagedFieldsEntry) bool {
	for _, f := range fields {
		if f.Manager == string(ownsClient) && f.FieldsV1 != nil && strings.Contains(f.FieldsV1.GetRawString(), `"f:`+specs.ClientKey+`"`) {
			return true
		}
	}
	return false
}

// tell says in the status which key is in use.
func (w *rotation) tell() {
	s, current := w.agency.Status.Connectors, w.ring.Current()
	if current == nil {
		return
	}
	at := metav1.NewTime(current.Stored.Add(w.Every))
	s.Secret, s.KeyID, s.RotatesOn = specs.ClientSecretName, current.Public.KeyID, new(at.Rfc3339Copy())
}

// withoutClient takes back what an agency had whose client is declared no longer.
func (r *Agencies) withoutClient(ctx context.Context, a *v1alpha1.Agency) error {
	if s := a.Status.Connectors; s.Secret != "" {
		w := &rotation{agency: a}
		if err := client.IgnoreNotFound(r.Client.Delete(ctx, w.secret())); err != nil {
			return fmt.Errorf("deleting the credentials of an agency's client: %w", err)
		}
		s.Secret, s.KeyID, s.RotatesOn = "", "", nil
	}
	return r.withdraw(ctx, a)
}

// withdraw takes back every public key.
func (r *Agencies) withdraw(ctx context.Context, a *v1alpha1.Agency) error {
	r.held.Delete(a.UID)
	kept := &corev1.ConfigMap{}
	err := r.Client.Get(ctx, client.ObjectKey{Namespace: r.Namespace, Name: specs.KeysName(a.Name)}, kept)
	if err == nil {
		err = r.Client.Delete(ctx, kept)
	}
	if client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("withdrawing the keys of an agency's client: %w", err)
	}
	return nil
}
