package release

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/agency"
	"github.com/sala-exchange/sala/ent/budgetentry"
	"github.com/sala-exchange/sala/ent/release"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/disclosure"
	"github.com/sala-exchange/sala/services/publication"
)

// Limit is the privacy budget that a population's account is opened with. An account keeps
// what it was opened with; both numbers are stored with each entry.
var Limit = struct{ Epsilon, Delta float64 }{Epsilon: 10, Delta: 1e-5}

// Budgets are kept in whole numbers, so that sums are exact: ε in millionths, δ in parts of
// 10¹². What is spent is rounded up.
const (
	epsilonParts = 1e6
	deltaParts   = 1e12
)

func parts(of, by float64) int64 { return int64(math.Ceil(of*by - 1e-6)) }

// Earlier returns what was published before, withdrawn or not: readers keep their copies.
func Earlier(ctx context.Context, st *store.Store) (all []Published, err error) {
	err = st.Run(ctx, rule.Scope{Mode: rule.Release}, true, func(ctx context.Context, op *store.Op) error {
		all, err = earlier(ctx, op)
		return err
	})
	return all, err
}

func earlier(ctx context.Context, op *store.Op) ([]Published, error) {
	rows, err := op.Release.Query().Order(ent.Asc(release.FieldPublishedOn), ent.Asc(release.FieldID)).All(ctx)
	if err != nil {
		return nil, errs.Wrap(err, errs.Unavailable, "reading what was published before")
	}
	var out []Published
	for _, r := range rows {
		b := &Built{}
		if err := json.Unmarshal(r.Cells, b); err != nil {
			return nil, errs.Wrap(err, errs.Internal, "what was published cannot be read")
		}
		d, err := decode(b.Definition)
		if err != nil {
			return nil, err
		}
		p, err := b.published(d)
		if err != nil {
			return nil, err
		}
		p.Name = r.Name + "/" + strconv.Itoa(r.Edition)
		out = append(out, *p)
	}
	return out, nil
}

// Publisher publishes.
type Publisher struct {
	Store     *store.Store
	Releases  publication.Store
	Signer    note.Signer
	Verifiers note.Verifiers
	Auditor   Auditor
}

// Publication is what came of it.
type Publication struct {
	ID      string  `json:"id"`
	Name    string  `json:"name"`
	Edition int     `json:"edition"`
	Digest  string  `json:"digest"`
	Epsilon float64 `json:"epsilon,omitempty"` // spent of the population's budget, all releases together
	Told    int     `json:"told"`              // agencies
}

// Publish publishes a candidate that somebody else built: gates, budget, ledger and notices
// in one transaction, the files after it. Where it broke off between the two, publishing the
// same candidate again writes the files and spends nothing.
func (p *Publisher) Publish(ctx context.Context, b *Built, builtBy string) (*Publication, error) {
	if builtBy == "" || builtBy == p.Signer.Name() {
		return nil, errs.New(errs.Forbidden, "whoever built a release does not publish it: another key of releaseKey has to sign")
	}
	d, err := Parse(b.Definition)
	if err != nil {
		return nil, err
	}
	edition, again, err := p.edition(ctx, d, b)
	if err != nil {
		return nil, err
	}
	content, err := b.content(d, edition)
	if err != nil {
		return nil, err
	}
	staged, err := publication.Stage(ctx, p.Releases, content, p.Signer)
	if err != nil {
		return nil, err
	}
	defer staged.Discard()
	out := &Publication{Name: d.Name, Edition: edition, Digest: staged.Hash}
	if again != nil {
		out.ID = again.ID
		if again.Digest != staged.Hash || again.PublishedBy != p.Signer.Name() {
			return nil, errs.New(errs.Conflict, "this candidate was published already, by another key or in another form: nothing was done")
		}
		return out, staged.Publish(ctx)
	}
	err = p.Store.Run(ctx, rule.Scope{Mode: rule.Onboarding}, false, func(ctx context.Context, op *store.Op) error {
		return p.settle(ctx, op, b, d, builtBy, out)
	})
	if err != nil {
		return nil, err
	}
	return out, staged.Publish(ctx)
}

// edition is the next of the definition's name, or that of this very candidate where it was
// settled before.
func (p *Publisher) edition(ctx context.Context, d *Definition, b *Built) (n int, again *ent.Release, err error) {
	cells, err := b.encode()
	if err != nil {
		return 0, nil, err
	}
	err = p.Store.Run(ctx, rule.Scope{Mode: rule.Onboarding}, true, func(ctx context.Context, op *store.Op) error {
		rows, err := op.Release.Query().Where(release.Name(d.Name)).Order(ent.Asc(release.FieldEdition)).All(ctx)
		if err != nil {
			return errs.Wrap(err, errs.Unavailable, "reading what was published before")
		}
		n = len(rows) + 1
		for _, r := range rows {
			if string(r.Cells) == string(cells) {
				n, again = r.Edition, r
			}
		}
		return nil
	})
	return n, again, err
}

