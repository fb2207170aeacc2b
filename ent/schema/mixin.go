package schema

import (
	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
	"entgo.io/ent/schema/mixin"

	"github.com/sala-exchange/sala/ent/annotation"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
)

// idOf returns the id field of an entity whose public ids start with prefix.
func idOf(prefix string) ent.Field {
	return field.String("id").Immutable().MaxLen(64).
		DefaultFunc(func() string { return pubid.New(prefix) }).
		Comment("Public id: prefix and 128 random bits.")
}

// partMixin is what every row about a person has beside its data: the case, the
// contributor (A1), a version for corrections, and when it happened and when it
// was recorded (I2).
type partMixin struct {
	mixin.Schema
	back   string // name of the case's edge to this entity
	single bool   // one row a contributor; unique within the agency only
	once   bool   // recorded once and never corrected
}

func (m partMixin) Fields() []ent.Field {
	fields := []ent.Field{
		field.String("case_id").Immutable().Comment("The case that the row is about."),
		field.String("contributor_id").Immutable().Comment("The agency that recorded the row; it alone corrects it (A4)."),
		field.Int("version").Default(1).Comment("Raised by one at each correction; a correction names the version that it saw."),
		field.Int64("occurred_on").Optional().Nillable().Comment("When it happened, where that is known (I2)."),
		field.Int64("recorded_on").Immutable().Comment("When it was recorded in Sala (I2)."),
		field.String("recorded_by").Immutable().Comment("The member who recorded it."),
	}
	if m.once {
		return fields
	}
	return append(fields,
		field.Int64("corrected_on").Optional().Nillable().Comment("When the present version was recorded; empty where it was never corrected (I2)."),
		field.String("corrected_by").Optional().Nillable().Comment("The member who recorded the present version; empty where it was never corrected."),
	)
}

func (m partMixin) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("case", CaseFile.Type).Ref(m.back).Field("case_id").Unique().Required().Immutable().
			Comment("The case that the row is about."),
		edge.To("contributor", Agency.Type).Field("contributor_id").Unique().Required().Immutable().Annotations(loadedTogether()).
			Comment("The agency that recorded the row."),
	}
}

func (m partMixin) Indexes() []ent.Index {
	byContributor := index.Fields("case_id", "contributor_id")
	if m.single {
		byContributor = byContributor.Unique()
	}
	return []ent.Index{byContributor}
}

// statedMixin is what a row has that says who decides for a person: the case, the agency
// that recorded it (A1), when and who. Whether it counts is policy's to say.
type statedMixin struct{ mixin.Schema }

func (statedMixin) Fields() []ent.Field {
	return []ent.Field{
		field.String("case_id").Immutable().Comment("The case that the row is about."),
		field.String("contributor_id").Immutable().Comment("The agency that recorded the row (A1): the owner then."),
		field.Int64("recorded_on").Immutable().Comment("When it was recorded in Sala (I2)."),
		field.String("recorded_by").Immutable().Comment("The member who recorded it."),
	}
}

func (statedMixin) Indexes() []ent.Index { return []ent.Index{index.Fields("case_id")} }

// versionMixin is a former version of a part: what it was before a correction, with
// who recorded it when, and who corrected it when and why. It is never changed. Its
// content is sealed, whether the part's is or not, and opens in its own row only; the
// category is that of the part, so that what is withheld of the one is withheld of the
// other.
type versionMixin struct{ mixin.Schema }

func (versionMixin) Fields() []ent.Field {
	return []ent.Field{
		idOf("version"),
		field.String("case_id").Immutable().Comment("The case that the row is about."),
		field.String("contributor_id").Immutable().Comment("The agency that recorded the row; it alone sees former versions (A4)."),
		field.String("row_id").Immutable().Comment("The row that was corrected."),
		field.Int("version").Immutable().Comment("Which version of the row this was, from 1."),
		field.Int64("occurred_on").Optional().Nillable().Immutable().Comment("When it happened, as this version had it (I2)."),
		field.Int64("recorded_on").Immutable().Comment("When this version was recorded (I2)."),
		field.String("recorded_by").Immutable().Comment("The member who recorded this version."),
		field.Int64("superseded_on").Immutable().Comment("When it was corrected."),
		field.String("superseded_by").Immutable().Comment("The member who corrected it."),
		field.Enum("reason").GoType(valueset.CorrectionReason("")).Optional().Nillable().Immutable().Comment("Why it was corrected, where the corrector said so."),
		field.Bytes("sealed").Immutable().Sensitive().Comment("The sealed fields below, encrypted under the key of the case."),
	}
}

func (versionMixin) Indexes() []ent.Index {
	return []ent.Index{index.Fields("row_id", "version").Unique(), index.Fields("case_id", "contributor_id")}
}

// formerly are the annotations of a former version of a part.
func formerly(c category.Category, content any, what string) []schema.Annotation {
	return []schema.Annotation{entgql.Skip(entgql.SkipAll), annotation.Category(c), annotation.Sealed(content), schema.Comment(what)}
}

// sealedColumn holds what annotation.Sealed names, encrypted under the key of the
// case. It opens in its own row only (internal/seal).
func sealedColumn() ent.Field {
	return field.Bytes("sealed").Sensitive().Comment("The sealed fields below, encrypted under the key of the case.")
}

// loadedTogether keeps an edge out of the API's own eager loading: graph/resolver
// loads the agencies of a whole answer with one statement.
func loadedTogether() entgql.Annotation { return entgql.Skip(entgql.SkipAll) }
