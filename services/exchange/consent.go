package exchange

import (
	"time"

	"github.com/sala-exchange/sala/internal/valueset"
)

type exportedConsent struct {
	by
	Kind        valueset.ConsentKind
	Basis       valueset.RecordingBasis
	Voice       valueset.Voice
	GivenOn     time.Time
	ToInterview valueset.Answer
	Provisions  []struct {
		Decision             valueset.Decision
		Current              bool
		Purposes, Categories []string
	}
}

// said is what stands of one voice, purpose and category: the narrower is the greater.
type said int

const (
	yes     said = iota
	silence      // ended, or not begun
	no
)

// recordingConsent is con_Consent as it stands now for the agency's own rows: TRUE
// while she, and whoever else spoke for her, lets the agency record; FALSE where one of
// them says no to any part of it; nil where nobody has answered, as on a typed basis
// (C1). The latest statement decides, of several at once the narrower (C4), and what
// ended does not bring an earlier one back. A checkbox cannot say "in part": any no
// counts for the whole.
func recordingConsent(agency string, all []exportedConsent) *bool {
	type leaf struct {
		voice             valueset.Voice
		purpose, category string
	}
	type last struct {
		at time.Time
		as said
	}
	standing := map[leaf]last{}
	var refused time.Time // when she last refused what rests on a typed basis
	for _, c := range all {
		if c.from() != agency || c.Kind != valueset.ConsentKindRecording {
			continue
		}
		if c.ToInterview == valueset.AnswerNo && c.GivenOn.After(refused) {
			refused = c.GivenOn
		}
		if c.Basis != valueset.RecordingBasisConsent {
			continue
		}
		for _, p := range c.Provisions {
			now := last{c.GivenOn, silence}
			switch {
			case p.Current && p.Decision == valueset.DecisionDeny:
				now.as = no
			case p.Current && p.Decision == valueset.DecisionPermit:
				now.as = yes
			}
			for _, purpose := range p.Purposes {
				for _, category := range p.Categories {
					l := leaf{c.Voice, purpose, category}
					before, spoken := standing[l]
					if !spoken || now.at.After(before.at) || now.at.Equal(before.at) && now.as > before.as {
						standing[l] = now
					}
				}
			}
		}
	}
	answer := silence
	var agreed time.Time
	for _, l := range standing {
		switch {
		case l.as == no:
			return answered(false)
		case l.as == yes:
			answer = yes
			if l.at.After(agreed) {
				agreed = l.at
			}
		}
	}
	switch {
	case !refused.IsZero() && !agreed.After(refused):
		return answered(false)
	case answer == yes:
		return answered(true)
	}
	return nil
}

func answered(answer bool) *bool { return &answer }
