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

// Access is one decision of policy: this grantee may READ, ADD, CORRECT or
// PREVIEW these categories of this contributor's rows in this case, for this
// purpose, on this basis, from then until then. Only the policy role writes it.
type Access struct{ ent.Schema }

// NoLastSequence is the last revision of an access that none has ended: more than there
// will ever be.
const NoLastSequence = 1_000_000_000_000

// Annotations of the Access.
func (Access) Annotations() []schema.Annotation {
	return []schema.Annotation{
		annotation.Category(category.Case),
		schema.Comment("One decision of policy: who may do what with which categories of whose rows, why and how long."),
	}
}

// Fields of the Access.
func (Access) Fields() []ent.Field {
	return []ent.Field{
		idOf("access"),
		field.String("case_id").Immutable().Comment("The case."),
		field.String("grantee_id").Immutable().Comment("The agency that may."),
		field.String("member_id").Default("").Immutable().Comment("Whom of the agency it is for (D5): the id of an assigned member, team or unit, of the agency itself for all of it; empty for its supervisors."),
		field.String("unit_id").Default("").Immutable().Comment("The unit of the agency whose members alone it counts for, whomever it is for (A5); empty where consent and referral name none."),
		field.String("contributor_id").Immutable().Comment("Whose rows (A1)."),
		field.String("action").Immutable().Comment("READ, ADD, CORRECT or PREVIEW (A4, D2)."),
		field.Int64("categories").GoType(category.Set(0)).Immutable().Comment("Set of categories, one bit each."),
		field.String("purpose").Immutable().Comment("Purpose."),
		field.String("basis").Immutable().Comment("OWNERSHIP, OWN_CONTRIBUTION, CONSENT_REFERRAL, LEGAL_BASIS or BREAK_GLASS."),
		field.String("referral_id").Default("").Immutable().Comment("The referral that it rests on."),
		field.String("consent_id").Default("").Immutable().Comment("The statement that it rests on."),
		field.String("agreement_id").Default("").Immutable().Comment("The agreement of contributor and grantee that it rests on."),
		field.String("referrer_id").Default("").Immutable().Comment("The agency whose referral it rests on; it counts only while that agency is at work (D6)."),
		field.String("referral_agreement_id").Default("").Immutable().
			Comment("The agreement of referrer and grantee that it rests on; the same one where the rows are the referrer's own (A2, D6)."),
		field.String("legal_basis_id").Optional().Nillable().Immutable().Comment("The legal basis that it rests on (F1)."),
		field.String("first_referral_id").Default("").Immutable().Comment("The referral by which the referrer itself reads, where it passes on what it received (D4); empty where it does not."),
		field.String("first_agreement_id").Default("").Immutable().Comment("The agreement of owner and referrer on which that referral rests (D4)."),
		field.String("first_referrer_id").Default("").Immutable().Comment("The agency that made that referral; it counts only while that agency is at work (D4)."),
		field.String("break_glass_id").Optional().Nillable().Immutable().Comment("The break-glass that it rests on (F3); empty for every other basis."),
		field.JSON("obligations", []string{}).Optional().Immutable().Comment("What the grantee must keep to (C9)."),
		field.Int64("valid_from").Immutable().Comment("From."),
		field.Int64("valid_until").Immutable().Comment("Until, exclusive."),
		field.Int("facts_version").Immutable().Comment("The facts_version that it was computed from."),
		field.String("revision").Immutable().Comment("The policy revision that decided."),
		field.Int64("first_sequence").Default(0).Comment("The first revision, by its number, that it is given under."),
		field.Int64("last_sequence").Default(NoLastSequence).Comment("The last one; it counts no further than its case's."),
	}
}

// Edges of the Access.
func (Access) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("case", CaseFile.Type).Ref("accesses").Field("case_id").Unique().Required().Immutable(),
		edge.To("grantee", Agency.Type).Field("grantee_id").Unique().Required().Immutable().Annotations(loadedTogether()),
		edge.To("contributor", Agency.Type).Field("contributor_id").Unique().Required().Immutable().Annotations(loadedTogether()),
	}
}

// Indexes of the Access.
func (Access) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("case_id", "grantee_id", "contributor_id"),
		index.Fields("grantee_id", "member_id", "purpose", "action", "case_id"),
		index.Fields("referral_id"),
		index.Fields("consent_id"),
		index.Fields("valid_until"), // what ends is told
	}
}
