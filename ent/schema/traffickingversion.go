package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"

	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
)

// TraffickingContent is what a former version keeps of a Trafficking, under seal.
type TraffickingContent struct {
	Status                   *valueset.TraffickingStatus        `json:"status" htcds:"vic_TraffickingStatus" meaning:"Determination."`
	DecidedBy                *valueset.DecisionMaker            `json:"decided_by" htcds:"vic_TraffickingStatusDecisionMakingOrg" meaning:"Kind of body that determined it."`
	RelationshipToTrafficker *valueset.RelationshipToTrafficker `json:"relationship_to_trafficker" htcds:"vic_RelationshipToTrafficker" meaning:"Relationship to the trafficker."`
	AgeWhenTrafficked        *int                               `json:"age_when_trafficked" htcds:"vic_AgeWhenTrafficked" meaning:"Whole years at the first trafficking."`
	RecruitmentWebsites      []valueset.Website                 `json:"recruitment_websites" htcds:"vic_RecruitmentWebsitesAndApps" meaning:"Websites and apps of the recruitment."`
	RecruitmentMethods       []valueset.RecruitmentMethod       `json:"recruitment_methods" htcds:"vic_MethodOfRecruitment" meaning:"Methods of recruitment."`
	RecruitmentPlace         string                             `json:"recruitment_place" htcds:"vic_LocationOfRecruitment" meaning:"Where she was recruited, as written."`
	ControlMethods           []valueset.ControlMethod           `json:"control_methods" htcds:"vic_MethodsOfControl" meaning:"Methods of control."`
	ExploitationTypes        []valueset.Exploitation            `json:"exploitation_types" htcds:"vic_TypeOfExploitation" meaning:"Types of exploitation; x_ values go beyond HTCDS (G2)."`
	Industries               []valueset.Industry                `json:"industries" htcds:"vic_ForcedLabourIndustry" meaning:"Industries of forced labour (ISIC Rev. 4 sections)."`
	SexExploitationTypes     []valueset.SexExploitation         `json:"sex_exploitation_types" htcds:"vic_TypeOfSexExploitation" meaning:"Types of sexual exploitation."`
	ExploitationWebsites     []valueset.Website                 `json:"exploitation_websites" htcds:"vic_ExploitationWebsitesAndApps" meaning:"Websites and apps of the exploitation."`
	PlaceKind                *valueset.PlaceKind                `json:"place_kind" meaning:"Kind of place of the exploitation (G2)."`
	ExploitationPlace        string                             `json:"exploitation_place" htcds:"vic_LocationOfExploitation" meaning:"Where she was exploited, as written."`
	ExploitationCountry      string                             `json:"exploitation_country" meaning:"Country where she was exploited, ISO 3166 alpha-2."`
}

// TraffickingVersion is what a Trafficking was before a correction.
type TraffickingVersion struct{ ent.Schema }

// Annotations of the TraffickingVersion.
func (TraffickingVersion) Annotations() []schema.Annotation {
	return formerly(category.Trafficking, TraffickingContent{}, "What a Trafficking was before a correction (I2); its contributor alone sees it.")
}

// Mixin of the TraffickingVersion.
func (TraffickingVersion) Mixin() []ent.Mixin { return []ent.Mixin{versionMixin{}} }
