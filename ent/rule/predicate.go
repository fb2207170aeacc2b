package rule

import (
	"slices"
	"strings"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
)

// The stored entities by category: what one access opens together.
var partCategory = map[string]category.Category{
	"Identity": category.Identity, "Contact": category.Contact, "Profile": category.Profile,
	"Trafficking": category.Trafficking, "Narrative": category.Narrative,
	"IdentityVersion": category.Identity, "ContactVersion": category.Contact, "ProfileVersion": category.Profile,
	"TraffickingVersion": category.Trafficking, "NarrativeVersion": category.Narrative,

	"Whereabouts": category.Whereabouts, "WhereaboutsVersion": category.Whereabouts,
	"Family": category.Family, "FamilyVersion": category.Family,
	"Protection": category.Protection, "ProtectionVersion": category.Protection,
	"Health": category.Health, "HealthVersion": category.Health,
	"HealthRestricted": category.HealthRestricted, "HealthRestrictedVersion": category.HealthRestricted,
	"Assistance": category.Assistance, "AssistanceVersion": category.Assistance,
	"Proceeding": category.Justice, "ProceedingVersion": category.Justice,
	"Suspect": category.Suspect, "SuspectVersion": category.Suspect,
}

// History reports whether an entity is what was before a change, which is stored with
// the change itself and by nothing else (I2).
func History(entity string) bool {
	return entity == "CaseTransfer" || PartCategory(entity) != "" && strings.HasSuffix(entity, "Version")
}

// PartCategory returns the category of an entity whose rows are shared by
// (case, contributor, category), or the empty word.
func PartCategory(entity string) category.Category { return partCategory[entity] }

// openAccesses writes `SELECT <columns> FROM accesses a WHERE open for the scope`:
// the one predicate of the application's wall. categories limits it to accesses
// that hold one of them; 0 to none. Everything that decides is positive: a row that
// finds no open gate, or no case of its version, opens nothing.
//
// The gates are uncorrelated and so read once a statement; the only relation to be
// searched is accesses, by its index.
func openAccesses(b *sql.Builder, s *Scope, columns, action string, categories category.Set, extra string) {
	b.WriteString("SELECT " + columns + " FROM accesses a WHERE a.grantee_id = ")
	b.Arg(s.Agency)
	b.WriteString(" AND a.purpose = ").Arg(string(s.Purpose))
	b.WriteString(" AND a.action = ").Arg(action)
	if categories != 0 {
		b.WriteString(" AND (a.categories & ").Arg(int64(categories))
		b.WriteString(") <> 0")
	}
	b.WriteString(" AND a.valid_from <= ").Arg(s.Now)
	b.WriteString(" AND a.valid_until > ").Arg(s.Now)
	switch {
	case action == ActionPreview:
		if !s.CaseWork {
			b.WriteString(" AND 1 = 0")
		}
	default:
		heldBy(b, s)
	}
	within(b, s, "a.unit_id")
	b.WriteString(extra)
	b.WriteString(" AND " + live + " BETWEEN a.first_sequence AND a.last_sequence" +
		" AND a.grantee_id = (SELECT gg.id FROM gates gg WHERE gg.open AND gg.id = ")
	b.Arg(s.Agency)
	b.WriteString(") AND " + ThroughOpenGates(ofAccess) +
		" AND a.facts_version = (SELECT f.facts_version FROM case_versions f WHERE f.id = a.case_id AND f.evaluated_version = f.facts_version" +
		" AND " + live + " BETWEEN f.first_sequence AND f.last_sequence)")
}

// heldBy writes that the access is for one whom the viewer counts as inside the
// agency (D5): itself, its teams and units, all of the agency, as far as the agency's
// need-to-know mode says. Nobody is counted: nothing is open.
func heldBy(b *sql.Builder, s *Scope) {
	b.WriteString(" AND a.member_id IN (NULL")
	for _, h := range s.Holders {
		if h != "" {
			b.WriteString(", ").Arg(h)
		}
	}
	if s.Supervisor && len(s.Holders) > 0 {
		b.WriteString(", ''")
	}
	b.WriteString(")")
}

