package valueset

import "io"

// Industry is the industry of forced labour, as an ISIC Rev.4 section.
type Industry string

// The values of Industry.
const (
	IndustryAgricultureForestryAndFishing                Industry = "A_AgricultureForestryAndFishing"
	IndustryMiningAndQuarrying                           Industry = "B_MiningAndQuarrying"
	IndustryManufacturing                                Industry = "C_Manufacturing"
	IndustryElectricityGasSteamAndAirConditioningSupply  Industry = "D_ElectricityGasSteamAndAirConditioningSupply"
	IndustryWaterSupplySewerageWasteManagement           Industry = "E_WaterSupplySewerageWasteManagement"
	IndustryConstruction                                 Industry = "F_Construction"
	IndustryWholesaleAndRetailTradeRepairOfMotorVehicles Industry = "G_WholesaleAndRetailTradeRepairOfMotorVehicles"
	IndustryTransportationAndStorage                     Industry = "H_TransportationAndStorage"
	IndustryAccommodationAndFoodServiceActivities        Industry = "I_AccommodationAndFoodServiceActivities"
	IndustryInformationAndCommunication                  Industry = "J_InformationAndCommunication"
	IndustryFinancialAndInsuranceActivities              Industry = "K_FinancialAndInsuranceActivities"
	IndustryRealEstateActivities                         Industry = "L_RealEstateActivities"
	IndustryProfessionalScientificAndTechnicalActivities Industry = "M_ProfessionalScientificAndTechnicalActivities"
	IndustryAdministrativeAndSupportServiceActivities    Industry = "N_AdministrativeAndSupportServiceActivities"
	IndustryPublicAdministrationAndDefence               Industry = "O_PublicAdministrationAndDefence"
	IndustryEducation                                    Industry = "P_Education"
	IndustryHumanHealthAndSocialWorkActivities           Industry = "Q_HumanHealthAndSocialWorkActivities"
	IndustryArtsEntertainmentAndRecreation               Industry = "R_ArtsEntertainmentAndRecreation"
	IndustryOtherServiceActivities                       Industry = "S_OtherServiceActivities"
	IndustryActivitiesOfHouseholdsAsEmployers            Industry = "T_ActivitiesOfHouseholdsAsEmployers"
	IndustryActivitiesOfExtraterritorialOrganizations    Industry = "U_ActivitiesOfExtraterritorialOrganizations"
)

var industrySet = table[Industry]{"Industry", "the industry of forced labour, as an ISIC Rev.4 section", "vic_ForcedLabourIndustry", []entry[Industry]{
	{IndustryAgricultureForestryAndFishing, "Agriculture, forestry and fishing"},
	{IndustryMiningAndQuarrying, "Mining and quarrying"},
	{IndustryManufacturing, "Manufacturing"},
	{IndustryElectricityGasSteamAndAirConditioningSupply, "Electricity, gas, steam and air conditioning supply"},
	{IndustryWaterSupplySewerageWasteManagement, "Water supply; sewerage, waste management and remediation"},
	{IndustryConstruction, "Construction"},
	{IndustryWholesaleAndRetailTradeRepairOfMotorVehicles, "Wholesale and retail trade; repair of motor vehicles and motorcycles"},
	{IndustryTransportationAndStorage, "Transportation and storage"},
	{IndustryAccommodationAndFoodServiceActivities, "Accommodation and food service activities"},
	{IndustryInformationAndCommunication, "Information and communication"},
	{IndustryFinancialAndInsuranceActivities, "Financial and insurance activities"},
	{IndustryRealEstateActivities, "Real estate activities"},
	{IndustryProfessionalScientificAndTechnicalActivities, "Professional, scientific and technical activities"},
	{IndustryAdministrativeAndSupportServiceActivities, "Administrative and support service activities"},
	{IndustryPublicAdministrationAndDefence, "Public administration and defence; compulsory social security"},
	{IndustryEducation, "Education"},
	{IndustryHumanHealthAndSocialWorkActivities, "Human health and social work activities"},
	{IndustryArtsEntertainmentAndRecreation, "Arts, entertainment and recreation"},
	{IndustryOtherServiceActivities, "Other service activities"},
	{IndustryActivitiesOfHouseholdsAsEmployers, "Activities of households as employers; undifferentiated goods- and services- producing activities of households for own use"},
	{IndustryActivitiesOfExtraterritorialOrganizations, "Activities of extraterritorial organizations and bodies"},
}}

// Values lists the words in their fixed order, for the stored model.
func (Industry) Values() []string { return industrySet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v Industry) Valid() bool { return industrySet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v Industry) Label() string { return industrySet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v Industry) MarshalGQL(w io.Writer) { industrySet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *Industry) UnmarshalGQL(in any) error { return industrySet.unmarshal(in, v) }
