// Package departure writes what an agency that leaves has contributed, for that agency.
//
// It promises that what it writes is encrypted to the agency's own key before it leaves
// the operation, that every row in it stands in the ledger, and that rows of anybody
// else are out of its reach: it reads under a role that sees one agency's rows, while
// that agency leaves. It decides nothing: services/onboarding does.
package departure

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql"
	"filippo.io/age"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/bestinterests"
	"github.com/sala-exchange/sala/ent/breakglass"
	"github.com/sala-exchange/sala/ent/conference"
	"github.com/sala-exchange/sala/ent/conferencetask"
	"github.com/sala-exchange/sala/ent/consent"
	"github.com/sala-exchange/sala/ent/externalreferral"
	"github.com/sala-exchange/sala/ent/guardianship"
	"github.com/sala-exchange/sala/ent/incapacity"
	"github.com/sala-exchange/sala/ent/legalbasis"
	"github.com/sala-exchange/sala/ent/permission"
	"github.com/sala-exchange/sala/ent/recoveryperiod"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/disclosure"
	"github.com/sala-exchange/sala/services/onboarding"
)

// Bounds of one part of an export.
const (
	rowsAPart  = 500
	bytesAPart = 512 << 10
)

// row is one line of an export.
type row struct {
	Case       string            `json:"case"` // its reference
	Category   category.Category `json:"category"`
	Kind       string            `json:"kind"` // of the row, as in the data dictionary
	ID         string            `json:"id"`
	OccurredOn string            `json:"occurredOn,omitempty"` // RFC 3339
	RecordedOn string            `json:"recordedOn"`           // RFC 3339
	Content    map[string]any    `json:"content"`

	caseID string
}

// source is one kind of row: at most n of the agency's rows behind an id, in order.
type source struct {
	kind string
	rows func(ctx context.Context, op *store.Op, after string, n int) ([]row, error)
}

