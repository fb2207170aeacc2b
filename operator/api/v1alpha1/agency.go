package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Agency is an agency as it should be (I7). Its name is the agency's code and never
// changes. Nothing in it is about a person.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Cluster,categories={sala},shortName=agc
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Waits for",type=string,JSONPath=`.status.waitsFor`
// +kubebuilder:printcolumn:name="Kind",type=string,JSONPath=`.spec.kind`,priority=1
// +kubebuilder:printcolumn:name="Standing",type=string,JSONPath=`.status.state`,priority=1
// +kubebuilder:printcolumn:name="Deadline",type=string,JSONPath=`.status.departure.deadline`,priority=1
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:validation:XValidation:rule="!has(self.spec.connectors) || !has(self.spec.connectors.administrators) || self.spec.connectors.administrators.all(a, !has(a.serviceAccount) || !a.serviceAccount.namespace.startsWith('sala-agency-') || a.serviceAccount.namespace == 'sala-agency-' + self.metadata.name)",message="a service account of another agency's namespace administers nothing of this one"
// +kubebuilder:validation:XValidation:rule="!has(self.spec.offboarding) || !has(self.spec.offboarding.handOverTo) || self.spec.offboarding.handOverTo != self.metadata.name",message="an agency that leaves hands its cases over to another"
// +kubebuilder:validation:XValidation:rule="self.metadata.name.matches('^[a-z][a-z0-9-]{1,31}$')",message="metadata.name is the agency's code: 2 to 32 lower-case letters, digits and hyphens, beginning with a letter"
type Agency struct {
	metav1.TypeMeta `json:",inline"`
	// metadata names the agency by its code.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`
	// spec is the agency as it should be.
	// +required
	Spec AgencySpec `json:"spec"`
	// status is what the operator found.
	// +optional
	// +kubebuilder:default={observedGeneration:-1}
	Status AgencyStatus `json:"status,omitempty,omitzero"`
}

// AgencyList is a list of agencies.
//
// +kubebuilder:object:root=true
type AgencyList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Agency `json:"items"`
}

