// Package world makes a small exchange for tests: agencies, members and agreements
// on a real database of either kind, under the real policy.
//
// It promises that what a test does goes through the same store and verbs as in
// production. It mocks nothing.
package world

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/seal"
	"github.com/sala-exchange/sala/internal/seal/keyfile"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/internal/viewer"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/services/disclosure"
	"github.com/sala-exchange/sala/services/erasure"
	"github.com/sala-exchange/sala/services/keystore/folder"
	"github.com/sala-exchange/sala/services/onboarding"
	"github.com/sala-exchange/sala/test/postgres"
)

// Agency is one agency with two case workers, a supervisor, a data-protection focal
// point and an administrator.
type Agency struct {
	ID, Worker, Colleague, Supervisor, Admin, Platform, Focal string
}

// World is a seeded exchange.
type World struct {
	T        testing.TB
	Store    *store.Store
	Agencies map[string]*Agency
	// Agreements by "a+b", codes in alphabetical order.
	Agreements map[string]string
	// URL is the superuser's URL of a PostgreSQL world; empty on SQLite.
	URL string
	// Path is the file of a SQLite world.
	Path string
	// AppURL is the application's login to it.
	AppURL string
	// Keys are those of its cases; another store on the same database needs them too.
	Keys *seal.Keyring
	// KeyStore and KeyFile are where they lie, as a command names them.
	KeyStore, KeyFile string
	// ErasureKeyFile signs the list of those who were erased.
	ErasureKeyFile string
	erased         *erasure.List
	clock          *clock
	kinds          []kind
	mux            *http.ServeMux
	base           string // URL
}

// clock stands still until it is moved, and moves a microsecond at each look, so
// that no two facts have the same time.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Microsecond)
	return c.now
}

// Advance moves the world's time.
func (w *World) Advance(d time.Duration) {
	w.clock.mu.Lock()
	defer w.clock.mu.Unlock()
	w.clock.now = w.clock.now.Add(d)
}

// At sets the world's time.
func (w *World) At(t time.Time) {
	w.clock.mu.Lock()
	defer w.clock.mu.Unlock()
	w.clock.now = t
}

// Options for a world.
type Options struct {
	Walls    store.Walls
	MaxConns int
	// More is how many agencies there are beside the named ones: NGOs with the codes
	// a01, a02 and so on, each with an agreement with the next two.
	More int
	// Deployment is what the world's deployment has chosen.
	Deployment store.Deployment
	// Empty leaves agencies, members and agreements out: they come in as in production.
	Empty bool
	// Base is the URL of a world that nobody asks over HTTP; it listens nowhere then.
	Base string
}

type kind struct {
	code string
	kind valueset.AgencyKind
}

// kinds of the agencies of every world, by code.
var kinds = []kind{
	{"lwu", valueset.AgencyKindUnion}, {"ngo", valueset.AgencyKindNGO}, {"atd", valueset.AgencyKindPolice},
	{"mops", valueset.AgencyKindPolice}, {"iom", valueset.AgencyKindInternationalOrganisation},
	{"thailand", valueset.AgencyKindRegionalCounterpart},
}

// platform are the agencies whose members may administer the platform.
var platform = map[string]bool{"lwu": true, "atd": true, "iom": true}

// OnSQLite makes a world on the embedded database.
func OnSQLite(t testing.TB, o Options) *World {
	t.Helper()
	w := &World{T: t, clock: newClock(), kinds: o.kinds()}
	opts := w.options(o)
	w.Path = filepath.Join(t.TempDir(), "sala.db")
	empty, err := migratedSQLite()
	w.must(err)
	w.must(os.WriteFile(w.Path, empty, 0o600))
	w.Store, err = store.OpenSQLite(w.Path, opts)
	w.must(err)
	return w.seed(o)
}

