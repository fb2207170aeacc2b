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

// IdempotencyKey remembers for 24 hours what a member's mutation resulted in, so
// that a replay has no second effect. It stores a digest and ids only.
type IdempotencyKey struct{ ent.Schema }

// Annotations of the IdempotencyKey.
func (IdempotencyKey) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entgql.Skip(entgql.SkipAll), annotation.Class(category.Agency),
		schema.Comment("What a member's mutation resulted in, for 24 hours: the input's digest and resulting ids only."),
	}
}

// Fields of the IdempotencyKey.
func (IdempotencyKey) Fields() []ent.Field {
	return []ent.Field{
		idOf("idem"),
		field.String("agency_id").Immutable().Comment("Agency of the member."),
		field.String("member_id").Immutable().Comment("The member."),
		field.String("mutation").Immutable().Comment("Name of the mutation."),
		field.String("key").Immutable().Comment("Key that the client chose."),
		field.Bytes("digest").Immutable().Comment("HMAC-SHA-256 of the input."),
		field.JSON("result_ids", []string{}).Immutable().Comment("Ids that resulted."),
		field.Int64("expires_on").Immutable().Comment("When it is forgotten."),
	}
}

// Indexes of the IdempotencyKey.
func (IdempotencyKey) Indexes() []ent.Index {
	return []ent.Index{index.Fields("member_id", "mutation", "key").Unique()}
}