// AgencySpec is what an agency is and how it signs in.
//
// +kubebuilder:validation:XValidation:rule="(has(self.administersPlatform) && self.administersPlatform) == (has(oldSelf.administersPlatform) && oldSelf.administersPlatform)",message="administersPlatform is decided when the agency is onboarded and never changes"
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.state) || oldSelf.state != 'OFFBOARDING' || (has(self.state) && self.state == 'OFFBOARDING')",message="an agency that leaves does not come back: refuse the proposal of its departure through the API, or onboard another"
// +kubebuilder:validation:XValidation:rule="!has(self.connectors) || !has(self.connectors.client) || has(self.signIn) && has(self.signIn.issuers) && self.signIn.issuers.exists(i, i.url == self.connectors.client.issuer && (!has(i.clientID) || i.clientID == self.connectors.client.id))",message="connectors.client signs in at one of signIn.issuers, which takes its id"
// +kubebuilder:validation:XValidation:rule="!has(self.offboarding) || has(self.state) && self.state == 'OFFBOARDING'",message="offboarding goes with state: OFFBOARDING"
// +kubebuilder:validation:XValidation:rule="self.kind != 'REGIONAL_COUNTERPART' || !has(self.administersPlatform) || !self.administersPlatform",message="a regional counterpart administers nothing here (J7)"
type AgencySpec struct {
	// displayName is its name in English.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=200
	DisplayName string `json:"displayName" yaml:"displayName"`
	// displayNames are its names by language, ISO 639. Left out, those that it has stay; {}
	// takes them all away, and a language that is not named here is taken away.
	// +optional
	// +kubebuilder:validation:MaxProperties=20
	// +kubebuilder:validation:XValidation:rule="self.all(k, k.matches('^[a-z]{2,3}$'))",message="a language is a code of ISO 639, of two or three letters"
	DisplayNames map[string]LocalName `json:"displayNames,omitzero" yaml:"displayNames,omitempty"`
	// kind is its kind, approved by two people of different agencies (I7).
	// +required
	// +kubebuilder:validation:Enum=MINISTRY;POLICE;PROSECUTOR;COURT;LEGAL_AID;LABOUR_INSPECTION;IMMIGRATION_OR_BORDER;CONSULAR;HEALTH;SHELTER;UNION;TRADE_UNION;NGO;INTERNATIONAL_ORGANISATION;COORDINATION_BODY;REGIONAL_COUNTERPART
	Kind string `json:"kind" yaml:"kind"`
	// country is the one whose law it works under, by its two capital letters of ISO 3166-1,
	// as the agency says itself; an international organisation leaves it out. Left out, it is
	// as it was; one that was said is taken away through the API alone. Nobody is let in or
	// kept out by it. Norway's is "NO", in quotation marks: kubectl reads a bare NO as false.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Z]{2}$')",message="a country is its two capital letters of ISO 3166-1, as LA"
	Country string `json:"country,omitempty" yaml:"country,omitempty"`
	// state is where the agency should stand: ACTIVE, SUSPENDED, which one person decides
	// and which shuts it out at once, or OFFBOARDING, which is for good. Left out, its
	// standing is decided through the API alone.
	// +optional
	// +kubebuilder:validation:Enum=ACTIVE;SUSPENDED;OFFBOARDING
	State string `json:"state,omitempty" yaml:"state,omitempty"`
	// offboarding says, with state OFFBOARDING, to whom it hands its cases over and until
	// when. It is part of what two people approve: until then it may change, once the
	// proposal that holds it is refused; afterwards it is as it was approved, and another
	// one here is said to be refused. What is left out is left to who proposes.
	// +optional
	Offboarding *Offboarding `json:"offboarding,omitempty" yaml:"offboarding,omitempty"`
	// administersPlatform lets its administrator grant the role that administers the
	// platform. It is decided when the agency is onboarded.
	// +optional
	AdministersPlatform bool `json:"administersPlatform,omitempty" yaml:"administersPlatform,omitempty"`
	// needToKnow is how far an access reaches inside it (D5): ASSIGNMENT, TEAM, UNIT or
	// AGENCY. Left out, a new agency's is ASSIGNMENT, and one that is there keeps its own.
	// +optional
	// +kubebuilder:validation:Enum=ASSIGNMENT;TEAM;UNIT;AGENCY
	NeedToKnow string `json:"needToKnow,omitempty" yaml:"needToKnow,omitempty"`
	// retention says for how long it keeps what is its own before it decides whether to
	// erase it. Left out, a new agency's are the deployment's periods, and one that is there
	// keeps its own. Nothing is erased by itself.
	// +optional
	Retention *Retention `json:"retention,omitempty" yaml:"retention,omitempty"`
	// limits bound its requests. Left out, a new agency's are the deployment's defaults, and
	// one that is there keeps its own.
	// +optional
	Limits *Limits `json:"limits,omitempty" yaml:"limits,omitempty"`
	// allowedNetworks are those that its members may come from, as ADDRESS/BITS without
	// bits beyond (192.0.2.0/24, 2001:db8::/32); an empty list: from anywhere. Left out,
	// they are decided through the API alone. A change waits as one of signIn does.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:items:MaxLength=43
	// +kubebuilder:validation:items:XValidation:rule="isCIDR(self) && cidr(self).masked() == cidr(self)",message="a network is ADDRESS/BITS without bits beyond, as 192.0.2.0/24 or 2001:db8::/32"
	AllowedNetworks []string `json:"allowedNetworks,omitzero" yaml:"allowedNetworks,omitempty"`
	// units are its departments, provinces, districts, shelters, border posts (A5). One
	// that is left out later stays: what was consented or referred to it keeps it.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=500
	Units []Unit `json:"units,omitempty" yaml:"units,omitempty"`
	// signIn says how its members sign in. Left out, or without an issuer, it stays as it is.
	// +optional
	SignIn SignIn `json:"signIn,omitempty,omitzero" yaml:"signIn,omitempty"`
	// connectors gives it a namespace of the cluster for programs of its own; where it is
	// left out, or taken out later, there is none.
	// +optional
	Connectors *Connectors `json:"connectors,omitempty" yaml:"connectors,omitempty"`
}

// Offboarding is to whom an agency that leaves hands its cases over, and until when.
type Offboarding struct {
	// handOverTo is the metadata.name of the agency that its cases are offered to where an
	// offer names none: one that is active, and no regional counterpart. It accepts each
	// case itself, and the person of each agrees.
	// +optional
	// +kubebuilder:validation:Pattern=`^[a-z][a-z0-9-]{1,31}$`
	// +kubebuilder:validation:MaxLength=32
	HandOverTo string `json:"handOverTo,omitempty" yaml:"handOverTo,omitempty"`
	// deadline is until when it is to have left, 7 to 730 days ahead when it is proposed: a
	// time of RFC 3339, or a date, which means its end in UTC. Nothing ends by it; from then
	// on the departure is overdue.
	// +optional
	// +kubebuilder:validation:Pattern=`^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])(T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](Z|[+-][0-9]{2}:[0-9]{2}))?$`
	// +kubebuilder:validation:MaxLength=40
	Deadline string `json:"deadline,omitempty" yaml:"deadline,omitempty"`
}

// Retention is for how long an agency keeps what is its own, by kind of record (H4).
type Retention struct {
	// closedCases is the months since a case was closed, 12 to 600, after which it stands on
	// its supervisors' worklists.
	// +optional
	// +kubebuilder:validation:Minimum=12
	// +kubebuilder:validation:Maximum=600
	ClosedCases int `json:"closedCases,omitempty" yaml:"closedCases,omitempty"`
}

