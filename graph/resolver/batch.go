package resolver

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
)

// batch loads values for many rows of an answer with one statement: rows that arrive
// name what they will ask for, the first field that asks loads for all of them.
type batch[V any] struct {
	mu      sync.Mutex
	waiting map[string]bool
	got     map[string]V
	load    func(ctx context.Context, ids []string) (map[string]V, error)
}

func newBatch[V any](load func(context.Context, []string) (map[string]V, error)) *batch[V] {
	return &batch[V]{waiting: map[string]bool{}, got: map[string]V{}, load: load}
}

// expect names rows that will likely be asked for.
func (b *batch[V]) expect(ids ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, id := range ids {
		if _, done := b.got[id]; !done && id != "" {
			b.waiting[id] = true
		}
	}
}

// get returns the value of a row, the zero value where there is none.
func (b *batch[V]) get(ctx context.Context, id string) (V, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if v, ok := b.got[id]; ok {
		return v, nil
	}
	b.waiting[id] = true
	ids := slices.Collect(maps.Keys(b.waiting))
	loaded, err := b.load(ctx, ids)
	if err != nil {
		var none V
		return none, err
	}
	for _, w := range ids {
		b.got[w] = loaded[w]
	}
	clear(b.waiting)
	return b.got[id], nil
}

// batches is what one operation has loaded so far.
type batches struct {
	agencies      *batch[*ent.Agency]
	units         *batch[*ent.AgencyUnit]
	open          *batch[[]*ent.Access]             // by case: the viewer's own accesses
	granted       *batch[[]*ent.Access]             // by case: others' accesses to the viewer's agency's rows
	inside        *batch[[]*ent.Access]             // by case: the viewer's agency's own to its own rows, whoever of it they are for
	standing      *batch[bool]                      // by referral: whether it opens anything to its receiver
	suspended     *batch[bool]                      // by agreement
	reference     *batch[string]                    // by case
	changes       *batch[[]*ent.CaseChange]         // by case
	transfers     *batch[[]*ent.CaseTransfer]       // by case
	assignments   *batch[[]*ent.Assignment]         // by case: the viewer's agency's
	guardianships *batch[[]*ent.Guardianship]       // by case
	interests     *batch[[]*ent.BestInterests]      // by case
	incapacities  *batch[[]*ent.Incapacity]         // by case
	recoveries    *batch[[]*ent.RecoveryPeriod]     // by case
	legalBases    *batch[[]*ent.LegalBasis]         // by case
	glass         *batch[[]*ent.BreakGlass]         // by case
	reviews       *batch[[]*ent.GlassReview]        // by case
	locks         *batch[[]*ent.CaseLock]           // by case
	signatures    *batch[[]*ent.InterestsSignature] // by decision in her best interests
	permissions   *batch[[]*ent.Permission]         // by case
	externals     *batch[[]*ent.ExternalReferral]   // by case
	conferences   *batch[[]*ent.Conference]         // by case
	tasks         *batch[[]*ent.ConferenceTask]     // by conference
	formers       *formers
	instants      *instants
	issuers       *batch[[]*ent.Issuer]    // by agency
	networks      *batch[[]string]         // by agency
	departures    *batch[*ent.Offboarding] // by agency
	invitations   *batch[*ent.Invitation]  // by agency: the last
	approvals     *batch[[]*ent.Approval]  // by proposal
	marks         *batch[marks]            // by notice
	breaches      *batch[[]*ent.Breach]    // by agreement
}

type batchesKey struct{}

// Prepare makes ctx ready for one operation's resolvers, and its client read whole
// rows in a fixed order. It is called once, right after the operation began.
func Prepare(ctx context.Context, op *store.Op) context.Context {
	b := &batches{
		agencies: newBatch(loadAgencies), units: newBatch(loadUnits), open: newBatch(loadOpen), granted: newBatch(loadGranted), inside: newBatch(loadInside),
		standing: newBatch(loadStanding), suspended: newBatch(loadSuspended), reference: newBatch(loadReferences),
		changes: newBatch(loadChanges), transfers: newBatch(loadTransfers), assignments: newBatch(loadAssignments),
		guardianships: newBatch(loadGuardianships), interests: newBatch(loadInterests), incapacities: newBatch(loadIncapacities), recoveries: newBatch(loadRecoveries), legalBases: newBatch(loadLegalBases), glass: newBatch(loadGlass), reviews: newBatch(loadReviews), locks: newBatch(loadLocks),
		signatures:  newBatch(loadSignatures),
		permissions: newBatch(loadPermissions), externals: newBatch(loadExternals), conferences: newBatch(loadConferences), tasks: newBatch(loadTasks),
		formers: newFormers(), instants: newInstants(),
		marks: newBatch(loadMarks), breaches: newBatch(loadBreaches),
		issuers: newBatch(loadIssuers), networks: newBatch(loadNetworks), departures: newBatch(loadDepartures), invitations: newBatch(loadInvitations), approvals: newBatch(loadApprovals),
	}
	op.Intercept(wholeRows(), b.expecting(op))
	return context.WithValue(ctx, batchesKey{}, b)
}

func batchesOf(ctx context.Context) (*batches, error) {
	b, ok := ctx.Value(batchesKey{}).(*batches)
	if !ok {
		return nil, errs.New(errs.Internal, "resolving outside an operation")
	}
	return b, nil
}