// within writes that what a unit limits counts for the viewer: in every need-to-know mode for
// the members of that unit alone (A5).
func within(b *sql.Builder, s *Scope, unit string) {
	b.WriteString(" AND " + unit + " IN (''")
	for _, u := range s.Units {
		b.WriteString(", ").Arg(u)
	}
	b.WriteString(")")
}

// ThroughOpenGates writes that an access on a referral passes the gates of both
// agreements, the contributor's and the referrer's with the grantee, and of both
// agencies; col names the columns of accesses. A suspended owner's rows are shut: nobody
// could record her withdrawal any more (C8, D6). What rests on no agreement passes the
// gate of the agency whose rows it opens; that of own rows is their grantee's.
func ThroughOpenGates(col func(string) string) string {
	open := func(c string) string { return col(c) + " IN (SELECT ga.id FROM gates ga WHERE ga.open)" }
	// What is passed on passes those of the first link too (D4).
	return "(" + open("contributor_id") + " AND (" + col("agreement_id") + " = '' OR (" + open("agreement_id") + " AND " +
		open("referral_agreement_id") + " AND " + open("referrer_id") + " AND (" + col("first_referral_id") + " = '' OR (" +
		open("first_agreement_id") + " AND " + open("first_referrer_id") + ")))))"
}

func ofAccess(column string) string { return "a." + column }

// openFor writes that an access is open whose column is that of the outer row. It is
// for where it stands beside an OR: there a list of all open cases would be made for
// each statement.
func openFor(b *sql.Builder, s *Scope, column, outer, action, extra string) {
	b.WriteString("EXISTS (")
	openAccesses(b, s, "1", action, 0, extra+" AND a."+column+" = "+outer)
	b.WriteString(")")
}

// openAlone writes that an access is open that extra ties to the outer row. For the sake of
// the offset PostgreSQL asks it row by row, and never lists all that is open instead.
func openAlone(b *sql.Builder, s *Scope, action string, categories category.Set, extra string) {
	b.WriteString("EXISTS (")
	openAccesses(b, s, "1", action, categories, extra)
	b.WriteString(" LIMIT 1 OFFSET 0)")
}

// CaseByID picks the case of the id where an access of the scope's own names it: the
// accesses are asked first, by what the viewer named. The row of a case that is hidden is
// looked up no more than that of one that is not there, so neither the wall nor row-level
// security is asked about it, and both answers take the same time (threats.md 18). It stands
// beside the wall, which every query carries and which says whether the access is open.
//
// Action and case are compared as a row, which the index of whom accesses are for answers
// and that of cases cannot: it would walk the accesses of others to a hidden case.
func CaseByID(s *Scope, id string) func(*sql.Selector) {
	return func(sel *sql.Selector) {
		sel.Where(sql.P(func(b *sql.Builder) {
			b.WriteString(sel.C("id") + " = (SELECT asked.id FROM (SELECT CAST(").Arg(id)
			b.WriteString(" AS text) AS id) asked WHERE EXISTS (SELECT 1 FROM accesses a WHERE a.grantee_id = ").Arg(s.Agency)
			b.WriteString(" AND a.purpose = ").Arg(string(s.Purpose))
			heldBy(b, s)
			within(b, s, "a.unit_id")
			b.WriteString(" AND (a.action, a.case_id) >= ('" + ActionRead + "', asked.id)" +
				" AND (a.action, a.case_id) <= ('" + ActionRead + "', asked.id)))")
		}))
	}
}

// The actions of an access (A4, D2).
const (
	ActionRead    = "READ"
	ActionAdd     = "ADD"
	ActionCorrect = "CORRECT"
	ActionPreview = "PREVIEW"
)

// ReadPredicate returns the predicate that every query of the entity carries for
// the scope. An entity that it does not know is refused, never left open.
func ReadPredicate(s *Scope, entity string) (func(*sql.Selector), error) {
	if s.Mode != Request {
		return modePredicate(s, entity)
	}
	build, ok := readers[entity]
	if !ok {
		return nil, errs.New(errs.Internal, "entity %s has no read rule", entity)
	}
	return func(sel *sql.Selector) {
		sel.Where(sql.P(func(b *sql.Builder) { b.WriteString("("); build(b, s, sel.C); b.WriteString(")") }))
	}, nil
}

