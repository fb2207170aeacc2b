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

// LedgerEntry is one leaf of the append-only log: version, time and commitment.
type LedgerEntry struct{ ent.Schema }

// Annotations of the LedgerEntry.
func (LedgerEntry) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entgql.Skip(entgql.SkipAll), annotation.Class(category.Platform),
		schema.Comment("One leaf of the append-only log: version, time and commitment; no personal data."),
	}
}

// Fields of the LedgerEntry.
func (LedgerEntry) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("id").Immutable().Comment("Position in the log, gapless from 0."),
		field.Int("format").Default(1).Immutable().Comment("Version of the leaf's encoding."),
		field.Int64("at").Immutable().Comment("Time of the disclosure or decision."),
		field.Bytes("commitment").Immutable().Comment("Keyed commitment to the details."),
	}
}

// Indexes of the LedgerEntry: by time, so that the sequencer looks at the newest alone.
func (LedgerEntry) Indexes() []ent.Index { return []ent.Index{index.Fields("at", "commitment")} }
