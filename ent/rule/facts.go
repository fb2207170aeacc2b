package rule

// Facts is everything about one case that decides who may see what, as objects
// keyed by agency. It holds ids, words and times (UTC microseconds), and no
// personal data. It is the input of the Rego rule `access`.
type Facts struct {
	// Case is the thin row and what of the person decides.
	Case CaseFacts `json:"case"`
	// Agencies holds every agency that is named anywhere in these facts, by id.
	Agencies map[string]AgencyFacts `json:"agencies"`
	// Recordings holds, by agency, the statements and typed bases on which that
	// agency records (C1): purpose → category → statements.
	Recordings map[string]Statements `json:"recordings"`
	// Consents holds the statements about sharing, by recipient agency: purpose →
	// category → statements. A statement about a class stands under each agency
	// that was listed to her by name on that day (C3).
	Consents map[string]Statements `json:"consents"`
	// Referrals holds the referrals of the case, by receiving agency.
	Referrals map[string][]ReferralFacts `json:"referrals"`
	// Agreements holds, by agency, the agreements that it is a party of.
	Agreements map[string][]AgreementFacts `json:"agreements"`
	// Assignments holds, by agency, the ids of the members assigned to the case (D5).
	Assignments map[string][]string `json:"assignments"`
	// Contributors names, sorted, the agencies other than the owner that have recorded a
	// part of the case which is stored (A3).
	Contributors []string `json:"contributors"`
	// Guardians holds who speaks for her beside herself, by id of the guardianship, as far
	// as a statement names it (E2, E4).
	Guardians map[string]GuardianFacts `json:"guardians"`
	// BestInterests holds the decisions in her best interests, by id (E5).
	BestInterests map[string]BestInterestsFacts `json:"best_interests"`
	// Incapacities holds the spells in which she cannot decide herself (C7).
	Incapacities []IntervalFacts `json:"incapacities"`
	// Recoveries holds her periods of recovery and reflection (D7).
	Recoveries []RecoveryFacts `json:"recoveries"`
	// LegalBases holds the legal bases that were checked, by id (F1).
	LegalBases map[string]LegalBasisFacts `json:"legal_bases"`
	// Permissions holds what contributors have granted of their own rows (A6, D4).
	Permissions []PermissionFacts `json:"permissions"`
	// Locked is that a supervisor of the owner has locked the case (F3).
	Locked bool `json:"locked"`
	// BreakGlass holds each time that glass was broken (F3).
	BreakGlass []GlassFacts `json:"break_glass"`
}

// LegalBasisFacts is one legal basis for a contributor's rows (F1).
type LegalBasisFacts struct {
	Kind        string   `json:"kind"`        // COURT_ORDER, STATUTORY_DUTY or VITAL_INTEREST
	Requester   string   `json:"requester"`   // the agency that asks
	Contributor string   `json:"contributor"` // whose rows
	Purpose     string   `json:"purpose"`
	Categories  []string `json:"categories"`
	State       string   `json:"state"`
	EnteredBy   string   `json:"entered_by"` // the requester's member
	// CheckedAgency is that of the member who checked it, CheckedBy; CheckedAt is -1 until then.
	CheckedAgency string `json:"checked_agency"`
	CheckedBy     string `json:"checked_by"`
	CheckedAt     int64  `json:"checked_at"`
	From          int64  `json:"from"`
	Until         int64  `json:"until"`
}

// PermissionFacts is what one contributor has granted of its own rows: that they may
// reach a recipient, by one referral or, where that is empty, by any.
type PermissionFacts struct {
	Contributor string   `json:"contributor"`
	Recipient   string   `json:"recipient"`
	Referral    string   `json:"referral"`
	Purpose     string   `json:"purpose"`
	Categories  []string `json:"categories"`
	From        int64    `json:"from"`
	Until       int64    `json:"until"`
}

// GlassFacts is one break-glass, by one member of one agency (F3).
type GlassFacts struct {
	ID         string   `json:"id"`
	Agency     string   `json:"agency"`
	Member     string   `json:"member"`
	Owner      string   `json:"owner"` // the agency that owned the case then
	Purpose    string   `json:"purpose"`
	Categories []string `json:"categories"`
	From       int64    `json:"from"`
	Until      int64    `json:"until"` // sooner where it was ended before its time
}

