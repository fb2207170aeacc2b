package store

import (
	"slices"
	"testing"

	"github.com/sala-exchange/sala/ent/access"
)

func TestEveryColumnOfAnAccessIsWritten(t *testing.T) {
	got, want := accessNames(), slices.Clone(access.Columns)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("written are %q, and the table has %q", got, want)
	}
}
