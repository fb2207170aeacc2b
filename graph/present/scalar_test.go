package present

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
)

func TestTime(t *testing.T) {
	at := time.Date(2026, 3, 2, 3, 4, 5, 6000, time.UTC).UnixMicro()
	for text, want := range map[string]int64{
		"2026-03-02T03:04:05.000006Z": at, "2026-03-02T10:04:05.000006+07:00": at, "2026-03-01T22:04:05.000006-05:00": at,
		"1970-01-01T00:00:00Z": 0, "1900-01-01T00:00:00Z": time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro(),
		"2200-12-31T23:59:59Z": time.Date(2200, 12, 31, 23, 59, 59, 0, time.UTC).UnixMicro(),
	} {
		got, err := UnmarshalTime(text)
		if err != nil || got != want {
			t.Errorf("%s reads as %d, %v; want %d", text, got, err, want)
		}
		var out bytes.Buffer
		MarshalTime(got).MarshalGQL(&out)
		if back, err := UnmarshalTime(strings.Trim(out.String(), `"`)); err != nil || back != want || !strings.HasSuffix(out.String(), `Z"`) {
			t.Errorf("%s is written as %s", text, out.String())
		}
	}
	for _, v := range []any{
		nil, 5, true, json.Number("5"), "", "Canary", "2026-03-02", "2026-03-02T03:04:05", "2026-03-02 03:04:05Z", "2026-02-30T00:00:00Z",
		"2026-03-02T24:00:00Z", "2026-03-02T03:04:05.0000001Z", "2026-03-02T03:04:05.000006789Z", "1899-12-31T23:59:59Z", "2201-01-01T00:00:00Z",
		"2200-12-31T23:59:59-05:00", "0001-01-01T00:00:00Z", "99999-01-01T00:00:00Z", "2026-03-02T03:04:05Z ", "２０２６-03-02T03:04:05Z",
	} {
		if got, err := UnmarshalTime(v); errs.KindOf(err) != errs.Invalid || got != 0 || strings.Contains(err.Error(), "Canary") {
			t.Errorf("%v reads as %d, %v", v, got, err)
		}
	}
}

func TestInt(t *testing.T) {
	for _, v := range []any{7, int64(7), json.Number("7")} {
		if got, err := UnmarshalInt(v); err != nil || got != 7 {
			t.Errorf("%T reads as %d, %v", v, got, err)
		}
	}
	for _, v := range []any{nil, "7", true, 7.0, json.Number("7.0"), json.Number("1e3"), int64(math.MaxInt32) + 1, int64(math.MinInt32) - 1, json.Number("99999999999999999999")} {
		if got, err := UnmarshalInt(v); errs.KindOf(err) != errs.Invalid || got != 0 || strings.Contains(err.Error(), "99") {
			t.Errorf("%T %v reads as %d, %v", v, v, got, err)
		}
	}
}

// Whatever is no id becomes one that no row has, so that it is answered as an absent
// one (threats.md 13).
func TestID(t *testing.T) {
	good := pubid.New("case")
	if got, err := UnmarshalID(good); err != nil || got != good {
		t.Errorf("an id reads as %s, %v", got, err)
	}
	for _, v := range []any{nil, 5, "", "case_", strings.ToUpper(good), good + "\n", " " + good, "\x00", "policy", "' OR 1=1 --", strings.Repeat("x", 1<<16)} {
		if got, err := UnmarshalID(v); err != nil || got != noID {
			t.Errorf("%T is let through, %v", v, err)
		}
	}
	if pubid.Prefix(noID) != "" {
		t.Error("the id of nothing is an id")
	}
}
