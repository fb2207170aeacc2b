package arch

import (
	"slices"
	"strings"
	"testing"
)

// arrow says what the packages of some folders may import of the module, directly;
// everything that is not named is refused.
type arrow struct {
	of     []string
	except []string
	may    []string
	why    string
}

// generatedEnt is Ent's generated code: the client and one package an entity.
var generatedEnt = []string{
	"ent/access", "ent/agency", "ent/allowlist", "ent/breakglass", "ent/caselock", "ent/caseshape", "ent/glassattempt", "ent/glassreview", "ent/oversightpanel", "ent/approval", "ent/invitation", "ent/issuer", "ent/offboarding", "ent/proposal", "ent/agencyunit", "ent/agreement", "ent/agreementparty", "ent/assignment", "ent/casefile", "ent/consent", "ent/contact", "ent/disclosure", "ent/enttest", "ent/eraseddetail", "ent/erasure", "ent/gate", "ent/hook", "ent/idempotencykey", "ent/identity", "ent/casechange", "ent/membership", "ent/team",
	"ent/noticemark", "ent/retention", "ent/breach", "ent/casetransfer", "ent/contactversion", "ent/identityversion", "ent/narrativeversion", "ent/profileversion", "ent/traffickingversion",
	"ent/whereabouts", "ent/whereaboutsversion", "ent/family", "ent/familyversion", "ent/protection", "ent/protectionversion", "ent/health", "ent/healthversion",
	"ent/healthrestricted", "ent/healthrestrictedversion", "ent/assistance", "ent/assistanceversion", "ent/proceeding", "ent/proceedingversion", "ent/suspect", "ent/suspectversion",
	"ent/guardianship", "ent/bestinterests", "ent/interestssignature", "ent/incapacity", "ent/recoveryperiod", "ent/legalbasis",
	"ent/permission", "ent/externalreferral", "ent/conference", "ent/conferencetask",
	"ent/fileimport", "ent/stagedrow", "ent/undonecase",
	"ent/importedrow", "ent/intercept", "ent/ledgerentry", "ent/ledgernode", "ent/member", "ent/migrate", "ent/narrative",
	"ent/notice", "ent/person", "ent/predicate", "ent/preview", "ent/profile", "ent/provision", "ent/referral", "ent/runtime",
	"ent/trafficking", "ent/revision", "ent/release", "ent/budgetentry",
}

