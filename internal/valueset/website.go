package valueset

import "io"

// Website is a website or app used for recruitment or exploitation.
type Website string

// The values of Website.
const (
	WebsiteFacebook          Website = "Facebook"
	WebsiteInstagram         Website = "Instagram"
	WebsiteWhatsApp          Website = "WhatsApp"
	WebsiteTelegram          Website = "Telegram"
	WebsiteFacebookMessenger Website = "FacebookMessenger"
	WebsiteViber             Website = "Viber"
	WebsiteSnapChat          Website = "SnapChat"
	WebsiteLine              Website = "Line"
	WebsiteFourSale          Website = "FourSale"
	WebsiteWeChat            Website = "WeChat"
	WebsiteQQ                Website = "QQ"
	WebsiteQZone             Website = "QZone"
	WebsiteTikTok            Website = "TikTok"
	WebsiteTwitter           Website = "Twitter"
	WebsiteOther             Website = "Other"
)

var websiteSet = table[Website]{"Website", "a website or app used for recruitment or exploitation", "vic_RecruitmentWebsitesAndApps", []entry[Website]{
	{WebsiteFacebook, "Facebook"},
	{WebsiteInstagram, "Instagram"},
	{WebsiteWhatsApp, "WhatsApp"},
	{WebsiteTelegram, "Telegram"},
	{WebsiteFacebookMessenger, "Facebook Messenger"},
	{WebsiteViber, "Viber"},
	{WebsiteSnapChat, "SnapChat"},
	{WebsiteLine, "Line"},
	{WebsiteFourSale, "4Sale"},
	{WebsiteWeChat, "WeChat"},
	{WebsiteQQ, "QQ"},
	{WebsiteQZone, "QZone"},
	{WebsiteTikTok, "TikTok"},
	{WebsiteTwitter, "Twitter"},
	{WebsiteOther, "Other"},
}}

// Values lists the words in their fixed order, for the stored model.
func (Website) Values() []string { return websiteSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v Website) Valid() bool { return websiteSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v Website) Label() string { return websiteSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v Website) MarshalGQL(w io.Writer) { websiteSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *Website) UnmarshalGQL(in any) error { return websiteSet.unmarshal(in, v) }

// HTCDSCode returns the word that HTCDS has for v, or "" for an unknown v. HTCDS
// calls one value 4Sale, which is no legal GraphQL name.
func (v Website) HTCDSCode() string {
	switch {
	case !v.Valid():
		return ""
	case v == WebsiteFourSale:
		return "4Sale"
	}
	return string(v)
}
