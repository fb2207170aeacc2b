package schema

import (
	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"

	"github.com/sala-exchange/sala/ent/annotation"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
)

// GuardianshipContent is what is sealed of a Guardianship: it names somebody.
type GuardianshipContent struct {
	Name     string `json:"name" meaning:"Name of who speaks for her."`
	Document string `json:"document" meaning:"The order or paper that it rests on."`
}

// Guardianship is somebody who speaks for a child beside herself: parent, caregiver or
// legal guardian (E2, E4).
type Guardianship struct{ ent.Schema }

// Annotations of the Guardianship.
func (Guardianship) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entgql.Skip(entgql.SkipAll), annotation.Category(category.Case), annotation.Sealed(GuardianshipContent{}),
		schema.Comment("Somebody who speaks for a child beside herself: parent, caregiver or legal guardian (E2, E4)."),
	}
}

// Mixin of the Guardianship.
func (Guardianship) Mixin() []ent.Mixin { return []ent.Mixin{statedMixin{}} }

// Fields of the Guardianship.
func (Guardianship) Fields() []ent.Field {
	return []ent.Field{
		idOf("guardianship"),
		field.Enum("relation").GoType(valueset.GuardianRelation("")).Immutable().Comment("What he or she is to the child."),
		field.Enum("capacity").GoType(valueset.GuardianCapacity("")).Immutable().Comment("As what he or she speaks for her (E2)."),
		sealedColumn(),
		field.String("agency_id").Default("").Immutable().Comment("The agency of which he or she is a member: where it asks or is asked, that is a conflict (E4); empty for none."),
		field.Bool("conflict").Default(false).Comment("Flag of the case worker: this voice counts for nothing (E4)."),
		field.Int64("valid_from").Immutable().Comment("From when he or she speaks for her."),
		field.Int64("valid_until").Comment("Until when, exclusive."),
	}
}