var arrows = []arrow{
	{of: []string{"internal"}, except: []string{"internal/tool"}, may: []string{"internal"},
		why: "leaves know no database, no HTTP, no GraphQL"},
	{of: []string{"internal/tool"}, may: []string{"test/controlplane", "test/postgres"},
		why: "the build's tools know the build only"},
	{of: []string{"policy"}, may: []string{"internal", "ent/rule"},
		why: "policy decides on facts; ent/rule declares their types and the Evaluator that it is (docs/architecture.md)"},
	{of: []string{"ent"}, may: []string{"internal", "ent"},
		why: "the stored model knows no policy and no verb"},
	{of: []string{"services/casework", "services/onboarding", "services/disclosure"}, may: []string{"ent", "internal", "services/disclosure"},
		why: "verbs change facts and put decisions on record; they know no API"},
	{of: []string{"graph"}, except: []string{"graph/generate", "graph/region", "graph/limit", "graph/present", "graph/transport"},
		may: []string{"graph", "ent", "internal", "services/casework", "services/explain", "services/onboarding"},
		why: "the API is thin over verbs and the stored model's types; what policy says reaches it through the Desk"},
	{of: []string{"graph/limit", "graph/present", "graph/transport"}, may: []string{"graph/limit", "graph/present", "internal"},
		why: "what every API of Sala shares knows no schema and no stored model"},
	{of: []string{"graph/region"}, except: []string{"graph/region/generate"},
		may: []string{"graph/limit", "graph/present", "graph/region", "graph/transport", "internal", "services/publication", "services/region/catalogue"},
		why: "the counterparts' API answers from what was published"},
	{of: []string{"services/region/catalogue"}, may: []string{"internal", "services/publication"},
		why: "a catalogue holds verified releases and serves nobody"},
	{of: []string{"services/region", "services/cmd/sala-region"}, may: []string{"graph/region", "internal", "services/identity", "services/listen", "services/publication", "services/region"},
		why: "the counterparts' door assembles, and reaches no case"},
	{of: []string{"services/listen"}, may: []string{"internal"},
		why: "what every server keeps up beside its handler knows no database"},
	{of: []string{"services/explain"}, may: []string{"ent/rule", "internal"},
		why: "an explanation asks policy about facts and knows neither where they are nor who asks"},
	{of: []string{"services/identity"}, may: []string{"internal", "services/identity"},
		why: "a token becomes a viewer without a look at the database"},
	{of: []string{"operator/api"}, may: []string{"internal/errs"},
		why: "manifests are plain data, for the command line and a cluster alike"},
	{of: []string{"operator/crd"}, may: nil,
		why: "definitions are files that are generated"},
	{of: []string{"operator/rules"}, may: []string{"operator/crd"},
		why: "what a cluster would refuse is read from its definition, without a cluster"},
	{of: []string{"operator/progress"}, may: []string{"internal/errs", "operator/api", "services/apply"},
		why: "it reads one object of a cluster; whom the operator waits for is said in the words of the plan"},
	{of: []string{"operator/specs"}, may: []string{"operator/api"},
		why: "what the operator makes is built of what is wanted alone"},
	{of: []string{"operator/signin"}, may: []string{"internal/errs"},
		why: "the operator signs in without a look at a cluster"},
	{of: []string{"operator/clientkey"}, may: nil,
		why: "which key is in use is decided without a look at a cluster"},
	{of: []string{"operator/trust"}, may: []string{"internal/errs"},
		why: "whom the operator trusts is decided without a look at a cluster"},
	{of: []string{"operator/controller"}, may: []string{"internal/errs", "operator/api", "operator/clientkey", "operator/specs", "services/apply", "services/exchange/client"},
		why: "a controller is a client of the cluster and of the API"},
	{of: []string{"operator/serve", "operator/cmd"}, may: []string{"internal/errs", "operator"},
		why: "the operator assembles, and reaches no case"},
	{of: []string{"services/apply"}, may: []string{"internal", "operator/api", "services/exchange/client"},
		why: "applying manifests is a client of the API"},
	{of: []string{"services/bootstrap"}, may: []string{"ent/store", "internal", "operator/api", "services/onboarding"},
		why: "the first two agencies come in before there is anybody who could sign in"},
	{of: []string{"services/exchange"}, may: []string{"internal", "services/exchange"},
		why: "import is a client of the API"},
	{of: []string{"services/signin"}, may: []string{"internal"},
		why: "a person signs in without a look at anything of the server"},
	{of: []string{"services/demo/fiction"}, may: nil,
		why: "the generator shares nothing with the importer"},
	{of: []string{"services/erasure"}, may: []string{"ent", "internal", "services/disclosure"},
		why: "an erasure deletes by decision, destroys a key and puts both on record"},
	{of: []string{"services/departure"}, may: []string{"ent", "internal", "services/disclosure", "services/onboarding"},
		why: "an agency's own rows leave encrypted to its key, and on record"},
	{of: []string{"services/revisions"}, may: []string{"ent", "internal", "policy", "services/disclosure"},
		why: "a change of policy decides cases by two policies, and puts itself on record"},
	{of: []string{"services/notify"}, may: []string{"ent", "internal", "services/disclosure"},
		why: "it tells that something ended, and knows not why"},
	{of: []string{"services/backup"}, may: []string{"ent", "internal", "services/erasure"},
		why: "a backup copies tables and knows no row"},
	{of: []string{"services/keystore"}, may: []string{"internal", "services/keystore"},
		why: "a key store knows wrapped keys and ids, never a case"},
	{of: []string{"services/anonymity/noise"}, may: []string{"internal"},
		why: "noise knows counts and budgets, and nothing that is counted"},
	{of: []string{"services/anonymity/auditor"}, may: []string{"internal", "services/anonymity/auditor"},
		why: "the auditor has what an attacker has, and nothing of what makes releases"},
	{of: []string{"services/anonymity"}, may: []string{"internal", "services/anonymity"},
		why: "disclosure control works on plain columns and knows of no case"},
	{of: []string{"services/release"}, may: []string{"ent", "internal", "services/anonymity", "services/disclosure", "services/publication"},
		why: "a release is built of one view, by the rules of disclosure control, and puts itself on record"},
	{of: []string{"services/publication"}, may: []string{"internal"},
		why: "a published release is files and a signature; it knows no case"},
	{of: []string{"services/api"}, may: []string{"ent", "graph", "internal", "policy", "services/disclosure", "services/identity", "services/onboarding"},
		why: "the server assembles"},
	{of: []string{"charts"}, may: []string{"services/configuration", "services/region"},
		why: "a chart knows the programs by their settings alone"},
	{of: []string{"services/configuration"}, may: []string{"internal", "services/configuration"},
		why: "settings are read and checked; nothing is opened by them here"},
	{of: []string{"services/serve"}, may: []string{"ent", "internal", "policy", "services/api", "services/configuration", "services/departure", "services/erasure", "services/identity", "services/keystore", "services/listen", "services/notify", "services/onboarding", "services/revisions"},
		why: "the API as a service: it assembles and knows no verb on a case"},
}

