package model

// Rules are the branches of the model by the rule that each carries out: what a
// comparison must have come by to have compared anything.
var rules = []string{
	"C: statistics and oversight open no case", "J7: a regional counterpart has nothing", "J7: a regional counterpart passes nothing on", "D6: a suspended agency reads nothing",
	"B5: whoever sees a row sees the case", "B5: who sees no row does not see the case",
	"D5: who is assigned reads", "D5: all who do case work are inside", "D5: a supervisor reads what names nobody", "D5: a supervisor reads no more", "D5: a supervisor sees which cases there are",
	"D5: a colleague who is not assigned reads nothing",
	"D1: consent, agreement and referral together open", "D1: a category that was not referred",
	"A3: who has recorded nothing has no rows to keep", "A3: a contributor keeps its own rows", "C1: own rows open for the purposes of their recording only",
	"A2: only the owner refers", "A2: another contributor's rows only where consent names it",
	"A5: a referral to a unit reaches it", "A5: a referral to a unit reaches no other", "A5: a consent for a unit reaches no other",
	"A5: a no about a unit is one about the agency as a whole", "A5: what a unit recorded stays with it",
	"D3: a referral that is not accepted, or has ended, opens nothing", "D3: a referral opens from its acceptance to its end",
	"C7: after death nothing new is shared", "C7, D7, E6: what begins later is not what stays",
	"D6: a suspended agency's rows are shut", "D6: a suspended agreement is none", "D6: nothing flows without an agreement in force", "D6: an agreement is not in force",
	"A6: an international organisation's rows open by its own decision", "A6: an international organisation has decided it", "A6: its own referral is its own decision",
	"A6: its own check is its own decision", "A6, D4: what was granted is not in its time",
	"D7: while she recovers nothing new opens for justice", "D7: what was open before she recovers stays", "D7: she asks for justice herself", "D7: the period has ended",
	"B1: named singly", "B1: never part of a broader grant",
	"E1: of unknown age she is a child", "E1: surely an adult", "E2: 15 to 17", "E2: 12 to 14", "E2: 6 to 11", "E2: under 6",
	"C2: nobody said anything about it", "C2: not in the period", "C4: she permits it as an adult",
	"E6: at 18 what is no service stops", "E6: 30 days are over", "E6: what was not open before 18 does not begin", "E6: she has spoken as an adult",
	"E6: a service stays for 30 days", "E6: what was permitted as a child does not open at 18",
	"C4: of two at once the narrower", "C4: the last word is a no", "C4: a no about an agency beats a yes about its class",
	"C3: a class never holds police, prosecutors or courts",
	"C6: provisional is the minimum", "C6: provisional is for 7 days", "C6: given in custody it opens nothing for justice",
	"C9: restricted health is shut for justice", "C9: no separate consent after legal advice", "C9: a separate consent after legal advice",
	"C7: what is permitted in incapacity opens nothing", "C7: no decision stands against a refusal of hers", "C7: a decision stands in for who cannot decide",
	"E5: justice and return need a determination", "E5: a decision against it", "E2: mature and safe, her own consent suffices",
	"E3: a determination says otherwise than she", "E3: a child's refusal binds", "E2: under 6 her assent is not asked",
	"E2: she assents as her age asks", "E5: a decision stands for her assent", "E2: her assent is missing",
	"E5: a determination stands for a guardian who refuses", "C4: a guardian refuses", "E2: her guardians permit it, with her views",
	"E5: a decision stands for her guardian", "E2: no guardian permits it",
	"E4: a guardian in conflict counts for nothing", "E4: a member of who asks, or is asked, is in conflict", "E4: a word counts while he is her guardian",
	"E4: a caregiver without a guardianship closes",
	"E5: a decision counts until its review", "E5: an assessment counts for 30 days", "E4: what was said by who was not her guardian yet", "E5: a panel of three from two agencies", "E5: case worker and supervisor", "E5: an assessment that is not signed",
	"C8: what may not be recorded any more is not shared", "C8: a no to recording ends sharing", "C1: a typed basis of recording",
	"D8: who traces learns nothing of exploitation", "D8: tracing takes a consent of its own",
	"F1: a category that the basis does not name", "F1: in effect only when it is checked", "F1: the requester's own approval never counts", "F1: nothing before its check or after its end",
	"F1: a checked basis opens", "F1: a suspended agency's rows are shut to a basis too", "B1: a basis names it alone", "B1: a basis that names it beside others is none",
	"C9: for justice it takes a court's order", "C9: a court's order opens what is guarded", "F2: a vital interest is never for justice",
	"D7: a duty begins nothing for justice while she recovers", "D7: a duty that was in effect before stays", "D7: a court's order stands while she recovers",
	"C7: after death a basis still opens", "C7: there is no vital interest after death", "F2: 72 hours are over",
	"F2: never over a capable adult's refusal", "F2: a child or the incapable is helped over a refusal", "F2: neither child nor incapable any more, and she had refused",
	"F3: opened for one member", "F3: no break-glass opens a locked case", "F3: only while that agency owns the case", "F3: the owner's rows alone", "F3: nobody breaks glass of the own agency",
	"A6: no break-glass opens an international organisation's", "F3: for service and health agencies alone", "F3: never for justice", "F3: identity, contact, health and protection at most",
	"F3: a category that was not opened", "F3: its hours are over", "F3: 24 hours at most", "F3: nothing breaks after her death", "F3: a suspended agency's rows are shut",
	"D4: the owner has nothing to pass on", "D4: nothing goes round in a circle", "D4: by no referral of the owner to whoever passes it on", "D4: beyond what reaches the first",
	"D4: one passes on what one received, not what is one's own", "D4: her consent does not say so", "D4: who passes it on does not read it",
	"D4: the agreement says yes", "D4: the agreement says no", "D4: asked for, and not granted", "D4: asked for and granted", "D4: passed on where consent and agreements say so",
}

// New returns a judge that has come by no rule yet.
func New() *Judge {
	j := &Judge{Reached: map[string]int{}}
	for _, r := range rules {
		j.Reached[r] = 0
	}
	return j
}

// Unreached lists the rules that no question has come by, in the order of the model.
func (j *Judge) Unreached() (out []string) {
	for _, r := range rules {
		if j.Reached[r] == 0 {
			out = append(out, r)
		}
	}
	return out
}

// Rules lists all rules in the order of the model.
func Rules() []string { return append([]string(nil), rules...) }
