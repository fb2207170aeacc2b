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

// Retention is that a decision about keeping a file is due (C8, H4). The decision itself
// is another act; this denies nothing.
type Retention struct{ ent.Schema }

// Annotations of the Retention.
func (Retention) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entgql.Skip(entgql.SkipAll), annotation.Class(category.Agency),
		schema.Comment("That a decision about keeping a file is due (C8, H4)."),
	}
}

// Fields of the Retention.
func (Retention) Fields() []ent.Field {
	return []ent.Field{
		idOf("retention"),
		field.String("agency_id").Immutable().Comment("The agency that owned the case then, or recorded the row, and decides."),
		field.String("case_id").Immutable().Comment("The case; the row is gone once the person is erased."),
		field.String("reference").Immutable().Comment("Its spoken reference, for who decides and reads no case (I5)."),
		field.Enum("cause").Values("RECORDING_WITHDRAWN", "SUSPECT_CLEARED", "PERIOD_PASSED").Immutable().Comment("Why it is due: her no to recording (C8), a suspect's acquittal or dismissal (B2), or that its owner's period for closed cases has passed (H4)."),
		field.String("row_id").Default("").Immutable().Comment("The row that it is about; empty where it is about the whole file."),
		field.Int64("started_on").Immutable().Comment("Since when."),
		field.Int64("due_on").Immutable().Comment("Until when it is decided (H4)."),
	}
}

// Indexes of the Retention: one a case and agency, and one a row, until it is decided: who
// owned the case before decides about what it keeps, and who owns it now learns nothing of
// that.
func (Retention) Indexes() []ent.Index {
	return []ent.Index{index.Fields("agency_id", "case_id", "row_id").Unique(), index.Fields("agency_id", "due_on")}
}
