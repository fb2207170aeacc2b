package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"

	"github.com/sala-exchange/sala/ent/annotation"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
)

// Agency is a tenant: ministry, department, union, NGO, international
// organisation, regional counterpart.
type Agency struct{ ent.Schema }

// Annotations of the Agency.
func (Agency) Annotations() []schema.Annotation {
	return []schema.Annotation{
		annotation.Class(category.Platform),
		schema.Comment("A tenant: ministry, department, union, NGO, international organisation, regional counterpart."),
	}
}

// Fields of the Agency.
func (Agency) Fields() []ent.Field {
	return []ent.Field{
		idOf("agency"),
		field.String("code").Unique().Immutable().Comment("Short code, lower case ASCII."),
		field.String("name").Comment("Name of the agency.").Annotations(annotation.HTCDS("org_Name")),
		field.Enum("kind").GoType(valueset.AgencyKind("")).Comment("Kind of agency (I7).").Annotations(annotation.HTCDS("org_Type")),
		field.JSON("names", map[string]string{}).Optional().Comment("Name by language, ISO 639."),
		field.Enum("state").GoType(valueset.AgencyState("")).Default(string(valueset.AgencyStateProposed)).Comment("Where it stands; its gate says whether it gets in."),
		field.Enum("need_to_know").GoType(valueset.NeedToKnow("")).Default(string(valueset.NeedToKnowAssignment)).Comment("How far an access reaches inside it (D5)."),
		field.String("country").Default("").Comment("Country whose law it works under, ISO 3166-1 alpha-2; empty where it is of none, as an international organisation, or has not said. No rule reads it."),
		field.Bool("administers_platform").Default(false).Comment("Whether its members may be granted the role that administers the platform."),
		field.Int("requests_per_minute").Default(600).Comment("Requests a minute that it may make."),
		field.Int("concurrent_requests").Default(16).Comment("Requests that it may have under way at once."),
		field.Int("closed_case_months").Optional().Nillable().Comment("Months after which a closed case of its own is due for a decision about keeping it (H4); empty: the deployment's."),
		field.Int64("created_on").Immutable().Comment("When it was onboarded."),
	}
}

// Edges of the Agency.
func (Agency) Edges() []ent.Edge {
	return []ent.Edge{edge.To("units", AgencyUnit.Type).Comment("Its units (A5).")}
}
