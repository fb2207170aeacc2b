package valueset

import "io"

// TraffickingStatus is whether somebody was found to be a victim of trafficking.
type TraffickingStatus string

// The values of TraffickingStatus.
const (
	TraffickingStatusPossibleVictimOfTrafficking TraffickingStatus = "PossibleVictimOfTrafficking"
	TraffickingStatusActualVictimOfTrafficking   TraffickingStatus = "ActualVictimOfTrafficking"
	TraffickingStatusNotAVictimOfTrafficking     TraffickingStatus = "NotAVictimOfTrafficking"
)

var traffickingStatusSet = table[TraffickingStatus]{"TraffickingStatus", "whether somebody was found to be a victim of trafficking", "vic_TraffickingStatus", []entry[TraffickingStatus]{
	{TraffickingStatusPossibleVictimOfTrafficking, "Possible victim of trafficking"},
	{TraffickingStatusActualVictimOfTrafficking, "Actual victim of trafficking"},
	{TraffickingStatusNotAVictimOfTrafficking, "Not a victim of trafficking"},
}}

// Values lists the words in their fixed order, for the stored model.
func (TraffickingStatus) Values() []string { return traffickingStatusSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v TraffickingStatus) Valid() bool { return traffickingStatusSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v TraffickingStatus) Label() string { return traffickingStatusSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v TraffickingStatus) MarshalGQL(w io.Writer) { traffickingStatusSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *TraffickingStatus) UnmarshalGQL(in any) error { return traffickingStatusSet.unmarshal(in, v) }

// DecisionMaker is the kind of organisation that decided on the trafficking status.
type DecisionMaker string

// The values of DecisionMaker.
const (
	DecisionMakerPolice                            DecisionMaker = "Police"
	DecisionMakerNGO                               DecisionMaker = "NGO"
	DecisionMakerCourtOrProsecution                DecisionMaker = "CourtOrProsecution"
	DecisionMakerNonPoliceGovernmentalOrganization DecisionMaker = "NonPoliceGovernmentalOrganization"
	DecisionMakerOther                             DecisionMaker = "Other"
)

var decisionMakerSet = table[DecisionMaker]{"DecisionMaker", "the kind of organisation that decided on the trafficking status", "vic_TraffickingStatusDecisionMakingOrg", []entry[DecisionMaker]{
	{DecisionMakerPolice, "Police"},
	{DecisionMakerNGO, "NGO"},
	{DecisionMakerCourtOrProsecution, "Court or prosecution"},
	{DecisionMakerNonPoliceGovernmentalOrganization, "Non-police governmental organization"},
	{DecisionMakerOther, "Other"},
}}

// Values lists the words in their fixed order, for the stored model.
func (DecisionMaker) Values() []string { return decisionMakerSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v DecisionMaker) Valid() bool { return decisionMakerSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v DecisionMaker) Label() string { return decisionMakerSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v DecisionMaker) MarshalGQL(w io.Writer) { decisionMakerSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *DecisionMaker) UnmarshalGQL(in any) error { return decisionMakerSet.unmarshal(in, v) }

// RelationshipToTrafficker is how the person knew the trafficker; the spelling Unaquainted is the standard's.
type RelationshipToTrafficker string

// The values of RelationshipToTrafficker.
const (
	RelationshipToTraffickerFamilial    RelationshipToTrafficker = "Familial"
	RelationshipToTraffickerAcquainted  RelationshipToTrafficker = "Acquainted"
	RelationshipToTraffickerUnaquainted RelationshipToTrafficker = "Unaquainted"
)

var relationshipToTraffickerSet = table[RelationshipToTrafficker]{"RelationshipToTrafficker", "how the person knew the trafficker; the spelling Unaquainted is the standard's", "vic_RelationshipToTrafficker", []entry[RelationshipToTrafficker]{
	{RelationshipToTraffickerFamilial, "Familial"},
	{RelationshipToTraffickerAcquainted, "Acquainted"},
	{RelationshipToTraffickerUnaquainted, "Unaquainted"},
}}

// Values lists the words in their fixed order, for the stored model.
func (RelationshipToTrafficker) Values() []string { return relationshipToTraffickerSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v RelationshipToTrafficker) Valid() bool { return relationshipToTraffickerSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v RelationshipToTrafficker) Label() string { return relationshipToTraffickerSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v RelationshipToTrafficker) MarshalGQL(w io.Writer) { relationshipToTraffickerSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *RelationshipToTrafficker) UnmarshalGQL(in any) error {
	return relationshipToTraffickerSet.unmarshal(in, v)
}

// RecruitmentMethod is how the person was recruited.
type RecruitmentMethod string