// Limits bound an agency's requests.
type Limits struct {
	// requestsPerMinute is 1 to 1,000,000; 600 where left out.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000000
	RequestsPerMinute *int `json:"requestsPerMinute,omitempty" yaml:"requestsPerMinute,omitempty"`
	// concurrentRequests is 1 to 10,000; 16 where left out.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=10000
	ConcurrentRequests *int `json:"concurrentRequests,omitempty" yaml:"concurrentRequests,omitempty"`
}

// Unit is a part of an agency.
type Unit struct {
	// name is its short code, of the form of a metadata.name.
	// +required
	// +kubebuilder:validation:Pattern=`^[a-z][a-z0-9-]{1,31}$`
	// +kubebuilder:validation:MaxLength=32
	Name string `json:"name" yaml:"name"`
	// displayName is its name in English.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=200
	DisplayName string `json:"displayName" yaml:"displayName"`
	// displayNames are its names by language, ISO 639; left out, those that it has stay, and
	// {} takes them all away.
	// +optional
	// +kubebuilder:validation:MaxProperties=20
	DisplayNames map[string]LocalName `json:"displayNames,omitzero" yaml:"displayNames,omitempty"`
}

// SignIn is how the members of an agency sign in.
type SignIn struct {
	// issuers are the OpenID issuers whose access tokens count, at most 8.
	// +optional
	// +listType=map
	// +listMapKey=url
	// +kubebuilder:validation:MaxItems=8
	Issuers []Issuer `json:"issuers,omitempty" yaml:"issuers,omitempty"`
}

// Issuer is one OpenID issuer.
//
// +kubebuilder:validation:XValidation:rule="!has(self.agency) || !has(self.accessTokens) || self.agency.claim != self.accessTokens.claim",message="one claim cannot name the agency and mark the token"
type Issuer struct {
	// url is exactly as in the claim iss: https://HOST/PATH in lower-case ASCII, without
	// user, query, fragment or default port; http on this machine alone.
	// +required
	// +kubebuilder:validation:MaxLength=255
	// +kubebuilder:validation:XValidation:rule="self.matches('^https://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?(/[!-~]*)?$') || self.matches('^http://(localhost|127[.][0-9.]+)(:[0-9]{1,5})?(/[!-~]*)?$')",message="an issuer's URL is https://HOST/PATH in lower-case ASCII"
	// +kubebuilder:validation:XValidation:rule="!self.matches('[?#@]') && !self.matches('^https://[^/]*:443(/|$)')",message="an issuer's URL has no user, query, fragment or default port"
	URL string `json:"url" yaml:"url"`
	// audiences are those of which a token names exactly one; the deployment's own
	// where left out.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=8
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=255
	Audiences []string `json:"audiences,omitempty" yaml:"audiences,omitempty"`
	// clientID is the one client whose tokens count; any where left out.
	// +optional
	// +kubebuilder:validation:MaxLength=255
	ClientID string `json:"clientID,omitempty" yaml:"clientID,omitempty"`
	// agency says which claim and value mean this agency, for an issuer that several
	// agencies share; left out for an issuer of its own.
	// +optional
	Agency *Claim `json:"agency,omitempty" yaml:"agency,omitempty"`
	// accessTokens says which claim and value mark access tokens, for an issuer that
	// cannot say typ at+jwt (RFC 9068).
	// +optional
	AccessTokens *Claim `json:"accessTokens,omitempty" yaml:"accessTokens,omitempty"`
	// acrValues are authentication context classes of which a token names one; any
	// where left out.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=8
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=255
	ACRValues []string `json:"acrValues,omitempty" yaml:"acrValues,omitempty"`
	// strongAcrValues are those that say that a second factor was used; where left out
	// nobody of the agency breaks glass (F3).
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=8
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=255
	StrongACRValues []string `json:"strongAcrValues,omitempty" yaml:"strongAcrValues,omitempty"`
}

// Claim is a claim of a token with the one value that counts.
type Claim struct {
	// claim is its name; one with a meaning of its own in a token is refused.
	// +required
	// +kubebuilder:validation:MaxLength=100
	// +kubebuilder:validation:Pattern=`^[A-Za-z][A-Za-z0-9_.:/-]{0,99}$`
	// +kubebuilder:validation:XValidation:rule="!(self in ['iss','sub','aud','exp','nbf','iat','jti','client_id','scope','acr','cnf','azp','nonce','at_hash','c_hash','events'])",message="that claim has a meaning of its own: name another"
	Claim string `json:"claim" yaml:"claim"`
	// value is the one value that counts.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	Value string `json:"value" yaml:"value"`
}
