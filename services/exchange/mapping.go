package exchange

import (
	"strings"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/exchange/htcds"
)

// row is one row as the API takes it.
func (o ImportOptions) row(r htcds.Row) (map[string]any, error) {
	basis := valueset.RecordingBasisConsent
	if r.Consent == nil || !*r.Consent {
		if basis = o.Basis; basis == "" || basis == valueset.RecordingBasisConsent {
			return nil, errs.New(errs.Invalid,
				"row %d, column con_Consent: there is no consent to be recorded; name the typed basis with --basis (C1); nothing was stored", r.Number)
		}
	}
	out := map[string]any{
		"kind": kindOf(r.TraffickingStatus), "state": stateOf(r.Status),
		"recording": map[string]any{
			// The file does not say how she was told: the narrower is taken (C6).
			"kind": "RECORDING", "basis": basis, "interpretation": "UNVETTED", "setting": "UNKNOWN",
			"provisions": []any{map[string]any{"decision": "PERMIT", "purposes": o.Purposes,
				"categories": []string{"IDENTITY", "CONTACT", "PROFILE", "TRAFFICKING", "NARRATIVE"}}},
		},
		"identity": identityOf(r), "contacts": contactsOf(r), "profile": profileOf(r),
		"trafficking": traffickingOf(r), "narratives": narrativesOf(r),
	}
	return out, nil
}

func kindOf(s valueset.TraffickingStatus) valueset.CaseKind {
	switch s {
	case valueset.TraffickingStatusPossibleVictimOfTrafficking:
		return valueset.CaseKindPresumedVictim
	case valueset.TraffickingStatusActualVictimOfTrafficking:
		return valueset.CaseKindIdentifiedVictim
	}
	return valueset.CaseKindOther
}

func stateOf(s valueset.CaseStatus) valueset.CaseState {
	switch s {
	case valueset.CaseStatusActive:
		return valueset.CaseStateActive
	case valueset.CaseStatusFollowUp:
		return valueset.CaseStateFollowUp
	case valueset.CaseStatusClosed:
		return valueset.CaseStateClosed
	case valueset.CaseStatusClosedReferred:
		return valueset.CaseStateClosedReferred
	}
	return valueset.CaseStateOpen
}

func identityOf(r htcds.Row) map[string]any {
	names := []any{}
	for _, n := range []struct{ part, text string }{
		{"GIVEN", r.FirstName}, {"MIDDLE", r.MiddleName}, {"FAMILY", r.SecondName},
	} {
		if n.text != "" {
			names = append(names, map[string]any{"text": n.text, "part": n.part, "kind": "LEGAL", "script": scriptOf(n.text)})
		}
	}
	out := map[string]any{"names": names, "salutation": blank(r.Salutation), "title": blank(r.Title)}
	if r.Birth.Valid() {
		out["birthDate"], out["birthCalendar"], out["ageBasis"] = r.Birth.Original, r.Birth.Calendar, "STATED"
	}
	return out
}

func contactsOf(r htcds.Row) []any {
	out := []any{}
	add := func(channel valueset.ContactChannel, address string) {
		if address != "" {
			out = append(out, map[string]any{"channel": channel, "address": address})
		}
	}
	add(valueset.ContactChannelMobilePhone, r.MobilePhone)
	add(valueset.ContactChannelHomePhone, r.HomePhone)
	add(valueset.ContactChannelEmail, r.Email)
	if m := r.Mailing; m != (htcds.Address{}) {
		out = append(out, map[string]any{"channel": valueset.ContactChannelPost, "street": blank(m.Street), "city": blank(m.City),
			"province": blank(m.State), "postalCode": blank(m.PostalCode), "country": blank(m.Country)})
	}
	return out
}

func profileOf(r htcds.Row) map[string]any {
	out := map[string]any{"citizenships": list(r.Citizenships)}
	if r.Gender != "" {
		out["gender"] = r.Gender
	}
	return out
}

func traffickingOf(r htcds.Row) map[string]any {
	out := map[string]any{
		"recruitmentMethods": list(r.RecruitmentMethods), "recruitmentPlace": blank(r.RecruitmentPlace),
		"controlMethods": list(r.ControlMethods), "exploitationTypes": list(r.Exploitations), "industries": list(r.Industries),
		"sexExploitationTypes": list(r.SexExploitations), "exploitationPlace": blank(r.ExploitationPlace),
	}
	if r.TraffickingStatus != "" {
		out["status"] = r.TraffickingStatus
	}
	if r.DecisionMaker != "" {
		out["decidedBy"] = r.DecisionMaker
	}
	return out
}

// narrativesOf keeps the closure reason and the referral columns as history: an
// import makes no referral.
func narrativesOf(r htcds.Row) []any {
	out := []any{}
	add := func(kind, text string) {
		if text != "" {
			out = append(out, map[string]any{"kind": kind, "text": text})
		}
	}
	add("CLOSURE", r.ClosureReason)
	add("REFERRAL_HISTORY", history("incoming", r.Incoming))
	add("REFERRAL_HISTORY", history("outgoing", r.Outgoing))
	return out
}

func history(direction string, f htcds.Referral) string {
	var parts []string
	for _, p := range []struct{ label, text string }{
		{"organisation", f.Organisation}, {"case worker", f.CaseWorker}, {"date", f.Date.Original},
		{"reason", f.Reason.Label()}, {"details", f.Details},
	} {
		if p.text != "" {
			parts = append(parts, p.label+": "+p.text)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return direction + " referral; " + strings.Join(parts, "; ")
}

// scriptOf names the script of the first letter that has one.
func scriptOf(text string) valueset.Script {
	for _, r := range text {
		switch {
		case r >= 0x0E80 && r <= 0x0EFF:
			return valueset.ScriptLao
		case r >= 0x0E00 && r <= 0x0E7F:
			return valueset.ScriptThai
		case r >= 0x1780 && r <= 0x17FF:
			return valueset.ScriptKhmer
		case r >= 0x1000 && r <= 0x109F:
			return valueset.ScriptMyanmar
		case r >= 0x4E00 && r <= 0x9FFF:
			return valueset.ScriptHan
		case r >= 0x1EA0 && r <= 0x1EF9 || r == 'đ' || r == 'Đ' || r == 'ơ' || r == 'ư':
			return valueset.ScriptVietnamese
		}
	}
	return valueset.ScriptLatin
}

func blank(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func list[T any](in []T) []T {
	if in == nil {
		return []T{}
	}
	return in
}
