package apply

import (
	"encoding/json"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/operator/api/v1alpha1"
)

// leaving is what a manifest says of a departure, and what a proposal of one holds; an
// empty part says nothing.
type leaving struct {
	HandOverTo string `json:"handOverTo"` // code
	Deadline   string `json:"deadline"`   // a time of RFC 3339, or in a manifest a date
}

// departure is what was decided with one.
type departure struct {
	HandOverTo agencyCode
	Deadline   *string
	Overdue    bool
}

// agencyCode is an agency of which the API was asked for the code alone.
type agencyCode string

// UnmarshalJSON reads an object with the code, or null.
func (c *agencyCode) UnmarshalJSON(raw []byte) error {
	var a *struct{ Code string }
	err := json.Unmarshal(raw, &a)
	if *c = ""; err == nil && a != nil {
		*c = agencyCode(a.Code)
	}
	return err
}

// Deadline reads until when an agency is to have left: a time of RFC 3339, or a date, which
// means its end in UTC. It returns it as the API takes it.
func Deadline(word string) (string, error) {
	if at, err := time.Parse(time.DateOnly, word); err == nil {
		return at.AddDate(0, 0, 1).Format(time.RFC3339), nil
	}
	at, err := time.Parse(time.RFC3339, word)
	if err != nil {
		return "", errs.New(errs.Invalid, "a deadline is a date as 2027-03-31, which means its end in UTC, or a time of RFC 3339").WithFields("deadline")
	}
	return at.UTC().Format(time.RFC3339Nano), nil
}

// decided is a departure as the words of a manifest.
func (d *departure) decided() leaving { return leaving{string(d.HandOverTo), textOf(d.Deadline)} }

// differs says what of it is decided otherwise; empty where nothing is.
func (l leaving) differs(from leaving) (string, error) {
	out := ""
	if l.HandOverTo != "" && l.HandOverTo != from.HandOverTo {
		out = "handOverTo is " + or(from.HandOverTo, "not named")
	}
	if l.Deadline == "" {
		return out, nil
	}
	at, err := Deadline(l.Deadline)
	if err == nil && !sameTime(at, from.Deadline) {
		if out != "" {
			out += ", "
		}
		out += "deadline is " + or(from.Deadline, "not set")
	}
	return out, err
}

// says tells it in words; empty where it says nothing.
func (l leaving) says() string {
	out := ""
	if l.HandOverTo != "" {
		out = "cases are offered to " + l.HandOverTo
	}
	if l.Deadline != "" {
		if out != "" {
			out += ", "
		}
		out += "deadline " + l.Deadline
	}
	return out
}

// variables are its part of startOffboarding.
func (l leaving) variables(into map[string]any) (map[string]any, error) {
	if l.HandOverTo != "" {
		into["over"] = l.HandOverTo
	}
	if l.Deadline != "" {
		at, err := Deadline(l.Deadline)
		if err != nil {
			return nil, err
		}
		into["deadline"] = at
	}
	return into, nil
}

// Leaving is what was decided with an agency's departure; nil where it does not leave, or
// the viewer does not see it.
func (s *Seen) Leaving(code string) *v1alpha1.DepartureStatus {
	a := s.now.agencies[code]
	if a == nil || a.Departure == nil {
		return nil
	}
	out := &v1alpha1.DepartureStatus{HandOverTo: string(a.Departure.HandOverTo), Overdue: a.Departure.Overdue}
	if at, err := time.Parse(time.RFC3339, textOf(a.Departure.Deadline)); err == nil {
		out.Deadline = new(metav1.NewTime(at.UTC().Truncate(time.Second)))
	}
	return out
}

// Otherwise says what an agency's object says of its departure that was decided otherwise;
// empty where nothing is.
func (s *Seen) Otherwise(a *v1alpha1.Agency) string {
	have := s.now.agencies[a.Name]
	if have == nil {
		return ""
	}
	if step := begun(inputOf(a), have); step != nil {
		return strings.Join(step.About, "; ")
	}
	return ""
}