// The values of RecruitmentMethod.
const (
	RecruitmentMethodAtAPlaceOfBusiness           RecruitmentMethod = "AtAPlaceOfBusiness"
	RecruitmentMethodAtAnEducationalInstitution   RecruitmentMethod = "AtAnEducationalInstitution"
	RecruitmentMethodAtWork                       RecruitmentMethod = "AtWork"
	RecruitmentMethodThroughOnlineSocialNetworks  RecruitmentMethod = "ThroughOnlineSocialNetworks"
	RecruitmentMethodThroughAnOnlineAdvertisement RecruitmentMethod = "ThroughAnOnlineAdvertisement"
	RecruitmentMethodThroughATelevisionAdvert     RecruitmentMethod = "ThroughATelevisionAdvert"
	RecruitmentMethodThroughANewspaperAdvert      RecruitmentMethod = "ThroughANewspaperAdvert"
	RecruitmentMethodThroughFamilyOrFamilyEvents  RecruitmentMethod = "ThroughFamilyOrFamilyEvents"
	RecruitmentMethodThroughFriendsOrSocialEvents RecruitmentMethod = "ThroughFriendsOrSocialEvents"
	RecruitmentMethodOther                        RecruitmentMethod = "Other"
)

var recruitmentMethodSet = table[RecruitmentMethod]{"RecruitmentMethod", "how the person was recruited", "vic_MethodOfRecruitment", []entry[RecruitmentMethod]{
	{RecruitmentMethodAtAPlaceOfBusiness, "At a place of business"},
	{RecruitmentMethodAtAnEducationalInstitution, "At an educational institution"},
	{RecruitmentMethodAtWork, "At work"},
	{RecruitmentMethodThroughOnlineSocialNetworks, "Through online social networks"},
	{RecruitmentMethodThroughAnOnlineAdvertisement, "Through an online advertisement"},
	{RecruitmentMethodThroughATelevisionAdvert, "Through a television advert"},
	{RecruitmentMethodThroughANewspaperAdvert, "Through a newspaper advert"},
	{RecruitmentMethodThroughFamilyOrFamilyEvents, "Through family or family events"},
	{RecruitmentMethodThroughFriendsOrSocialEvents, "Through friends or social events"},
	{RecruitmentMethodOther, "Other"},
}}

// Values lists the words in their fixed order, for the stored model.
func (RecruitmentMethod) Values() []string { return recruitmentMethodSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v RecruitmentMethod) Valid() bool { return recruitmentMethodSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v RecruitmentMethod) Label() string { return recruitmentMethodSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v RecruitmentMethod) MarshalGQL(w io.Writer) { recruitmentMethodSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *RecruitmentMethod) UnmarshalGQL(in any) error { return recruitmentMethodSet.unmarshal(in, v) }

// ControlMethod is how the person was controlled.
type ControlMethod string

// The values of ControlMethod.
const (
	ControlMethodPhysicalThreats          ControlMethod = "PhysicalThreats"
	ControlMethodThreatsLawEnforcement    ControlMethod = "ThreatsLawEnforcement"
	ControlMethodThreatensChildrenFamily  ControlMethod = "ThreatensChildrenFamily"
	ControlMethodDebtBondage              ControlMethod = "DebtBondage"
	ControlMethodFalsePromises            ControlMethod = "FalsePromises"
	ControlMethodPhysicalAbuse            ControlMethod = "PhysicalAbuse"
	ControlMethodSexualAbuse              ControlMethod = "SexualAbuse"
	ControlMethodTakesEarnings            ControlMethod = "TakesEarnings"
	ControlMethodRestrictsFinancialAccess ControlMethod = "RestrictsFinancialAccess"
	ControlMethodRestrictsMedicalCare     ControlMethod = "RestrictsMedicalCare"
	ControlMethodWithholdsNecessities     ControlMethod = "WithholdsNecessities"
	ControlMethodPsychologicalAbuse       ControlMethod = "PsychologicalAbuse"
	ControlMethodPsychoactiveSubstance    ControlMethod = "PsychoactiveSubstance"
	ControlMethodExcessiveWorkingHours    ControlMethod = "ExcessiveWorkingHours"
	ControlMethodWithholdsDocuments       ControlMethod = "WithholdsDocuments"
	ControlMethodOther                    ControlMethod = "Other"
)

var controlMethodSet = table[ControlMethod]{"ControlMethod", "how the person was controlled", "vic_MethodsOfControl", []entry[ControlMethod]{
	{ControlMethodPhysicalThreats, "Physical threats"},
	{ControlMethodThreatsLawEnforcement, "Threats of law enforcement"},
	{ControlMethodThreatensChildrenFamily, "Threatens children/family"},
	{ControlMethodDebtBondage, "Debt bondage"},
	{ControlMethodFalsePromises, "False promises"},
	{ControlMethodPhysicalAbuse, "Physical abuse"},
	{ControlMethodSexualAbuse, "Sexual abuse"},
	{ControlMethodTakesEarnings, "Takes earnings"},
	{ControlMethodRestrictsFinancialAccess, "Restricts financial access"},
	{ControlMethodRestrictsMedicalCare, "Restricts medical care"},
	{ControlMethodWithholdsNecessities, "Withholds necessities"},
	{ControlMethodPsychologicalAbuse, "Psychological abuse"},
	{ControlMethodPsychoactiveSubstance, "Psychoactive substance"},
	{ControlMethodExcessiveWorkingHours, "Excessive working hours"},
	{ControlMethodWithholdsDocuments, "Withholds documents"},
	{ControlMethodOther, "Other"},
}}

