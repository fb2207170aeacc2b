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

// Release is one published release: who built and who published it, and what was
// published, so that each later one is compared with it whatever becomes of the folder
// that it is served from. It is never changed, only withdrawn.
type Release struct{ ent.Schema }

// Annotations of the Release.
func (Release) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entgql.Skip(entgql.SkipAll), annotation.Class(category.Platform),
		schema.Comment("One published release of anonymised tables: never changed, only withdrawn."),
	}
}

// Fields of the Release.
func (Release) Fields() []ent.Field {
	return []ent.Field{
		idOf("release"),
		field.String("name").Immutable().Comment("Names the definition."),
		field.Int("edition").Immutable().Comment("The edition of that name, from 1."),
		field.String("digest").Unique().Immutable().Comment("SHA-256 of the manifest, which names every file by its hash."),
		field.String("population").Immutable().Comment("The population that it is about, whose privacy budget it spends."),
		field.Int("year_from").Immutable().Comment("First year of the period."),
		field.Int("year_to").Immutable().Comment("Last year of the period."),
		field.JSON("audience", []string{}).Immutable().Comment("Codes of the agencies that are told; none where it is for everybody."),
		field.Bytes("cells").Immutable().Comment("The cells that were published, for the auditor of later releases."),
		field.JSON("snapshot", map[string]string{}).Immutable().Sensitive().Comment("A digest of the rows of each year, which tells whether a later release is of the same rows (J2)."),
		field.String("built_by").Immutable().Comment("Name of the key that signed the build."),
		field.String("published_by").Immutable().Comment("Name of the key that signed the publication: another one."),
		field.Int64("published_on").Immutable().Comment("When it was published."),
		field.String("withdrawn_by").Optional().Nillable().Comment("Name of the key that signed the withdrawal."),
		field.Int64("withdrawn_on").Optional().Nillable().Comment("When it was withdrawn; what was published stays known."),
	}
}

// Indexes of the Release.
func (Release) Indexes() []ent.Index {
	return []ent.Index{index.Fields("name", "edition").Unique(), index.Fields("population")}
}