// OnPostgres makes a world on a PostgreSQL database of its own.
func OnPostgres(t testing.TB, s *postgres.Server, o Options) *World {
	t.Helper()
	w := &World{T: t, clock: newClock(), kinds: o.kinds()}
	s.Need(t)
	template, err := migratedPostgres(s)
	w.must(err)
	name := s.Database(t, template)
	w.URL = s.URL(name, "postgres")
	w.AppURL = s.URL(name, "sala_app")
	st, err := store.OpenPostgres(w.AppURL, w.options(o))
	w.must(err)
	w.Store = st
	return w.seed(o)
}

func (o Options) kinds() []kind {
	all := slices.Clone(kinds)
	for i := range o.More {
		all = append(all, kind{more(i), valueset.AgencyKindNGO})
	}
	return all
}

func more(i int) string { return fmt.Sprintf("a%02d", i+1) }

// pairs are the agencies with an agreement, in alphabetical order.
func (o Options) pairs() [][2]string {
	all := [][2]string{{"atd", "lwu"}, {"lwu", "ngo"}, {"iom", "lwu"}}
	for i := range o.More {
		for next := i + 1; next <= i+2; next++ {
			pair := []string{more(i), more(next % o.More)}
			slices.Sort(pair)
			if !slices.Contains(all, [2]string(pair)) && pair[0] != pair[1] {
				all = append(all, [2]string(pair))
			}
		}
	}
	return all
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC)} }

func (w *World) options(o Options) store.Options {
	p, err := Policy()
	w.must(err)
	return store.Options{Evaluator: p, Clock: w.clock.Now, Walls: o.Walls, MaxConns: o.MaxConns, MaxIdleTime: 5 * time.Second, Keys: w.keys(), Secret: Secret, Deployment: o.Deployment}
}

// Secret keys the digests of every world.
var Secret = []byte("the secret of the worlds of tests")

// keys makes a key store in a folder and a key-encryption key in a file.
func (w *World) keys() *seal.Keyring {
	dir := w.T.TempDir()
	file, root := filepath.Join(dir, "kek.json"), filepath.Join(dir, "keys")
	w.must(keyfile.Make(file))
	w.must(folder.Make(root))
	wrapper, err := keyfile.Open(file)
	w.must(err)
	keys, err := folder.Open(root)
	w.must(err)
	w.T.Cleanup(func() { _ = keys.Close() })
	secret, _, err := erasure.NewKey()
	w.must(err)
	w.erased, err = erasure.Open(keys, secret, w.clock.Now)
	w.must(err)
	w.ErasureKeyFile = filepath.Join(dir, "erasures.key")
	w.must(os.WriteFile(w.ErasureKeyFile, []byte(secret+"\n"), 0o600))
	w.KeyStore, w.KeyFile = "folder:"+root, file
	w.Keys = seal.New(keys, wrapper, seal.Options{Now: w.clock.Now})
	return w.Keys
}

func (w *World) must(err error) {
	w.T.Helper()
	if err != nil {
		w.T.Fatalf("world: %v (%v)", err, Cause(err))
	}
}

// Cause unwraps the hidden cause of an error, for a failing test's eyes.
func Cause(err error) error {
	for {
		u, ok := err.(interface{ Unwrap() error })
		if !ok || u.Unwrap() == nil {
			return err
		}
		err = u.Unwrap()
	}
}

func (w *World) seed(o Options) *World {
	w.T.Cleanup(func() { _ = w.Store.Close() })
	w.listen(o.Base)
	w.Agencies, w.Agreements = map[string]*Agency{}, map[string]string{}
	w.must(w.Store.Run(w.T.Context(), onboarding.Scope(), false, func(ctx context.Context, op *store.Op) error {
		if err := onboarding.SetPolicy(ctx, op, w.Store.Revision()); err != nil {
			return err
		}
		for _, k := range w.kinds {
			if o.Empty {
				continue
			}
			if err := w.addAgency(ctx, op, k.code, k.kind); err != nil {
				return err
			}
		}
		return nil
	}))
	for _, pair := range o.pairs() {
		if !o.Empty {
			w.agree(pair[0], pair[1])
		}
	}
	return w
}

