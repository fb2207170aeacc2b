package valueset

// Value is one word of a value set.
type Value struct {
	Code  string // the stored word, also the GraphQL enum value
	Label string // the word in plain English
}

// Set is a value set as data, for generating the GraphQL enums and the data
// dictionary.
type Set struct {
	Name        string // the Go and GraphQL name
	Description string // what a value of it says, as a phrase without a full stop
	HTCDS       string // the HTCDS 2.0 field that it is taken from, or ""
	Values      []Value
}

// Sets returns every value set in a fixed order. The caller may change the result.
func Sets() []Set {
	return []Set{
		genderSet.set(),
		sexSet.set(),
		maritalStatusSet.set(),
		educationSet.set(),
		nameKindSet.set(),
		scriptSet.set(),
		documentKindSet.set(),
		ageBasisSet.set(),
		answerSet.set(),
		contactChannelSet.set(),
		calendarSet.set(),
		precisionSet.set(),
		traffickingStatusSet.set(),
		decisionMakerSet.set(),
		relationshipToTraffickerSet.set(),
		recruitmentMethodSet.set(),
		controlMethodSet.set(),
		sexExploitationSet.set(),
		placeKindSet.set(),
		websiteSet.set(),
		exploitationSet.set(),
		industrySet.set(),
		caseKindSet.set(),
		caseStateSet.set(),
		closingReasonSet.set(),
		correctionReasonSet.set(),
		caseStatusSet.set(),
		consentKindSet.set(),
		recordingBasisSet.set(),
		consentFormSet.set(),
		interpretationSet.set(),
		settingSet.set(),
		decisionSet.set(),
		voiceSet.set(),
		guardianRelationSet.set(),
		guardianCapacitySet.set(),
		childsViewsSet.set(),
		bestInterestsKindSet.set(),
		bestInterestsMatterSet.set(),
		signatureCapacitySet.set(),
		incapacityKindSet.set(),
		recoveryDecisionSet.set(),
		legalBasisKindSet.set(),
		legalBasisStateSet.set(),
		legalBasisRefusalSet.set(),
		permissionStateSet.set(),
		externalReferralStateSet.set(),
		externalFieldSet.set(),
		glassGroundSet.set(),
		glassVerdictSet.set(),
		glassOutcomeSet.set(),
		referralStateSet.set(),
		urgencySet.set(),
		serviceSet.set(),
		declineReasonSet.set(),
		referralReasonSet.set(),
		agencyKindSet.set(),
		agencyStateSet.set(),
		needToKnowSet.set(),
		proposalKindSet.set(),
		onwardSharingSet.set(),
		afterAgreementSet.set(),
		controllerRoleSet.set(),
		noticeKindSet.set(),
		workReasonSet.set(),
		assignedSet.set(),
		importStateSet.set(),
		whereaboutsKindSet.set(),
		familyRelationSet.set(),
		contactWishSet.set(),
		riskLevelSet.set(),
		riskSourceSet.set(),
		healthKindSet.set(),
		restrictedHealthKindSet.set(),
		assistanceStateSet.set(),
		supportTypeSet.set(),
		proceedingKindSet.set(),
		proceedingStageSet.set(),
		proceedingOutcomeSet.set(),
		compensationStateSet.set(),
		suspectStateSet.set(),
		perpetratorRoleSet.set(),
	}
}
