package valueset

import "io"

// ContactChannel is how a person may be reached safely (B3).
type ContactChannel string

// The values of ContactChannel.
const (
	ContactChannelMobilePhone          ContactChannel = "MOBILE_PHONE"
	ContactChannelHomePhone            ContactChannel = "HOME_PHONE"
	ContactChannelSMS                  ContactChannel = "SMS"
	ContactChannelWhatsapp             ContactChannel = "WHATSAPP"
	ContactChannelLine                 ContactChannel = "LINE"
	ContactChannelFacebookMessenger    ContactChannel = "FACEBOOK_MESSENGER"
	ContactChannelWechat               ContactChannel = "WECHAT"
	ContactChannelTelegram             ContactChannel = "TELEGRAM"
	ContactChannelViber                ContactChannel = "VIBER"
	ContactChannelEmail                ContactChannel = "EMAIL"
	ContactChannelPost                 ContactChannel = "POST"
	ContactChannelInPerson             ContactChannel = "IN_PERSON"
	ContactChannelThroughTrustedPerson ContactChannel = "THROUGH_TRUSTED_PERSON"
	ContactChannelOther                ContactChannel = "OTHER"
)

var contactChannelSet = table[ContactChannel]{"ContactChannel", "how a person may be reached safely (B3)", "", []entry[ContactChannel]{
	{ContactChannelMobilePhone, "Mobile phone"},
	{ContactChannelHomePhone, "Home phone"},
	{ContactChannelSMS, "Text message"},
	{ContactChannelWhatsapp, "WhatsApp"},
	{ContactChannelLine, "Line"},
	{ContactChannelFacebookMessenger, "Facebook Messenger"},
	{ContactChannelWechat, "WeChat"},
	{ContactChannelTelegram, "Telegram"},
	{ContactChannelViber, "Viber"},
	{ContactChannelEmail, "E-mail"},
	{ContactChannelPost, "Post"},
	{ContactChannelInPerson, "In person"},
	{ContactChannelThroughTrustedPerson, "Through a trusted person"},
	{ContactChannelOther, "Other"},
}}

// Values lists the words in their fixed order, for the stored model.
func (ContactChannel) Values() []string { return contactChannelSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v ContactChannel) Valid() bool { return contactChannelSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v ContactChannel) Label() string { return contactChannelSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v ContactChannel) MarshalGQL(w io.Writer) { contactChannelSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *ContactChannel) UnmarshalGQL(in any) error { return contactChannelSet.unmarshal(in, v) }
