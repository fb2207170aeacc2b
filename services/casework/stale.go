package casework

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	"entgo.io/ent"

	"github.com/sala-exchange/sala/internal/errs"
)

// stale refuses a correction of an older version and names the fields in which the
// stored row differs from what the corrector would store. The row is the
// corrector's own agency's, so the names give nothing away; values are not shown.
func stale(current int, fields []string) error {
	return errs.New(errs.Stale, "the row was corrected meanwhile and is at version %d: read it again and repeat", current).WithFields(fields...)
}

// changed lists the fields whose new value differs from that of the stored row: those
// of the mutation, and those of the content that is sealed.
func changed(row any, m ent.Mutation, content any) []string {
	stored := reflect.Indirect(reflect.ValueOf(row))
	var out []string
	for _, f := range m.Fields() {
		now, _ := m.Field(f)
		if v := stored.FieldByName(goName(f)); v.IsValid() && differ(now, v.Interface()) {
			out = append(out, lowerCamel(f))
		}
	}
	if content != nil {
		now := reflect.ValueOf(content)
		for i := range now.NumField() {
			name := now.Type().Field(i).Name
			if differ(now.Field(i).Interface(), stored.FieldByName(name).Interface()) {
				out = append(out, lowerFirst(name))
			}
		}
	}
	slices.Sort(out)
	return out
}

func differ(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX != nil || errY != nil || !bytes.Equal(x, y)
}

func goName(column string) string {
	parts := strings.Split(column, "_")
	for i, p := range parts {
		parts[i] = strings.ToUpper(p[:1]) + p[1:]
	}
	return strings.Join(parts, "")
}

func lowerCamel(column string) string { return lowerFirst(goName(column)) }

func lowerFirst(name string) string { return strings.ToLower(name[:1]) + name[1:] }