// modePredicate says what the roles other than the viewer's see. On PostgreSQL
// their grants say the same.
func modePredicate(s *Scope, entity string) (func(*sql.Selector), error) {
	all := func(sel *sql.Selector) { sel.Where(sql.ExprP("1 = 1")) }
	switch s.Mode {
	case Policy, Ledger, Trial:
		return all, nil
	case Onboarding:
		switch entity {
		case "Agency", "AgencyUnit", "Member", "Agreement", "AgreementParty", "Gate",
			"Issuer", "AllowList", "Proposal", "Approval", "Invitation", "Offboarding", "Team", "Membership", "Breach", "OversightPanel", "Revision", "Release", "BudgetEntry":
			return all, nil
		}
	case Sequence:
		switch entity {
		case "Disclosure", "LedgerEntry", "LedgerNode":
			return all, nil
		}
	case Release:
		if entity == "Release" { // what was published, which a build is checked beside
			return all, nil
		}
	case Erasure:
		switch entity {
		case "Erasure", "FileImport", "StagedRow", "UndoneCase", "Offboarding":
			return all, nil
		}
	case Departure:
		switch entity {
		case "Consent", "Provision", "Guardianship", "BestInterests", "Incapacity", "RecoveryPeriod", "LegalBasis", "BreakGlass", "Permission", "ExternalReferral", "Conference", "ConferenceTask":
			return departing(s), nil
		}
		if PartCategory(entity) != "" {
			return departing(s), nil
		}
	}
	return nil, errs.New(errs.Internal, "entity %s is not for this role", entity)
}

// departing opens an agency's own contributions while it is leaving and its export is
// not confirmed.
func departing(s *Scope) func(*sql.Selector) {
	return func(sel *sql.Selector) {
		sel.Where(sql.P(func(b *sql.Builder) {
			b.WriteString(sel.C("contributor_id") + " = ").Arg(s.Agency)
			b.WriteString(" AND EXISTS (SELECT 1 FROM offboardings o WHERE o.agreements_ended_on IS NOT NULL AND o.exported_on IS NULL" +
				" AND o.keys_destroyed_on IS NULL AND o.agency_id = ").Arg(s.Agency).WriteString(")")
		}))
	}
}

type reader func(b *sql.Builder, s *Scope, col func(string) string)

var readers = map[string]reader{
	"Agency": everyone, "AgencyUnit": everyone, "Gate": everyone,
	"Member": ofAgency, "Erasure": ofAgency, "Notice": notice, "Assignment": ofAgency, "Team": ofAgency, "Membership": ofAgency,
	"IdempotencyKey": ofAgency, "ImportedRow": ofAgency, "NoticeMark": ofAgency, "Retention": ofAgency,
	"FileImport": worked, "StagedRow": staged, "UndoneCase": nobody,
	"Breach":         breach,
	"Agreement":      partyOf("id"),
	"AgreementParty": partyOf("agreement_id"),
	"CaseFile":       inCase("id"),
	"Person":         inCase("case_id"),
	"CaseChange":     inCase("case_id"),
	"Identity":       part("Identity"),
	"Contact":        part("Contact"),
	"Profile":        part("Profile"),
	"Trafficking":    part("Trafficking"),
	"Narrative":      part("Narrative"),

	"IdentityVersion": former("IdentityVersion"), "ContactVersion": former("ContactVersion"), "ProfileVersion": former("ProfileVersion"),
	"TraffickingVersion": former("TraffickingVersion"), "NarrativeVersion": former("NarrativeVersion"),
	"CaseTransfer": transfer,

	"Whereabouts": part("Whereabouts"), "WhereaboutsVersion": former("WhereaboutsVersion"),
	"Family": part("Family"), "FamilyVersion": former("FamilyVersion"),
	"Protection": part("Protection"), "ProtectionVersion": former("ProtectionVersion"),
	"Health": part("Health"), "HealthVersion": former("HealthVersion"),
	"HealthRestricted": part("HealthRestricted"), "HealthRestrictedVersion": former("HealthRestrictedVersion"),
	"Assistance": part("Assistance"), "AssistanceVersion": former("AssistanceVersion"),
	"Proceeding": part("Proceeding"), "ProceedingVersion": former("ProceedingVersion"),
	"Suspect": suspect, "SuspectVersion": former("SuspectVersion"),
	"Guardianship":       ownersAlone,
	"BestInterests":      ownersAlone,
	"InterestsSignature": ownersAlone,
	"Incapacity":         ownersAlone,
	"RecoveryPeriod":     ownersAlone,
	"LegalBasis":         legalBasis,
	"Permission":         permission,
	"ExternalReferral":   ownersAlone,
	"Conference":         conference,
	"ConferenceTask":     conferenceTask,
	"BreakGlass":         brokeGlass,
	"GlassReview":        ownersAlone,
	"CaseLock":           ownersAlone,
	"GlassAttempt":       tried,
	"OversightPanel":     everyone,

	"Consent":      consent,
	"Provision":    provision,
	"Referral":     referral,
	"Preview":      preview,
	"Access":       access,
	"Disclosure":   disclosure,
	"Issuer":       administered("agency_id"),
	"AllowList":    administered("agency_id"),
	"Proposal":     administered("agency_id"),
	"Approval":     administered("about_id"),
	"Offboarding":  leaves,
	"Invitation":   nobody,
	"ErasedDetail": nobody,
	"LedgerEntry":  nobody,
	"LedgerNode":   nobody,
	"Revision":     nobody,
	"Release":      nobody,
	"BudgetEntry":  nobody,
}

