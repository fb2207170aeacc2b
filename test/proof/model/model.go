// Package model decides who may read what of a case, a second time: a small reference
// written from the rules of the field (rules A to F, J7) and from what
// docs/architecture.md says policy decides beyond their letter, and not from the Rego
// that it is compared with.
//
// It promises to answer one question at a time, from the facts of one case alone, and to
// count which of its rules it came by, so that a comparison can say which rules it
// reached. It is slow, plain and complete in itself: it imports nothing of Sala. It will
// not open a database, nor be used by the program.
package model

import "slices"

// Times are UTC microseconds.
const (
	Day     int64 = 24 * 60 * 60 * 1e6
	Forever int64 = 253402300799999999
)

// The voices (C4, E5).
const (
	Person        = "PERSON"
	Caregiver     = "CAREGIVER"
	BestInterests = "BEST_INTERESTS"
)

// Agency is an agency as rules see it.
type Agency struct {
	Kind string // I7
	// Whole says that all who do case work for it are inside its cases, as its settings
	// say (D5).
	Whole bool
}

// Statement is what somebody said, about an agency that receives or one that records.
type Statement struct {
	Consent, About       string
	Unit                 string // the unit of it that alone it is about, or that records; empty for all of it (A5)
	Purposes, Categories []string
	No                   bool
	Voice                string
	Guardian, Decision   string // who speaks for her, or which decision it is; empty where none
	Basis                string // CONSENT, or the typed basis of a recording (C1)
	Provisional          bool   // C6
	ByClass              bool   // C3
	Written, Views       bool   // E2
	Mature               bool   // E2
	Free, Advised        bool   // C6, C9
	Onward               bool   // may be passed on (D4)
	Given, From, Until   int64
	Contributors         []string // whose rows beside the referring agency's (A2)
}

// Referral is an offer of one agency to another, in a state of D3.
type Referral struct {
	ID, From, To, Purpose, State string
	Unit                         string   // the unit of the receiver to which alone it goes, or empty (A5)
	Categories                   []string // asked for, or accepted
	Offered, ReplyBy             int64
	Accepted                     int64 // -1: not
	Until                        int64
	OnwardOf                     string // the referral by which its sender reads, or empty (D4)
}

// Agreement is one that its parties have countersigned (D6).
type Agreement struct {
	ID                          string
	Parties                     []string
	Purposes, Categories, Kinds []string
	From, Until                 int64
	Suspended                   bool
	Onward                      string // NO, ASK or YES (D4)
}

// Guardian speaks for her beside herself (E2, E4).
type Guardian struct {
	Conflict    bool
	Agency      string // whose member, or empty
	From, Until int64
}

// Decision is one in her best interests (E5).
type Decision struct {
	Determination bool
	StandsFor     []string
	Review        int64
	Signed        []Signature
}

// Signature is one under a decision.
type Signature struct{ As, Agency, Member string }

// Span is a time from, and until, exclusive. Asked is hers to ask (D7).
type Span struct {
	From, Until int64
	Asked       bool
}

// Case is all that the rules read of one person's case.
type Case struct {
	ID, Owner, Kind string
	AdultFrom       int64 // the latest possible 18th birthday, or -1: the owner knows none (E1)
	Died            int64 // or -1
	Agencies        map[string]Agency
	Shut            map[string]bool // agencies that are suspended
	Contributors    []string        // who has a stored part, the owner left out
	Recordings      []Statement
	Statements      []Statement
	Referrals       []Referral
	Agreements      []Agreement
	Assigned        map[string][]string // by agency, members (D5)
	In              map[string][]string // by member, the units that it belongs to (A5)
	Guardians       map[string]Guardian
	Decisions       map[string]Decision
	Incapable       []Span
	Recoveries      []Span
	Bases           []Basis
	Permissions     []Permission
	Locked          bool // by the owner's supervisor (F3)
	Glasses         []Glass
}

// Question is whether a member may read a contributor's rows of a category at a time.
type Question struct {
	Agency, Member string
	Supervisor     bool
	Purpose        string
	Category       string
	Contributor    string
	At             int64

	unit string // for whom it is asked: a unit of the agency, or all of it (A5)
}

// Judge answers questions and counts the rules that it came by. It is for one goroutine.
type Judge struct{ Reached map[string]int }

// hit counts a rule and returns v, so that a branch is counted where it is taken.
func (j *Judge) hit(rule string, v bool) bool {
	if _, ok := j.Reached[rule]; !ok {
		panic("no rule is called " + rule)
	}
	j.Reached[rule]++
	return v
}

