package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// DataSharingAgreement is an agreement between agencies as it is proposed (D6). Its
// terms never change: other terms are another agreement. Its name is its code.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Cluster,categories={sala},shortName=dsa
// +kubebuilder:printcolumn:name="In force",type=string,JSONPath=`.status.conditions[?(@.type=="InForce")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Waits for",type=string,JSONPath=`.status.waitsFor`
// +kubebuilder:printcolumn:name="Until",type=string,JSONPath=`.spec.period.until`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:validation:XValidation:rule="self.metadata.name.matches('^[a-z][a-z0-9-]{1,31}$')",message="metadata.name is the agreement's code: 2 to 32 lower-case letters, digits and hyphens, beginning with a letter"
type DataSharingAgreement struct {
	metav1.TypeMeta `json:",inline"`
	// metadata names the agreement by its code.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`
	// spec are its terms, which never change.
	// +required
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="the terms of an agreement never change: propose another"
	Spec DataSharingAgreementSpec `json:"spec"`
	// status is what the operator found.
	// +optional
	// +kubebuilder:default={observedGeneration:-1}
	Status DataSharingAgreementStatus `json:"status,omitempty,omitzero"`
}

// DataSharingAgreementList is a list of agreements.
//
// +kubebuilder:object:root=true
type DataSharingAgreementList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []DataSharingAgreement `json:"items"`
}

// DataSharingAgreementSpec are the terms of an agreement.
type DataSharingAgreementSpec struct {
	// title is as signed.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=200
	Title string `json:"title" yaml:"title"`
	// documentDigest is the SHA-256 of the document that the parties sign, in 64 lower-case
	// hexadecimal digits, as sha256sum prints it.
	// +optional
	// +kubebuilder:validation:Pattern=`^[0-9a-f]{64}$`
	// +kubebuilder:validation:MaxLength=64
	DocumentDigest string `json:"documentDigest,omitempty" yaml:"documentDigest,omitempty"`
	// parties are two agencies or more; nothing flows before each has signed.
	// +required
	// +listType=map
	// +listMapKey=agency
	// +kubebuilder:validation:MinItems=2
	// +kubebuilder:validation:MaxItems=50
	Parties []Party `json:"parties" yaml:"parties"`
	// purposes are what may be asked for under it (C); what is not named is not covered.
	// +required
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=9
	// +kubebuilder:validation:items:Enum=IDENTIFICATION;PROTECTION;ASSISTANCE;RETURN;TRACING;JUSTICE;LEGAL_AID;STATISTICS;OVERSIGHT
	Purposes []string `json:"purposes" yaml:"purposes"`
	// categories are what may be shared under it, never CASE (B5).
	// +required
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=13
	// +kubebuilder:validation:items:Enum=IDENTITY;CONTACT;WHEREABOUTS;PROFILE;FAMILY;TRAFFICKING;PROTECTION;HEALTH;HEALTH_RESTRICTED;ASSISTANCE;JUSTICE;SUSPECT;NARRATIVE
	Categories []string `json:"categories" yaml:"categories"`
	// caseKinds are the kinds of case that it is about (G3); every kind where left out.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=6
	// +kubebuilder:validation:items:Enum=PRESUMED_VICTIM;IDENTIFIED_VICTIM;VULNERABLE_MIGRANT;SMUGGLED_MIGRANT;CHILD_AT_RISK;OTHER
	CaseKinds []string `json:"caseKinds,omitempty" yaml:"caseKinds,omitempty"`
	// period is when it is in force.
	// +required
	Period Period `json:"period" yaml:"period"`
	// obligations bind each party as to what it received.
	// +optional
	Obligations Obligations `json:"obligations,omitempty,omitzero" yaml:"obligations,omitempty"`
}

// Party is one agency under an agreement.
type Party struct {
	// agency is the metadata.name of the agency.
	// +required
	// +kubebuilder:validation:Pattern=`^[a-z][a-z0-9-]{1,31}$`
	// +kubebuilder:validation:MaxLength=32
	Agency string `json:"agency" yaml:"agency"`
	// controllerRole is its role under data-protection law; CONTROLLER where left out.
	// +optional
	// +kubebuilder:validation:Enum=CONTROLLER;JOINT_CONTROLLER;PROCESSOR
	ControllerRole string `json:"controllerRole,omitempty" yaml:"controllerRole,omitempty"`
	// focalPoint is the function that answers for the agreement; not a person's name.
	// +optional
	// +kubebuilder:validation:MaxLength=200
	FocalPoint string `json:"focalPoint,omitempty" yaml:"focalPoint,omitempty"`
}

// Period is from when until when, as times of RFC 3339.
//
// +kubebuilder:validation:XValidation:rule="timestamp(self.until) > timestamp(self.from)",message="an agreement must end after it starts"
type Period struct {
	// from is its begin.
	// +required
	// +kubebuilder:validation:Format=date-time
	// +kubebuilder:validation:MaxLength=40
	From string `json:"from" yaml:"from"`
	// until is exclusive.
	// +required
	// +kubebuilder:validation:Format=date-time
	// +kubebuilder:validation:MaxLength=40
	Until string `json:"until" yaml:"until"`
}

// Obligations of the parties of an agreement (D6).
type Obligations struct {
	// retentionDays is how long a receiver keeps what it received, at most 36,500; 0 where
	// the law alone decides.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=36500
	RetentionDays int `json:"retentionDays,omitempty" yaml:"retentionDays,omitempty"`
	// onwardSharing is whether a receiver may pass on what it received (D4); "NO" where left
	// out. NO and YES are written in quotation marks: kubectl reads them as false and true.
	// +optional
	// +kubebuilder:validation:Enum=NO;ASK;YES
	OnwardSharing string `json:"onwardSharing,omitempty" yaml:"onwardSharing,omitempty"`
	// breachNoticeHours is 1 to 720; 72 where left out.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=720
	BreachNoticeHours *int `json:"breachNoticeHours,omitempty" yaml:"breachNoticeHours,omitempty"`
	// atEnd is what happens at the end to what was received; DELETE where left out.
	// +optional
	// +kubebuilder:validation:Enum=DELETE;RETURN
	AtEnd string `json:"atEnd,omitempty" yaml:"atEnd,omitempty"`
}
