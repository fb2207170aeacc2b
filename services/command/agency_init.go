package command

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/operator/api/v1alpha1"
	"github.com/sala-exchange/sala/operator/rules"
)

func agencyInit() *cobra.Command {
	d := &draft{}
	var file string
	var overwrite, quiet bool
	c := &cobra.Command{
		Use: "init", Short: "Write the manifest of an agency, by asking at a terminal for what no flag gives", Args: cobra.NoArgs,
		Long: "Each answer is held against the rules of the definition that a cluster has; what is wrong is said, and asked\n" +
			"again. Without a terminal, or with --no-input, nothing is asked: --code, --name and --kind have to be given.\n" +
			"Retention, limits, allowed networks and connectors are never asked for: give them by flag, or write them into the file.\n" +
			"A file that is there is left alone unless --overwrite, or a yes, says otherwise. Nothing is sent anywhere.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := d.given(cmd.Flags().Changed); err != nil {
				return err
			}
			asks := !quiet && interactive(cmd.InOrStdin())
			ask := newDialogue(cmd.InOrStdin(), cmd.ErrOrStderr())
			if asks {
				if err := d.sound(); err != nil {
					return err
				}
				if err := d.asked(ask); err != nil {
					return err
				}
			}
			text, err := d.manifest()
			if err != nil {
				return err
			}
			if file == "-" {
				_, err := cmd.OutOrStdout().Write(text)
				return err
			}
			if file == "" {
				file = d.Metadata.Name + ".yaml"
			}
			if err := placed(file, text, func() (bool, error) {
				if overwrite || !asks {
					return overwrite, nil
				}
				return ask.yes(file + " is there already. Replace it?")
			}); err != nil {
				return err
			}
			_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "%s is written. By a cluster: kubectl apply -f %s, then sala agency status %s --wait. Without one: sala apply -f %s\n", file, file, d.Metadata.Name, file)
			return nil
		},
	}
	d.flags(c)
	c.Flags().StringVarP(&file, "filename", "f", "", "file to write; - for standard output; CODE.yaml where left out")
	c.Flags().BoolVar(&overwrite, "overwrite", false, "replace the file where it is there already")
	c.Flags().BoolVar(&quiet, "no-input", false, "ask nothing, also at a terminal")
	return c
}

// placed writes a file whole or not at all, over another one only where that is allowed.
func placed(path string, text []byte, replace func() (bool, error)) error {
	f, err := partial(path)
	if err != nil {
		return err
	}
	defer discard(f)
	if err := errors.Join(f.Chmod(0o644), writeAll(f, text)); err != nil { // a manifest is no secret
		return unwritable(err)
	}
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return keep(f, path)
	}
	yes, err := replace()
	if err != nil {
		return err
	}
	if !yes {
		return errs.New(errs.Conflict, "the file is there already and was left as it is: name another by --filename, or give --overwrite")
	}
	if err := errors.Join(f.Sync(), os.Rename(f.Name(), path)); err != nil {
		return unwritable(err)
	}
	return nil
}

func writeAll(f *os.File, text []byte) error {
	_, err := f.Write(text)
	return err
}

// draft is a manifest on its way, and what flags give of it.
type draft struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string `yaml:"kind"`
	Metadata   struct {
		Name string `yaml:"name"`
	} `yaml:"metadata"`
	Spec v1alpha1.AgencySpec `yaml:"spec"`

	names, units      []string
	issuer, client    string
	audiences, strong []string
	classes           []string
	sharedBy, marks   string

	unitNames      []string
	retention      int
	minute, atOnce int
	connecting     connecting
}

