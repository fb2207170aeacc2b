package v1alpha1

// APIVersion is the apiVersion of every manifest of this package.
const APIVersion = "sala.exchange/v1alpha1"

// The kinds of manifest.
const (
	KindAgency               = "Agency"
	KindDataSharingAgreement = "DataSharingAgreement"
)

// Metadata names what a manifest is about.
type Metadata struct {
	// Name is 2 to 32 lower-case letters, digits and hyphens, beginning with a letter;
	// it never changes.
	Name string `json:"name" yaml:"name"`
}

// Agency is an agency as it should be (I7).
type Agency struct {
	APIVersion string     `json:"apiVersion" yaml:"apiVersion"`
	Kind       string     `json:"kind" yaml:"kind"`
	Metadata   Metadata   `json:"metadata" yaml:"metadata"`
	Spec       AgencySpec `json:"spec" yaml:"spec"`
}

// AgencySpec is what an agency is and how it signs in.
type AgencySpec struct {
	// DisplayName is its name in English.
	DisplayName string `json:"displayName" yaml:"displayName"`
	// DisplayNames are its names by language, ISO 639.
	DisplayNames map[string]string `json:"displayNames,omitempty" yaml:"displayNames,omitempty"`
	// Kind is its kind, of the enum AgencyKind; approved by two people of different
	// agencies.
	Kind string `json:"kind" yaml:"kind"`
	// AdministersPlatform lets its administrator grant the role that administers the
	// platform. It is decided when the agency is onboarded.
	AdministersPlatform bool `json:"administersPlatform,omitempty" yaml:"administersPlatform,omitempty"`
	// NeedToKnow is ASSIGNMENT, TEAM, UNIT or AGENCY (D5); ASSIGNMENT where left out.
	NeedToKnow string `json:"needToKnow,omitempty" yaml:"needToKnow,omitempty"`
	// Limits bound its requests; the deployment's defaults where left out.
	Limits *Limits `json:"limits,omitempty" yaml:"limits,omitempty"`
	// Units are its departments, provinces, districts, shelters, border posts (A5).
	Units []Unit `json:"units,omitempty" yaml:"units,omitempty"`
	// SignIn says how its members sign in.
	SignIn SignIn `json:"signIn,omitempty" yaml:"signIn,omitempty"`
}

// Limits bound an agency's requests.
type Limits struct {
	// RequestsPerMinute is 1 to 1,000,000; 600 where left out.
	RequestsPerMinute *int `json:"requestsPerMinute,omitempty" yaml:"requestsPerMinute,omitempty"`
	// ConcurrentRequests is 1 to 10,000; 16 where left out.
	ConcurrentRequests *int `json:"concurrentRequests,omitempty" yaml:"concurrentRequests,omitempty"`
}

// Unit is a part of an agency.
type Unit struct {
	// Name is its short code, of the form of a metadata.name.
	Name string `json:"name" yaml:"name"`
	// DisplayName is its name in English.
	DisplayName string `json:"displayName" yaml:"displayName"`
	// DisplayNames are its names by language, ISO 639.
	DisplayNames map[string]string `json:"displayNames,omitempty" yaml:"displayNames,omitempty"`
}

// SignIn is how the members of an agency sign in.
type SignIn struct {
	// Issuers are the OpenID issuers whose access tokens count, at most 8.
	Issuers []Issuer `json:"issuers,omitempty" yaml:"issuers,omitempty"`
}