func everyone(b *sql.Builder, _ *Scope, _ func(string) string) { b.WriteString("1 = 1") }

func nobody(b *sql.Builder, _ *Scope, _ func(string) string) { b.WriteString("1 = 0") }

func ofAgency(b *sql.Builder, s *Scope, col func(string) string) {
	b.WriteString(col("agency_id") + " = ").Arg(s.Agency)
}

// worked: to those of the agency who do case work.
func worked(b *sql.Builder, s *Scope, col func(string) string) {
	if !s.CaseWork {
		b.WriteString("1 = 0")
		return
	}
	ofAgency(b, s, col)
}

// opened: an import is added to and ended by the member who opened it.
func opened(b *sql.Builder, s *Scope, col func(string) string) {
	worked(b, s, col)
	b.WriteString(" AND " + col("member_id") + " = ").Arg(s.Member)
}

// staged: what waits in an import, to the member who opened it.
func staged(b *sql.Builder, s *Scope, col func(string) string) {
	worked(b, s, col)
	b.WriteString(" AND " + col("import_id") + " IN (SELECT i.id FROM file_imports i WHERE ")
	opened(b, s, func(c string) string { return "i." + c })
	b.WriteString(")")
}

// aboutNoCase are the prefixes of ids that notices are about and that name no case. An
// erasure names none, nor does a retention decision that is due: who decides is told, with
// case work or without (H4).
var aboutNoCase = []string{"agreement", "proposal", "agency", "issuer", "invitation", "erasure", "retention", "breach", "panel", subjectLegalBasis}

// subjectLegalBasis is that of a legal basis: who acknowledges notices about it checks it (F1).
const subjectLegalBasis = "legalbasis"

// subjectCase is the kind of subject of every notice that is about a single case.
const subjectCase = "case"

// NoticeSubjects are the kinds of subject that a notice has: one word of an id, or that of
// a case for what names none of the others: cases, referrals, references.
func NoticeSubjects() []string { return append([]string{subjectCase}, aboutNoCase...) }

// MayAcknowledge reports whether the viewer acknowledges notices about the subject for the
// agency (C8, D6, H4). Database policy request_insert of notice_marks says the same.
func (s *Scope) MayAcknowledge(subjectID string) bool {
	kind, _, _ := strings.Cut(subjectID, "_")
	if !slices.Contains(aboutNoCase, kind) {
		kind = subjectCase
	}
	return slices.Contains(s.Acknowledges, kind)
}