// categories are those that an access names, in the order of section B.
var categories = []string{"IDENTITY", "CONTACT", "WHEREABOUTS", "PROFILE", "FAMILY", "TRAFFICKING", "PROTECTION",
	"HEALTH", "HEALTH_RESTRICTED", "ASSISTANCE", "JUSTICE", "SUSPECT", "NARRATIVE"}

// supervised are what supervisors see who are not assigned (D5).
var supervised = []string{"PROFILE", "TRAFFICKING", "ASSISTANCE"}

// Categories lists what can be asked about, CASE first.
func Categories() []string { return append([]string{"CASE"}, categories...) }

// Open answers a question. The case row is asked about without a contributor (B5).
func (j *Judge) Open(c *Case, q Question) bool {
	switch {
	case q.Purpose == "STATISTICS" || q.Purpose == "OVERSIGHT":
		return j.hit("C: statistics and oversight open no case", false)
	case c.Agencies[q.Agency].Kind == "REGIONAL_COUNTERPART" || c.Agencies[q.Contributor].Kind == "REGIONAL_COUNTERPART":
		return j.hit("J7: a regional counterpart has nothing", false)
	case c.Shut[q.Agency]:
		return j.hit("D6: a suspended agency reads nothing", false)
	}
	if q.Category == "CASE" {
		return j.anyRow(c, q)
	}
	return j.reads(c, q)
}

// anyRow: whoever may see any row of a case sees its CASE row (B5).
func (j *Judge) anyRow(c *Case, q Question) bool {
	for _, by := range append([]string{c.Owner}, c.Contributors...) {
		for _, cat := range categories {
			q.Category, q.Contributor = cat, by
			if c.Agencies[by].Kind == "REGIONAL_COUNTERPART" {
				continue
			}
			if !j.reads(c, q) && (!q.Supervisor || j.exploits(q) || !j.agencyMay(c, q)) {
				continue
			}
			if q.Supervisor {
				return j.hit("D5: a supervisor sees which cases there are", true)
			}
			return j.hit("B5: whoever sees a row sees the case", true)
		}
	}
	return j.hit("B5: who sees no row does not see the case", false)
}

// reads: somebody who is inside what the agency may read; or who broke glass alone (F3).
func (j *Judge) reads(c *Case, q Question) bool {
	if j.exploits(q) {
		return j.hit("D8: who traces learns nothing of exploitation", false)
	}
	return j.inside(c, q) && j.agencyMay(c, q) || j.broke(c, q)
}

// exploits: a tracer would learn of exploitation (D8).
func (j *Judge) exploits(q Question) bool {
	return q.Purpose == "TRACING" && slices.Contains([]string{"TRAFFICKING", "NARRATIVE", "JUSTICE", "SUSPECT", "HEALTH_RESTRICTED"}, q.Category)
}

// inside: assigned, or anybody of an agency that is so set; supervisors see some categories of all (D5).
func (j *Judge) inside(c *Case, q Question) bool {
	in := c.Assigned[q.Agency]
	switch {
	case slices.Contains(in, q.Member):
		return j.hit("D5: who is assigned reads", true)
	case c.Agencies[q.Agency].Whole && !q.Supervisor:
		return j.hit("D5: all who do case work are inside", true)
	case q.Supervisor && slices.Contains(supervised, q.Category):
		return j.hit("D5: a supervisor reads what names nobody", true)
	case q.Supervisor:
		return j.hit("D5: a supervisor reads no more", false)
	}
	return j.hit("D5: a colleague who is not assigned reads nothing", false)
}

func (j *Judge) agencyMay(c *Case, q Question) bool {
	if q.Agency == q.Contributor {
		return j.own(c, q)
	}
	for _, r := range c.Referrals {
		if j.through(c, q, r) {
			return j.hit("D1: consent, agreement and referral together open", true)
		}
	}
	return slices.ContainsFunc(c.Bases, func(b Basis) bool { return j.lawful(c, q, b) })
}

