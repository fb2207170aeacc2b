package htcds

import (
	"encoding/csv"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// without are the live fields of the standard that no entity of Sala holds so far.
var without = []string{
	"org_ShippingCity", "org_ShippingCountry", "org_ShippingState", "org_ShippingStreet", "org_ShippingPostalCode",
	"org_ShippingLongitude", "org_ShippingLatitude", "org_Phone", "prs_MailingLongitude", "prs_MailingLatitude",
	"hte_Longitude", "hte_Latitude", "hte_City", "hte_Country", "hte_State", "hte_Street", "hte_PostalCode", "hte_Date", "hte_Type", "hte_Description",
}

// TestEveryLiveFieldOfTheStandard: a field that the data dictionary names has a column
// of the extended layout, and the other way round; the others have no entity so far.
func TestEveryLiveFieldOfTheStandard(t *testing.T) {
	raw, err := os.ReadFile("../../../docs/data-dictionary.md")
	check(t, err)
	dictionary := map[string]bool{}
	for _, l := range strings.Split(string(raw), "\n") {
		if cells := strings.Split(l, "|"); len(cells) > 4 {
			for _, f := range regexp.MustCompile(`[a-z]{3}_[A-Za-z]+`).FindAllString(cells[3], -1) {
				dictionary[f] = true
			}
		}
	}
	columns := map[string]bool{}
	for _, f := range everyColumn {
		if !strings.HasPrefix(f.code, "x_") {
			columns[f.code] = true
		}
	}
	for f := range dictionary {
		if !columns[f] {
			t.Errorf("the data dictionary has %s, the extended layout has not", f)
		}
	}
	for f := range columns {
		if !dictionary[f] {
			t.Errorf("the extended layout has %s, the data dictionary has not", f)
		}
		if slices.Contains(without, f) {
			t.Errorf("%s is said to have no entity", f)
		}
	}
	list, err := os.Open("../../../../shared/data/htcds/fields.csv")
	if err != nil {
		t.Skip("the standard's list of fields is not beside the project; its live fields are not walked")
	}
	defer func() { _ = list.Close() }()
	lines, err := csv.NewReader(list).ReadAll()
	check(t, err)
	live, held := 0, 0
	for _, l := range lines[1:] {
		status, f := l[1], l[3]
		if status == "DEPRECATED" {
			continue
		}
		live++
		switch {
		case columns[f]:
			held++
			t.Logf("%s: makes the round trip", f)
		case slices.Contains(without, f):
			t.Logf("%s: no entity so far", f)
		default:
			t.Errorf("%s: neither in the extended layout nor among those without an entity", f)
		}
	}
	if live != 80 || held != len(columns) || held+len(without) != live {
		t.Errorf("%d live fields, %d with a column, %d without an entity", live, held, len(without))
	}
}
