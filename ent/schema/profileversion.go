package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"

	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
)

// ProfileContent is what a former version keeps of a Profile, under seal.
type ProfileContent struct {
	Sex                 *valueset.Sex           `json:"sex" meaning:"Sex; not gender (B4)."`
	Gender              *valueset.Gender        `json:"gender" htcds:"prs_Gender" meaning:"Gender; not sex (B4)."`
	BirthYearEarliest   *int                    `json:"birth_year_earliest" meaning:"Earliest possible year of birth (E1)."`
	BirthYearLatest     *int                    `json:"birth_year_latest" meaning:"Latest possible year of birth (E1)."`
	Citizenships        []string                `json:"citizenships" htcds:"prs_Citizenship" meaning:"Countries, ISO 3166 alpha-2."`
	MaritalStatus       *valueset.MaritalStatus `json:"marital_status" htcds:"prs_MaritalStatus" meaning:"Marital status."`
	NumberOfChildren    *int                    `json:"number_of_children" htcds:"prs_NumberOfChildren" meaning:"Number of children."`
	Education           *valueset.Education     `json:"education" htcds:"prs_HighestLevelOfEducation" meaning:"Highest level of education (ISCED 2011)."`
	PrimaryLanguage     string                  `json:"primary_language" htcds:"prs_PrimaryLanguage" meaning:"Language, ISO 639."`
	SecondaryLanguage   string                  `json:"secondary_language" htcds:"prs_SecondaryLanguage" meaning:"Language, ISO 639."`
	InterpreterLanguage string                  `json:"interpreter_language" meaning:"Language in which an interpreter is needed, ISO 639."`
	AccessibilityNeeds  string                  `json:"accessibility_needs" meaning:"What she needs to take part: ramp, sign language, large print."`
	Deceased            *bool                   `json:"deceased" htcds:"prs_Deceased" meaning:"Known to be dead (C7)."`
}

// ProfileVersion is what a Profile was before a correction.
type ProfileVersion struct{ ent.Schema }

// Annotations of the ProfileVersion.
func (ProfileVersion) Annotations() []schema.Annotation {
	return formerly(category.Profile, ProfileContent{}, "What a Profile was before a correction (I2); its contributor alone sees it.")
}

// Mixin of the ProfileVersion.
func (ProfileVersion) Mixin() []ent.Mixin { return []ent.Mixin{versionMixin{}} }