// own: a contributor keeps its own rows, for the purposes for which it recorded (A3, C1).
func (j *Judge) own(c *Case, q Question) bool {
	if q.Agency != c.Owner && !slices.Contains(c.Contributors, q.Agency) {
		return j.hit("A3: who has recorded nothing has no rows to keep", false)
	}
	for _, s := range c.Recordings {
		// Purposes alone: what stands in a category that was not named is kept as well.
		if s.About == q.Agency && !s.No && slices.Contains(s.Purposes, q.Purpose) && s.From <= q.At {
			if s.Unit != "" && !slices.Contains(c.In[q.Member], s.Unit) {
				j.hit("A5: what a unit recorded stays with it", false)
				continue
			}
			return j.hit("A3: a contributor keeps its own rows", true)
		}
	}
	return j.hit("C1: own rows open for the purposes of their recording only", false)
}

// through: one referral opens a contributor's rows (A2, D1, D3).
func (j *Judge) through(c *Case, q Question, r Referral) bool {
	switch {
	case r.To != q.Agency || r.Purpose != q.Purpose:
		return false
	case r.From != c.Owner && r.OnwardOf == "":
		return j.hit("A2: only the owner refers", false)
	case r.From == c.Owner && r.OnwardOf != "":
		return j.hit("D4: the owner has nothing to pass on", false)
	case r.State != "ACCEPTED" && r.State != "ACCEPTED_IN_PART":
		return j.hit("D3: a referral that is not accepted, or has ended, opens nothing", false)
	case !slices.Contains(r.Categories, q.Category):
		return j.hit("D1: a category that was not referred", false)
	case c.Shut[r.From] || c.Shut[q.Contributor]:
		return j.hit("D6: a suspended agency's rows are shut", false)
	}
	for _, unit := range j.reached(c, r, c.In[q.Member]) {
		q.unit = unit
		switch {
		case r.OnwardOf != "":
			if j.passedOn(c, q, r) {
				return true
			}
		case slices.ContainsFunc(j.direct(c, q, r), way.open):
			return true
		}
	}
	return j.hit("D6: nothing flows without an agreement in force", false)
}

// reached is for whom a referral can open anything, of those who are in some units: the unit
// that it goes to; or all of the receiver, and each unit that she, or who speaks for her, has
// permitted by name (A5). Nothing flows from one to another.
func (j *Judge) reached(c *Case, r Referral, in []string) (out []string) {
	if r.Unit != "" {
		if !slices.Contains(in, r.Unit) {
			j.hit("A5: a referral to a unit reaches no other", false)
			return nil
		}
		j.hit("A5: a referral to a unit reaches it", true)
		return []string{r.Unit}
	}
	out = []string{""}
	for _, s := range c.Statements {
		switch {
		case s.About != r.To || s.No || s.Unit == "" || !slices.Contains(s.Purposes, r.Purpose) || slices.Contains(out, s.Unit):
		case slices.Contains(in, s.Unit):
			out = append(out, s.Unit)
		default:
			j.hit("A5: a consent for a unit reaches no other", false)
		}
	}
	return out
}

// concerns: what is said about an agency is said about each of its units; a no about a unit
// is also one about the agency as a whole, whose members are the unit's too (A5, C4).
func (j *Judge) concerns(s Statement, unit string) bool {
	switch {
	case s.Unit == "" || s.Unit == unit:
		return true
	case unit == "" && s.No:
		return j.hit("A5: a no about a unit is one about the agency as a whole", true)
	}
	return false
}

// direct are the ways from a contributor through a referral of the owner's: its agreement
// with the receiver and the owner's, and its own decision where it takes one (A2, A6, D6).
func (j *Judge) direct(c *Case, q Question, r Referral) (out []way) {
	for _, own := range j.decisions(c, q, r) {
		for _, a := range j.between(c, q, q.Contributor) {
			for _, b := range j.between(c, q, r.From) {
				if q.Contributor != c.Owner || a.ID == b.ID {
					out = append(out, way{j, c, q, r, []Agreement{a, b}, []Span{own}, nil, 0})
				}
			}
		}
	}
	return out
}

// between are the agreements of the receiver with another for the purpose, the category
// and the kind of case, of those that are not suspended (D6).
func (j *Judge) between(c *Case, q Question, with string) (out []Agreement) {
	for _, a := range c.Agreements {
		if !slices.Contains(a.Parties, q.Agency) || !slices.Contains(a.Parties, with) || !slices.Contains(a.Purposes, q.Purpose) ||
			!slices.Contains(a.Categories, q.Category) || !slices.Contains(a.Kinds, c.Kind) {
			continue
		}
		if a.Suspended {
			j.hit("D6: a suspended agreement is none", false)
			continue
		}
		out = append(out, a)
	}
	return out
}