// settle is the one transaction of a publication.
func (p *Publisher) settle(ctx context.Context, op *store.Op, b *Built, d *Definition, builtBy string, out *Publication) error {
	if err := op.LockReleases(ctx); err != nil {
		return err
	}
	before, err := earlier(ctx, op)
	if err != nil {
		return err
	}
	report, err := Check(ctx, b, before, p.Auditor)
	if err != nil {
		return err
	}
	if err := report.Err(); err != nil {
		return err
	}
	cells, err := b.encode()
	if err != nil {
		return err
	}
	told, codes, err := audience(ctx, op, d)
	if err != nil {
		return err
	}
	out.ID, out.Told = pubid.New("release"), len(told)
	err = op.Release.Create().SetID(out.ID).SetName(d.Name).SetEdition(out.Edition).SetDigest(out.Digest).SetPopulation(d.Population.Name).
		SetYearFrom(d.Period.From).SetYearTo(d.Period.To).SetAudience(codes).SetCells(cells).SetSnapshot(b.Snapshot).
		SetBuiltBy(builtBy).SetPublishedBy(p.Signer.Name()).SetPublishedOn(op.Scope.Now).Exec(ctx)
	if err != nil {
		return errs.Wrap(err, errs.Conflict, "the release cannot be stored: another was published at the same time; do it again")
	}
	if d.Private() {
		if err := spend(ctx, op, d, out); err != nil {
			return err
		}
	}
	for _, id := range told {
		if err := op.Notify(ctx, id, valueset.NoticeKindReleasePublished, out.ID); err != nil {
			return err
		}
	}
	return disclosure.DecideAbout(ctx, op, "publish release "+d.Name+"/"+strconv.Itoa(out.Edition)+" sha256:"+out.Digest+" built by "+builtBy+" published by "+p.Signer.Name(), "", out.ID)
}

// spend writes the account of the population. It only grows, whatever the clock says.
func spend(ctx context.Context, op *store.Op, d *Definition, out *Publication) error {
	rows, err := op.BudgetEntry.Query().Where(budgetentry.Population(d.Population.Name)).All(ctx)
	if err != nil {
		return errs.Wrap(err, errs.Unavailable, "reading the privacy budget")
	}
	epsilon, delta := parts(d.Parameters.Epsilon, epsilonParts), parts(d.Parameters.Delta, deltaParts)
	limitEpsilon, limitDelta := parts(Limit.Epsilon, epsilonParts), parts(Limit.Delta, deltaParts)
	if len(rows) > 0 {
		limitEpsilon, limitDelta = rows[0].LimitEpsilon, rows[0].LimitDelta
	}
	sum, sumDelta := epsilon, delta
	for _, r := range rows {
		sum, sumDelta = sum+r.Epsilon, sumDelta+r.Delta
	}
	if epsilon <= 0 || delta < 0 || sum > limitEpsilon || sumDelta > limitDelta {
		return errs.New(errs.Conflict, "the privacy budget of the population is spent: %.3f of ε %.3f is left; nothing more is published of it with differential privacy",
			float64(limitEpsilon-sum+epsilon)/epsilonParts, float64(limitEpsilon)/epsilonParts)
	}
	err = op.BudgetEntry.Create().SetID(pubid.New("spending")).SetPopulation(d.Population.Name).SetReleaseID(out.ID).SetEpsilon(epsilon).SetDelta(delta).
		SetLimitEpsilon(limitEpsilon).SetLimitDelta(limitDelta).SetSpentOn(op.Scope.Now).Exec(ctx)
	if err != nil {
		return errs.Wrap(err, errs.Conflict, "the privacy budget of the population cannot be spent: nothing was published")
	}
	out.Epsilon = float64(sum) / epsilonParts
	return nil
}

// audience are the agencies that are told: all for the public, counterparts in the region,
// and whom the definition names.
func audience(ctx context.Context, op *store.Op, d *Definition) (ids, codes []string, err error) {
	all, err := op.Agency.Query().Where(agency.StateEQ(valueset.AgencyStateActive)).Order(ent.Asc(agency.FieldCode)).All(ctx)
	if err != nil {
		return nil, nil, errs.Wrap(err, errs.Unavailable, "reading whom a release is for")
	}
	codes = []string{}
	for _, a := range all {
		if d.Audience == "PUBLIC" || d.Audience == "COUNTERPARTS" && a.Kind == valueset.AgencyKindRegionalCounterpart || slices.Contains(d.Tell, a.Code) {
			ids, codes = append(ids, a.ID), append(codes, a.Code)
		}
	}
	for _, code := range d.Tell {
		if !slices.Contains(codes, code) {
			return nil, nil, errs.New(errs.Invalid, "the definition tells an agency that is not here, or not active").WithFields("tell")
		}
	}
	return ids, codes, nil
}

