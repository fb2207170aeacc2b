package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"

	"github.com/sala-exchange/sala/ent/annotation"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
)

// ContactContent is what is sealed of a Contact.
type ContactContent struct {
	DoNotContact bool                    `json:"do_not_contact" meaning:"No contact by this way until somebody has recorded that it is safe (B3)."`
	WhoMayAnswer string                  `json:"who_may_answer" meaning:"Who may answer (B3)."`
	WhatToSay    string                  `json:"what_to_say" meaning:"What to say to whoever answers (B3)."`
	CodeWord     string                  `json:"code_word" meaning:"Word agreed with her (B3)."`
	SafeTimes    string                  `json:"safe_times" meaning:"When it is safe (B3)."`
	Channel      valueset.ContactChannel `json:"channel" meaning:"Kind of way (B3)."`
	Address      string                  `json:"address" htcds:"prs_Email, prs_HomePhone, prs_MobilePhone" meaning:"Number, e-mail address or account."`
	Street       string                  `json:"street" htcds:"prs_MailingStreet" meaning:"Street."`
	City         string                  `json:"city" htcds:"prs_MailingCity" meaning:"Village or city."`
	Province     string                  `json:"province" htcds:"prs_MailingState" meaning:"Province."`
	PostalCode   string                  `json:"postal_code" htcds:"prs_MailingPostalCode" meaning:"Postal code."`
	Country      string                  `json:"country" htcds:"prs_MailingCountry" meaning:"Country, ISO 3166 alpha-2."`
}

// Contact is one way to reach the person, headed by how to do it safely (B3).
type Contact struct{ ent.Schema }

// Annotations of the Contact.
func (Contact) Annotations() []schema.Annotation {
	return []schema.Annotation{
		annotation.Category(category.Contact),
		annotation.Sealed(ContactContent{}),
		schema.Comment("One way to reach the person, headed by how to do it safely (B3)."),
	}
}

// Mixin of the Contact.
func (Contact) Mixin() []ent.Mixin { return []ent.Mixin{partMixin{back: "contacts"}} }

// Fields of the Contact.
func (Contact) Fields() []ent.Field { return []ent.Field{idOf("contact"), sealedColumn()} }
