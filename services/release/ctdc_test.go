package release_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/services/release"
	"github.com/sala-exchange/sala/test/world"
)

// TestCTDCOfThousands: CTDC's variables of some thousand generated cases, from the database
// to the published rows of nobody, with what it took. SALA_CASES is how many; 3,000 where it
// is not set. Synthetic rows are about as many as persons, and say of one column and of two
// about as much as the persons do.
func TestCTDCOfThousands(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: registers thousands of cases")
	}
	n := 3000
	if given, err := strconv.Atoi(os.Getenv("SALA_CASES")); err == nil {
		n = given
	}
	w, d := world.OnPostgres(t, server, world.Options{}), newDesk(t)
	began := time.Now()
	true1, true2 := registerMany(t, w, n)
	t.Logf("%d cases registered in %.0f s", n, time.Since(began).Seconds())
	w.InForce([]string{"lwu", "iom"}, []category.Purpose{category.Statistics}, []category.Category{category.Profile, category.Trafficking}, 24*time.Hour, 2100*24*time.Hour)
	raw, err := release.ComesWith("ctdc")
	if err != nil {
		t.Fatal(err)
	}
	var b *release.Built
	var by string
	seconds, peak := measured(func() { b, by = d.built(t, w, raw) })
	t.Logf("built in %.1f s, peak of the heap %d MiB: %d rows of %d columns", seconds, peak>>20, len(b.Rows), len(b.Columns))
	seconds, peak = measured(func() {
		if _, err := d.as(w, d.publisher).Publish(t.Context(), b, by); err != nil {
			t.Fatal(err, world.Cause(err))
		}
	})
	t.Logf("through the gates and published in %.1f s, peak of the heap %d MiB", seconds, peak>>20)
	t.Logf("%+v", *b.Utility)
	labour, withheld := slices.Index(b.Columns, "isForcedLabour"), slices.Index(b.Columns, "meansWithholdDocs")
	made1, made2 := 0, 0
	for _, row := range b.Rows {
		if row[labour] == "1" {
			if made1++; row[withheld] == "1" {
				made2++
			}
		}
	}
	near := func(what string, made, true int) {
		t.Logf("%s: %d persons, %d rows", what, true, made)
		if float64(made) < 0.7*float64(true) || float64(made) > 1.3*float64(true) {
			t.Errorf("%s: %d rows stand for %d persons", what, made, true)
		}
	}
	near("all", len(b.Rows), n)
	near("forced labour", made1, true1)
	near("forced labour, documents withheld", made2, true2)
}

// measured runs f and samples how much the heap holds.
func measured(f func()) (seconds float64, peak uint64) {
	stop, result := make(chan bool), make(chan uint64)
	runtime.GC()
	go func() {
		most := uint64(0)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapInuse)
			select {
			case <-stop:
				result <- most
				return
			case <-tick.C:
			}
		}
	}()
	began := time.Now()
	f()
	seconds = time.Since(began).Seconds()
	stop <- true
	return seconds, <-result
}

// registerMany registers cases of the sorts that a country has, always the same, and counts
// those of forced labour, and of them those whose documents were withheld.
func registerMany(t *testing.T, w *world.World, n int) (labour, withheld int) {
	t.Helper()
	inputs := make([]casework.RegisterCaseInput, n)
	r := rand.New(rand.NewPCG(5, 6))
	for i := range inputs {
		inputs[i] = generated(r)
		tr := inputs[i].Trafficking
		if slices.Contains(tr.ExploitationTypes, valueset.ExploitationForcedLabour) {
			if labour++; slices.Contains(tr.ControlMethods, valueset.ControlMethodWithholdsDocuments) {
				withheld++
			}
		}
	}
	var next atomic.Int64
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for i := next.Add(1) - 1; i < int64(n) && !t.Failed(); i = next.Add(1) - 1 {
				err := w.Store.Run(t.Context(), w.As("lwu", category.ForAssistance), false, func(ctx context.Context, op *store.Op) error {
					_, err := casework.RegisterCase(ctx, op, inputs[i])
					return err
				})
				if err != nil {
					t.Error(err, world.Cause(err))
				}
			}
		})
	}
	all.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return labour, withheld
}

func generated(r *rand.Rand) casework.RegisterCaseInput {
	year := 2021 + r.IntN(5)
	at := time.Date(year, time.Month(1+r.IntN(12)), 1+r.IntN(28), 3, 0, 0, 0, time.UTC).UnixMicro()
	few := func(n int) int { return int(float64(n) * r.Float64() * r.Float64()) } // the first are common
	man := r.Float64() < 0.3
	sex, gender := valueset.SexFemale, valueset.GenderFeminine
	if man {
		sex, gender = valueset.SexMale, valueset.GenderMasculine
	}
	p := &casework.ProfileInput{Sex: &sex, Gender: &gender, Citizenships: []string{[]string{"LA", "VN", "MM", "KH", "TH"}[few(5)]}}
	tr := &casework.TraffickingInput{ExploitationCountry: world.Ptr([]string{"TH", "CN", "LA", "MY", "VN"}[few(5)])}
	add := func(share float64, c valueset.ControlMethod) {
		if r.Float64() < share {
			tr.ControlMethods = append(tr.ControlMethods, c)
		}
	}
	if man || r.Float64() < 0.45 {
		tr.ExploitationTypes = append(tr.ExploitationTypes, valueset.ExploitationForcedLabour)
		tr.Industries = append(tr.Industries, []valueset.Industry{valueset.IndustryActivitiesOfHouseholdsAsEmployers, valueset.IndustryConstruction,
			valueset.IndustryAccommodationAndFoodServiceActivities, valueset.IndustryManufacturing}[r.IntN(4)])
		add(0.5, valueset.ControlMethodWithholdsDocuments)
		add(0.4, valueset.ControlMethodExcessiveWorkingHours)
		add(0.4, valueset.ControlMethodDebtBondage)
	} else {
		tr.ExploitationTypes = append(tr.ExploitationTypes, []valueset.Exploitation{valueset.ExploitationSexualExploitation, valueset.ExploitationForcedMarriage}[few(2)])
		add(0.1, valueset.ControlMethodWithholdsDocuments)
		add(0.3, valueset.ControlMethodPsychologicalAbuse)
	}
	if slices.Contains(tr.ExploitationTypes, valueset.ExploitationSexualExploitation) {
		tr.SexExploitationTypes = append(tr.SexExploitationTypes, valueset.SexExploitationProstitution)
	}
	add(0.5, valueset.ControlMethodFalsePromises)
	add(0.2, valueset.ControlMethodPhysicalThreats)
	if r.Float64() < 0.2 {
		tr.RelationshipToTrafficker = world.Ptr(valueset.RelationshipToTraffickerFamilial)
	}
	who := world.Adult("Canary Released")
	who.BirthDate = world.Ptr(fmt.Sprintf("%d-05-17", year-8-few(45)))
	return casework.RegisterCaseInput{Kind: valueset.CaseKindIdentifiedVictim, OccurredOn: &at, Recording: world.Recording(category.ForAssistance), Identity: who, Profile: p, Trafficking: tr}
}
