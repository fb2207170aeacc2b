package schema

import (
	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/sala-exchange/sala/ent/annotation"
	"github.com/sala-exchange/sala/internal/category"
)

// Disclosure is the erasable detail of one entry of the ledger: somebody was
// shown somebody's rows, or somebody decided something.
type Disclosure struct{ ent.Schema }

// Annotations of the Disclosure.
func (Disclosure) Annotations() []schema.Annotation {
	return []schema.Annotation{
		annotation.Category(category.Case), entgql.RelayConnection(),
		schema.Comment("The erasable detail of one ledger entry: who was shown what, or decided what, when and on what basis."),
	}
}

// Fields of the Disclosure.
func (Disclosure) Fields() []ent.Field {
	return []ent.Field{
		idOf("disclosure"),
		field.String("kind").Immutable().Comment("READ, PREVIEW, DECISION, or USE of a program that opens the database beside the API."),
		field.Int64("at").Immutable().Comment("When.").Annotations(entgql.OrderField("AT")),
		field.String("operation_id").Immutable().Comment("The operation that it was part of."),
		field.String("agency_id").Immutable().Comment("Whose member was shown or decided."),
		field.String("member_id").Immutable().Comment("The member; of a use the word operator."),
		field.String("purpose").Immutable().Comment("Purpose stated."),
		field.String("basis").Immutable().Comment("What the access rested on."),
		field.String("verb").Immutable().Comment("What was decided; for a look, the word read or preview."),
		field.String("case_id").Immutable().Comment("The case."),
		field.String("contributor_id").Immutable().Comment("Whose rows were shown."),
		field.Int64("categories").GoType(category.Set(0)).Immutable().Comment("Set of categories, one bit each."),
		field.JSON("row_ids", []string{}).Immutable().Comment("The rows that were shown; of a use its outcome, and how many of what."),
		field.Bytes("key").Immutable().Sensitive().Comment("Key of the commitment; erased with the person."),
		field.Bytes("commitment").Immutable().Comment("HMAC-SHA-256 over the details under the key; the ledger's leaf."),
	}
}

// Indexes of the Disclosure.
func (Disclosure) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("contributor_id", "at"), index.Fields("case_id", "at"), index.Fields("at", "commitment"),
	}
}
