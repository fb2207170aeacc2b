package schema

import (
	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"

	"github.com/sala-exchange/sala/ent/annotation"
	"github.com/sala-exchange/sala/internal/category"
)

// LedgerNode is one stored hash of the Merkle tree over the ledger's entries.
type LedgerNode struct{ ent.Schema }

// Annotations of the LedgerNode.
func (LedgerNode) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entgql.Skip(entgql.SkipAll), annotation.Class(category.Platform),
		schema.Comment("One stored hash of the Merkle tree over the ledger's entries."),
	}
}

// Fields of the LedgerNode.
func (LedgerNode) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("id").Immutable().Comment("Storage index as in golang.org/x/mod/sumdb/tlog."),
		field.Bytes("hash").Immutable().Comment("SHA-256 node hash (RFC 6962)."),
	}
}
