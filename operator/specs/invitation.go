// Package specs builds the objects that the operator makes in a cluster: pure functions
// from what is wanted to the object.
//
// It promises that nothing about a person is in any of them: of a Secret, its data alone
// are secret. It knows no client and no cluster.
package specs

import (
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
	metav1ac "k8s.io/client-go/applyconfigurations/meta/v1"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
)

// Labels of whatever the operator makes.
const (
	LabelManagedBy = "app.kubernetes.io/managed-by"
	LabelAgency    = "sala.exchange/agency"
	ManagedBy      = "sala-operator"
)

// AnnotationUntil says until when what lies in a Secret can be used, RFC 3339.
const AnnotationUntil = "sala.exchange/usable-until"

// InvitationName is the name of the Secret with an agency's invitation.
func InvitationName(code string) string { return "sala-invitation-" + code }

// Invitation is the Secret with the invitation of an agency's first administrator, which
// goes when the agency does.
func Invitation(a *v1alpha1.Agency, namespace, secret, until string) *corev1ac.SecretApplyConfiguration {
	return corev1ac.Secret(InvitationName(a.Name), namespace).
		WithLabels(map[string]string{LabelManagedBy: ManagedBy, LabelAgency: a.Name}).
		WithAnnotations(map[string]string{AnnotationUntil: until}).
		WithOwnerReferences(owner(a)).
		WithType("Opaque").
		WithData(map[string][]byte{"invitation": []byte(secret)})
}

func owner(a *v1alpha1.Agency) *metav1ac.OwnerReferenceApplyConfiguration {
	return metav1ac.OwnerReference().WithAPIVersion(v1alpha1.APIVersion).WithKind(v1alpha1.KindAgency).WithName(a.Name).WithUID(a.UID)
}
