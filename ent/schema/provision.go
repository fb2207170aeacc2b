package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/sala-exchange/sala/ent/annotation"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
)

// Provision is one yes or no of a statement: to whom, for which purposes and
// categories, from when until when (C2).
type Provision struct{ ent.Schema }

// Annotations of the Provision.
func (Provision) Annotations() []schema.Annotation {
	return []schema.Annotation{
		annotation.Class(category.Parties),
		schema.Comment("One yes or no of a statement: to whom, for which purposes and categories, from when until when (C2)."),
	}
}

// Fields of the Provision.
func (Provision) Fields() []ent.Field {
	return []ent.Field{
		idOf("provision"),
		field.String("consent_id").Immutable().Comment("The statement."),
		field.String("case_id").Immutable().Comment("The case."),
		field.String("contributor_id").Immutable().Comment("The agency that recorded the statement."),
		field.Enum("decision").GoType(valueset.Decision("")).Immutable().Comment("Yes or no; refusals are recorded too (C4)."),
		field.String("recipient_id").Default("").Immutable().Comment("The agency that it is about; a class has a provision for each agency listed to her by name (C3)."),
		field.String("unit_id").Default("").Immutable().Comment("The unit of that agency that alone it is about (A5); empty for the agency as a whole."),
		field.Enum("recipient_class").GoType(valueset.AgencyKind("")).Optional().Nillable().Immutable().
			Comment("The class of agencies through which it names the recipient (C3)."),
		field.JSON("purposes", []category.Purpose{}).Immutable().Comment("Purposes that it names (C2)."),
		field.JSON("categories", []category.Category{}).Immutable().Comment("Categories that it names (C2); never CASE (B5); none for a transfer (A4)."),
		field.JSON("contributor_ids", []string{}).Optional().Immutable().Comment("Whose rows beside those of the referring agency (A2)."),
		field.Bool("onward").Default(false).Immutable().Comment("Whether onward sharing is agreed to (D4)."),
		field.Int64("valid_from").Immutable().Comment("From."),
		field.Int64("valid_until").Immutable().Comment("Until, exclusive."),
	}
}

// Edges of the Provision.
func (Provision) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("consent", Consent.Type).Ref("provisions").Field("consent_id").Unique().Required().Immutable(),
		edge.To("contributor", Agency.Type).Field("contributor_id").Unique().Required().Immutable().Annotations(loadedTogether()),
	}
}

// Indexes of the Provision.
func (Provision) Indexes() []ent.Index {
	return []ent.Index{index.Fields("case_id"), index.Fields("consent_id"), index.Fields("recipient_id", "case_id")}
}
