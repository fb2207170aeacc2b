package present

import (
	"encoding/json"
	"io"
	"math"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
)

// The years that a time of the API may lie in.
const (
	firstYear = 1900
	lastYear  = 2200
)

// MarshalTime writes UTC microseconds as an RFC 3339 time in UTC.
func MarshalTime(micros int64) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		_, _ = io.WriteString(w, strconv.Quote(time.UnixMicro(micros).UTC().Format(time.RFC3339Nano)))
	})
}

// UnmarshalTime reads an RFC 3339 time with offset, of the years 1900 to 2200 and
// at most microseconds, as UTC microseconds. The error is INVALID and does not
// repeat what was read.
func UnmarshalTime(v any) (int64, error) {
	s, ok := v.(string)
	t, err := time.Parse(time.RFC3339Nano, s)
	if !ok || err != nil || len(s) > len("2006-01-02T15:04:05.000000+00:00") || t.Nanosecond()%1000 != 0 ||
		t.UTC().Year() < firstYear || t.UTC().Year() > lastYear {
		return 0, errs.New(errs.Invalid, "reading a time: give it as RFC 3339 with offset, at most microseconds, between %d and %d", firstYear, lastYear)
	}
	return t.UnixMicro(), nil
}

// MarshalInt writes n.
func MarshalInt(n int) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) { _, _ = io.WriteString(w, strconv.Itoa(n)) })
}

// UnmarshalInt reads an integer of 32 bits, as GraphQL has it. The error is INVALID
// and does not repeat what was read.
func UnmarshalInt(v any) (int, error) {
	n, ok := int64(0), false
	switch v := v.(type) {
	case int:
		n, ok = int64(v), true
	case int64:
		n, ok = v, true
	case json.Number:
		i, err := strconv.ParseInt(string(v), 10, 64)
		n, ok = i, err == nil
	}
	if !ok || n < math.MinInt32 || n > math.MaxInt32 {
		return 0, errs.New(errs.Invalid, "reading an Int: give a whole number of 32 bits")
	}
	return int(n), nil
}

// noID is what a malformed id becomes. No row has it, so that it is answered as an
// id that is not there.
const noID = "-"

// MarshalID writes a public id.
func MarshalID(id string) graphql.Marshaler { return graphql.MarshalString(id) }

// UnmarshalID reads a public id. One that cannot be an id becomes one that no row
// has: malformed, absent and foreign are answered alike, and the database is not
// asked about bytes that it does not take.
func UnmarshalID(v any) (string, error) {
	if s, ok := v.(string); ok && pubid.Prefix(s) != "" {
		return s, nil
	}
	return noID, nil
}