// notice: those of the viewer's agency, and of those to a member, team or unit the ones
// that count for the viewer (D5), or are to a unit of the viewer's (A5); what is about a single case only to those who do case
// work there; what tells of interruptions to a party only to those who answer for its
// agreements, since it would tell a receiver why access ended (C8, D6); and of an overdue
// departure of another agency only to those who administer the platform.
func notice(b *sql.Builder, s *Scope, col func(string) string) {
	ofAgency(b, s, col)
	b.WriteString(" AND " + col("holder_id") + " IN (''")
	for _, h := range slices.Concat(s.Holders, s.Units) {
		b.WriteString(", ").Arg(h)
	}
	b.WriteString(")")
	if !s.Parties {
		b.WriteString(" AND " + col("kind") + " NOT IN ('")
		for i, k := range valueset.ToParties() {
			if i > 0 {
				b.WriteString("', '")
			}
			b.WriteString(string(k))
		}
		b.WriteString("')")
	}
	if !s.Platform { // that another agency leaves is nobody else's to know
		b.WriteString(" AND (" + col("kind") + " <> '" + string(valueset.NoticeKindDepartureOverdue) + "'")
		if s.Parties {
			b.WriteString(" OR " + col("subject_id") + " = " + col("agency_id"))
		}
		b.WriteString(")")
	}
	if s.CaseWork || s.CaseNotices {
		return
	}
	b.WriteString(" AND (1 = 0")
	for _, prefix := range aboutNoCase {
		b.WriteString(" OR " + col("subject_id") + " LIKE ").Arg(prefix + "#_%").WriteString(" ESCAPE '#'")
	}
	b.WriteString(")")
}

// administered opens how an agency is set up to who administers it, and to who
// administers the platform.
func administered(column string) reader {
	return func(b *sql.Builder, s *Scope, col func(string) string) {
		switch {
		case s.Platform:
			b.WriteString("1 = 1")
		case s.Administers:
			b.WriteString(col(column) + " = ").Arg(s.Agency)
		default:
			b.WriteString("1 = 0")
		}
	}
}

// leaves opens an agency's departure as administered does, and to those who do its case
// work: they hand its cases over.
func leaves(b *sql.Builder, s *Scope, col func(string) string) {
	if (s.CaseWork || s.CaseNotices) && !s.Platform { // the latter without a purpose
		ofAgency(b, s, col)
		return
	}
	administered("agency_id")(b, s, col)
}

// partyOf opens what concerns the parties of an agreement to them (D6).
func partyOf(column string) reader {
	return func(b *sql.Builder, s *Scope, col func(string) string) {
		b.WriteString(col(column) + " IN (SELECT p.agreement_id FROM agreement_parties p WHERE p.agency_id = ")
		b.Arg(s.Agency).WriteString(")")
	}
}

// breach: to those who answer for the agreements of a party; a case worker would learn
// from it why access ended (C8, D6).
func breach(b *sql.Builder, s *Scope, col func(string) string) {
	if !s.Parties {
		b.WriteString("1 = 0")
		return
	}
	partyOf("agreement_id")(b, s, col)
}

// inCase opens the CASE row to whoever may see any row of the case (B5).
func inCase(column string) reader {
	return func(b *sql.Builder, s *Scope, col func(string) string) {
		b.WriteString(col(column) + " IN (")
		openAccesses(b, s, "a.case_id", ActionRead, 0, "")
		b.WriteString(")")
	}
}

// part opens the rows of one category by case and contributor (A1, A2). It is asked row by
// row: rows are named by their case or their id, and a list of all that is open to the scope
// would be made, and row-level security asked about each of it, for a page of few.
func part(entity string) reader {
	return func(b *sql.Builder, s *Scope, col func(string) string) {
		openAlone(b, s, ActionRead, partCategory[entity].Bit(), " AND a.case_id = "+col("case_id")+" AND a.contributor_id = "+col("contributor_id"))
	}
}

