package main

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// minutes is a clock that goes on by 90 s at each look.
func minutes() func() time.Time {
	at := time.Unix(0, 0)
	return func() time.Time {
		at = at.Add(90 * time.Second)
		return at
	}
}

func TestStagesRunInOrderAndAreTimed(t *testing.T) {
	var out bytes.Buffer
	ok := run(t.Context(), []stage{{"build", "echo built"}, {"test", "echo tested"}}, &out, minutes())
	want := `== build: echo built
built
stage build: 1.5 min
== test: echo tested
tested
stage test: 1.5 min
== what ran, in 7.5 min
  build       1.5 min  passed
  test        1.5 min  passed
`
	if !ok || out.String() != want {
		t.Errorf("ok is %v, and it printed\n%s", ok, out.String())
	}
}

func TestTheFirstFailureStopsTheRest(t *testing.T) {
	var out bytes.Buffer
	ok := run(t.Context(), []stage{{"a", ":"}, {"b", "exit 3"}, {"c", "echo must not run"}}, &out, minutes())
	got := out.String()
	if ok || strings.Contains(got, "== c") || !strings.Contains(got, "b           1.5 min  FAILED: exit status 3") ||
		!strings.Contains(got, "c          not run") {
		t.Errorf("ok is %v, and it printed\n%s", ok, got)
	}
}

func TestStagesThatCannotBeReadAreRefused(t *testing.T) {
	for _, args := range [][]string{nil, {"build"}, {"=make"}, {"build="}} {
		_, err := parse(args)
		if err == nil {
			t.Errorf("%q was accepted", args)
		}
	}
	stages, err := parse([]string{"bench=make bench BENCH=smoke"})
	if err != nil || stages[0] != (stage{"bench", "make bench BENCH=smoke"}) {
		t.Errorf("got %v, %v", stages, err)
	}
}
