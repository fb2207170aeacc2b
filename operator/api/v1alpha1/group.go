package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// GroupVersion is the group and version of every kind of this package.
var GroupVersion = schema.GroupVersion{Group: "sala.exchange", Version: "v1alpha1"}

// APIVersion is the apiVersion of every manifest of this package.
const APIVersion = "sala.exchange/v1alpha1"

// The kinds of manifest.
const (
	KindAgency               = "Agency"
	KindDataSharingAgreement = "DataSharingAgreement"
	KindReleaseSchedule      = "ReleaseSchedule"
)

// AddToScheme makes the kinds known to a client of a cluster.
func AddToScheme(s *runtime.Scheme) error {
	s.AddKnownTypes(GroupVersion, &Agency{}, &AgencyList{}, &DataSharingAgreement{}, &DataSharingAgreementList{}, &ReleaseSchedule{}, &ReleaseScheduleList{})
	metav1.AddToGroupVersion(s, GroupVersion)
	return nil
}

// LocalName is a name in one language.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=200
type LocalName string