// suspect opens a suspect as a part, and to others than its contributor only while it is
// not cleared, and as an agency of the proceeding that it hangs on and that is open (B2).
func suspect(b *sql.Builder, s *Scope, col func(string) string) {
	part("Suspect")(b, s, col)
	b.WriteString(" AND (" + col("contributor_id") + " = ").Arg(s.Agency)
	b.WriteString(" OR (" + col("cleared_on") + " IS NULL AND " + col("proceeding_id") + " IN (SELECT p.id FROM proceedings p WHERE ")
	if b.Dialect() == dialect.Postgres {
		b.WriteString("jsonb_exists(p.party_ids, ").Arg(s.Agency).WriteString(")")
	} else {
		b.WriteString("EXISTS (SELECT 1 FROM json_each(CAST(p.party_ids AS TEXT)) j WHERE j.value = ").Arg(s.Agency).WriteString(")")
	}
	b.WriteString(" AND ")
	part("Proceeding")(b, s, func(column string) string { return "p." + column })
	b.WriteString(")))")
}

// former opens what a row was before a correction as the row itself, but to its
// contributor alone: consent covers what is shared now, and a corrected mistake does not
// travel (A4, C2).
func former(entity string) reader {
	return func(b *sql.Builder, s *Scope, col func(string) string) {
		b.WriteString(col("contributor_id") + " = ").Arg(s.Agency)
		b.WriteString(" AND ")
		part(entity)(b, s, col)
	}
}

// transfer: who owned a case before is told to its owner, and to the two agencies,
// within the case.
func transfer(b *sql.Builder, s *Scope, col func(string) string) {
	inCase("case_id")(b, s, col)
	b.WriteString(" AND (" + col("from_id") + " = ").Arg(s.Agency)
	b.WriteString(" OR " + col("contributor_id") + " = ").Arg(s.Agency)
	b.WriteString(" OR ")
	openFor(b, s, "case_id", col("case_id"), ActionRead, " AND a.basis = 'OWNERSHIP'")
	b.WriteString(")")
}

// consent: seen by the owner, as what stands on the case as such, and by the agency
// that recorded it.
func consent(b *sql.Builder, s *Scope, col func(string) string) {
	openFor(b, s, "case_id", col("case_id"), ActionRead, " AND a.basis = 'OWNERSHIP'")
	b.WriteString(" OR (" + col("contributor_id") + " = ").Arg(s.Agency)
	b.WriteString(" AND ")
	openFor(b, s, "case_id", col("case_id"), ActionRead, "")
	b.WriteString(")")
}

// ownersAlone: to the owner within the case, as what says who decides for her; nobody
// else learns it (E4).
func ownersAlone(b *sql.Builder, s *Scope, col func(string) string) {
	openFor(b, s, "case_id", col("case_id"), ActionRead, " AND a.basis = 'OWNERSHIP'")
}

// ownersWork: what the owner's case workers change of it.
func ownersWork(b *sql.Builder, s *Scope, col func(string) string) {
	if !s.CaseWork {
		b.WriteString("1 = 0")
		return
	}
	ownersAlone(b, s, col)
}

// provision: as the consent, and to a recipient those that name it while they
// open something to it.
func provision(b *sql.Builder, s *Scope, col func(string) string) {
	consent(b, s, col)
	b.WriteString(" OR (" + col("recipient_id") + " = ").Arg(s.Agency)
	within(b, s, col("unit_id"))
	b.WriteString(" AND ")
	openFor(b, s, "consent_id", col("consent_id"), ActionRead, "")
	b.WriteString(")")
}

// referral: the sender's side within the case, the receiver's to those who do
// case work there, within the unit that it goes to where it names one (A5). Its case opens by access only.
func referral(b *sql.Builder, s *Scope, col func(string) string) {
	b.WriteString("(" + col("from_id") + " = ").Arg(s.Agency)
	b.WriteString(" AND ")
	openFor(b, s, "case_id", col("case_id"), ActionRead, "")
	b.WriteString(")")
	if s.CaseWork {
		b.WriteString(" OR (" + col("to_id") + " = ").Arg(s.Agency)
		within(b, s, col("unit_id"))
		b.WriteString(")")
	}
}

// preview: the sender's side within the case, the receiver's while a PREVIEW
// access is open (D2).
func preview(b *sql.Builder, s *Scope, col func(string) string) {
	b.WriteString("(" + col("from_id") + " = ").Arg(s.Agency)
	b.WriteString(" AND ")
	openFor(b, s, "case_id", col("case_id"), ActionRead, "")
	b.WriteString(") OR ")
	openFor(b, s, "referral_id", col("referral_id"), ActionPreview, "")
}