// way is how rows may come to a receiver: through one referral and under the agreements
// of contributor and referrer with it.
type way struct {
	*Judge
	c     *Case
	q     Question
	r     Referral
	terms []Agreement
	// granted are the times of what was decided or permitted of it (A6, D4).
	granted []Span
	// first is the way to whoever passes it on, where it is passed on (D4).
	first *way
	// since, where it is not 0, is before when all has begun that opens it: at 18, by death and
	// while she recovers something that ends is not followed by another (C7, D7, E6).
	since int64
}

// open: it stands now, and what may not begin any more had begun.
func (w way) open() bool {
	at, c := w.q.At, w.c
	if !w.stands(at) || w.first != nil && !w.first.open() {
		return false
	}
	if c.Died >= 0 && (!w.stayed(c.Died-1) || w.recovering(c.Died-1)) {
		return w.hit("C7: after death nothing new is shared", false)
	}
	for _, s := range c.Recoveries {
		switch {
		case w.q.Purpose != "JUSTICE" || at < s.From:
		case s.Asked:
			w.hit("D7: she asks for justice herself", true)
		case at >= s.Until:
			w.hit("D7: the period has ended", true)
		case w.stayed(s.From - 1):
			w.hit("D7: what was open before she recovers stays", true)
		default:
			return w.hit("D7: while she recovers nothing new opens for justice", false)
		}
	}
	return true
}

// recovering: she recovered at a time, and it did not stand before that, so that it would
// begin later (D7).
func (w way) recovering(at int64) bool {
	return w.q.Purpose == "JUSTICE" && slices.ContainsFunc(w.c.Recoveries, func(s Span) bool {
		return !s.Asked && s.From <= at && at < s.Until && !w.stayed(s.From-1)
	})
}

// stood: it stood at a time before, in the same band of her age, in which an access lies
// and with which it ends (E2).
func (w way) stood(before int64) bool {
	was, is := w.band(w.c, before), w.band(w.c, w.q.At)
	if was == underEighteen && is == adult { // a service that stays for 30 days, and it alone, is the same access (E6)
		return w.matter(w.q).eighteen(w) && w.stands(before)
	}
	return was == is && w.stands(before)
}

// stayed: it stood at a time before and has since, by what had begun then.
func (w way) stayed(before int64) bool {
	return w.stood(before) && w.begun(before+1).stands(w.q.At)
}

// begun is the same way by what had begun before a time.
func (w way) begun(since int64) way {
	w.since = since
	if w.first != nil {
		first := w.first.begun(since)
		w.first = &first
	}
	return w
}

// stands: referral, agreements, recording and consent cover it at a time (D1).
func (w way) stands(at int64) bool {
	q := w.q
	q.At = at
	switch {
	case w.r.Accepted < 0 || at < w.r.Accepted || at >= w.r.Until:
		return w.hit("D3: a referral opens from its acceptance to its end", false)
	case slices.ContainsFunc(w.terms, func(a Agreement) bool { return at < a.From || at >= a.Until }):
		return w.hit("D6: an agreement is not in force", false)
	case slices.ContainsFunc(w.granted, func(s Span) bool { return at < s.From || at >= s.Until }):
		return w.hit("A6, D4: what was granted is not in its time", false)
	case w.first != nil && !w.first.stands(at):
		return w.hit("D4: who passes it on does not read it", false)
	case w.first == nil && !w.kept(q):
		return w.hit("C8: what may not be recorded any more is not shared", false)
	}
	return w.consented(q)
}

// kept: the contributor may record it, and the owner's file is not in safekeeping for the
// purpose (C8).
func (w way) kept(q Question) bool {
	if !w.recorded(w.c, q.Contributor, q) {
		return false
	}
	return q.Contributor == w.c.Owner || slices.ContainsFunc(categories, func(cat string) bool {
		q.Category = cat
		return w.recorded(w.c, w.c.Owner, q)
	})
}

// names: a purpose or category that is not named is not covered (C2).
func names(s Statement, purpose, category string) bool {
	return slices.Contains(s.Purposes, purpose) && slices.Contains(s.Categories, category)
}

// singly: two categories are never part of a broader grant (B1).
func (j *Judge) singly(s Statement, category string) bool {
	if category != "WHEREABOUTS" && category != "HEALTH_RESTRICTED" {
		return true
	}
	if len(s.Categories) == 1 {
		return j.hit("B1: named singly", true)
	}
	return j.hit("B1: never part of a broader grant", false)
}
