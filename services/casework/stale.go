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

// changed lists the fields of m whose new value differs from that of the stored row.
func changed(row any, m ent.Mutation) []string {
	stored := reflect.Indirect(reflect.ValueOf(row))
	var out []string
	for _, f := range m.Fields() {
		now, _ := m.Field(f)
		v := stored.FieldByName(goName(f))
		if !v.IsValid() {
			continue
		}
		a, errA := json.Marshal(now)
		b, errB := json.Marshal(v.Interface())
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			out = append(out, lowerCamel(f))
		}
	}
	slices.Sort(out)
	return out
}

func goName(column string) string {
	parts := strings.Split(column, "_")
	for i, p := range parts {
		parts[i] = strings.ToUpper(p[:1]) + p[1:]
	}
	return strings.Join(parts, "")
}

func lowerCamel(column string) string {
	n := goName(column)
	return strings.ToLower(n[:1]) + n[1:]
}