// agree enters an agreement that is in force, without the notices and records that
// its parties' signatures would leave: tests of cases begin with none.
func (w *World) agree(a, b string) {
	w.T.Helper()
	w.Agreements[a+"+"+b] = w.InForce([]string{a, b}, []category.Purpose{category.ForAssistance, category.ForJustice, category.ForProtection},
		category.Shareable(), 0, 3*365*24*time.Hour)
}

// InForce enters an agreement of agencies that all have signed, from ago before now
// until ahead of it, and returns its id.
func (w *World) InForce(parties []string, purposes []category.Purpose, cs []category.Category, ago, ahead time.Duration) string {
	w.T.Helper()
	id := pubid.New("agreement")
	w.Must(onboarding.Scope(), func(ctx context.Context, op *store.Op) error {
		var kinds []valueset.CaseKind
		for _, k := range valueset.CaseKind("").Values() {
			kinds = append(kinds, valueset.CaseKind(k))
		}
		now := op.Scope.Now
		err := op.Agreement.Create().SetID(id).SetTitle("Agreement").SetPurposes(purposes).SetCategories(cs).SetCaseKinds(kinds).
			SetValidFrom(now - ago.Microseconds()).SetValidUntil(now + ahead.Microseconds()).SetCountersignedOn(now).Exec(ctx)
		if err != nil {
			return err
		}
		for _, p := range parties {
			if err := op.AgreementParty.Create().SetAgreementID(id).SetAgencyID(w.Agencies[p].ID).SetSignedOn(now).Exec(ctx); err != nil {
				return err
			}
		}
		return onboarding.SetGate(ctx, op, id, true)
	})
	return id
}

// AsAdmin is the scope of an agency's administrator.
func (w *World) AsAdmin(code string) rule.Scope {
	a := w.Agencies[code]
	return rule.Scope{Mode: rule.Request, Agency: a.ID, Member: a.Admin, Administers: true, Parties: true,
		Acknowledges: []string{"agreement", "agency", "proposal", "issuer", "invitation"}}
}

// AsFocal is the scope of an agency's data-protection focal point.
func (w *World) AsFocal(code string) rule.Scope {
	a := w.Agencies[code]
	return rule.Scope{Mode: rule.Request, Agency: a.ID, Member: a.Focal, Parties: true, Disclosures: true,
		Acknowledges: []string{"agreement", "agency", "breach", "erasure", "legalbasis", "retention"}}
}

// AsPlatform is the scope of one who administers the platform.
func (w *World) AsPlatform(code string) rule.Scope {
	a := w.Agencies[code]
	return rule.Scope{Mode: rule.Request, Agency: a.ID, Member: a.Platform, Platform: true}
}

// IssuerURL is the address under which an agency's issuer is registered.
func (w *World) IssuerURL(code string) string { return w.base + "/issuer/" + code }

func (w *World) addAgency(ctx context.Context, op *store.Op, code string, kind valueset.AgencyKind) error {
	issuer := w.IssuerURL(code)
	id, err := onboarding.AddAgency(ctx, op, onboarding.AgencyInput{Code: code, Name: code, Kind: kind,
		AdministersPlatform: platform[code], Issuers: []*onboarding.IssuerInput{{URL: issuer}}})
	if err != nil {
		return err
	}
	// Tests ask more in a minute than officers do.
	if err := op.Agency.UpdateOneID(id).SetRequestsPerMinute(0).SetConcurrentRequests(0).Exec(ctx); err != nil {
		return err
	}
	a := &Agency{ID: id}
	w.Agencies[code] = a
	into := map[string]*string{"worker": &a.Worker, "colleague": &a.Colleague, "supervisor": &a.Supervisor, "admin": &a.Admin, "platform": &a.Platform, "dataprotection": &a.Focal}
	for _, m := range staff {
		id, err := onboarding.AddMember(ctx, op, onboarding.MemberInput{Agency: id, Issuer: issuer, Subject: m.subject, Roles: []viewer.Role{m.role}})
		if err != nil {
			return err
		}
		if to, ok := into[m.subject]; ok {
			*to = id
		}
	}
	return nil
}

