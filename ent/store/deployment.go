package store

import (
	"maps"
	"slices"
	"time"
)

// Deployment is what rules.md leaves to a deployment, within bounds. Each has the rule's
// own value where it is left out, and none may be below it.
type Deployment struct {
	// Zone is where calendar dates are read (E1, I3); Asia/Vientiane where nil.
	Zone *time.Location
	// ToStop is how long an erasure can be stopped after its second word: 14 days or more
	// (H4). The database holds it to 14 days.
	ToStop time.Duration
	// ToObject is how long an agency that is in use has to object to a change of how it
	// signs in: 72 hours or more.
	ToObject time.Duration
	// ToFetch is how long an agency that leaves has to fetch its export before two others
	// may go on without: 30 days or more, 90 where left out.
	ToFetch time.Duration
	// ClosedCaseMonths is after how many months a closed case is due for a decision about
	// keeping it, where its agency has not chosen: 12 to 600, 120 where left out (H4).
	ClosedCaseMonths int
	// RefusalStatute names the statute that demands monthly counts of refusals; where it is
	// empty nothing is counted (F4).
	RefusalStatute string
	// RefusalRegions are the regions of those counts, by the code of an agency, or of an
	// agency and one of its units as "lwu/champasak".
	RefusalRegions map[string]string
	// RefusalThreshold is below how many persons a count is withheld: 11 or more (J1).
	RefusalThreshold int
	// Glass is how long a break-glass lasts at most: 4 hours where left out, never more
	// than 24 (F3).
	Glass time.Duration
	// GlassTries is how many attempts at break-glass a member has in 24 hours: 3 where left
	// out.
	GlassTries int
}

// LeastRefusals is the least threshold of counts of refusals.
const LeastRefusals = 11

// RegionOf names the region of an agency's unit, else of the agency, or none.
func (d Deployment) RegionOf(agency, unit string) string {
	if r := d.RefusalRegions[agency+"/"+unit]; r != "" {
		return r
	}
	return d.RefusalRegions[agency]
}

// Regions are the names of the regions, sorted.
func (d Deployment) Regions() []string {
	return slices.Compact(slices.Sorted(maps.Values(d.RefusalRegions)))
}

// The least that rules.md allows.
const (
	LeastToStop   = 14 * 24 * time.Hour
	LeastToObject = 72 * time.Hour
	LeastToFetch  = 30 * 24 * time.Hour
	LongestGlass  = 24 * time.Hour
)

// Bounds of a retention period, in months: a case that is closed by mistake is not due before
// it is missed, and none is kept for ever unasked (H4).
const (
	LeastMonths = 12
	MostMonths  = 600
)

// vientiane has no summer time.
var vientiane = time.FixedZone("Asia/Vientiane", 7*60*60)

func (d Deployment) whole() Deployment {
	if d.Zone == nil {
		d.Zone = vientiane
	}
	if d.ToFetch == 0 {
		d.ToFetch = 3 * LeastToFetch
	}
	if d.Glass <= 0 {
		d.Glass = 4 * time.Hour
	}
	if d.GlassTries <= 0 {
		d.GlassTries = 3
	}
	if d.ClosedCaseMonths == 0 {
		d.ClosedCaseMonths = 120
	}
	d.ClosedCaseMonths = min(max(d.ClosedCaseMonths, LeastMonths), MostMonths)
	d.Glass = min(d.Glass, LongestGlass)
	d.ToFetch = max(d.ToFetch, LeastToFetch)
	d.RefusalThreshold = max(d.RefusalThreshold, LeastRefusals)
	d.ToStop, d.ToObject = max(d.ToStop, LeastToStop), max(d.ToObject, LeastToObject)
	return d
}

// Deployment is what this deployment has chosen.
func (o *Op) Deployment() Deployment { return o.store.deployment }