// Withdraw withdraws a published release and tells those whom it was for. One is enough:
// that is the safe direction. What was published stays known to the auditor.
func (p *Publisher) Withdraw(ctx context.Context, ref publication.Ref, reason string) error {
	on := publication.Day(time.UnixMicro(p.Store.Now()).UTC().Format(time.DateOnly))
	if !line(reason) {
		return errs.New(errs.Invalid, "withdrawing: say why, in one line").WithFields("reason")
	}
	err := p.Store.Run(ctx, rule.Scope{Mode: rule.Onboarding}, false, func(ctx context.Context, op *store.Op) error {
		r, err := op.Release.Query().Where(release.Name(ref.ID), release.Edition(ref.Version)).Only(ctx)
		if err != nil {
			return errs.Wrap(err, errs.Invalid, "there is no such release: `sala release list` names those there are")
		}
		if r.PublishedBy != p.Signer.Name() {
			return errs.New(errs.Forbidden, "withdrawing: the release was published by another key: use that one")
		}
		if r.WithdrawnOn != nil {
			return nil // the notice beside its files may still be lacking
		}
		if err := op.Release.UpdateOneID(r.ID).SetWithdrawnBy(p.Signer.Name()).SetWithdrawnOn(op.Scope.Now).Exec(ctx); err != nil {
			return errs.Wrap(err, errs.Conflict, "the release cannot be withdrawn")
		}
		told, err := op.Agency.Query().Where(agency.CodeIn(r.Audience...)).IDs(ctx)
		if err != nil {
			return errs.Wrap(err, errs.Unavailable, "reading whom the release was for")
		}
		for _, id := range told {
			if err := op.Notify(ctx, id, valueset.NoticeKindReleaseWithdrawn, r.ID); err != nil {
				return err
			}
		}
		return disclosure.DecideAbout(ctx, op, "withdraw release "+ref.String(), "", r.ID)
	})
	if err != nil {
		return err
	}
	return publication.Withdraw(ctx, p.Releases, ref, publication.Withdrawal{On: on, Reason: reason}, p.Signer, p.Verifiers)
}

// Listed is a published release.
type Listed struct {
	Name        string `json:"name"`
	Edition     int    `json:"edition"`
	Population  string `json:"population"`
	PublishedOn string `json:"publishedOn"`
	BuiltBy     string `json:"builtBy"`
	PublishedBy string `json:"publishedBy"`
	WithdrawnOn string `json:"withdrawnOn,omitempty"`
	Digest      string `json:"digest"`
}

// Account is what is spent of a population's privacy budget.
type Account struct {
	Population string  `json:"population"`
	Epsilon    float64 `json:"epsilon"`
	Of         float64 `json:"ofEpsilon"`
	Delta      float64 `json:"delta"`
	OfDelta    float64 `json:"ofDelta"`
}

// List returns what was published, and the accounts.
func List(ctx context.Context, st *store.Store) (listed []Listed, accounts []Account, err error) {
	listed, accounts = []Listed{}, []Account{}
	err = st.Run(ctx, rule.Scope{Mode: rule.Onboarding}, true, func(ctx context.Context, op *store.Op) error {
		rows, err := op.Release.Query().Order(ent.Asc(release.FieldName), ent.Asc(release.FieldEdition)).All(ctx)
		if err != nil {
			return errs.Wrap(err, errs.Unavailable, "reading what was published")
		}
		at := func(micros int64) string { return time.UnixMicro(micros).UTC().Format(time.RFC3339) }
		for _, r := range rows {
			l := Listed{r.Name, r.Edition, r.Population, at(r.PublishedOn), r.BuiltBy, r.PublishedBy, "", r.Digest}
			if r.WithdrawnOn != nil {
				l.WithdrawnOn = at(*r.WithdrawnOn)
			}
			listed = append(listed, l)
		}
		spent, err := op.BudgetEntry.Query().Order(ent.Asc(budgetentry.FieldPopulation)).All(ctx)
		if err != nil {
			return errs.Wrap(err, errs.Unavailable, "reading the privacy budgets")
		}
		for _, e := range spent {
			i := slices.IndexFunc(accounts, func(a Account) bool { return a.Population == e.Population })
			if i < 0 {
				accounts = append(accounts, Account{e.Population, 0, float64(e.LimitEpsilon) / epsilonParts, 0, float64(e.LimitDelta) / deltaParts})
				i = len(accounts) - 1
			}
			accounts[i].Epsilon += float64(e.Epsilon) / epsilonParts
			accounts[i].Delta += float64(e.Delta) / deltaParts
		}
		return nil
	})
	return listed, accounts, err
}