// Issuer is one OpenID issuer.
type Issuer struct {
	// URL is exactly as in the claim iss.
	URL string `json:"url" yaml:"url"`
	// Audiences are those of which a token names exactly one; the deployment's own
	// where left out.
	Audiences []string `json:"audiences,omitempty" yaml:"audiences,omitempty"`
	// ClientID is the one client whose tokens count; any where left out.
	ClientID string `json:"clientID,omitempty" yaml:"clientID,omitempty"`
	// Agency says which claim and value mean this agency, for an issuer that several
	// agencies share; left out for an issuer of its own.
	Agency *Claim `json:"agency,omitempty" yaml:"agency,omitempty"`
	// AccessTokens says which claim and value mark access tokens, for an issuer that
	// cannot say typ at+jwt (RFC 9068).
	AccessTokens *Claim `json:"accessTokens,omitempty" yaml:"accessTokens,omitempty"`
	// ACRValues are authentication context classes of which a token names one; any
	// where left out.
	ACRValues []string `json:"acrValues,omitempty" yaml:"acrValues,omitempty"`
	// StrongACRValues are those that say that a second factor was used; where left out
	// nobody of the agency breaks glass (F3).
	StrongACRValues []string `json:"strongAcrValues,omitempty" yaml:"strongAcrValues,omitempty"`
}

// Claim is a claim of a token with the one value that counts.
type Claim struct {
	Claim string `json:"claim" yaml:"claim"`
	Value string `json:"value" yaml:"value"`
}

// DataSharingAgreement is an agreement between agencies as it is proposed (D6). Its
// terms never change: other terms are another agreement.
type DataSharingAgreement struct {
	APIVersion string                   `json:"apiVersion" yaml:"apiVersion"`
	Kind       string                   `json:"kind" yaml:"kind"`
	Metadata   Metadata                 `json:"metadata" yaml:"metadata"`
	Spec       DataSharingAgreementSpec `json:"spec" yaml:"spec"`
}

// DataSharingAgreementSpec are the terms of an agreement.
type DataSharingAgreementSpec struct {
	// Title is as signed.
	Title string `json:"title" yaml:"title"`
	// Parties are two agencies or more; nothing flows before each has signed.
	Parties []Party `json:"parties" yaml:"parties"`
	// Purposes are words of the enum Purpose; what is not named is not covered.
	Purposes []string `json:"purposes" yaml:"purposes"`
	// Categories are words of the enum Category, never CASE (B5).
	Categories []string `json:"categories" yaml:"categories"`
	// CaseKinds are words of the enum CaseKind; every kind where left out.
	CaseKinds []string `json:"caseKinds,omitempty" yaml:"caseKinds,omitempty"`
	// Period is when it is in force.
	Period Period `json:"period" yaml:"period"`
	// Obligations bind each party as to what it received.
	Obligations Obligations `json:"obligations,omitempty" yaml:"obligations,omitempty"`
}

// Party is one agency under an agreement.
type Party struct {
	// Agency is the metadata.name of the agency.
	Agency string `json:"agency" yaml:"agency"`
	// ControllerRole is CONTROLLER, JOINT_CONTROLLER or PROCESSOR; CONTROLLER where
	// left out.
	ControllerRole string `json:"controllerRole,omitempty" yaml:"controllerRole,omitempty"`
	// FocalPoint is the function that answers for the agreement; not a person's name.
	FocalPoint string `json:"focalPoint,omitempty" yaml:"focalPoint,omitempty"`
}

// Period is from when until when, as times of RFC 3339.
type Period struct {
	From string `json:"from" yaml:"from"`
	// Until is exclusive.
	Until string `json:"until" yaml:"until"`
}

// Obligations of the parties of an agreement (D6).
type Obligations struct {
	// RetentionDays is how long a receiver keeps what it received; 0 where the law
	// alone decides.
	RetentionDays int `json:"retentionDays,omitempty" yaml:"retentionDays,omitempty"`
	// OnwardSharing is NO, ASK or YES; NO where left out.
	OnwardSharing string `json:"onwardSharing,omitempty" yaml:"onwardSharing,omitempty"`
	// BreachNoticeHours is 1 to 720; 72 where left out.
	BreachNoticeHours *int `json:"breachNoticeHours,omitempty" yaml:"breachNoticeHours,omitempty"`
	// AtEnd is DELETE or RETURN; DELETE where left out.
	AtEnd string `json:"atEnd,omitempty" yaml:"atEnd,omitempty"`
}