// As is the scope of an agency's case worker with a purpose.
func (w *World) As(code string, p category.Purpose) rule.Scope {
	a := w.Agencies[code]
	return rule.Scope{Mode: rule.Request, Agency: a.ID, Member: a.Worker, Purpose: p, CaseWork: true, Disclosures: true, Acknowledges: []string{"case"}}
}

// Do runs fn as a write operation and returns its error.
func (w *World) Do(s rule.Scope, fn func(context.Context, *store.Op) error) error {
	return w.Store.Run(w.T.Context(), s, false, fn)
}

// Must runs fn as a write operation that has to succeed.
func (w *World) Must(s rule.Scope, fn func(context.Context, *store.Op) error) {
	w.T.Helper()
	w.must(w.Do(s, fn))
}

// Look runs fn as a read operation whose record is committed, as an answer's is.
func (w *World) Look(s rule.Scope, fn func(context.Context, *store.Op) error) {
	w.T.Helper()
	ctx, op, err := w.Store.Begin(w.T.Context(), s, true)
	w.must(err)
	err = fn(ctx, op)
	op.Rollback()
	w.must(err)
	w.must(disclosure.Record(w.T.Context(), w.Store, op))
}

// Ptr returns a pointer to v.
func Ptr[T any](v T) *T { return &v }

// Adult is a birth date of a grown person by a document, in a canary name.
func Adult(canary string) *casework.IdentityInput {
	return &casework.IdentityInput{
		Names:     []*casework.NameInput{{Text: canary, Kind: valueset.NameKindLegal, Script: valueset.ScriptLatin}},
		BirthDate: Ptr("1994-05-17"), AgeBasis: Ptr(valueset.AgeBasisDocument),
	}
}

// Recording is her consent to be recorded by the registering agency.
func Recording(purposes ...category.Purpose) casework.RecordConsentInput {
	return casework.RecordConsentInput{
		Kind: valueset.ConsentKindRecording, Interpretation: valueset.InterpretationNoneNeeded, Setting: valueset.SettingSafePlace,
		Provisions: []*casework.ProvisionInput{{Decision: valueset.DecisionPermit, Purposes: purposes,
			Categories: []category.Category{category.Identity, category.Contact, category.Profile, category.Trafficking, category.Narrative}}},
	}
}

// Register registers a case of the agency with a row in every part.
func (w *World) Register(code, canary string) string {
	w.T.Helper()
	var id string
	w.Must(w.As(code, category.ForAssistance), func(ctx context.Context, op *store.Op) error {
		var err error
		id, err = casework.RegisterCase(ctx, op, casework.RegisterCaseInput{
			Kind: valueset.CaseKindPresumedVictim, Recording: Recording(category.ForAssistance, category.ForJustice, category.ForProtection),
			Identity:    Adult(canary),
			Contacts:    []*casework.ContactInput{{Channel: valueset.ContactChannelMobilePhone, Address: Ptr("+999" + fmt.Sprint(len(canary)))}},
			Profile:     &casework.ProfileInput{Sex: Ptr(valueset.SexFemale), Citizenships: []string{"LA"}},
			Trafficking: &casework.TraffickingInput{ExploitationTypes: []valueset.Exploitation{valueset.ExploitationForcedLabour}},
		})
		return err
	})
	return id
}

// Share records her consent to an agency.
func (w *World) Share(owner, caseID, to string, p category.Purpose, cs ...category.Category) {
	w.T.Helper()
	w.Must(w.As(owner, category.ForAssistance), func(ctx context.Context, op *store.Op) error {
		_, err := casework.RecordConsent(ctx, op, casework.RecordConsentInput{
			CaseID: caseID, Kind: valueset.ConsentKindSharing, Interpretation: valueset.InterpretationNoneNeeded, Setting: valueset.SettingSafePlace,
			Provisions: []*casework.ProvisionInput{{Decision: valueset.DecisionPermit, RecipientID: &w.Agencies[to].ID,
				Purposes: []category.Purpose{p}, Categories: cs}},
		})
		return err
	})
}