// access: a viewer's agency sees its own accesses, and those to its own rows.
func access(b *sql.Builder, s *Scope, col func(string) string) {
	b.WriteString("(" + col("grantee_id") + " = ").Arg(s.Agency)
	within(b, s, col("unit_id"))
	b.WriteString(" OR " + col("contributor_id") + " = ").Arg(s.Agency)
	b.WriteString(") AND ")
	inCase("case_id")(b, s, col)
}

// disclosure: to each agency those of rows that it contributed.
func disclosure(b *sql.Builder, s *Scope, col func(string) string) {
	if !s.Disclosures {
		b.WriteString("1 = 0")
		return
	}
	b.WriteString(col("contributor_id") + " = ").Arg(s.Agency)
}

// WritePredicate returns the predicate that every update and delete of the
// entity carries for the scope; what it does not match does not exist for the
// writer.
func WritePredicate(s *Scope, entity string) (func(*sql.Selector), error) {
	if s.Mode == Departure || s.Mode == Trial || s.Mode == Sequence {
		return nil, errs.New(errs.Internal, "entity %s is not changed by an export, a trial or the sequencer", entity)
	}
	if s.Mode != Request {
		return modePredicate(s, entity)
	}
	build, ok := writers[entity]
	if !ok {
		return nil, errs.New(errs.Internal, "entity %s is not changed by a request", entity)
	}
	return func(sel *sql.Selector) {
		sel.Where(sql.P(func(b *sql.Builder) { b.WriteString("("); build(b, s, sel.C); b.WriteString(")") }))
	}, nil
}

var writers = map[string]reader{
	"Identity": correct("Identity"), "Contact": correct("Contact"), "Profile": correct("Profile"),
	"Trafficking": correct("Trafficking"), "Narrative": correct("Narrative"),
	"Whereabouts":      correct("Whereabouts"),
	"Family":           correct("Family"),
	"Protection":       correct("Protection"),
	"Health":           correct("Health"),
	"HealthRestricted": correct("HealthRestricted"),
	"Assistance":       correct("Assistance"),
	"Proceeding":       correct("Proceeding"),
	"Suspect":          correct("Suspect"),
	"CaseFile":         changeCase,
	"Referral":         referral,
	"Assignment":       ofAgency,
	"Erasure":          ofAgency,
	"AgreementParty":   ofAgency,
	"IdempotencyKey":   ofAgency,
	"FileImport":       opened, "StagedRow": staged,
	"Guardianship": ownersWork, "Incapacity": ownersWork, "RecoveryPeriod": ownersWork,
	"LegalBasis": decidesBasis,
	"Permission": decides, "ExternalReferral": ownersWork, "Conference": convenes, "ConferenceTask": does,
	"GlassReview": ownersWork, "CaseLock": ownersSupervise, "BreakGlass": ofBreaker,
}

// correct: only the agency that recorded a part corrects it (A4).
func correct(entity string) reader {
	return func(b *sql.Builder, s *Scope, col func(string) string) {
		b.WriteString(col("contributor_id") + " = ").Arg(s.Agency)
		b.WriteString(" AND (" + col("case_id") + ", " + col("contributor_id") + ") IN (")
		openAccesses(b, s, "a.case_id, a.contributor_id", ActionCorrect, partCategory[entity].Bit(), "")
		b.WriteString(")")
	}
}

// changeCase: the owner within the case; and the agency that an offered transfer
// names, which takes it over (A4).
func changeCase(b *sql.Builder, s *Scope, col func(string) string) {
	b.WriteString("(" + col("owner_id") + " = ").Arg(s.Agency)
	b.WriteString(" AND ")
	openFor(b, s, "case_id", col("id"), ActionRead, "")
	b.WriteString(")")
	if s.CaseWork {
		b.WriteString(" OR " + col("transfer_to_id") + " = ").Arg(s.Agency)
	}
}

// Open returns the predicate that an access, named by its id column, is open to
// the scope for the action. It is evaluated row by row.
func Open(s *Scope, column, action string) *sql.Predicate {
	return sql.P(func(b *sql.Builder) { openAlone(b, s, action, 0, " AND a.id = "+column) })
}