func TestArrows(t *testing.T) {
	for _, a := range arrows {
		matched := 0
		for _, p := range listed(t) {
			if !under(p.path(), a.of...) || under(p.path(), a.except...) {
				continue
			}
			matched++
			for _, i := range p.Imports {
				if in, ours := strings.CutPrefix(i, module); ours && !under(in, a.may...) {
					t.Errorf("%s imports %s: %s", p.path(), in, a.why)
				}
			}
		}
		if matched == 0 {
			t.Errorf("the rule of %v is about no package: mend it", a.of)
		}
		known(t, a.of, a.except, a.may)
	}
}

// ban says that a package reaches none of others, however far down.
type ban struct {
	of     []string
	except []string
	never  []string
	direct bool // only what it imports itself
	why    string
}

var bans = []ban{
	{of: []string{"internal"}, except: []string{"internal/tool"}, never: []string{"database/sql", "net/http", "github.com/99designs/gqlgen", "entgo.io/ent"},
		why: "leaves know no database, no HTTP, no GraphQL"},
	{of: []string{"graph"}, never: []string{module + "policy", "database/sql"}, direct: true,
		why: "no resolver asks policy or the database past the operation"},
	{of: []string{"graph"}, except: nil, never: []string{"github.com/open-policy-agent/opa"},
		why: "no resolver asks policy"},
	{of: []string{"services/api", "services/identity", "services/serve"}, except: []string{"services/identity/devissuer"}, never: []string{module + "services/identity/devissuer"},
		why: "no server but the demonstration can reach the issuer for development"},
	{of: []string{"services/exchange", "services/apply", "operator/api", "services/demo/fiction"}, never: []string{module + "ent", module + "policy", "database/sql"},
		why: "a client of the API opens no database"},
	{of: []string{"operator"}, never: []string{module + "ent", module + "policy", module + "graph", "github.com/jackc/pgx/v5", "modernc.org/sqlite", "github.com/open-policy-agent/opa"},
		why: "the operator has no code that reaches a case or a database"},
	{of: []string{"services/configuration"}, never: []string{module + "ent", module + "policy", "database/sql", "net/http"},
		why: "checking the configuration connects to nothing"},
	{of: []string{"services/anonymity"}, never: []string{module + "ent", module + "policy", module + "graph", "database/sql", "net/http"},
		why: "what makes releases reaches no case and no network"},
	{of: []string{"services/anonymity/auditor"}, never: []string{module + "services/anonymity/table", module + "services/anonymity/aggregate", module + "services/anonymity/hierarchy", module + "services/anonymity/risk"},
		why: "the auditor shares no code with what it audits"},
	{of: []string{"services/region", "services/cmd/sala-region", "graph/region", "graph/limit", "graph/transport"}, except: []string{"graph/region/generate"},
		never: []string{module + "ent", module + "policy", module + "graph/resolver", module + "graph/generated", module + "services/casework", "github.com/jackc/pgx/v5", "modernc.org/sqlite", "github.com/open-policy-agent/opa"},
		why:   "the counterparts' door has no code that reaches a case (J7)"},
	{of: []string{"services/publication"}, never: []string{module + "ent", module + "policy", module + "graph"},
		why: "what is published is read without a way to a case"},
	{of: []string{"services/keystore"}, never: []string{module + "ent", module + "policy", module + "graph"},
		why: "keys and what they open lie in different hands"},
	{of: []string{"services/cmd", "services/api", "services/command", "services/region", "services/publication", "services/listen", "services/serve", "services/configuration", "services/keystore", "graph", "ent", "policy"}, never: []string{module + "test"},
		except: []string{"ent/enttest"}, why: "the program holds no test"},
}

