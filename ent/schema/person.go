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

// Person is the one the data are about; exactly one case each (A5). The row is
// thin: whatever could hurt her stands in an entity of its own category.
type Person struct{ ent.Schema }

// AgeBounds is the earliest and latest possible 18th birthday by one contributor's
// knowledge, in UTC microseconds (E1).
type AgeBounds struct {
	Earliest int64 `json:"earliest"`
	Latest   int64 `json:"latest"`
}

// Annotations of the Person.
func (Person) Annotations() []schema.Annotation {
	return []schema.Annotation{
		annotation.Category(category.Case),
		schema.Comment("The one the data are about; exactly one case each (A5)."),
	}
}

// Fields of the Person.
func (Person) Fields() []ent.Field {
	return []ent.Field{
		idOf("person"),
		field.String("case_id").Immutable().Unique().Comment("Her case."),
		field.Int64("adult_earliest").Optional().Nillable().
			Comment("Earliest possible 18th birthday; for policy alone (E1)."),
		field.Int64("adult_latest").Optional().Nillable().
			Comment("Latest possible 18th birthday; for policy alone. Empty: she may be a child (E1)."),
		field.JSON("age_bounds", map[string]AgeBounds{}).Optional().Sensitive().
			Comment("What each contributor's birth date says, by agency; for policy alone (E1)."),
		field.Int64("deceased_on").Optional().Nillable().
			Comment("When the owner recorded that she is dead: nothing new is shared from then on; for policy alone (C7)."),
		field.Int64("created_on").Immutable().Comment("When the row was made."),
	}
}

// Edges of the Person.
func (Person) Edges() []ent.Edge {
	return []ent.Edge{edge.From("case", CaseFile.Type).Ref("person").Field("case_id").Unique().Required().Immutable()}
}

// Indexes of the Person: who turns 18 soon is looked for often (E6).
func (Person) Indexes() []ent.Index { return []ent.Index{index.Fields("adult_latest")} }