func (d *draft) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&d.Metadata.Name, "code", "", "code of the agency, which never changes: 2 to 32 lower-case letters, digits and hyphens")
	f.StringVar(&d.Spec.DisplayName, "name", "", "its name in English")
	f.StringArrayVar(&d.names, "local-name", nil, "LANGUAGE=NAME, its name in a language (ISO 639), as lo=…; may be repeated")
	f.StringVar(&d.Spec.Kind, "kind", "", "its kind: "+strings.Join(rules.Kinds(), ", "))
	f.StringVar(&d.Spec.Country, "country", "", "two capital letters of the country whose law it works under (ISO 3166-1), as LA; none for an international organisation")
	f.StringVar(&d.Spec.NeedToKnow, "need-to-know", "", "how far an access reaches inside it: "+strings.Join(rules.NeedsToKnow(), ", "))
	f.StringArrayVar(&d.units, "unit", nil, "CODE=NAME, a department, province, shelter or post of it; may be repeated")
	f.StringArrayVar(&d.unitNames, "unit-local-name", nil, "CODE:LANGUAGE=NAME, the name of one of these units in a language; may be repeated")
	f.IntVar(&d.retention, "retention-closed-cases", 0, "months since a case was closed, 12 to 600, after which its supervisors decide about it; the deployment's period where left out")
	f.IntVar(&d.minute, "requests-per-minute", 0, "how many requests it may make in a minute, 1 to 1000000; the deployment's limit where left out")
	f.IntVar(&d.atOnce, "concurrent-requests", 0, "how many at once, 1 to 10000; the deployment's limit where left out")
	f.StringArrayVar(&d.Spec.AllowedNetworks, "allowed-network", nil, "ADDRESS/BITS that its members may come from, as 192.0.2.0/24; from anywhere where left out; may be repeated")
	f.StringVar(&d.issuer, "issuer", "", "URL of the OpenID issuer that its members sign in by, exactly as in the claim iss; a further one is written into the file")
	f.StringArrayVar(&d.audiences, "audience", nil, "audience that its tokens name; the deployment's own where left out; may be repeated")
	f.StringVar(&d.client, "client-id", "", "the one client whose tokens count; any where left out")
	f.StringVar(&d.sharedBy, "agency-claim", "", "CLAIM=VALUE that means this agency, where several share the issuer")
	f.StringVar(&d.marks, "access-token-claim", "", "CLAIM=VALUE that marks access tokens, where the issuer cannot say typ at+jwt")
	f.StringArrayVar(&d.classes, "acr", nil, "acr value of which its tokens name one; any where left out; may be repeated")
	f.StringArrayVar(&d.strong, "strong-acr", nil, "acr value that says that a second factor was used; may be repeated; without any nobody of it breaks glass")
	f.BoolVar(&d.Spec.AdministersPlatform, "administers-platform", false, "its administrator may let in people who administer the platform")
	d.connecting.flags(f)
	_ = c.RegisterFlagCompletionFunc("kind", cobra.FixedCompletions(rules.Kinds(), cobra.ShellCompDirectiveNoFileComp))
	_ = c.RegisterFlagCompletionFunc("need-to-know", cobra.FixedCompletions(rules.NeedsToKnow(), cobra.ShellCompDirectiveNoFileComp))
}

// given takes what the flags say into the manifest; changed reports whether a flag was given.
func (d *draft) given(changed func(flag string) bool) error {
	d.APIVersion, d.Kind = v1alpha1.APIVersion, v1alpha1.KindAgency
	if err := d.bounds(changed); err != nil {
		return err
	}
	for _, n := range d.names {
		if err := d.addName(n); err != nil {
			return fmt.Errorf("--local-name: %w", err)
		}
	}
	for _, u := range d.units {
		if err := d.addUnit(u); err != nil {
			return fmt.Errorf("--unit: %w", err)
		}
	}
	for _, n := range d.unitNames {
		if err := d.addUnitName(n); err != nil {
			return fmt.Errorf("--unit-local-name: %w", err)
		}
	}
	var err error
	if d.Spec.Connectors, err = d.connecting.connectors(d.issuer); err != nil {
		return err
	}
	return d.givenIssuer()
}

// bounds are figures; one that is wrong is written, for the definition's rules to refuse.
func (d *draft) bounds(changed func(flag string) bool) error {
	if changed("retention-closed-cases") {
		d.Spec.Retention = &v1alpha1.Retention{ClosedCases: d.retention}
		if d.retention == 0 { // which a manifest says by nothing
			return errs.New(errs.Invalid, "--retention-closed-cases is from 12 to 600; leave it out for the deployment's period")
		}
	}
	limits := v1alpha1.Limits{}
	if changed("requests-per-minute") {
		limits.RequestsPerMinute = &d.minute
	}
	if changed("concurrent-requests") {
		limits.ConcurrentRequests = &d.atOnce
	}
	if limits != (v1alpha1.Limits{}) {
		d.Spec.Limits = &limits
	}
	return nil
}

func (d *draft) givenIssuer() error {
	if d.issuer == "" {
		if d.client != "" || d.sharedBy != "" || d.marks != "" || len(d.audiences)+len(d.strong)+len(d.classes) > 0 {
			return errs.New(errs.Invalid, "--audience, --client-id, --agency-claim, --access-token-claim, --acr and --strong-acr are of an issuer: give --issuer too")
		}
		return nil
	}
	i := v1alpha1.Issuer{URL: d.issuer, ClientID: d.client, Audiences: d.audiences, ACRValues: d.classes, StrongACRValues: d.strong}
	var err error
	if i.Agency, err = claim(d.sharedBy); err != nil {
		return fmt.Errorf("--agency-claim: %w", err)
	}
	if i.AccessTokens, err = claim(d.marks); err != nil {
		return fmt.Errorf("--access-token-claim: %w", err)
	}
	d.Spec.SignIn.Issuers = []v1alpha1.Issuer{i}
	return nil
}

func pair(answer, form string) (string, string, error) {
	a, b, found := strings.Cut(answer, "=")
	if a, b = strings.TrimSpace(a), strings.TrimSpace(b); !found || a == "" || b == "" {
		return "", "", errs.New(errs.Invalid, "write it as %s", form)
	}
	return a, b, nil
}

// claim is nil where none is asked for.
func claim(answer string) (*v1alpha1.Claim, error) {
	if answer == "" {
		return nil, nil
	}
	name, value, err := pair(answer, "CLAIM=VALUE")
	if err != nil {
		return nil, err
	}
	return &v1alpha1.Claim{Claim: name, Value: value}, nil
}

