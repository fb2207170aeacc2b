package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Connectors is a namespace of the cluster for programs that an agency runs beside Sala,
// such as one that takes cases over from its own system. `sala apply` leaves it alone.
type Connectors struct {
	// administrators are who may run programs in the namespace; nobody where left out.
	// They change neither what the operator made there nor any Agency.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=16
	Administrators []Administrator `json:"administrators,omitempty" yaml:"administrators,omitempty"`
	// quota bounds what runs there.
	// +optional
	// +kubebuilder:default={}
	Quota Quota `json:"quota,omitempty,omitzero" yaml:"quota,omitempty"`
	// destinations are what its pods may reach beside Sala's API and the cluster's DNS,
	// such as the issuer and the agency's own system; nothing where left out.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=32
	Destinations []Destination `json:"destinations,omitempty" yaml:"destinations,omitempty"`
	// client is how its programs sign in; they bring their own credentials where left out.
	// +optional
	Client *ConnectorClient `json:"client,omitempty" yaml:"client,omitempty"`
}

// Administrator is a group of the cluster's users or a service account; never a user by
// name, which would be a person.
//
// +kubebuilder:validation:XValidation:rule="has(self.group) != has(self.serviceAccount)",message="name a group or a service account, and not both"
type Administrator struct {
	// group is a group as the cluster's own sign-in names it; none of Kubernetes' own.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="!self.startsWith('system:')",message="a group system:… is everybody's or Kubernetes' own: name one of the agency"
	Group string `json:"group,omitempty" yaml:"group,omitempty"`
	// serviceAccount is one of another namespace, such as that of a deployment tool.
	// +optional
	ServiceAccount *ServiceAccount `json:"serviceAccount,omitempty" yaml:"serviceAccount,omitempty"`
}

// ServiceAccount is a service account of the cluster.
type ServiceAccount struct {
	// namespace is where it is; none of another agency.
	// +required
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	// +kubebuilder:validation:MaxLength=63
	Namespace string `json:"namespace" yaml:"namespace"`
	// name is its name.
	// +required
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name" yaml:"name"`
}

// Quota bounds a namespace. Load balancers and ports of nodes are never granted.
type Quota struct {
	// pods is 1 to 1,000.
	// +optional
	// +kubebuilder:default=20
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000
	Pods *int `json:"pods,omitempty" yaml:"pods,omitempty"`
	// cpu is what all of them request together, as a quantity of Kubernetes.
	// +optional
	// +kubebuilder:default="2"
	// +kubebuilder:validation:MaxLength=20
	// +kubebuilder:validation:XValidation:rule="isQuantity(self) && quantity(self).isGreaterThan(quantity('0'))",message="a quantity greater than 0, as 500m or 2"
	CPU string `json:"cpu,omitempty" yaml:"cpu,omitempty"`
	// memory is what all of them may use together, as a quantity of Kubernetes.
	// +optional
	// +kubebuilder:default="4Gi"
	// +kubebuilder:validation:MaxLength=20
	// +kubebuilder:validation:XValidation:rule="isQuantity(self) && quantity(self).isGreaterThan(quantity('0'))",message="a quantity greater than 0, as 512Mi or 4Gi"
	Memory string `json:"memory,omitempty" yaml:"memory,omitempty"`
	// storage is what all claims request together, as a quantity of Kubernetes; 0 is none.
	// +optional
	// +kubebuilder:default="10Gi"
	// +kubebuilder:validation:MaxLength=20
	// +kubebuilder:validation:XValidation:rule="isQuantity(self) && !quantity(self).isLessThan(quantity('0'))",message="a quantity, as 0 or 10Gi"
	Storage string `json:"storage,omitempty" yaml:"storage,omitempty"`
}

// Destination is a network with the TCP ports that may be reached there.
type Destination struct {
	// network is in CIDR notation, as 203.0.113.7/32. Link-local addresses, behind which
	// clouds keep credentials, are never reached.
	// +required
	// +kubebuilder:validation:MaxLength=49
	// +kubebuilder:validation:Pattern=`^[0-9a-f.:]+/[0-9]{1,3}$`
	Network string `json:"network" yaml:"network"`
	// ports are 1 to 65,535; 443 where left out.
	// +optional
	// +listType=set
	// +kubebuilder:default={443}
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	// +kubebuilder:validation:items:Minimum=1
	// +kubebuilder:validation:items:Maximum=65535
	Ports []int32 `json:"ports,omitempty" yaml:"ports,omitempty"`
}

// ConnectorClient is a client of an issuer that signs in by a key of its own
// (private_key_jwt: OpenID Connect Core 1.0, section 9; RFC 7523). The operator makes the
// keys; the issuer fetches the public ones.
//
// +kubebuilder:validation:XValidation:rule="duration(self.rotateEvery) >= duration(self.overlap) + duration(self.overlap)",message="rotateEvery is at least twice the overlap"
type ConnectorClient struct {
	// id is the client's id at the issuer.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	ID string `json:"id" yaml:"id"`
	// issuer is the URL of one of spec.signIn.issuers.
	// +required
	// +kubebuilder:validation:MaxLength=255
	Issuer string `json:"issuer" yaml:"issuer"`
	// algorithm is that of the client's signatures: ES256, or PS256 and RS256 by RSA keys of
	// 3,072 bits.
	// +optional
	// +kubebuilder:default=ES256
	// +kubebuilder:validation:Enum=ES256;PS256;RS256
	Algorithm string `json:"algorithm,omitempty" yaml:"algorithm,omitempty"`
	// rotateEvery is how long a key is in use: an hour to a year.
	// +optional
	// +kubebuilder:default="720h"
	// +kubebuilder:validation:Pattern=`^[0-9]{1,4}h$`
	// +kubebuilder:validation:MaxLength=5
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('1h') && duration(self) <= duration('8784h')",message="1h to 8784h"
	RotateEvery string `json:"rotateEvery,omitempty" yaml:"rotateEvery,omitempty"`
	// overlap is how long the key before is good beside the one that took its place: a
	// minute to a month.
	// +optional
	// +kubebuilder:default="24h"
	// +kubebuilder:validation:Pattern=`^[0-9]{1,5}[hm]$`
	// +kubebuilder:validation:MaxLength=6
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('1m') && duration(self) <= duration('744h')",message="1m to 744h"
	Overlap string `json:"overlap,omitempty" yaml:"overlap,omitempty"`
}

// ConnectorsStatus is what was made for an agency's connectors.
type ConnectorsStatus struct {
	// namespace is the agency's.
	// +optional
	Namespace string `json:"namespace,omitempty"`
	// namespaceUID is its UID: another of the name is never taken over.
	// +optional
	NamespaceUID string `json:"namespaceUID,omitempty"`
	// secret is the Secret of that namespace with the client's credentials.
	// +optional
	Secret string `json:"secret,omitempty"`
	// keyID names the key in the Secret.
	// +optional
	KeyID string `json:"keyID,omitempty"`
	// rotatesOn is when the next key takes its place.
	// +optional
	RotatesOn *metav1.Time `json:"rotatesOn,omitempty"`
}