// sources are in the order of the export: statements, the parts, and what these were.
var sources = []source{
	{ent.TypeConsent, func(ctx context.Context, op *store.Op, after string, n int) ([]row, error) {
		rows, err := op.Consent.Query().Where(consent.ContributorID(op.Scope.Agency), consent.IDGT(after)).WithProvisions().
			Order(ent.Asc(consent.FieldID)).Limit(n).All(ctx)
		return rowsOf(rows, err, func(r *ent.Consent) row {
			return row{ID: r.ID, caseID: r.CaseID, Kind: ent.TypeConsent, Category: category.Case, OccurredOn: moment(&r.GivenOn), RecordedOn: moment(&r.RecordedOn)}
		})
	}},
	{ent.TypeGuardianship, func(ctx context.Context, op *store.Op, after string, n int) ([]row, error) {
		rows, err := op.Guardianship.Query().Where(guardianship.ContributorID(op.Scope.Agency), guardianship.IDGT(after)).Order(ent.Asc(guardianship.FieldID)).Limit(n).All(ctx)
		return rowsOf(rows, err, func(r *ent.Guardianship) row {
			return row{ID: r.ID, caseID: r.CaseID, Kind: ent.TypeGuardianship, Category: category.Case, OccurredOn: moment(&r.ValidFrom), RecordedOn: moment(&r.RecordedOn)}
		})
	}},
	{ent.TypeBestInterests, func(ctx context.Context, op *store.Op, after string, n int) ([]row, error) {
		rows, err := op.BestInterests.Query().Where(bestinterests.ContributorID(op.Scope.Agency), bestinterests.IDGT(after)).Order(ent.Asc(bestinterests.FieldID)).Limit(n).All(ctx)
		return rowsOf(rows, err, func(r *ent.BestInterests) row {
			return row{ID: r.ID, caseID: r.CaseID, Kind: ent.TypeBestInterests, Category: category.Case, OccurredOn: moment(&r.DecidedOn), RecordedOn: moment(&r.RecordedOn)}
		})
	}},
	{ent.TypeIncapacity, func(ctx context.Context, op *store.Op, after string, n int) ([]row, error) {
		rows, err := op.Incapacity.Query().Where(incapacity.ContributorID(op.Scope.Agency), incapacity.IDGT(after)).Order(ent.Asc(incapacity.FieldID)).Limit(n).All(ctx)
		return rowsOf(rows, err, func(r *ent.Incapacity) row {
			return row{ID: r.ID, caseID: r.CaseID, Kind: ent.TypeIncapacity, Category: category.Case, OccurredOn: moment(&r.ValidFrom), RecordedOn: moment(&r.RecordedOn)}
		})
	}},
	{ent.TypeRecoveryPeriod, func(ctx context.Context, op *store.Op, after string, n int) ([]row, error) {
		rows, err := op.RecoveryPeriod.Query().Where(recoveryperiod.ContributorID(op.Scope.Agency), recoveryperiod.IDGT(after)).Order(ent.Asc(recoveryperiod.FieldID)).Limit(n).All(ctx)
		return rowsOf(rows, err, func(r *ent.RecoveryPeriod) row {
			return row{ID: r.ID, caseID: r.CaseID, Kind: ent.TypeRecoveryPeriod, Category: category.Case, OccurredOn: moment(&r.ValidFrom), RecordedOn: moment(&r.RecordedOn)}
		})
	}},
	{ent.TypeLegalBasis, func(ctx context.Context, op *store.Op, after string, n int) ([]row, error) {
		rows, err := op.LegalBasis.Query().Where(legalbasis.ContributorID(op.Scope.Agency), legalbasis.CheckedOnNotNil(),
			legalbasis.StateNEQ(valueset.LegalBasisStateRefused), legalbasis.IDGT(after)).Order(ent.Asc(legalbasis.FieldID)).Limit(n).All(ctx)
		return rowsOf(rows, err, func(r *ent.LegalBasis) row {
			return row{ID: r.ID, caseID: r.CaseID, Kind: ent.TypeLegalBasis, Category: category.Case, OccurredOn: moment(&r.ValidFrom), RecordedOn: moment(&r.RecordedOn)}
		})
	}},
	{ent.TypePermission, func(ctx context.Context, op *store.Op, after string, n int) ([]row, error) {
		rows, err := op.Permission.Query().Where(permission.ContributorID(op.Scope.Agency), permission.IDGT(after)).Order(ent.Asc(permission.FieldID)).Limit(n).All(ctx)
		return rowsOf(rows, err, func(r *ent.Permission) row {
			return row{ID: r.ID, caseID: r.CaseID, Kind: ent.TypePermission, Category: category.Case, OccurredOn: moment(&r.ValidFrom), RecordedOn: moment(&r.RecordedOn)}
		})
	}},
	{ent.TypeExternalReferral, func(ctx context.Context, op *store.Op, after string, n int) ([]row, error) {
		rows, err := op.ExternalReferral.Query().Where(externalreferral.ContributorID(op.Scope.Agency), externalreferral.IDGT(after)).Order(ent.Asc(externalreferral.FieldID)).Limit(n).All(ctx)
		return rowsOf(rows, err, func(r *ent.ExternalReferral) row {
			return row{ID: r.ID, caseID: r.CaseID, Kind: ent.TypeExternalReferral, Category: category.Case, OccurredOn: moment(&r.GivenOn), RecordedOn: moment(&r.RecordedOn)}
		})
	}},
	{ent.TypeConference, func(ctx context.Context, op *store.Op, after string, n int) ([]row, error) {
		rows, err := op.Conference.Query().Where(conference.ContributorID(op.Scope.Agency), conference.IDGT(after)).Order(ent.Asc(conference.FieldID)).Limit(n).All(ctx)
		return rowsOf(rows, err, func(r *ent.Conference) row {
			return row{ID: r.ID, caseID: r.CaseID, Kind: ent.TypeConference, Category: category.Case, OccurredOn: moment(&r.HeldOn), RecordedOn: moment(&r.RecordedOn)}
		})
	}},
	{ent.TypeConferenceTask, func(ctx context.Context, op *store.Op, after string, n int) ([]row, error) {
		rows, err := op.ConferenceTask.Query().Where(conferencetask.ContributorID(op.Scope.Agency), conferencetask.IDGT(after)).Order(ent.Asc(conferencetask.FieldID)).Limit(n).All(ctx)
		return rowsOf(rows, err, func(r *ent.ConferenceTask) row {
			return row{ID: r.ID, caseID: r.CaseID, Kind: ent.TypeConferenceTask, Category: category.Case, OccurredOn: moment(&r.DueOn), RecordedOn: moment(&r.RecordedOn)}
		})
	}},
	{ent.TypeBreakGlass, func(ctx context.Context, op *store.Op, after string, n int) ([]row, error) {
		rows, err := op.BreakGlass.Query().Where(breakglass.ContributorID(op.Scope.Agency), breakglass.IDGT(after)).Order(ent.Asc(breakglass.FieldID)).Limit(n).All(ctx)
		return rowsOf(rows, err, func(r *ent.BreakGlass) row {
			return row{ID: r.ID, caseID: r.CaseID, Kind: ent.TypeBreakGlass, Category: category.Case, OccurredOn: moment(&r.ValidFrom), RecordedOn: moment(&r.RecordedOn)}
		})
	}},
	partsOf(ent.TypeIdentity, func(o *store.Op) *ent.IdentityQuery { return o.Identity.Query() }, func(r *ent.Identity) row {
		return row{ID: r.ID, caseID: r.CaseID, OccurredOn: moment(r.OccurredOn), RecordedOn: moment(&r.RecordedOn)}
	}),
	partsOf(ent.TypeContact, func(o *store.Op) *ent.ContactQuery { return o.Contact.Query() }, func(r *ent.Contact) row {
		return row{ID: r.ID, caseID: r.CaseID, OccurredOn: moment(r.OccurredOn), RecordedOn: moment(&r.RecordedOn)}
	}),
	partsOf(ent.TypeProfile, func(o *store.Op) *ent.ProfileQuery { return o.Profile.Query() }, func(r *ent.Profile) row {
		return row{ID: r.ID, caseID: r.CaseID, OccurredOn: moment(r.OccurredOn), RecordedOn: moment(&r.RecordedOn)}
	}),
	partsOf(ent.TypeTrafficking, func(o *store.Op) *ent.TraffickingQuery { return o.Trafficking.Query() }, func(r *ent.Trafficking) row {
		return row{ID: r.ID, caseID: r.CaseID, OccurredOn: moment(r.OccurredOn), RecordedOn: moment(&r.RecordedOn)}
	}),
	partsOf(ent.TypeNarrative, func(o *store.Op) *ent.NarrativeQuery { return o.Narrative.Query() }, func(r *ent.Narrative) row {
		return row{ID: r.ID, caseID: r.CaseID, OccurredOn: moment(r.OccurredOn), RecordedOn: moment(&r.RecordedOn)}
	}),
	partsOf(ent.TypeWhereabouts, func(o *store.Op) *ent.WhereaboutsQuery { return o.Whereabouts.Query() }, func(r *ent.Whereabouts) row {
		return row{ID: r.ID, caseID: r.CaseID, OccurredOn: moment(r.OccurredOn), RecordedOn: moment(&r.RecordedOn)}
	}),
	partsOf(ent.TypeFamily, func(o *store.Op) *ent.FamilyQuery { return o.Family.Query() }, func(r *ent.Family) row {
		return row{ID: r.ID, caseID: r.CaseID, OccurredOn: moment(r.OccurredOn), RecordedOn: moment(&r.RecordedOn)}
	}),
	partsOf(ent.TypeProtection, func(o *store.Op) *ent.ProtectionQuery { return o.Protection.Query() }, func(r *ent.Protection) row {
		return row{ID: r.ID, caseID: r.CaseID, OccurredOn: moment(r.OccurredOn), RecordedOn: moment(&r.RecordedOn)}
	}),
	partsOf(ent.TypeHealth, func(o *store.Op) *ent.HealthQuery { return o.Health.Query() }, func(r *ent.Health) row {
		return row{ID: r.ID, caseID: r.CaseID, OccurredOn: moment(r.OccurredOn), RecordedOn: moment(&r.RecordedOn)}
	}),
	partsOf(ent.TypeHealthRestricted, func(o *store.Op) *ent.HealthRestrictedQuery { return o.HealthRestricted.Query() }, func(r *ent.HealthRestricted) row {
		return row{ID: r.ID, caseID: r.CaseID, OccurredOn: moment(r.OccurredOn), RecordedOn: moment(&r.RecordedOn)}
	}),
	partsOf(ent.TypeAssistance, func(o *store.Op) *ent.AssistanceQuery { return o.Assistance.Query() }, func(r *ent.Assistance) row {
		return row{ID: r.ID, caseID: r.CaseID, OccurredOn: moment(r.OccurredOn), RecordedOn: moment(&r.RecordedOn)}
	}),
	partsOf(ent.TypeProceeding, func(o *store.Op) *ent.ProceedingQuery { return o.Proceeding.Query() }, func(r *ent.Proceeding) row {
		return row{ID: r.ID, caseID: r.CaseID, OccurredOn: moment(r.OccurredOn), RecordedOn: moment(&r.RecordedOn)}
	}),
	partsOf(ent.TypeSuspect, func(o *store.Op) *ent.SuspectQuery { return o.Suspect.Query() }, func(r *ent.Suspect) row {
		return row{ID: r.ID, caseID: r.CaseID, OccurredOn: moment(r.OccurredOn), RecordedOn: moment(&r.RecordedOn)}
	}),
	partsOf(ent.TypeIdentityVersion, func(o *store.Op) *ent.IdentityVersionQuery { return o.IdentityVersion.Query() }, func(r *ent.IdentityVersion) row {
		return row{ID: r.ID, caseID: r.CaseID, OccurredOn: moment(r.OccurredOn), RecordedOn: moment(&r.RecordedOn)}
	}),
	partsOf(ent.TypeContactVersion, func(o *store.Op) *ent.ContactVersionQuery { return o.ContactVersion.Query() }, func(r *ent.ContactVersion) row {
		return row{ID: r.ID, caseID: r.CaseID, OccurredOn: moment(r.OccurredOn), RecordedOn: moment(&r.RecordedOn)}
	}),
	partsOf(ent.TypeProfileVersion, func(o *store.Op) *ent.ProfileVersionQuery { return o.ProfileVersion.Query() }, func(r *ent.ProfileVersion) row {
		return row{ID: r.ID, caseID: r.CaseID, OccurredOn: moment(r.OccurredOn), RecordedOn: moment(&r.RecordedOn)}
	}),
	partsOf(ent.TypeTraffickingVersion, func(o *store.Op) *ent.TraffickingVersionQuery { return o.TraffickingVersion.Query() }, func(r *ent.TraffickingVersion) row {
		return row{ID: r.ID, caseID: r.CaseID, OccurredOn: moment(r.OccurredOn), RecordedOn: moment(&r.RecordedOn)}
	}),
	partsOf(ent.TypeNarrativeVersion, func(o *store.Op) *ent.NarrativeVersionQuery { return o.NarrativeVersion.Query() }, func(r *ent.NarrativeVersion) row {
		return row{ID: r.ID, caseID: r.CaseID, OccurredOn: moment(r.OccurredOn), RecordedOn: moment(&r.RecordedOn)}
	}),
	partsOf(ent.TypeWhereaboutsVersion, func(o *store.Op) *ent.WhereaboutsVersionQuery { return o.WhereaboutsVersion.Query() }, func(r *ent.WhereaboutsVersion) row {
		return row{ID: r.ID, caseID: r.CaseID, OccurredOn: moment(r.OccurredOn), RecordedOn: moment(&r.RecordedOn)}
	}),
	partsOf(ent.TypeFamilyVersion, func(o *store.Op) *ent.FamilyVersionQuery { return o.FamilyVersion.Query() }, func(r *ent.FamilyVersion) row {
		return row{ID: r.ID, caseID: r.CaseID, OccurredOn: moment(r.OccurredOn), RecordedOn: moment(&r.RecordedOn)}
	}),
	partsOf(ent.TypeProtectionVersion, func(o *store.Op) *ent.ProtectionVersionQuery { return o.ProtectionVersion.Query() }, func(r *ent.ProtectionVersion) row {
		return row{ID: r.ID, caseID: r.CaseID, OccurredOn: moment(r.OccurredOn), RecordedOn: moment(&r.RecordedOn)}
	}),
	partsOf(ent.TypeHealthVersion, func(o *store.Op) *ent.HealthVersionQuery { return o.HealthVersion.Query() }, func(r *ent.HealthVersion) row {
		return row{ID: r.ID, caseID: r.CaseID, OccurredOn: moment(r.OccurredOn), RecordedOn: moment(&r.RecordedOn)}
	}),
	partsOf(ent.TypeHealthRestrictedVersion, func(o *store.Op) *ent.HealthRestrictedVersionQuery { return o.HealthRestrictedVersion.Query() }, func(r *ent.HealthRestrictedVersion) row {
		return row{ID: r.ID, caseID: r.CaseID, OccurredOn: moment(r.OccurredOn), RecordedOn: moment(&r.RecordedOn)}
	}),
	partsOf(ent.TypeAssistanceVersion, func(o *store.Op) *ent.AssistanceVersionQuery { return o.AssistanceVersion.Query() }, func(r *ent.AssistanceVersion) row {
		return row{ID: r.ID, caseID: r.CaseID, OccurredOn: moment(r.OccurredOn), RecordedOn: moment(&r.RecordedOn)}
	}),
	partsOf(ent.TypeProceedingVersion, func(o *store.Op) *ent.ProceedingVersionQuery { return o.ProceedingVersion.Query() }, func(r *ent.ProceedingVersion) row {
		return row{ID: r.ID, caseID: r.CaseID, OccurredOn: moment(r.OccurredOn), RecordedOn: moment(&r.RecordedOn)}
	}),
	partsOf(ent.TypeSuspectVersion, func(o *store.Op) *ent.SuspectVersionQuery { return o.SuspectVersion.Query() }, func(r *ent.SuspectVersion) row {
		return row{ID: r.ID, caseID: r.CaseID, OccurredOn: moment(r.OccurredOn), RecordedOn: moment(&r.RecordedOn)}
	}),
}

