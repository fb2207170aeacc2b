package valueset

import "io"

// OnwardSharing says whether a receiver may pass on what it received (D4, D6).
type OnwardSharing string

// The values of OnwardSharing.
const (
	OnwardSharingNo  OnwardSharing = "NO"
	OnwardSharingAsk OnwardSharing = "ASK"
	OnwardSharingYes OnwardSharing = "YES"
)

var onwardSharingSet = table[OnwardSharing]{"OnwardSharing", "whether a receiver may pass on what it received (D4, D6)", "", []entry[OnwardSharing]{
	{OnwardSharingNo, "No"},
	{OnwardSharingAsk, "After asking the contributor"},
	{OnwardSharingYes, "Yes"},
}}

// Values lists the words in their fixed order, for the stored model.
func (OnwardSharing) Values() []string { return onwardSharingSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v OnwardSharing) Valid() bool { return onwardSharingSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v OnwardSharing) Label() string { return onwardSharingSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v OnwardSharing) MarshalGQL(w io.Writer) { onwardSharingSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *OnwardSharing) UnmarshalGQL(in any) error { return onwardSharingSet.unmarshal(in, v) }

// AfterAgreement is what happens at an agreement's end to what was received (D6).
type AfterAgreement string

// The values of AfterAgreement.
const (
	AfterAgreementDelete AfterAgreement = "DELETE"
	AfterAgreementReturn AfterAgreement = "RETURN"
)

var afterAgreementSet = table[AfterAgreement]{"AfterAgreement", "what happens at an agreement's end to what was received (D6)", "", []entry[AfterAgreement]{
	{AfterAgreementDelete, "It is deleted"},
	{AfterAgreementReturn, "It is returned"},
}}

// Values lists the words in their fixed order, for the stored model.
func (AfterAgreement) Values() []string { return afterAgreementSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v AfterAgreement) Valid() bool { return afterAgreementSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v AfterAgreement) Label() string { return afterAgreementSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v AfterAgreement) MarshalGQL(w io.Writer) { afterAgreementSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *AfterAgreement) UnmarshalGQL(in any) error { return afterAgreementSet.unmarshal(in, v) }

// ControllerRole is a party's role under an agreement (D6).
type ControllerRole string

// The values of ControllerRole.
const (
	ControllerRoleController      ControllerRole = "CONTROLLER"
	ControllerRoleJointController ControllerRole = "JOINT_CONTROLLER"
	ControllerRoleProcessor       ControllerRole = "PROCESSOR"
)

var controllerRoleSet = table[ControllerRole]{"ControllerRole", "a party's role under an agreement (D6)", "", []entry[ControllerRole]{
	{ControllerRoleController, "Controller"},
	{ControllerRoleJointController, "Joint controller"},
	{ControllerRoleProcessor, "Processor"},
}}

// Values lists the words in their fixed order, for the stored model.
func (ControllerRole) Values() []string { return controllerRoleSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v ControllerRole) Valid() bool { return controllerRoleSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v ControllerRole) Label() string { return controllerRoleSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v ControllerRole) MarshalGQL(w io.Writer) { controllerRoleSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *ControllerRole) UnmarshalGQL(in any) error { return controllerRoleSet.unmarshal(in, v) }
