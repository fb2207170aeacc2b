package model

// Rules are the branches of the model by the rule that each carries out: what a
// comparison must have come by to have compared anything.
var rules = []string{
	"C: statistics and oversight open no case", "J7: a regional counterpart has nothing", "D6: a suspended agency reads nothing",
	"B5: whoever sees a row sees the case", "B5: who sees no row does not see the case",
	"D5: who is assigned reads", "D5: all who do case work are inside", "D5: a supervisor reads what names nobody", "D5: a supervisor reads no more", "D5: a supervisor sees which cases there are",
	"D5: a colleague who is not assigned reads nothing",
	"D1: consent, agreement and referral together open", "D1: a category that was not referred",
	"A3: who has recorded nothing has no rows to keep", "A3: a contributor keeps its own rows", "C1: own rows open for the purposes of their recording only",
	"A2: only the owner refers", "A2: another contributor's rows only where consent names it",
	"D3: a referral that is not accepted, or has ended, opens nothing", "D3: a referral opens from its acceptance to its end",
	"C7: after death nothing new is shared",
	"D6: a suspended agency's rows are shut", "D6: a suspended agreement is none", "D6: nothing flows without an agreement in force", "D6: an agreement is not in force",
	"A6: an international organisation's rows open by its own decision",
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