func (d *draft) addName(answer string) error {
	language, name, err := pair(answer, "LANGUAGE=NAME")
	if err != nil {
		return err
	}
	if d.Spec.DisplayNames == nil {
		d.Spec.DisplayNames = map[string]v1alpha1.LocalName{}
	}
	if d.Spec.DisplayNames[language] != "" {
		return errs.New(errs.Invalid, "its name in that language is given twice")
	}
	d.Spec.DisplayNames[language] = v1alpha1.LocalName(name)
	return nil
}

func (d *draft) addUnit(answer string) error {
	code, name, err := pair(answer, "CODE=NAME")
	if err != nil {
		return err
	}
	d.Spec.Units = append(d.Spec.Units, v1alpha1.Unit{Name: code, DisplayName: name})
	return nil
}

func (d *draft) addUnitName(answer string) error {
	const form = "CODE:LANGUAGE=NAME"
	unit, rest, found := strings.Cut(answer, ":")
	if !found {
		return errs.New(errs.Invalid, "write it as %s", form)
	}
	language, name, err := pair(rest, form)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(d.Spec.Units, func(u v1alpha1.Unit) bool { return u.Name == unit })
	if i < 0 {
		return errs.New(errs.Invalid, "no --unit has this code")
	}
	if d.Spec.Units[i].DisplayNames == nil {
		d.Spec.Units[i].DisplayNames = map[string]v1alpha1.LocalName{}
	}
	if d.Spec.Units[i].DisplayNames[language] != "" {
		return errs.New(errs.Invalid, "its name in that language is given twice")
	}
	d.Spec.Units[i].DisplayNames[language] = v1alpha1.LocalName(name)
	return nil
}

func (d *draft) text() ([]byte, error) { return manifest(d.APIVersion, d.Kind, d.Metadata, d.Spec) }

// manifest writes an object as YAML.
func manifest(apiVersion, kind string, metadata, spec any) ([]byte, error) {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	err := errors.Join(e.Encode(struct {
		APIVersion string `yaml:"apiVersion"`
		Kind       string `yaml:"kind"`
		Metadata   any    `yaml:"metadata"`
		Spec       any    `yaml:"spec"`
	}{apiVersion, kind, metadata, spec}), e.Close())
	if err != nil {
		return nil, errs.Wrap(err, errs.Internal, "writing the manifest")
	}
	return b.Bytes(), nil
}

// wrong is what a cluster would refuse, of the fields that begin so; of all where none is
// named.
func (d *draft) wrong(fields ...string) error {
	text, err := d.text()
	if err != nil {
		return err
	}
	found, err := rules.Agency(text)
	if err != nil {
		return err
	}
	var says []string
	for _, p := range found {
		if len(fields) == 0 || slices.ContainsFunc(fields, func(f string) bool { return strings.HasPrefix(p.Field, f) }) {
			says = append(says, p.Field+": "+p.Says)
		}
	}
	if len(says) > 0 {
		return errs.New(errs.Invalid, "%s", strings.Join(says, "; "))
	}
	return nil
}

// sound says what is wrong with what the flags gave, before anything is asked.
func (d *draft) sound() error {
	var fields []string
	for field, there := range map[string]bool{
		"metadata.name": d.Metadata.Name != "", "spec.displayName": d.Spec.DisplayName != "", "spec.kind": d.Spec.Kind != "", "spec.country": d.Spec.Country != "", "spec.needToKnow": d.Spec.NeedToKnow != "",
		"spec.displayNames": len(d.names) > 0, "spec.units": len(d.units) > 0, "spec.signIn": d.issuer != "", "spec.allowedNetworks": len(d.Spec.AllowedNetworks) > 0,
		"spec.retention": d.Spec.Retention != nil, "spec.limits": d.Spec.Limits != nil, "spec.connectors": d.Spec.Connectors != nil && d.Metadata.Name != "", // which one of its rules is about too
	} {
		if there {
			fields = append(fields, field)
		}
	}
	if len(fields) == 0 {
		return nil
	}
	return d.wrong(fields...)
}

// manifest is the whole, as the strict decoder and the definition's rules take it.
func (d *draft) manifest() ([]byte, error) {
	var missing []string
	for flag, value := range map[string]string{"--code": d.Metadata.Name, "--name": d.Spec.DisplayName, "--kind": d.Spec.Kind} {
		if value == "" {
			missing = append(missing, flag)
		}
	}
	if slices.Sort(missing); len(missing) > 0 {
		return nil, errs.New(errs.Invalid, "give %s, or run it at a terminal, where it asks", strings.Join(missing, ", "))
	}
	if err := d.wrong(); err != nil {
		return nil, err
	}
	text, err := d.text()
	if err != nil {
		return nil, err
	}
	if _, err := v1alpha1.Decode("the manifest", text); err != nil {
		return nil, err
	}
	return text, nil
}
