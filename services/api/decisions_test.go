package api

import (
	"reflect"
	"testing"

	"github.com/sala-exchange/sala/graph/operation"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/viewer"
	"github.com/sala-exchange/sala/policy"
)

// officer is a viewer in whose account everything is set.
func officer() *viewer.Viewer {
	return &viewer.Viewer{
		Issuer: "https://idp.example", Subject: "officer", Client: "client", Agency: "agency_1", AgencyKind: "UNION",
		AgencyActive: true, Member: "member_1", Roles: []viewer.Role{viewer.CaseWorker, viewer.DataProtection},
		Purposes: []category.Purpose{category.ForAssistance, category.ForJustice}, Assurance: "2",
	}
}

// TestNobodyHasAnothersDecision: after one viewer's decisions are remembered, each
// viewer who differs in anything that policy is asked about has the decision that policy
// itself gives (threats.md, row 20). A key of member and purpose, as one would think of,
// is shown to let a role that was taken away go on.
func TestNobodyHasAnothersDecision(t *testing.T) {
	p, err := policy.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	remembering := NewDesk(nil, p)
	permit := func(d *Desk, v *viewer.Viewer, of category.Purpose) operation.Permissions {
		t.Helper()
		out, err := d.Permit(t.Context(), v, of)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	if before := permit(remembering, officer(), category.ForAssistance); !before.ReadCase {
		t.Fatal("a case worker may not read cases")
	}
	byMember := map[string]operation.Permissions{"member_1 ASSISTANCE": permit(remembering, officer(), category.ForAssistance)}
	changed := 0
	for name, change := range map[string]func(*viewer.Viewer){
		"role taken away":   func(v *viewer.Viewer) { v.Roles = v.Roles[1:] },
		"all roles":         func(v *viewer.Viewer) { v.Roles = nil },
		"another role":      func(v *viewer.Viewer) { v.Roles = append(v.Roles, viewer.PlatformAdministrator) },
		"unknown role":      func(v *viewer.Viewer) { v.Roles = append(v.Roles, "CASE_WORKER ") },
		"roles run into":    func(v *viewer.Viewer) { v.Roles = []viewer.Role{"CASE_WORKER\" \"DATA_PROTECTION_FOCAL_POINT"} },
		"agency suspended":  func(v *viewer.Viewer) { v.AgencyActive = false },
		"agency leaves":     func(v *viewer.Viewer) { v.AgencyFrozen = true },
		"regional":          func(v *viewer.Viewer) { v.AgencyKind = "REGIONAL_COUNTERPART" },
		"another kind":      func(v *viewer.Viewer) { v.AgencyKind = "NGO" },
		"narrower scope":    func(v *viewer.Viewer) { v.Purposes = v.Purposes[1:] },
		"scope of nothing":  func(v *viewer.Viewer) { v.Purposes = []category.Purpose{} },
		"no scope":          func(v *viewer.Viewer) { v.Purposes = nil },
		"another agency":    func(v *viewer.Viewer) { v.Agency = "agency_2" },
		"no agency":         func(v *viewer.Viewer) { v.Agency = "" },
		"another member":    func(v *viewer.Viewer) { v.Member = "member_2" },
		"no member":         func(v *viewer.Viewer) { v.Member = "" },
		"ids moved between": func(v *viewer.Viewer) { v.Agency, v.AgencyKind = "agency_1U", "NION" },
		"bytes alike":       func(v *viewer.Viewer) { v.AgencyKind = "UNION\xff" },
		"bytes alike too":   func(v *viewer.Viewer) { v.AgencyKind = "UNION\ufffd" },
	} {
		for _, of := range append(category.Purposes(), "") {
			v := officer()
			change(v)
			want := permit(NewDesk(nil, p), v, of)
			for range 2 { // decided, then remembered
				if got := permit(remembering, v, of); !reflect.DeepEqual(got, want) {
					t.Errorf("%s for %q: %+v, policy says %+v", name, of, got, want)
				}
			}
			if of == category.ForAssistance && v.Member == "member_1" && !reflect.DeepEqual(byMember["member_1 ASSISTANCE"], want) {
				changed++
			}
		}
	}
	if changed < 5 {
		t.Errorf("only %d of the changes matter: the test shows nothing", changed)
	}
}

// TestKeyIsAllOfTheInput: whatever field of the input differs, the key differs; a field
// that is added to the input is in the key.
func TestKeyIsAllOfTheInput(t *testing.T) {
	keys := map[string]string{keyOf(policy.Request{}): "nothing"}
	var set func(name string, v reflect.Value, whole *policy.Request)
	set = func(name string, v reflect.Value, whole *policy.Request) {
		before := reflect.ValueOf(*whole)
		switch v.Kind() {
		case reflect.Struct:
			for i := range v.NumField() {
				set(name+"."+v.Type().Field(i).Name, v.Field(i), whole)
			}
			return
		case reflect.String:
			v.SetString("x")
		case reflect.Bool:
			v.SetBool(true)
		case reflect.Slice:
			v.Set(reflect.MakeSlice(v.Type(), 0, 1))
			put(t, keys, name+" empty", *whole)
			v.Set(reflect.Append(v, reflect.Zero(v.Type().Elem())))
			put(t, keys, name+" of one", *whole)
			v.Index(0).SetString("x")
		default:
			t.Fatalf("%s is of a kind whose key nobody has looked at: %s", name, v.Kind())
		}
		put(t, keys, name, *whole)
		*whole = before.Interface().(policy.Request)
	}
	var r policy.Request
	set("Request", reflect.ValueOf(&r).Elem(), &r)
	if len(keys) < 14 {
		t.Errorf("only %d keys", len(keys))
	}
}

func put(t *testing.T, keys map[string]string, name string, r policy.Request) {
	t.Helper()
	if other, taken := keys[keyOf(r)]; taken {
		t.Errorf("%s has the key of %s", name, other)
	}
	keys[keyOf(r)] = name
}

// TestDecisionsAreBounded: a memory that anybody could fill would fill the machine.
func TestDecisionsAreBounded(t *testing.T) {
	d := newDecisions()
	for i := range decisionsKept + 10 {
		d.kept.Add(keyOf(policy.Request{Viewer: policy.Actor{Member: string(rune(0x10000 + i))}}), operation.Permissions{})
	}
	if d.kept.Len() != decisionsKept {
		t.Errorf("%d decisions are kept", d.kept.Len())
	}
}
