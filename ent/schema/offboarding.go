package schema

import (
	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"

	"github.com/sala-exchange/sala/ent/annotation"
	"github.com/sala-exchange/sala/internal/category"
)

// Offboarding is how far an agency's departure has come; each step has its time.
type Offboarding struct{ ent.Schema }

// Annotations of the Offboarding.
func (Offboarding) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entgql.Skip(entgql.SkipAll), annotation.Class(category.Agency),
		schema.Comment("How far an agency's departure has come; each step has its time."),
	}
}

// Fields of the Offboarding.
func (Offboarding) Fields() []ent.Field {
	return []ent.Field{
		idOf("offboarding"),
		field.String("agency_id").Unique().Immutable().Comment("The agency that leaves."),
		field.Int64("frozen_on").Immutable().Comment("When it stopped registering."),
		field.String("hand_over_to_id").Optional().Immutable().Comment("The agency that its cases are offered to where none is named; it agrees to each, as does the person (A4). Empty where none is named."),
		field.Int64("deadline").Optional().Nillable().Immutable().Comment("From when the departure is overdue while it has not ended; nothing ends by it."),
		field.Int64("handed_over_on").Optional().Nillable().Comment("When it owned no case any more."),
		field.Int64("agreements_ended_on").Optional().Nillable().Comment("When its agreements and referrals had ended."),
		field.Int64("exported_on").Optional().Nillable().Comment("When the agency said, by its digest, that it holds the whole export; or when two others went on without one, because it had not fetched it in time."),
		field.String("export_recipient").Optional().Comment("The age public key that its export is encrypted to; the private key is the agency's alone."),
		field.Int("export_parts").Default(0).Comment("How many parts of the export have been handed out."),
		field.String("export_after").Optional().Comment("Behind which row the next part begins; empty before the first and after the last."),
		field.String("export_digest").Optional().Comment("Digest over the parts handed out so far, as the agency has to return it."),
		field.String("unfetched_by").Optional().Comment("The agency whose member first asked to go on without the export, once the time to fetch it was over."),
		field.Int64("unfetched_on").Optional().Nillable().Comment("When that was asked; empty where the agency holds its export."),
		field.String("deletion_by").Optional().Comment("The other agency whose member agreed to the deletion of what was contributed."),
		field.Int64("deletion_due_on").Optional().Nillable().Comment("From when that is deleted; until then the agency takes it back."),
		field.Int64("keys_destroyed_on").Optional().Nillable().Comment("When its rows had been deleted for good and it was put on the signed list."),
		field.Int64("ended_on").Optional().Nillable().Comment("When it left; the report is the sum of these times."),
	}
}
