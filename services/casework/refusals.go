package casework

import (
	"context"
	"time"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
)

// RefusalCounts is how many persons' refusals were recorded in a month (F4).
type RefusalCounts struct {
	Statute   string
	Month     string // as 2026-01
	Threshold int
	Counts    []*RefusalCount
	Total     *int
}

// RefusalCount is the persons of one region and sex; nil persons are withheld.
type RefusalCount struct {
	Region  string
	Sex     *valueset.Sex
	Persons *int
}

// Refusals counts, for the statute that the deployment names, the persons whose refusal to
// be identified, protected or assisted was recorded in a month that is over, by region and
// sex, in the deployment's zone. It tells no date, place or officer, no count below the
// threshold, and none that could be computed from the others. Where no statute is named it
// is refused (F4).
func Refusals(ctx context.Context, op *store.Op, month string) (*RefusalCounts, error) {
	d := op.Deployment()
	if d.RefusalStatute == "" {
		return nil, errs.New(errs.Forbidden, "this deployment names no statute that demands it: refusals are not counted (F4)")
	}
	from, err := time.ParseInLocation("2006-01", month, d.Zone)
	if err != nil {
		return nil, errs.New(errs.Invalid, "name the month as 2026-01").WithFields("month")
	}
	until := from.AddDate(0, 1, 0)
	if until.UnixMicro() > op.Scope.Now {
		return nil, errs.New(errs.Invalid, "this month is not over: counts are of whole months").WithFields("month")
	}
	firsts, err := op.Refusals(ctx, from.UnixMicro(), until.UnixMicro())
	if err != nil {
		return nil, outward(err, "counting refusals")
	}
	cells, total := withheld(byRegion(firsts, d), d.RefusalThreshold)
	return &RefusalCounts{Statute: d.RefusalStatute, Month: month, Threshold: d.RefusalThreshold, Counts: cells, Total: total}, nil
}

// otherRegion is of what the deployment names no region for.
const otherRegion = "OTHER"

// byRegion sums up by region and sex, with a cell for each of both, so that which cells
// there are tells nothing.
func byRegion(firsts []store.Refused, d store.Deployment) []*RefusalCount {
	sums := map[string]map[valueset.Sex]int{}
	for _, r := range firsts {
		region := d.RegionOf(r.Agency, r.Unit)
		if region == "" {
			region = otherRegion
		}
		if sums[region] == nil {
			sums[region] = map[valueset.Sex]int{}
		}
		sums[region][valueset.Sex(r.Sex)] += r.Persons
	}
	var out []*RefusalCount
	for _, region := range append(d.Regions(), otherRegion) {
		for _, word := range append(valueset.Sex("").Values(), "") {
			c := &RefusalCount{Region: region}
			if sex := valueset.Sex(word); sex != "" {
				c.Sex = &sex
			}
			n := sums[region][valueset.Sex(word)]
			c.Persons = &n
			out = append(out, c)
		}
	}
	return out
}

// withheld takes away every count below the threshold and, while what is taken away could
// be told from the total - one count alone, or fewer persons together than the threshold -
// the least of the others. Where none is left to take, the total goes. What is left is the
// counts themselves and one sum of at least two others.
func withheld(cells []*RefusalCount, threshold int) (_ []*RefusalCount, total *int) {
	sum, hidden, people := 0, 0, 0
	for _, c := range cells {
		sum += *c.Persons
	}
	take := func(c *RefusalCount) {
		hidden, people = hidden+1, people+*c.Persons
		c.Persons = nil
	}
	for _, c := range cells {
		if *c.Persons < threshold {
			take(c)
		}
	}
	for hidden == 1 || hidden > 0 && people < threshold {
		var least *RefusalCount
		for _, c := range cells {
			if c.Persons != nil && (least == nil || *c.Persons < *least.Persons) {
				least = c
			}
		}
		if least == nil {
			return cells, nil
		}
		take(least)
	}
	if sum < threshold {
		return cells, nil
	}
	return cells, &sum
}

// toTellHer leaves a task to tell her that her refusal is counted, where a statute is named:
// to the case's owner. It is never a ground for refusing a service (C1, F4).
func toTellHer(ctx context.Context, op *store.Op, owner, id string, in RecordConsentInput) error {
	if op.Deployment().RefusalStatute == "" || in.Kind != valueset.ConsentKindRecording || in.Voice != nil && *in.Voice != valueset.VoicePerson || !in.refuses() {
		return nil
	}
	return op.Notify(ctx, owner, valueset.NoticeKindRefusalCounted, id)
}

// refuses: she refuses to be identified, protected or assisted.
func (in RecordConsentInput) refuses() bool {
	for _, p := range in.Provisions {
		if p.Decision != valueset.DecisionDeny {
			continue
		}
		for _, u := range p.Purposes {
			if store.CountedRefusal(u) {
				return true
			}
		}
	}
	return false
}
