package valueset

import (
	"bytes"
	"encoding/csv"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestSetsHoldsEveryType fails when a value type is declared but left out of Sets,
// out of order with its constants, or given a constant without an entry.
func TestSetsHoldsEveryType(t *testing.T) {
	declared := declaredConstants(t)
	seen := map[string]bool{}
	for _, s := range Sets() {
		if seen[s.Name] {
			t.Errorf("%s is listed twice", s.Name)
		}
		seen[s.Name] = true
		var codes []string
		for _, v := range s.Values {
			codes = append(codes, v.Code)
			if v.Label == "" {
				t.Errorf("%s.%s has no label", s.Name, v.Code)
			}
		}
		if s.Description == "" {
			t.Errorf("%s has no description", s.Name)
		}
		if !slices.Equal(codes, declared[s.Name]) {
			t.Errorf("%s: Sets gives %v, the constants are %v", s.Name, codes, declared[s.Name])
		}
	}
	for name := range declared {
		if !seen[name] {
			t.Errorf("%s is missing from Sets", name)
		}
	}
}

// declaredConstants reads the typed constants of this package's sources.
func declaredConstants(t *testing.T) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	files, err := fs.Glob(os.DirFS("."), "*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("reading the sources: %v", err)
	}
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			v, ok := n.(*ast.ValueSpec)
			if !ok || v.Type == nil || len(v.Values) != 1 {
				return true
			}
			typ, isName := v.Type.(*ast.Ident)
			lit, isLit := v.Values[0].(*ast.BasicLit)
			if isName && isLit {
				out[typ.Name] = append(out[typ.Name], strings.Trim(lit.Value, `"`))
			}
			return true
		})
	}
	return out
}

// TestCodes checks that each code is a legal GraphQL enum value, unique in its
// set, and that Sala's own sets are in upper case.
func TestCodes(t *testing.T) {
	legal := regexp.MustCompile(`^[A-Za-z][_A-Za-z0-9]*$`)
	own := regexp.MustCompile(`^[A-Z]+(_[A-Z]+)*$`)
	for _, s := range Sets() {
		seen := map[string]bool{}
		for _, v := range s.Values {
			if !legal.MatchString(v.Code) || seen[v.Code] || v.Code == "true" || v.Code == "false" || v.Code == "null" {
				t.Errorf("%s: %q is no legal or no unique enum value", s.Name, v.Code)
			}
			if s.HTCDS == "" && !own.MatchString(v.Code) {
				t.Errorf("%s: %q is not in upper case", s.Name, v.Code)
			}
			seen[v.Code] = true
		}
	}
}

// TestHTCDS compares the sets taken from the standard with its own field list.
func TestHTCDS(t *testing.T) {
	f, err := os.Open("../../../shared/data/htcds/fields.csv")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the HTCDS field list is not here: ../shared/data/htcds/fields.csv")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := func(name string) int { return slices.Index(rows[0], name) }
	standard := map[string][]string{}
	for _, r := range rows[1:] {
		codes, labels := strings.Split(r[column("values")], "|"), strings.Split(r[column("value_labels")], "|")
		for i, c := range codes {
			if i < len(labels) {
				standard[r[column("field")]] = append(standard[r[column("field")]], c+"="+labels[i])
			}
		}
	}
	checked := 0
	for _, s := range Sets() {
		if s.HTCDS == "" {
			continue
		}
		checked++
		var got []string
		for _, v := range s.Values {
			code := v.Code
			if s.Name == "Website" {
				code = Website(code).HTCDSCode()
			}
			if !strings.HasPrefix(code, "x_") {
				got = append(got, code+"="+v.Label)
			}
		}
		if !slices.Equal(got, standard[s.HTCDS]) {
			t.Errorf("%s differs from %s:\n got %v\nwant %v", s.Name, s.HTCDS, got, standard[s.HTCDS])
		}
	}
	if checked != 16 {
		t.Errorf("checked %d sets of the standard, want 16", checked)
	}
}

func TestExtensions(t *testing.T) {
	for _, v := range []Exploitation{"x_ForcedCriminality", "x_OnlineScam", "x_MarriageByDeception"} {
		if !v.Valid() {
			t.Errorf("%s is missing (G2)", v)
		}
	}
	if WebsiteFourSale.HTCDSCode() != "4Sale" || WebsiteFacebook.HTCDSCode() != "Facebook" || Website("4Sale").HTCDSCode() != "" {
		t.Error("HTCDSCode does not give the standard's words")
	}
}

