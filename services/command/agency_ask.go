package command

import (
	"strings"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
	"github.com/sala-exchange/sala/operator/rules"
)

// asked asks for what the flags did not give.
func (d *draft) asked(ask *dialogue) error {
	for _, part := range []func(*dialogue) error{d.askWho, d.askParts, d.askSignIn} {
		if err := part(ask); err != nil {
			return err
		}
	}
	return nil
}

// answer asks for one value, which has to be right; one that a flag gave is not asked for.
func (d *draft) answer(ask *dialogue, to *string, question, standard, field string) error {
	if *to != "" {
		return nil
	}
	return ask.ask(question, standard, func(answer string) error {
		*to = answer
		err := d.wrong(field)
		if err != nil {
			*to = ""
		}
		return err
	})
}

func (d *draft) askWho(ask *dialogue) error {
	if err := d.answer(ask, &d.Metadata.Name, "Code of the agency, which never changes (as lwu)", "", "metadata.name"); err != nil {
		return err
	}
	if err := d.answer(ask, &d.Spec.DisplayName, "Its name in English", "", "spec.displayName"); err != nil {
		return err
	}
	if len(d.names) == 0 {
		if err := ask.list("Its name in another language, as lo=NAME (empty: no more)", func(answer string) error {
			return d.trying(func() error { return d.addName(answer) }, "spec.displayNames")
		}); err != nil {
			return err
		}
	}
	if err := d.answer(ask, &d.Spec.Kind, "Its kind, one of "+strings.Join(rules.Kinds(), ", "), "", "spec.kind"); err != nil {
		return err
	}
	if err := d.answer(ask, &d.Spec.Country, "Country whose law it works under, as LA (empty: none)", "", "spec.country"); err != nil {
		return err
	}
	return d.answer(ask, &d.Spec.NeedToKnow, "How far an access reaches inside it, one of "+strings.Join(rules.NeedsToKnow(), ", "), "ASSIGNMENT", "spec.needToKnow")
}

func (d *draft) askParts(ask *dialogue) error {
	if len(d.units) == 0 {
		if err := ask.list("A unit of it, as vientiane=Vientiane office (empty: no more)", func(answer string) error {
			return d.trying(func() error { return d.addUnit(answer) }, "spec.units")
		}); err != nil {
			return err
		}
	}
	if d.Spec.AdministersPlatform || d.Spec.Kind == "REGIONAL_COUNTERPART" {
		return nil
	}
	yes, err := ask.yes("May its people administer the platform?")
	d.Spec.AdministersPlatform = yes
	return err
}

// trying adds something and takes it back where it is wrong.
func (d *draft) trying(add func() error, field string) error {
	names := map[string]v1alpha1.LocalName{}
	for k, v := range d.Spec.DisplayNames {
		names[k] = v
	}
	units := d.Spec.Units
	err := add()
	if err == nil {
		err = d.wrong(field)
	}
	if err != nil {
		d.Spec.DisplayNames, d.Spec.Units = names, units
	}
	return err
}

func (d *draft) askSignIn(ask *dialogue) error {
	if d.issuer != "" {
		return nil
	}
	i := v1alpha1.Issuer{}
	set := func(change func(answer string) error) func(string) error {
		return func(answer string) error {
			before := i
			err := change(answer)
			if err == nil {
				d.Spec.SignIn.Issuers = []v1alpha1.Issuer{i}
				err = d.wrong("spec.signIn")
			}
			if err != nil {
				i = before
			}
			return err
		}
	}
	if err := ask.ask("URL of the issuer that its members sign in by, as in the claim iss (empty: none yet)", "", func(answer string) error {
		if answer == "" {
			return nil
		}
		return set(func(a string) error { i.URL = a; return nil })(answer)
	}); err != nil || i.URL == "" {
		d.Spec.SignIn.Issuers = nil
		return err
	}
	for _, q := range []struct {
		question string
		change   func(string) error
	}{
		{"Audiences that its tokens name, by spaces (empty: the deployment's own)", func(a string) error { i.Audiences = strings.Fields(a); return nil }},
		{"The one client whose tokens count (empty: any)", func(a string) error { i.ClientID = a; return nil }},
		{"CLAIM=VALUE that means this agency (empty: the issuer is its own)", func(a string) (err error) { i.Agency, err = claim(a); return err }},
		{"CLAIM=VALUE that marks access tokens (empty: they say typ at+jwt)", func(a string) (err error) { i.AccessTokens, err = claim(a); return err }},
		{"acr values that say that a second factor was used, by spaces (empty: nobody breaks glass)", func(a string) error { i.StrongACRValues = strings.Fields(a); return nil }},
	} {
		if err := ask.ask(q.question, "", set(q.change)); err != nil {
			return err
		}
	}
	return nil
}
