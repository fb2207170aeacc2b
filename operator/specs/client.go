package specs

import (
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
)

// What the ConfigMap of a client's keys holds: the set that issuers read, and how it came
// about. Nothing of it is secret.
const (
	KeySet  = "jwks.json"
	KeyRing = "ring.json"
)

// AnnotationKeyID says which key is in the Secret of a client.
const AnnotationKeyID = "sala.exchange/key-id"

// ClientKey is the entry of the Secret with the private key, a JWK.
const ClientKey = "key.jwk"

// KeysName is the ConfigMap with the public keys of an agency's client, in the operator's
// namespace.
func KeysName(code string) string { return "sala-client-keys-" + code }

// Keys is that ConfigMap, without its data.
func Keys(a *v1alpha1.Agency, namespace string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: KeysName(a.Name), Labels: labels(a),
		OwnerReferences: []metav1.OwnerReference{{APIVersion: v1alpha1.APIVersion, Kind: v1alpha1.KindAgency, Name: a.Name, UID: a.UID}}}}
}

// ClientSecret is the Secret with the credentials of an agency's client, in the agency's
// namespace: what a program needs to sign in at the issuer and ask the API.
func ClientSecret(a *v1alpha1.Agency, endpoint, keyID string, key []byte) *corev1ac.SecretApplyConfiguration {
	c := a.Spec.Connectors.Client
	return corev1ac.Secret(ClientSecretName, NamespaceName(a.Name)).WithLabels(labels(a)).
		WithAnnotations(map[string]string{AnnotationKeyID: keyID}).
		WithType("Opaque").
		WithData(map[string][]byte{ClientKey: key, "client-id": []byte(c.ID), "issuer": []byte(c.Issuer), "endpoint": []byte(endpoint)})
}