func TestZeroAndUnknownAreNotValid(t *testing.T) {
	for _, v := range []Sex{"", "female", "FEMALE ", "Feminine", "\x00"} {
		var b bytes.Buffer
		v.MarshalGQL(&b)
		if v.Valid() || v.Label() != "" || b.String() != "null" {
			t.Errorf("%q is taken for a sex", string(v))
		}
	}
}

// word is what every value type has.
type word interface {
	Values() []string
	Valid() bool
	Label() string
	MarshalGQL(io.Writer)
	UnmarshalGQL(any) error
}

var types = []word{
	new(AgencyKind), new(CaseKind), new(CaseState), new(ClosingReason), new(CaseStatus),
	new(ConsentKind), new(RecordingBasis), new(ConsentForm), new(Interpretation), new(Setting),
	new(Decision), new(Voice), new(ContactChannel), new(Calendar), new(Precision), new(Exploitation),
	new(Industry), new(NoticeKind), new(Gender), new(Sex), new(MaritalStatus), new(Education),
	new(NameKind), new(Script), new(DocumentKind), new(AgeBasis), new(Answer), new(ReferralState),
	new(Urgency), new(Service), new(DeclineReason), new(ReferralReason), new(TraffickingStatus),
	new(DecisionMaker), new(RelationshipToTrafficker), new(RecruitmentMethod), new(ControlMethod),
	new(SexExploitation), new(PlaceKind), new(Website), new(AgencyState), new(NeedToKnow), new(ProposalKind), new(GlassGround), new(GlassVerdict), new(GlassOutcome),
	new(OnwardSharing), new(AfterAgreement), new(ControllerRole), new(WorkReason), new(Assigned), new(ImportState),
	new(CorrectionReason),
	new(WhereaboutsKind), new(FamilyRelation), new(ContactWish), new(RiskLevel), new(RiskSource),
	new(HealthKind), new(RestrictedHealthKind), new(AssistanceState), new(SupportType), new(ProceedingKind),
	new(ProceedingStage), new(ProceedingOutcome), new(CompensationState), new(SuspectState), new(PerpetratorRole),
	new(GuardianRelation), new(GuardianCapacity), new(ChildsViews), new(BestInterestsKind),
	new(BestInterestsMatter), new(SignatureCapacity), new(IncapacityKind), new(RecoveryDecision),
	new(PermissionState), new(ExternalReferralState), new(ExternalField),
	new(LegalBasisKind), new(LegalBasisState), new(LegalBasisRefusal),
}

// TestEveryTypeIsWired takes each type through its methods: they must all speak of
// the type's own set.
func TestEveryTypeIsWired(t *testing.T) {
	if len(types) != len(Sets()) {
		t.Fatalf("%d types are tested of %d", len(types), len(Sets()))
	}
	byName := map[string]Set{}
	for _, s := range Sets() {
		byName[s.Name] = s
	}
	for _, v := range types {
		set := byName[reflect.TypeOf(v).Elem().Name()]
		if v.Valid() || v.Label() != "" || v.UnmarshalGQL("no such word") == nil {
			t.Errorf("%s: the zero value is valid", set.Name)
		}
		for i, want := range set.Values {
			err := v.UnmarshalGQL(want.Code)
			var b bytes.Buffer
			v.MarshalGQL(&b)
			if err != nil || !v.Valid() || v.Label() != want.Label || v.Values()[i] != want.Code || b.String() != strconv.Quote(want.Code) {
				t.Errorf("%s: %s is not read, written and labelled as such: %v", set.Name, want.Code, err)
			}
		}
	}
}

func TestUnmarshalRefusesWithoutRepeating(t *testing.T) {
	for _, in := range []any{"secret-value", "", nil, 7, true, []string{"FEMALE"}} {
		v := SexMale
		err := v.UnmarshalGQL(in)
		if err == nil || v != SexMale {
			t.Errorf("%T was read as %q", in, string(v))
			continue
		}
		if strings.Contains(err.Error(), "secret-value") || !strings.Contains(err.Error(), "Sex") {
			t.Errorf("the error repeats the value or does not name the set: %v", err)
		}
	}
}

func TestResultsAreCopies(t *testing.T) {
	Sets()[0].Values[0].Code = "spoilt"
	Gender("").Values()[0] = "spoilt"
	if got := Gender("").Values()[0]; got != "Feminine" || Sets()[0].Values[0].Code != "Feminine" {
		t.Errorf("a caller changed the set: %q", got)
	}
}
