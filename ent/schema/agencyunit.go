package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/sala-exchange/sala/ent/annotation"
	"github.com/sala-exchange/sala/internal/category"
)

// AgencyUnit is a part of an agency: department, province, district, shelter,
// border post (A5).
type AgencyUnit struct{ ent.Schema }

// Annotations of the AgencyUnit.
func (AgencyUnit) Annotations() []schema.Annotation {
	return []schema.Annotation{
		annotation.Class(category.Platform),
		schema.Comment("A part of an agency: department, province, district, shelter, border post (A5)."),
	}
}

// Fields of the AgencyUnit.
func (AgencyUnit) Fields() []ent.Field {
	return []ent.Field{
		idOf("unit"),
		field.String("agency_id").Immutable().Comment("The agency that it is part of."),
		field.String("code").Immutable().Comment("Short code, unique within the agency."),
		field.String("name").Comment("Name of the unit."),
		field.JSON("names", map[string]string{}).Optional().Comment("Name by language, ISO 639."),
	}
}

// Edges of the AgencyUnit.
func (AgencyUnit) Edges() []ent.Edge {
	return []ent.Edge{edge.From("agency", Agency.Type).Ref("units").Field("agency_id").Unique().Required().Immutable()}
}

// Indexes of the AgencyUnit.
func (AgencyUnit) Indexes() []ent.Index {
	return []ent.Index{index.Fields("agency_id", "code").Unique()}
}
