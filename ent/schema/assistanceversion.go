package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"

	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
)

// AssistanceContent is what a former version keeps of an Assistance, under seal.
type AssistanceContent struct {
	State       *valueset.AssistanceState `json:"state" meaning:"What became of it."`
	Service     *valueset.Service         `json:"service" meaning:"Service."`
	SupportType *valueset.SupportType     `json:"support_type" htcds:"spl_Type" meaning:"Type of the support plan that it is part of."`
	Programme   string                    `json:"programme" meaning:"Programme that pays for it, as written."`
	Provider    string                    `json:"provider" meaning:"Who gives it, as written."`
	Objectives  string                    `json:"objectives" htcds:"spl_Objectives" meaning:"What it is for."`
	ActionPlan  string                    `json:"action_plan" htcds:"spl_ActionPlan" meaning:"What is to be done."`
	StartedOn   *WrittenDate              `json:"started_on" meaning:"When it was offered or began."`
	PlannedEnd  *WrittenDate              `json:"planned_end" htcds:"spl_PlannedEndDate" meaning:"When it is planned to end."`
	EndedOn     *WrittenDate              `json:"ended_on" htcds:"spl_ActualEndDate" meaning:"When it ended."`
}

// AssistanceVersion is what an Assistance was before a correction.
type AssistanceVersion struct{ ent.Schema }

// Annotations of the AssistanceVersion.
func (AssistanceVersion) Annotations() []schema.Annotation {
	return formerly(category.Assistance, AssistanceContent{}, "What an Assistance was before a correction (I2); its contributor alone sees it.")
}

// Mixin of the AssistanceVersion.
func (AssistanceVersion) Mixin() []ent.Mixin { return []ent.Mixin{versionMixin{}} }
