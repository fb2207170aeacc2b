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

// BudgetEntry is one spending of a population's privacy budget, written in the transaction
// of the publication that spends it. What is spent is never given back.
type BudgetEntry struct{ ent.Schema }

// Annotations of the BudgetEntry.
func (BudgetEntry) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entgql.Skip(entgql.SkipAll), annotation.Class(category.Platform),
		schema.Comment("One spending of a population's privacy budget, by one publication; never changed or removed."),
	}
}

// Fields of the BudgetEntry. Whole numbers, so that sums are exact.
func (BudgetEntry) Fields() []ent.Field {
	return []ent.Field{
		idOf("spending"),
		field.String("population").Immutable().Comment("Whose budget."),
		field.String("release_id").Unique().Immutable().Comment("The publication that spent it."),
		field.Int64("epsilon").Immutable().Comment("ε spent, in millionths, rounded up."),
		field.Int64("delta").Immutable().Comment("δ spent, in parts of 10¹², rounded up."),
		field.Int64("limit_epsilon").Immutable().Comment("The ε that the population has, in millionths: that of its first entry."),
		field.Int64("limit_delta").Immutable().Comment("The δ that the population has, in parts of 10¹²: that of its first entry."),
		field.Int64("spent_on").Immutable().Comment("When."),
	}
}

// Indexes of the BudgetEntry.
func (BudgetEntry) Indexes() []ent.Index { return []ent.Index{index.Fields("population")} }
