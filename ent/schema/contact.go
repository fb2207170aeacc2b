package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"

	"github.com/sala-exchange/sala/ent/annotation"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
)

// Contact is one way to reach the person, headed by how to do it safely (B3).
type Contact struct{ ent.Schema }

// Annotations of the Contact.
func (Contact) Annotations() []schema.Annotation {
	return []schema.Annotation{
		annotation.Category(category.Contact),
		schema.Comment("One way to reach the person, headed by how to do it safely (B3)."),
	}
}

// Mixin of the Contact.
func (Contact) Mixin() []ent.Mixin { return []ent.Mixin{partMixin{back: "contacts"}} }

// Fields of the Contact.
func (Contact) Fields() []ent.Field {
	return []ent.Field{
		idOf("contact"),
		field.Bool("do_not_contact").Default(true).Comment("No contact by this way until somebody has recorded that it is safe (B3)."),
		field.String("who_may_answer").Optional().Sensitive().Comment("Who may answer (B3)."),
		field.String("what_to_say").Optional().Sensitive().Comment("What to say to whoever answers (B3)."),
		field.String("code_word").Optional().Sensitive().Comment("Word agreed with her (B3)."),
		field.String("safe_times").Optional().Sensitive().Comment("When it is safe (B3)."),
		field.Enum("channel").GoType(valueset.ContactChannel("")).Comment("Kind of way (B3)."),
		field.String("address").Optional().Sensitive().Comment("Number, e-mail address or account.").
			Annotations(annotation.HTCDS("prs_Email, prs_HomePhone, prs_MobilePhone")),
		field.String("street").Optional().Sensitive().Comment("Street.").Annotations(annotation.HTCDS("prs_MailingStreet")),
		field.String("city").Optional().Sensitive().Comment("Village or city.").Annotations(annotation.HTCDS("prs_MailingCity")),
		field.String("province").Optional().Sensitive().Comment("Province.").Annotations(annotation.HTCDS("prs_MailingState")),
		field.String("postal_code").Optional().Sensitive().Comment("Postal code.").Annotations(annotation.HTCDS("prs_MailingPostalCode")),
		field.String("country").Optional().Sensitive().Comment("Country, ISO 3166 alpha-2.").Annotations(annotation.HTCDS("prs_MailingCountry")),
	}
}
