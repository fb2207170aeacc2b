package fiction

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// today is the day on which all the stories are told, so that a seed gives the
// same ages for ever.
var today = time.Date(2026, 1, 15, 0, 0, 0, 0, time.UTC)

// record holds the cells of one case by field; a time.Time becomes a date cell.
type record map[string]any

// author tells the cases of one workbook.
type author struct {
	r        *rand.Rand
	used     names
	calendar string
	others   []string // the other agencies, to refer from and to
}

// tell makes up one case of somebody of people p.
func (a *author) tell(p people) record {
	r := a.r
	female := r.IntN(100) < 68
	given, family := a.used.draw(r, p, female)
	where := pick(r, p.homes)
	c := record{
		"owner": fmt.Sprintf("case worker %d", 1+r.IntN(6)), "first": given, "second": family,
		"citizenship": p.citizenship, "birth": a.birth(), "gender": a.gender(female),
		"street": fmt.Sprintf("Ban Nitan %d, house %d", 1+r.IntN(30), 1+r.IntN(200)),
		"city":   where.city, "state": where.state, "country": p.citizenship,
		"postal": fmt.Sprintf("%05d", 1000+r.IntN(90000)),
	}
	a.say(c, "salutation", 40, map[bool]string{true: "Ms", false: "Mr"}[female])
	a.say(c, "mobile", 55, fmt.Sprintf("+999%09d", 100_000_000+r.IntN(899_999_999)))
	a.say(c, "home", 10, fmt.Sprintf("+999 %02d %06d", 10+r.IntN(89), r.IntN(1_000_000)))
	a.say(c, "email", 12, fmt.Sprintf("person%06d@example.org", r.IntN(1_000_000)))
	a.say(c, "title", 15, pick(r, []string{"seamstress", "farm hand", "waitress", "fisher", "student"}))
	if r.IntN(100) < 4 {
		if second := pick(r, []string{"TH", "LA", "VN"}); second != p.citizenship {
			c["citizenship"] = p.citizenship + ";" + second
		}
	}
	if r.IntN(100) < 86 {
		c["consent"] = true
	}
	a.trafficking(c)
	a.work(c)
	return c
}

func (a *author) gender(female bool) string {
	switch n := a.r.IntN(100); {
	case n < 3:
		return "Not Specified/Unknown"
	case n < 6:
		return "TransgenderFeminine" // the template's own list shows codes
	case female:
		return "Feminine"
	}
	return "Masculine"
}

// birth is an adult's date mostly, a child's now and then, sometimes only a year
// or a month, sometimes blank.
func (a *author) birth() any {
	r := a.r
	age := 18 + int(float64(r.IntN(30))*r.Float64())
	if r.IntN(100) < 18 {
		age = 6 + r.IntN(12)
	}
	d := today.AddDate(-age, 0, -r.IntN(364))
	switch n := r.IntN(100); {
	case n < 6:
		return nil
	case n < 16:
		return fmt.Sprintf("%d", d.Year()+a.shift())
	case n < 22:
		return fmt.Sprintf("%d-%02d", d.Year()+a.shift(), d.Month())
	}
	return a.date(d)
}

// date writes a full date as the agency would: in the Buddhist era as text, as
// Excel cannot be relied on to show it; else as a date cell or as ISO text.
func (a *author) date(d time.Time) any {
	switch {
	case a.calendar == buddhist && a.r.IntN(4) > 0:
		return fmt.Sprintf("%02d/%02d/%d", d.Day(), d.Month(), d.Year()+543)
	case a.calendar == buddhist || a.r.IntN(5) == 0:
		return fmt.Sprintf("%d-%02d-%02d", d.Year()+a.shift(), d.Month(), d.Day())
	}
	return d
}

func (a *author) shift() int {
	if a.calendar == buddhist {
		return 543
	}
	return 0
}

// trafficking fills in the story as the region knows it: factories and fishing,
// forced marriage, prostitution, compounds.
func (a *author) trafficking(c record) {
	r := a.r
	c["status"] = pick(r, []string{"Actual victim of trafficking", "Actual victim of trafficking", "Possible victim of trafficking"})
	c["decider"] = pick(r, []string{"Police", "NGO", "Court or prosecution", "Non-police governmental organization"})
	c["recruitment"] = a.some(2, "Through online social networks", "Through friends or social events",
		"Through family or family events", "Through an online advertisement", "At work", "Other")
	c["control"] = a.some(4, "Debt bondage", "False promises", "Withholds documents", "Takes earnings",
		"Physical threats", "Threatens children/family", "Excessive working hours", "Psychological abuse", "Restricts medical care")
	kind := pick(r, stories)
	c["exploitation"], c["exploited at"] = kind.exploitation, kind.place
	a.say(c, "industry", 100, kind.industry)
	a.say(c, "sex", 100, kind.sex)
	a.say(c, "recruited at", 70, pick(r, []string{"at home", "bus station", "by telephone", "market", "dormitory"}))
}

type story struct{ exploitation, industry, sex, place string }

var stories = []story{
	{"Forced labour", "Manufacturing", "", "garment factory"},
	{"Forced labour", "Agriculture, forestry and fishing", "", "fishing vessel"},
	{"Forced labour", "Activities of households as employers; undifferentiated goods- and services- producing activities of households for own use", "", "private home"},
	{"Forced labour;Other", "Information and communication", "", "compound in a special economic zone"},
	{"Forced labour", "Construction;Water supply; sewerage, waste management and remediation", "", "building site"},
	{"Sexual exploitation", "", "Prostitution", "bar near the border"},
	{"Sexual exploitation;Forced labour", "Accommodation and food service activities", "Prostitution;Remote Interactive Services", "karaoke"},
	{"Forced marriage", "", "", "village"},
	{"Child labour;Forced begging", "", "", "market"},
}

// work fills in the state of the case and the referrals.
func (a *author) work(c record) {
	r := a.r
	c["state of case"] = pick(r, []string{"Active", "Active", "Follow up", "Closed", "Closed Referred"})
	if strings.HasPrefix(c["state of case"].(string), "Closed") {
		c["closure"] = pick(r, []string{"goals met", "moved to another province", "asked to end"})
	}
	if len(a.others) == 0 {
		return
	}
	day := today.AddDate(0, 0, -30-r.IntN(900))
	reasons := []string{"Additional Services Required", "Migration Or Change Of Location", "Other"}
	if r.IntN(100) < 60 {
		c["from"], c["from date"], c["from reason"] = pick(r, a.others), a.date(day), pick(r, reasons)
		c["from worker"], c["from details"] = "duty officer", "brought by car, first interview done"
	}
	if r.IntN(100) < 35 {
		c["to"], c["to date"], c["to reason"] = pick(r, a.others), a.date(day.AddDate(0, 0, 5+r.IntN(20))), pick(r, reasons)
		c["to worker"], c["to details"] = "focal point", "asks for shelter and legal advice"
	}
}

// say sets a field in so many of a hundred cases; an empty text is left blank.
func (a *author) say(c record, field string, percent int, text string) {
	if a.r.IntN(100) < percent && text != "" {
		c[field] = text
	}
}

// some draws one to most different labels, as the multi-select cells hold them.
func (a *author) some(most int, labels ...string) string {
	order := a.r.Perm(len(labels))[:1+a.r.IntN(most)]
	out := make([]string, len(order))
	for i, n := range order {
		out[i] = labels[n]
	}
	return strings.Join(out, ";")
}
