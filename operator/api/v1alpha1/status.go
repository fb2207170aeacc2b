package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// The conditions of an Agency; Ready is also a DataSharingAgreement's.
const (
	// ConditionReady is true once everything is as the manifest says.
	ConditionReady = "Ready"
	// ConditionReconciling is there, and true, while something is under way or waited for.
	ConditionReconciling = "Reconciling"
	// ConditionStalled is there, and true, where the manifest cannot become true as it
	// stands.
	ConditionStalled = "Stalled"
	// ConditionApproved is true once two people of different agencies approved the agency
	// (I7).
	ConditionApproved = "Approved"
	// ConditionInvited is true once its first administrator's invitation lies in a Secret.
	ConditionInvited = "AdministratorInvited"
	// ConditionHandedOver is true once an agency that leaves owns no case any more (A4).
	ConditionHandedOver = "HandedOver"
	// ConditionSharingEnded is true once its agreements and referrals have ended.
	ConditionSharingEnded = "SharingEnded"
	// ConditionDeparted is true once it has left and what it contributed is deleted.
	ConditionDeparted = "Departed"
	// ConditionConnectors is true once the namespace of the agency's connectors is as
	// declared; it is not there where none is declared.
	ConditionConnectors = "ConnectorsReady"
	// ConditionInForce is true while an agreement is in force.
	ConditionInForce = "InForce"
)

// The reasons of ConditionInvited once there is an invitation and it is not open any more.
const (
	ReasonTakenUp = "TakenUp" // somebody is the agency's administrator by it
	ReasonLapsed  = "Lapsed"  // its time is over, and nobody took it up
)

// AgencyStatus is what the operator found. Nothing in it is about a person.
type AgencyStatus struct {
	// conditions say how things stand, and for whom is waited.
	// +optional
	// +listType=map
	// +listMapKey=type
	Conditions []metav1.Condition `json:"conditions,omitempty"`
	// observedGeneration is the generation of the spec that the status is about.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// state is where the agency stands at the API; empty while it is not there.
	// +optional
	State string `json:"state,omitempty"`
	// waitsFor says for whom is waited; empty where for nobody.
	// +optional
	WaitsFor string `json:"waitsFor,omitempty"`
	// departure is to whom it hands its cases over and until when, as was decided; left out
	// while it does not leave.
	// +optional
	Departure *DepartureStatus `json:"departure,omitempty"`
	// proposed is true once the operator has proposed this agency, which it then also
	// invites; one that was there before is not invited by it.
	// +optional
	Proposed bool `json:"proposed,omitempty"`
	// proposals are those that the operator made, or found, of what the spec says and that
	// wait for people; one that is not there any more while what it says is still to be done
	// was refused, and is not made again before the spec changes. One of a former spec is
	// taken back.
	// +optional
	// +listType=map
	// +listMapKey=id
	Proposals []ProposalStatus `json:"proposals,omitempty"`
	// invitationSecret is the name of the Secret, in the operator's namespace, that holds
	// the invitation of the agency's first administrator.
	// +optional
	InvitationSecret string `json:"invitationSecret,omitempty"`
	// invitationID is the public id of the invitation that the operator made last: another one
	// at the API was made by a person, and what is in the Secret is void.
	// +optional
	InvitationID string `json:"invitationID,omitempty"`
	// connectors is what was made for its connectors.
	// +optional
	Connectors *ConnectorsStatus `json:"connectors,omitempty"`
}

// ProposalStatus is a proposal of what a spec says.
type ProposalStatus struct {
	// kind is what it would change, as SIGN_IN.
	// +required
	Kind string `json:"kind"`
	// id is the proposal's at the API.
	// +required
	ID string `json:"id"`
	// generation is that of the spec that it was last found to be of.
	// +required
	Generation int64 `json:"generation"`
}

// DepartureStatus is what was decided with an agency's departure.
type DepartureStatus struct {
	// handOverTo is the agency that its cases are offered to where an offer names none.
	// +optional
	HandOverTo string `json:"handOverTo,omitempty"`
	// deadline is until when it is to have left.
	// +optional
	Deadline *metav1.Time `json:"deadline,omitempty"`
	// overdue is true once that has passed and it has not left, by the clock of the API.
	// +optional
	Overdue bool `json:"overdue,omitempty"`
}

// DataSharingAgreementStatus is what the operator found.
type DataSharingAgreementStatus struct {
	// conditions say how things stand, and for whom is waited.
	// +optional
	// +listType=map
	// +listMapKey=type
	Conditions []metav1.Condition `json:"conditions,omitempty"`
	// observedGeneration is the generation of the spec that the status is about.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// signatures are the parties with the time at which each signed.
	// +optional
	// +listType=map
	// +listMapKey=agency
	Signatures []Signature `json:"signatures,omitempty"`
	// waitsFor says for whom is waited; empty where for nobody.
	// +optional
	WaitsFor string `json:"waitsFor,omitempty"`
}

// Signature is a party's name under an agreement.
type Signature struct {
	// agency is the party.
	// +required
	Agency string `json:"agency"`
	// signedOn is when it signed; left out while it has not.
	// +optional
	SignedOn *metav1.Time `json:"signedOn,omitempty"`
}