// Transferable records her yes to an agency's taking the case over, and returns the
// statement's id (A4).
func (w *World) Transferable(owner, caseID, to string, p category.Purpose) (id string) {
	w.T.Helper()
	w.Must(w.As(owner, category.ForAssistance), func(ctx context.Context, op *store.Op) (err error) {
		id, err = casework.RecordConsent(ctx, op, casework.RecordConsentInput{
			CaseID: caseID, Kind: valueset.ConsentKindTransfer, Interpretation: valueset.InterpretationNoneNeeded, Setting: valueset.SettingSafePlace,
			Provisions: []*casework.ProvisionInput{{Decision: valueset.DecisionPermit, RecipientID: &w.Agencies[to].ID,
				Purposes: []category.Purpose{p}}},
		})
		return err
	})
	return id
}

// Refer offers a referral and returns its id.
func (w *World) Refer(owner, caseID, to string, p category.Purpose, cs ...category.Category) string {
	w.T.Helper()
	var id string
	w.Must(w.As(owner, category.ForAssistance), func(ctx context.Context, op *store.Op) error {
		var err error
		id, err = casework.OfferReferral(ctx, op, casework.OfferReferralInput{
			CaseID: caseID, ToID: w.Agencies[to].ID, Service: valueset.ServiceCounselling, Purpose: p, Categories: cs,
			Urgency: valueset.UrgencyRoutine, ReplyBy: op.Scope.Now + int64(7*24*time.Hour/time.Microsecond),
		})
		return err
	})
	return id
}

// Accept accepts a referral wholly.
func (w *World) Accept(code string, p category.Purpose, referralID string) {
	w.T.Helper()
	w.Must(w.As(code, p), func(ctx context.Context, op *store.Op) error {
		return casework.AcceptReferral(ctx, op, casework.AcceptReferralInput{ReferralID: referralID})
	})
}

// Withdraw records her no towards an agency.
func (w *World) Withdraw(owner, caseID, towards string) {
	w.T.Helper()
	w.Must(w.As(owner, category.ForAssistance), func(ctx context.Context, op *store.Op) error {
		_, err := casework.WithdrawConsent(ctx, op, casework.WithdrawConsentInput{
			CaseID: caseID, RecipientID: &w.Agencies[towards].ID,
			Interpretation: valueset.InterpretationNoneNeeded, Setting: valueset.SettingSafePlace,
		})
		return err
	})
}

// Shut suspends an agency by its gate.
func (w *World) Shut(code string) { w.gate(code, false) }

// Open lifts the suspension.
func (w *World) Open(code string) { w.gate(code, true) }

func (w *World) gate(code string, open bool) {
	w.T.Helper()
	w.Must(onboarding.Scope(), func(ctx context.Context, op *store.Op) error {
		return onboarding.SetGate(ctx, op, w.Agencies[code].ID, open)
	})
}

// Owner is the database as the owner of its tables.
func (w *World) Owner() *store.Store {
	w.T.Helper()
	if w.URL == "" {
		return w.Store
	}
	st, err := store.OpenPostgres(w.URL, store.Options{MaxConns: 1, Clock: w.clock.Now})
	w.must(err)
	w.T.Cleanup(func() { _ = st.Close() })
	return st
}

// Root is a connection that no wall stands before: what an owner of the database can
// do.
func (w *World) Root() *sql.DB {
	w.T.Helper()
	if w.URL == "" {
		return w.Store.DB()
	}
	st, err := store.OpenPostgres(w.URL, store.Options{MaxConns: 1})
	w.must(err)
	w.T.Cleanup(func() { _ = st.Close() })
	return st.DB()
}
