package demo

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// previewFields is all that a preview may hold (D2).
var previewFields = []string{"accessibilityNeeds", "ageGroup", "id", "interpreterLanguage", "replyBy", "service", "sex", "urgency"}

// secrets of the walk's case: none may stand in anything that a receiver is answered
// before it accepts. Dates, places, ethnicity, nationality and exploitation are among them.
var secrets = []string{"ດວງຈັນ", "1996", "5550 0101", "herself only", "market", `"LA"`, "Outhoumphone", "Savannakhet", "ForcedLabour",
	"ThroughFriends", "garment", "bus station", "Feminine", "case_"}

// minimised prints all that a preview tells, and checks it and the whole referral around
// it: that it is minimised (D2).
func (w *walk) minimised(agency, purpose string, replyBy time.Time) error {
	c := w.clients[agency]
	var out struct {
		Type struct{ Fields []struct{ Name string } }
		Node json.RawMessage
	}
	fields := `type: __type(name: "Preview") { fields { name } }`
	if w.elsewhere != nil {
		fields = "" // a server in earnest does not tell of its schema
	}
	raw, err := c.Do(w.ctx, `query Preview($id: ID!) @purpose(of: `+purpose+`) { `+fields+`
  node(id: $id) { ... on Referral { id from { code } to { code } state purpose service urgency replyBy categories acceptedCategories offeredOn acceptedOn
    declineReason askedAbout outcome case { id } preview { id service urgency replyBy ageGroup sex interpreterLanguage accessibilityNeeds } } } }`,
		map[string]any{"id": w.referred[agency]}, &out)
	if err != nil {
		return err
	}
	var r struct {
		Preview map[string]string
	}
	if err := json.Unmarshal(out.Node, &r); err != nil {
		return err
	}
	var off, has []string
	for _, f := range out.Type.Fields {
		has = append(has, f.Name)
	}
	if slices.Sort(has); fields != "" && !slices.Equal(has, previewFields) {
		off = append(off, fmt.Sprintf("the preview's fields are %v", has))
	}
	for _, secret := range secrets {
		if strings.Contains(string(raw), secret) {
			off = append(off, "the answer holds "+secret)
		}
	}
	want := map[string]string{"service": "COUNSELLING", "urgency": "ROUTINE", "replyBy": instant(replyBy), "ageGroup": "ADULT", "sex": "FEMALE",
		"interpreterLanguage": "lo", "accessibilityNeeds": "hearing aid"}
	for f, v := range want {
		if r.Preview[f] != v {
			off = append(off, f+" should be "+v)
		}
	}
	p := r.Preview
	got := sight{parts: fmt.Sprintf("%s, %s, reply by %.10s, %s, %s, speaks %s, needs %s", p["service"], p["urgency"], p["replyBy"], p["ageGroup"],
		p["sex"], p["interpreterLanguage"], p["accessibilityNeeds"])}
	promised := got
	if len(off) > 0 {
		promised.parts = strings.Join(off, "; ")
	}
	w.line("3 its preview", agency, purpose, got, promised)
	return nil
}