// Values lists the words in their fixed order, for the stored model.
func (ControlMethod) Values() []string { return controlMethodSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v ControlMethod) Valid() bool { return controlMethodSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v ControlMethod) Label() string { return controlMethodSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v ControlMethod) MarshalGQL(w io.Writer) { controlMethodSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *ControlMethod) UnmarshalGQL(in any) error { return controlMethodSet.unmarshal(in, v) }

// SexExploitation is the kind of sexual exploitation.
type SexExploitation string

// The values of SexExploitation.
const (
	SexExploitationProstitution              SexExploitation = "Prostitution"
	SexExploitationPornography               SexExploitation = "Pornography"
	SexExploitationRemoteInteractiveServices SexExploitation = "RemoteInteractiveServices"
	SexExploitationPrivateSexualServices     SexExploitation = "PrivateSexualServices"
)

var sexExploitationSet = table[SexExploitation]{"SexExploitation", "the kind of sexual exploitation", "vic_TypeOfSexExploitation", []entry[SexExploitation]{
	{SexExploitationProstitution, "Prostitution"},
	{SexExploitationPornography, "Pornography"},
	{SexExploitationRemoteInteractiveServices, "Remote Interactive Services"},
	{SexExploitationPrivateSexualServices, "Private Sexual Services"},
}}

// Values lists the words in their fixed order, for the stored model.
func (SexExploitation) Values() []string { return sexExploitationSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v SexExploitation) Valid() bool { return sexExploitationSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v SexExploitation) Label() string { return sexExploitationSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v SexExploitation) MarshalGQL(w io.Writer) { sexExploitationSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *SexExploitation) UnmarshalGQL(in any) error { return sexExploitationSet.unmarshal(in, v) }

// PlaceKind is the kind of place where something happened (G2).
type PlaceKind string

// The values of PlaceKind.
const (
	PlaceKindSEZ                PlaceKind = "SEZ"
	PlaceKindCompound           PlaceKind = "COMPOUND"
	PlaceKindFactory            PlaceKind = "FACTORY"
	PlaceKindFarm               PlaceKind = "FARM"
	PlaceKindPlantation         PlaceKind = "PLANTATION"
	PlaceKindFishingVessel      PlaceKind = "FISHING_VESSEL"
	PlaceKindConstructionSite   PlaceKind = "CONSTRUCTION_SITE"
	PlaceKindMine               PlaceKind = "MINE"
	PlaceKindPrivateHome        PlaceKind = "PRIVATE_HOME"
	PlaceKindEntertainmentVenue PlaceKind = "ENTERTAINMENT_VENUE"
	PlaceKindHotelOrRestaurant  PlaceKind = "HOTEL_OR_RESTAURANT"
	PlaceKindShopOrMarket       PlaceKind = "SHOP_OR_MARKET"
	PlaceKindStreet             PlaceKind = "STREET"
	PlaceKindBorder             PlaceKind = "BORDER"
	PlaceKindDetention          PlaceKind = "DETENTION"
	PlaceKindOther              PlaceKind = "OTHER"
	PlaceKindUnknown            PlaceKind = "UNKNOWN"
)

var placeKindSet = table[PlaceKind]{"PlaceKind", "the kind of place where something happened (G2)", "", []entry[PlaceKind]{
	{PlaceKindSEZ, "Special economic zone"},
	{PlaceKindCompound, "Closed compound"},
	{PlaceKindFactory, "Factory"},
	{PlaceKindFarm, "Farm"},
	{PlaceKindPlantation, "Plantation"},
	{PlaceKindFishingVessel, "Fishing vessel"},
	{PlaceKindConstructionSite, "Construction site"},
	{PlaceKindMine, "Mine"},
	{PlaceKindPrivateHome, "Private home"},
	{PlaceKindEntertainmentVenue, "Entertainment venue"},
	{PlaceKindHotelOrRestaurant, "Hotel or restaurant"},
	{PlaceKindShopOrMarket, "Shop or market"},
	{PlaceKindStreet, "Street"},
	{PlaceKindBorder, "Border crossing or border area"},
	{PlaceKindDetention, "Place of detention"},
	{PlaceKindOther, "Other"},
	{PlaceKindUnknown, "Unknown"},
}}

// Values lists the words in their fixed order, for the stored model.
func (PlaceKind) Values() []string { return placeKindSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v PlaceKind) Valid() bool { return placeKindSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v PlaceKind) Label() string { return placeKindSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v PlaceKind) MarshalGQL(w io.Writer) { placeKindSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *PlaceKind) UnmarshalGQL(in any) error { return placeKindSet.unmarshal(in, v) }