// GuardianFacts is one who speaks for her beside herself.
type GuardianFacts struct {
	// Conflict is the case worker's flag: then this voice counts for nothing (E4).
	Conflict bool `json:"conflict"`
	// Agency is the id of that whose member the guardian is, or empty: where it asks, or
	// is asked, the guardian is in conflict (E4).
	Agency string `json:"agency"`
	From   int64  `json:"from"`
	Until  int64  `json:"until"`
}

// BestInterestsFacts is one decision in her best interests. What it says and about whom
// are statements of the voice BEST_INTERESTS (E5).
type BestInterestsFacts struct {
	Kind string `json:"kind"` // ASSESSMENT or DETERMINATION
	// StandsFor is in place of whose voices it counts: PERSON, CAREGIVER.
	StandsFor []string         `json:"stands_for"`
	ReviewAt  int64            `json:"review_at"`
	Signed    []SignatureFacts `json:"signed"`
}

// SignatureFacts is one signature under a decision in her best interests.
type SignatureFacts struct {
	As     string `json:"as"` // WORKER, SUPERVISOR or PANEL
	Agency string `json:"agency"`
	Member string `json:"member"`
}

// RecoveryFacts is one period of recovery and reflection; Asked is that she asks for
// JUSTICE herself (D7).
type RecoveryFacts struct {
	From  int64 `json:"from"`
	Until int64 `json:"until"`
	Asked bool  `json:"asked"`
}

// IntervalFacts is a time from, and until, exclusive.
type IntervalFacts struct {
	From  int64 `json:"from"`
	Until int64 `json:"until"`
}

// Statements is purpose → category → the statements that name both.
type Statements map[string]map[string][]StatementFacts

// CaseFacts is the case row as policy sees it.
type CaseFacts struct {
	ID    string `json:"id"`
	Owner string `json:"owner"` // agency id
	Kind  string `json:"kind"`  // rules.md G3
	// AdultFrom is the latest possible 18th birthday in UTC microseconds, by whichever
	// agency's knowledge it is latest (E1); or -1 where the owner knows no birth date,
	// whatever others know: then the person may be a child.
	AdultFrom int64 `json:"adult_from"`
	// DeceasedAt is when the owner recorded that she is dead, in UTC microseconds (C7), or
	// -1: she is not known to be dead.
	DeceasedAt int64 `json:"deceased_at"`
}

// AgencyFacts is an agency as policy sees it.
type AgencyFacts struct {
	Kind string `json:"kind"` // rules.md I7
}

// StatementFacts is one provision of one statement, for one recipient, purpose
// and category.
type StatementFacts struct {
	Consent   string `json:"consent"`   // id of the statement
	Provision string `json:"provision"` // id of its provision
	Decision  string `json:"decision"`  // PERMIT or DENY
	// Strength is FULL, or PROVISIONAL (C6).
	Strength string `json:"strength"`
	// Voice is whose statement it is: PERSON, CAREGIVER, BEST_INTERESTS.
	Voice string `json:"voice"`
	// Guardian is the id of the guardianship by which somebody speaks for her, and
	// BestInterests that of the decision; each empty where it is none of these.
	Guardian      string `json:"guardian"`
	BestInterests string `json:"best_interests"`
	// Basis is CONSENT, or for recordings a typed basis.
	Basis string `json:"basis"`
	// Unit is the id of the recipient's unit that alone it is about; empty for the whole
	// agency (A5).
	Unit    string `json:"unit"`
	ByClass bool   `json:"by_class"` // made about a class of agencies (C3)
	Singly  bool   `json:"singly"`   // the provision names this category alone (B1)
	Onward  bool   `json:"onward"`   // the provision allows onward sharing (D4)
	Written bool   `json:"written"`  // written or by thumbprint (E2)
	Views   bool   `json:"views"`    // a guardian's, with the child's views (E2)
	Mature  bool   `json:"mature"`   // she is recorded as mature and safe (E2)
	Free    bool   `json:"free"`     // it was given in a safe place (C6)
	Advised bool   `json:"advised"`  // legal advice was offered before (C9)
	Alone   bool   `json:"alone"`    // the provision names one purpose alone (C9)
	GivenAt int64  `json:"given_at"`
	From    int64  `json:"from"`
	Until   int64  `json:"until"`
	// Contributors names whose rows beside the referring agency's (A2).
	Contributors []string `json:"contributors"`
}