// partsQuery is what the queries of all parts can do.
type partsQuery[Q, P, O, R any] interface {
	Where(...P) Q
	Order(...O) Q
	Limit(int) Q
	All(context.Context) ([]*R, error)
}

func partsOf[Q partsQuery[Q, P, O, R], P, O ~func(*sql.Selector), R any](kind string, query func(*store.Op) Q, of func(*R) row) source {
	return source{kind, func(ctx context.Context, op *store.Op, after string, n int) ([]row, error) {
		rows, err := query(op).Where(P(sql.FieldEQ("contributor_id", op.Scope.Agency)), P(sql.FieldGT("id", after))).Order(O(ent.Asc("id"))).Limit(n).All(ctx)
		return rowsOf(rows, err, func(r *R) row {
			out := of(r)
			out.Kind = kind
			return out
		})
	}}
}

func rowsOf[T any](in []T, err error, of func(T) row) ([]row, error) {
	if err != nil {
		return nil, errs.Wrap(err, errs.Unavailable, "reading the agency's contributions failed: ask for this part again")
	}
	out := make([]row, len(in))
	for i, r := range in {
		out[i] = of(r)
		if out[i].Category == "" {
			out[i].Category = rule.PartCategory(out[i].Kind)
		}
		if out[i].Content, err = contentOf(r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// beside is what a row's content does not repeat.
var beside = []string{"id", "case_id", "contributor_id", "occurred_on", "recorded_on", "consent_id", "edges"}

// contentOf is all that the row holds, opened.
func contentOf(r any) (map[string]any, error) {
	raw, err := json.Marshal(r)
	var out map[string]any
	if err == nil {
		err = json.Unmarshal(raw, &out)
	}
	if err != nil {
		return nil, errs.Wrap(err, errs.Internal, "writing a row of an export failed")
	}
	// What Ent keeps out of JSON, so that nobody prints it, is the agency's all the same.
	if r, ok := r.(*ent.Trafficking); ok {
		out["recruitment_place"], out["exploitation_place"] = r.RecruitmentPlace, r.ExploitationPlace
	}
	edges, _ := out["edges"].(map[string]any)
	provisions, _ := edges["provisions"].([]any)
	for _, p := range provisions {
		if p, ok := p.(map[string]any); ok {
			without(p)
		}
	}
	without(out)
	if provisions != nil {
		out["provisions"] = provisions
	}
	return out, nil
}

func without(row map[string]any) {
	for _, name := range beside {
		delete(row, name)
	}
}

func moment(at *int64) string {
	if at == nil {
		return ""
	}
	return time.UnixMicro(*at).UTC().Format(time.RFC3339Nano)
}

// Export is onboarding.Departure's: it writes the part that begins behind a place, as
// JSON lines encrypted to the recipient, and puts what it holds on record.
func Export(ctx context.Context, op *store.Op, recipient, after string) (*onboarding.Exported, error) {
	to, err := age.ParseX25519Recipient(recipient)
	if err != nil {
		return nil, errs.New(errs.Invalid, "the agency's key is no age public key")
	}
	rows, next, err := read(rule.InMode(ctx, rule.Departure), op, after)
	if err != nil {
		return nil, err
	}
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, to)
	if err != nil {
		return nil, errs.Wrap(err, errs.Internal, "encrypting an export failed")
	}
	taken, size := 0, 0
	lines := json.NewEncoder(&counting{to: w, n: &size})
	for i := range rows {
		if size > bytesAPart {
			break
		}
		if err := lines.Encode(rows[i]); err != nil {
			return nil, errs.Wrap(err, errs.Internal, "writing an export failed")
		}
		taken++
	}
	if err := w.Close(); err != nil {
		return nil, errs.Wrap(err, errs.Internal, "encrypting an export failed")
	}
	if taken < len(rows) {
		last := rows[taken-1]
		next = place(kindIndex(last.Kind), last.ID)
	}
	if err := record(ctx, op, rows[:taken]); err != nil {
		return nil, err
	}
	return &onboarding.Exported{Content: sealed.Bytes(), Rows: taken, Next: next}, nil
}

// counting counts what goes through.
type counting struct {
	to interface{ Write([]byte) (int, error) }
	n  *int
}

func (c *counting) Write(p []byte) (int, error) {
	*c.n += len(p)
	return c.to.Write(p)
}

func kindIndex(kind string) int {
	return slices.IndexFunc(sources, func(s source) bool { return s.kind == kind })
}

func place(source int, id string) string { return strconv.Itoa(source) + "/" + id }

// read returns up to a part's rows behind a place, and the place behind them; empty at
// the end.
func read(ctx context.Context, op *store.Op, after string) (out []row, next string, err error) {
	first, id, _ := strings.Cut(cmp.Or(after, "0/"), "/")
	from, err := strconv.Atoi(first)
	if err != nil || from < 0 || from >= len(sources) {
		return nil, "", errs.New(errs.Internal, "an export goes on from no place")
	}
	for i := from; i < len(sources); i++ {
		rows, err := sources[i].rows(ctx, op, id, rowsAPart-len(out)+1)
		if err != nil {
			return nil, "", err
		}
		if len(out)+len(rows) > rowsAPart {
			out = append(out, rows[:len(rows)-1]...)
			if len(out) == rowsAPart {
				next = place(kindIndex(out[rowsAPart-1].Kind), out[rowsAPart-1].ID)
			}
			break
		}
		out, id = append(out, rows...), ""
	}
	return out, next, references(ctx, op, out)
}

func references(ctx context.Context, op *store.Op, rows []row) error {
	ids := map[string]bool{}
	for _, r := range rows {
		ids[r.caseID] = true
	}
	known, err := op.References(ctx, slices.Sorted(maps.Keys(ids)))
	if err != nil {
		return err
	}
	for i := range rows {
		rows[i].Case = known[rows[i].caseID]
	}
	return nil
}

func record(ctx context.Context, op *store.Op, rows []row) error {
	if len(rows) == 0 {
		return nil
	}
	seen := map[store.Key][]string{}
	for _, r := range rows {
		k := store.Key{Case: r.caseID, Contributor: op.Scope.Agency, Category: r.Category}
		seen[k] = append(seen[k], r.ID)
	}
	return disclosure.Exported(ctx, op, seen)
}
