package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"

	"github.com/sala-exchange/sala/ent/annotation"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
)

// Assistance is one service for the person: offered, accepted, provided or declined.
type Assistance struct{ ent.Schema }

// Annotations of the Assistance.
func (Assistance) Annotations() []schema.Annotation {
	return []schema.Annotation{
		annotation.Category(category.Assistance),
		schema.Comment("One service for the person: offered, accepted, provided or declined."),
	}
}

// Mixin of the Assistance.
func (Assistance) Mixin() []ent.Mixin { return []ent.Mixin{partMixin{back: "assistance"}} }

// Fields of the Assistance.
func (Assistance) Fields() []ent.Field {
	return []ent.Field{
		idOf("assistance"),
		field.Enum("state").GoType(valueset.AssistanceState("")).Optional().Nillable().Comment("What became of it."),
		field.Enum("service").GoType(valueset.Service("")).Optional().Nillable().Comment("Service."),
		field.Enum("support_type").GoType(valueset.SupportType("")).Optional().Nillable().Comment("Type of the support plan that it is part of.").Annotations(annotation.HTCDS("spl_Type")),
		field.String("programme").Optional().Comment("Programme that pays for it, as written."),
		field.String("provider").Optional().Comment("Who gives it, as written."),
		field.String("objectives").Optional().Comment("What it is for.").Annotations(annotation.HTCDS("spl_Objectives")),
		field.String("action_plan").Optional().Comment("What is to be done.").Annotations(annotation.HTCDS("spl_ActionPlan")),
		field.JSON("started_on", &WrittenDate{}).Optional().Comment("When it was offered or began."),
		field.JSON("planned_end", &WrittenDate{}).Optional().Comment("When it is planned to end.").Annotations(annotation.HTCDS("spl_PlannedEndDate")),
		field.JSON("ended_on", &WrittenDate{}).Optional().Comment("When it ended.").Annotations(annotation.HTCDS("spl_ActualEndDate")),
	}
}