// ReferralFacts is one referral as policy sees it.
type ReferralFacts struct {
	ID   string `json:"id"`
	From string `json:"from"` // referring agency
	To   string `json:"to"`
	// Unit is the id of the receiver's unit that alone it goes to; empty for the whole
	// agency (A5).
	Unit    string `json:"unit"`
	Purpose string `json:"purpose"`
	// Categories is what was asked for while open, what was accepted afterwards.
	Categories []string `json:"categories"`
	State      string   `json:"state"` // rules.md D3
	OfferedAt  int64    `json:"offered_at"`
	ReplyBy    int64    `json:"reply_by"`
	AcceptedAt int64    `json:"accepted_at"` // -1 until accepted
	Until      int64    `json:"until"`       // end of the referral's access
	// OnwardOf is the referral by which the sender reads, where it passes on what it
	// received (D4); empty for one of the owner's.
	OnwardOf string `json:"onward_of"`
}

// AgreementFacts is one countersigned agreement as policy sees it. Whether it is
// suspended is a gate, not a fact.
type AgreementFacts struct {
	ID         string   `json:"id"`
	Parties    []string `json:"parties"`
	Purposes   []string `json:"purposes"`
	Categories []string `json:"categories"`
	CaseKinds  []string `json:"case_kinds"`
	From       int64    `json:"from"`
	Until      int64    `json:"until"`
	Onward     string   `json:"onward"` // NO, ASK or YES (D4)
	AtEnd      string   `json:"at_end"` // DELETE or RETURN (D6)
	// RetentionDays is how long a receiver keeps what it received; 0 where the law decides.
	RetentionDays int `json:"retention_days"`
}

// Access is one decision of the rule `access`: this grantee may do this with
// these categories of this contributor's rows in the case, for this purpose, on
// this basis, in [From, Until).
type Access struct {
	Grantee string `json:"grantee"` // agency id
	// Member is the assigned member that the access is for (D5); empty means the
	// agency's supervisors, whose accesses hold no IDENTITY.
	Member string `json:"member"`
	// Unit is the id of the grantee's unit whose members alone it counts for, whomever it is
	// for; empty where nothing that it rests on names one (A5).
	Unit        string   `json:"unit"`
	Contributor string   `json:"contributor"`
	Action      string   `json:"action"` // READ, ADD, CORRECT or PREVIEW
	Categories  []string `json:"categories"`
	Purpose     string   `json:"purpose"`
	Basis       string   `json:"basis"`    // OWNERSHIP, OWN_CONTRIBUTION, CONSENT_REFERRAL, LEGAL_BASIS or BREAK_GLASS
	Referral    string   `json:"referral"` // id, or empty
	Consent     string   `json:"consent"`  // id of the statement it rests on, or empty
	// Agreement is that of contributor and grantee, or empty.
	Agreement string `json:"agreement"`
	// Referrer is the agency whose referral it rests on, and ReferralAgreement its
	// agreement with the grantee; both empty for own rows (A2, D6).
	Referrer          string `json:"referrer"`
	ReferralAgreement string `json:"referral_agreement"`
	// LegalBasis is the id of the legal basis that it rests on, or empty (F1).
	LegalBasis string `json:"legal_basis"`
	// FirstReferral is the referral by which the referrer itself reads, FirstReferrer who
	// made that, the owner, and FirstAgreement their agreement, where the referrer passes
	// on what it received; all empty otherwise (D4). Agreement is then that of contributor
	// and referrer.
	FirstReferral  string `json:"first_referral"`
	FirstAgreement string `json:"first_agreement"`
	FirstReferrer  string `json:"first_referrer"`
	// BreakGlass is the id of the break-glass that it rests on, or empty (F3).
	BreakGlass string `json:"break_glass,omitempty"`
	// Obligations is what the grantee must keep to, by its purpose and its agreement (C9, D4, D6).
	Obligations []string `json:"obligations"`
	From        int64    `json:"from"`
	Until       int64    `json:"until"`
}
