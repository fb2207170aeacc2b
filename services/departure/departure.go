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

	"filippo.io/age"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/bestinterests"
	"github.com/sala-exchange/sala/ent/consent"
	"github.com/sala-exchange/sala/ent/contact"
	"github.com/sala-exchange/sala/ent/contactversion"
	"github.com/sala-exchange/sala/ent/guardianship"
	"github.com/sala-exchange/sala/ent/identity"
	"github.com/sala-exchange/sala/ent/identityversion"
	"github.com/sala-exchange/sala/ent/incapacity"
	"github.com/sala-exchange/sala/ent/narrative"
	"github.com/sala-exchange/sala/ent/narrativeversion"
	"github.com/sala-exchange/sala/ent/profile"
	"github.com/sala-exchange/sala/ent/profileversion"
	"github.com/sala-exchange/sala/ent/recoveryperiod"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/ent/trafficking"
	"github.com/sala-exchange/sala/ent/traffickingversion"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
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
type source func(ctx context.Context, op *store.Op, after string, n int) ([]row, error)

// sources are in the order of the export.
var sources = []source{
	func(ctx context.Context, op *store.Op, after string, n int) ([]row, error) {
		rows, err := op.Consent.Query().Where(consent.ContributorID(op.Scope.Agency), consent.IDGT(after)).WithProvisions().
			Order(ent.Asc(consent.FieldID)).Limit(n).All(ctx)
		return rowsOf(rows, err, func(r *ent.Consent) row {
			return row{ID: r.ID, caseID: r.CaseID, Kind: ent.TypeConsent, Category: category.Case, OccurredOn: moment(&r.GivenOn), RecordedOn: moment(&r.RecordedOn)}
		})
	},
	func(ctx context.Context, op *store.Op, after string, n int) ([]row, error) {
		rows, err := op.Guardianship.Query().Where(guardianship.ContributorID(op.Scope.Agency), guardianship.IDGT(after)).Order(ent.Asc(guardianship.FieldID)).Limit(n).All(ctx)
		return rowsOf(rows, err, func(r *ent.Guardianship) row {
			return row{ID: r.ID, caseID: r.CaseID, Kind: ent.TypeGuardianship, Category: category.Case, OccurredOn: moment(&r.ValidFrom), RecordedOn: moment(&r.RecordedOn)}
		})
	},
	func(ctx context.Context, op *store.Op, after string, n int) ([]row, error) {
		rows, err := op.BestInterests.Query().Where(bestinterests.ContributorID(op.Scope.Agency), bestinterests.IDGT(after)).Order(ent.Asc(bestinterests.FieldID)).Limit(n).All(ctx)
		return rowsOf(rows, err, func(r *ent.BestInterests) row {
			return row{ID: r.ID, caseID: r.CaseID, Kind: ent.TypeBestInterests, Category: category.Case, OccurredOn: moment(&r.DecidedOn), RecordedOn: moment(&r.RecordedOn)}
		})
	},
	func(ctx context.Context, op *store.Op, after string, n int) ([]row, error) {
		rows, err := op.Incapacity.Query().Where(incapacity.ContributorID(op.Scope.Agency), incapacity.IDGT(after)).Order(ent.Asc(incapacity.FieldID)).Limit(n).All(ctx)
		return rowsOf(rows, err, func(r *ent.Incapacity) row {
			return row{ID: r.ID, caseID: r.CaseID, Kind: ent.TypeIncapacity, Category: category.Case, OccurredOn: moment(&r.ValidFrom), RecordedOn: moment(&r.RecordedOn)}
		})
	},
	func(ctx context.Context, op *store.Op, after string, n int) ([]row, error) {
		rows, err := op.RecoveryPeriod.Query().Where(recoveryperiod.ContributorID(op.Scope.Agency), recoveryperiod.IDGT(after)).Order(ent.Asc(recoveryperiod.FieldID)).Limit(n).All(ctx)
		return rowsOf(rows, err, func(r *ent.RecoveryPeriod) row {
			return row{ID: r.ID, caseID: r.CaseID, Kind: ent.TypeRecoveryPeriod, Category: category.Case, OccurredOn: moment(&r.ValidFrom), RecordedOn: moment(&r.RecordedOn)}
		})
	},
	func(ctx context.Context, op *store.Op, after string, n int) ([]row, error) {
		rows, err := op.Identity.Query().Where(identity.ContributorID(op.Scope.Agency), identity.IDGT(after)).Order(ent.Asc(identity.FieldID)).Limit(n).All(ctx)
		return rowsOf(rows, err, func(r *ent.Identity) row {
			return row{ID: r.ID, caseID: r.CaseID, Kind: ent.TypeIdentity, OccurredOn: moment(r.OccurredOn), RecordedOn: moment(&r.RecordedOn)}
		})
	},
	func(ctx context.Context, op *store.Op, after string, n int) ([]row, error) {
		rows, err := op.Contact.Query().Where(contact.ContributorID(op.Scope.Agency), contact.IDGT(after)).Order(ent.Asc(contact.FieldID)).Limit(n).All(ctx)
		return rowsOf(rows, err, func(r *ent.Contact) row {
			return row{ID: r.ID, caseID: r.CaseID, Kind: ent.TypeContact, OccurredOn: moment(r.OccurredOn), RecordedOn: moment(&r.RecordedOn)}
		})
	},
	func(ctx context.Context, op *store.Op, after string, n int) ([]row, error) {
		rows, err := op.Profile.Query().Where(profile.ContributorID(op.Scope.Agency), profile.IDGT(after)).Order(ent.Asc(profile.FieldID)).Limit(n).All(ctx)
		return rowsOf(rows, err, func(r *ent.Profile) row {
			return row{ID: r.ID, caseID: r.CaseID, Kind: ent.TypeProfile, OccurredOn: moment(r.OccurredOn), RecordedOn: moment(&r.RecordedOn)}
		})
	},
	func(ctx context.Context, op *store.Op, after string, n int) ([]row, error) {
		rows, err := op.Trafficking.Query().Where(trafficking.ContributorID(op.Scope.Agency), trafficking.IDGT(after)).Order(ent.Asc(trafficking.FieldID)).Limit(n).All(ctx)
		return rowsOf(rows, err, func(r *ent.Trafficking) row {
			return row{ID: r.ID, caseID: r.CaseID, Kind: ent.TypeTrafficking, OccurredOn: moment(r.OccurredOn), RecordedOn: moment(&r.RecordedOn)}
		})
	},
	func(ctx context.Context, op *store.Op, after string, n int) ([]row, error) {
		rows, err := op.Narrative.Query().Where(narrative.ContributorID(op.Scope.Agency), narrative.IDGT(after)).Order(ent.Asc(narrative.FieldID)).Limit(n).All(ctx)
		return rowsOf(rows, err, func(r *ent.Narrative) row {
			return row{ID: r.ID, caseID: r.CaseID, Kind: ent.TypeNarrative, OccurredOn: moment(r.OccurredOn), RecordedOn: moment(&r.RecordedOn)}
		})
	},
	func(ctx context.Context, op *store.Op, after string, n int) ([]row, error) {
		rows, err := op.IdentityVersion.Query().Where(identityversion.ContributorID(op.Scope.Agency), identityversion.IDGT(after)).Order(ent.Asc(identityversion.FieldID)).Limit(n).All(ctx)
		return rowsOf(rows, err, func(r *ent.IdentityVersion) row {
			return row{ID: r.ID, caseID: r.CaseID, Kind: ent.TypeIdentityVersion, OccurredOn: moment(r.OccurredOn), RecordedOn: moment(&r.RecordedOn)}
		})
	},
	func(ctx context.Context, op *store.Op, after string, n int) ([]row, error) {
		rows, err := op.ContactVersion.Query().Where(contactversion.ContributorID(op.Scope.Agency), contactversion.IDGT(after)).Order(ent.Asc(contactversion.FieldID)).Limit(n).All(ctx)
		return rowsOf(rows, err, func(r *ent.ContactVersion) row {
			return row{ID: r.ID, caseID: r.CaseID, Kind: ent.TypeContactVersion, OccurredOn: moment(r.OccurredOn), RecordedOn: moment(&r.RecordedOn)}
		})
	},
	func(ctx context.Context, op *store.Op, after string, n int) ([]row, error) {
		rows, err := op.ProfileVersion.Query().Where(profileversion.ContributorID(op.Scope.Agency), profileversion.IDGT(after)).Order(ent.Asc(profileversion.FieldID)).Limit(n).All(ctx)
		return rowsOf(rows, err, func(r *ent.ProfileVersion) row {
			return row{ID: r.ID, caseID: r.CaseID, Kind: ent.TypeProfileVersion, OccurredOn: moment(r.OccurredOn), RecordedOn: moment(&r.RecordedOn)}
		})
	},
	func(ctx context.Context, op *store.Op, after string, n int) ([]row, error) {
		rows, err := op.TraffickingVersion.Query().Where(traffickingversion.ContributorID(op.Scope.Agency), traffickingversion.IDGT(after)).Order(ent.Asc(traffickingversion.FieldID)).Limit(n).All(ctx)
		return rowsOf(rows, err, func(r *ent.TraffickingVersion) row {
			return row{ID: r.ID, caseID: r.CaseID, Kind: ent.TypeTraffickingVersion, OccurredOn: moment(r.OccurredOn), RecordedOn: moment(&r.RecordedOn)}
		})
	},
	func(ctx context.Context, op *store.Op, after string, n int) ([]row, error) {
		rows, err := op.NarrativeVersion.Query().Where(narrativeversion.ContributorID(op.Scope.Agency), narrativeversion.IDGT(after)).Order(ent.Asc(narrativeversion.FieldID)).Limit(n).All(ctx)
		return rowsOf(rows, err, func(r *ent.NarrativeVersion) row {
			return row{ID: r.ID, caseID: r.CaseID, Kind: ent.TypeNarrativeVersion, OccurredOn: moment(r.OccurredOn), RecordedOn: moment(&r.RecordedOn)}
		})
	},
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

// kinds are those of the sources, in their order.
var kinds = []string{ent.TypeConsent, ent.TypeGuardianship, ent.TypeBestInterests, ent.TypeIncapacity, ent.TypeRecoveryPeriod, ent.TypeIdentity, ent.TypeContact, ent.TypeProfile, ent.TypeTrafficking, ent.TypeNarrative,
	ent.TypeIdentityVersion, ent.TypeContactVersion, ent.TypeProfileVersion, ent.TypeTraffickingVersion, ent.TypeNarrativeVersion}

func kindIndex(kind string) int { return slices.Index(kinds, kind) }

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
		rows, err := sources[i](ctx, op, id, rowsAPart-len(out)+1)
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