// TestTheCounterpartsDoorOpensNoDatabase: database/sql/driver alone, which libraries link
// for its interface Valuer, opens none.
func TestTheCounterpartsDoorOpensNoDatabase(t *testing.T) {
	seen := 0
	for _, p := range listed(t) {
		if !under(p.path(), "services/region", "services/cmd/sala-region", "graph/region") || p.path() == "graph/region/generate" {
			continue
		}
		seen++
		if slices.Contains(p.Deps, "database/sql") {
			t.Errorf("%s reaches database/sql", p.path())
		}
	}
	if seen == 0 {
		t.Error("the rule is about no package: mend it")
	}
}

func TestBans(t *testing.T) {
	for _, b := range bans {
		matched := 0
		for _, p := range listed(t) {
			if !under(p.path(), b.of...) || under(p.path(), b.except...) {
				continue
			}
			matched++
			reach := p.Deps
			if b.direct {
				reach = p.Imports
			}
			for _, i := range reach {
				if under(i, b.never...) {
					t.Errorf("%s reaches %s: %s", p.path(), i, b.why)
				}
			}
		}
		if matched == 0 {
			t.Errorf("the ban of %v is about no package: mend it", b.of)
		}
		known(t, b.of, b.except, b.never)
	}
}

// only says which packages, their tests included, may import one thing directly.
type only struct {
	what string
	by   []string
	why  string
}

var onlys = []only{
	{what: "github.com/open-policy-agent/opa", by: []string{"policy"},
		why: "rules are evaluated in one place"},
	{what: "github.com/coreos/go-oidc/v3", by: []string{"services/identity"},
		why: "tokens are checked in one place"},
	{what: "github.com/zitadel/oidc/v3", by: []string{"services/identity/devissuer"},
		why: "tokens are issued for development only"},
	{what: "gocloud.dev/secrets", by: []string{"services/keystore"},
		why: "key management services are asked in one place"},
	{what: "gocloud.dev/blob", by: []string{"services/publication"},
		why: "buckets are opened in one place"},
	{what: "github.com/parquet-go/parquet-go", by: []string{"services/publication"},
		why: "releases are written in one place"},
	{what: "github.com/google/differential-privacy/go/v3", by: []string{"services/anonymity/noise"},
		why: "noise is made in one place"},
	{what: "helm.sh/helm/v3", by: []string{"test/charts"},
		why: "charts are rendered by tests; no program installs anything"},
	{what: "k8s.io/client-go", by: []string{"services/keystore/kubernetes", "operator", "test/cluster", "test/controlplane", "test/operator"},
		why: "a cluster is talked to by the operator and the key store that lies in one"},
	{what: "github.com/tink-crypto/tink-go/v2", by: []string{"internal/seal"},
		why: "keys are handled in one place"},
	{what: module + "services/identity/devissuer", by: []string{"services/demo", "test"},
		why: "no server but the demonstration signs anybody in as anybody"},
}

func TestOnly(t *testing.T) {
	for _, o := range onlys {
		matched := 0
		for _, p := range listed(t) {
			for _, i := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
				if !under(i, o.what) {
					continue
				}
				if matched++; !under(p.path(), o.by...) {
					t.Errorf("%s imports %s: %s", p.path(), i, o.why)
				}
			}
		}
		if matched == 0 {
			t.Errorf("nobody imports %s: mend the rule", o.what)
		}
		known(t, o.by)
	}
}

// known finds each folder that a rule names, so that none is forgotten when a package
// moves or a library's major version changes.
func known(t *testing.T, named ...[]string) {
	t.Helper()
	for _, folder := range slices.Concat(named...) {
		found := slices.ContainsFunc(listed(t), func(p pkg) bool {
			return under(p.path(), folder) || slices.ContainsFunc(p.Deps, func(d string) bool { return under(d, folder) })
		})
		if !found {
			t.Errorf("a rule names %s, which is no package: mend it", folder)
		}
	}
}

// TestEveryPackageHasAnArrow: what is new is placed, or listed here as assembling.
func TestEveryPackageHasAnArrow(t *testing.T) {
	assembles := []string{"services/cmd/sala", "services/command", "services/demo", "graph/generate", "graph/region/generate", "test"}
	for _, p := range listed(t) {
		placed := under(p.path(), assembles...)
		for _, a := range arrows {
			placed = placed || under(p.path(), a.of...)
		}
		if !placed {
			t.Errorf("%s has no arrow in this file: say what it may import, and why", p.path())
		}
	}
}
