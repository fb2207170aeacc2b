package casework

import (
	"bytes"
	"context"
	"encoding/base64"
	"html/template"
	"strings"
	"time"

	"filippo.io/age"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/assistance"
	"github.com/sala-exchange/sala/ent/contact"
	"github.com/sala-exchange/sala/ent/externalreferral"
	"github.com/sala-exchange/sala/ent/family"
	"github.com/sala-exchange/sala/ent/health"
	"github.com/sala-exchange/sala/ent/healthrestricted"
	"github.com/sala-exchange/sala/ent/identity"
	"github.com/sala-exchange/sala/ent/narrative"
	"github.com/sala-exchange/sala/ent/profile"
	"github.com/sala-exchange/sala/ent/protection"
	"github.com/sala-exchange/sala/ent/schema"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/ent/trafficking"
	"github.com/sala-exchange/sala/ent/whereabouts"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
)

// Sheet is what goes to a party outside Sala.
type Sheet struct {
	Name      string
	MediaType string // text/html, or application/age, then in base64
	Content   string
}

// PrintExternalReferral makes the sheet of an external referral: the named fields of the
// owner's own rows and nothing else, marked with reader, time and reference, with what the
// party is obliged to; encrypted where the party has a key (D8). It is a disclosure: the
// rows that it reads, and that it was made, stand on the record.
func PrintExternalReferral(ctx context.Context, op *store.Op, id string) (*Sheet, error) {
	r, err := external(ctx, op, id)
	if err != nil {
		return nil, err
	}
	c, err := ownCase(ctx, op, r.CaseID)
	if err != nil {
		return nil, err
	}
	if err := mayPrint(ctx, op, r); err != nil {
		return nil, err
	}
	lines, err := sheetLines(ctx, op, r)
	if err != nil {
		return nil, err
	}
	page, err := sheetPage(op, r, c.Reference, lines)
	if err != nil {
		return nil, err
	}
	n, err := op.ExternalReferral.Update().Where(externalreferral.ID(r.ID), externalreferral.Sheets(r.Sheets)).AddSheets(1).Save(ctx)
	if err != nil || n != 1 {
		return nil, outward(err, "making a sheet")
	}
	out := &Sheet{Name: r.ID + ".html", MediaType: "text/html", Content: string(page)}
	if r.RecipientKey != "" {
		if out, err = encrypted(r, page); err != nil {
			return nil, err
		}
	}
	return out, decided(ctx, op, "print external referral", r.CaseID)
}

// mayPrint looks again at all that recording it looked at and that can change.
func mayPrint(ctx context.Context, op *store.Op, r *ent.ExternalReferral) error {
	if r.Purpose != op.Scope.Purpose {
		return errs.New(errs.Invalid, "state the referral's own purpose to make its sheet").WithFields("purpose")
	}
	if r.ContributorID != op.Scope.Agency {
		return errs.New(errs.Conflict, "another agency recorded this when it owned the case: record one of your own (A4)").WithFields("id")
	}
	if r.State != valueset.ExternalReferralStateRecorded || op.Scope.Now >= r.ValidUntil {
		return errs.New(errs.Conflict, "it was handed over or taken back, or her consent has ended: no sheet is made (C2, C8)").WithFields("id")
	}
	facts, _, err := op.Facts(ctx, r.CaseID)
	if err != nil {
		return err
	}
	if err := lets(facts, r.Purpose, op.Scope.Now); err != nil {
		return err
	}
	if r.GuardianshipID != "" && facts.Case.AdultFrom != -1 && facts.Case.AdultFrom <= op.Scope.Now {
		return errs.New(errs.Conflict, "she is grown now and says herself what goes out: record her own statement (E6)").WithFields("id")
	}
	if g, is := facts.Guardians[r.GuardianshipID]; r.GuardianshipID != "" && (!is || g.Conflict || op.Scope.Now >= g.Until) {
		return errs.New(errs.Conflict, "who consented beside her does not speak for her any more, or is in conflict (E4)").WithFields("id")
	}
	return readable(ctx, op, r.CaseID, r.NamedFields)
}

func encrypted(r *ent.ExternalReferral, page []byte) (*Sheet, error) {
	to, err := age.ParseX25519Recipient(r.RecipientKey)
	if err != nil {
		return nil, errs.New(errs.Internal, "the key of a referral outside Sala cannot be read")
	}
	var out bytes.Buffer
	w, err := age.Encrypt(&out, to)
	if err == nil {
		_, err = w.Write(page)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return nil, errs.Wrap(err, errs.Internal, "encrypting a sheet failed")
	}
	return &Sheet{Name: r.ID + ".html.age", MediaType: "application/age", Content: base64.StdEncoding.EncodeToString(out.Bytes())}, nil
}

// line is one field on a sheet.
type line struct {
	Field  string
	Values []string
}

var sheetTemplate = template.Must(template.New("sheet").Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Referral</title>
<style>body{font-family:sans-serif;margin:2cm}td,th{text-align:left;vertical-align:top;padding:.2em 1em .2em 0}footer{margin-top:2em;font-size:80%}</style></head><body>
<h1>Referral</h1>
<p>To: {{.Party}}{{with .Address}}, {{.}}{{end}}<br>Purpose: {{.Purpose}}<br>Reference: {{.Reference}}, {{.ID}}</p>
<table>{{range .Lines}}<tr><th>{{.Field}}</th><td>{{range .Values}}{{.}}<br>{{else}}not recorded{{end}}</td></tr>
{{end}}</table>
<h2>What you are obliged to</h2>
<ul><li>Use this for the purpose above alone, and show it to nobody else without asking first.</li>
<li>Reply by {{.ReplyBy}}.</li>
<li>Delete or destroy it by {{.DeleteBy}}, or as soon as you are told that she has taken her consent back, and confirm that.</li>
{{range .Obligations}}<li>{{.}}</li>
{{end}}</ul>
<p>Received by, date, signature: ______________________</p>
<footer>Made by {{.Reader}} on {{.At}}. Sheet {{.Sheet}}.</footer>
</body></html>
`))

func sheetPage(op *store.Op, r *ent.ExternalReferral, reference string, lines []line) ([]byte, error) {
	day := func(at int64) string { return time.UnixMicro(at).UTC().Format("2006-01-02") }
	var obligations []string
	if r.Purpose == category.ForJustice {
		obligations = append(obligations, "Not to be used for immigration enforcement against the person, nor for her prosecution.")
	}
	var out bytes.Buffer
	err := sheetTemplate.Execute(&out, map[string]any{
		"Party": r.Party, "Address": r.Address, "Purpose": string(r.Purpose), "Reference": reference, "ID": r.ID, "Lines": lines,
		"ReplyBy": day(r.ReplyBy), "DeleteBy": day(r.DeleteBy), "Obligations": obligations, "Reader": op.Scope.Member,
		"At": time.UnixMicro(op.Scope.Now).UTC().Format(time.RFC3339), "Sheet": r.Sheets + 1,
	})
	if err != nil {
		return nil, errs.New(errs.Internal, "writing a sheet failed")
	}
	return out.Bytes(), nil
}

// sheetLines reads the named fields of the owner's own rows, each through both walls.
func sheetLines(ctx context.Context, op *store.Op, r *ent.ExternalReferral) ([]line, error) {
	var out []line
	for _, f := range r.NamedFields {
		read, known := sheetFields[f]
		if !known {
			return nil, errs.New(errs.Internal, "a referral outside Sala names a field that no sheet has")
		}
		values, err := read(ctx, op, r.CaseID)
		if err != nil {
			return nil, outward(err, "reading what goes out")
		}
		var said []string
		for _, v := range values {
			if v = strings.TrimSpace(v); v != "" {
				said = append(said, v)
			}
		}
		out = append(out, line{f.Label(), said})
	}
	return out, nil
}

type sheetField func(ctx context.Context, op *store.Op, caseID string) ([]string, error)

// each makes a field of what is told of every row that a query gives.
func each[T any](query func(ctx context.Context, op *store.Op, caseID string) ([]*T, error), tell func(*T) []string) sheetField {
	return func(ctx context.Context, op *store.Op, caseID string) ([]string, error) {
		rows, err := query(ctx, op, caseID)
		var out []string
		for _, r := range rows {
			out = append(out, tell(r)...)
		}
		return out, err
	}
}

func ofIdentity(tell func(*ent.Identity) []string) sheetField {
	return each(func(ctx context.Context, op *store.Op, caseID string) ([]*ent.Identity, error) {
		return op.Identity.Query().Where(identity.CaseID(caseID), identity.ContributorID(op.Scope.Agency)).All(ctx)
	}, tell)
}

func ofProfile(tell func(*ent.Profile) []string) sheetField {
	return each(func(ctx context.Context, op *store.Op, caseID string) ([]*ent.Profile, error) {
		return op.Profile.Query().Where(profile.CaseID(caseID), profile.ContributorID(op.Scope.Agency)).All(ctx)
	}, tell)
}

func ofProtection(tell func(*ent.Protection) []string) sheetField {
	return each(func(ctx context.Context, op *store.Op, caseID string) ([]*ent.Protection, error) {
		return op.Protection.Query().Where(protection.CaseID(caseID), protection.ContributorID(op.Scope.Agency)).All(ctx)
	}, tell)
}

func ofHealth(tell func(*ent.Health) []string) sheetField {
	return each(func(ctx context.Context, op *store.Op, caseID string) ([]*ent.Health, error) {
		return op.Health.Query().Where(health.CaseID(caseID), health.ContributorID(op.Scope.Agency)).Order(health.ByRecordedOn(), health.ByID()).All(ctx)
	}, tell)
}

func ofHealthRestricted(tell func(*ent.HealthRestricted) []string) sheetField {
	return each(func(ctx context.Context, op *store.Op, caseID string) ([]*ent.HealthRestricted, error) {
		return op.HealthRestricted.Query().Where(healthrestricted.CaseID(caseID), healthrestricted.ContributorID(op.Scope.Agency)).
			Order(healthrestricted.ByRecordedOn(), healthrestricted.ByID()).All(ctx)
	}, tell)
}

// sheetFields is how each field that may go out is read.
var sheetFields = map[valueset.ExternalField]sheetField{
	valueset.ExternalFieldIdentityNames:     ofIdentity(func(r *ent.Identity) []string { return namesText(r.Names) }),
	valueset.ExternalFieldIdentityBirthDate: ofIdentity(func(r *ent.Identity) []string { return []string{r.BirthText} }),
	valueset.ExternalFieldIdentityDocuments: ofIdentity(func(r *ent.Identity) (out []string) {
		for _, d := range r.Documents {
			out = append(out, together(d.Kind.Label(), d.Number, d.Issued))
		}
		return out
	}),
	valueset.ExternalFieldIdentityParents: ofIdentity(func(r *ent.Identity) []string { return namesText(r.ParentsNames) }),
	valueset.ExternalFieldContactSafe: each(func(ctx context.Context, op *store.Op, caseID string) ([]*ent.Contact, error) {
		return op.Contact.Query().Where(contact.CaseID(caseID), contact.ContributorID(op.Scope.Agency)).Order(contact.ByRecordedOn(), contact.ByID()).All(ctx)
	}, contactText),
	valueset.ExternalFieldProfileSex: ofProfile(func(r *ent.Profile) []string { return []string{value(r.Sex, "").Label()} }),
	valueset.ExternalFieldProfileGender: ofProfile(func(r *ent.Profile) []string {
		return []string{value(r.Gender, "").Label()}
	}),
	valueset.ExternalFieldProfileCitizenships: ofProfile(func(r *ent.Profile) []string { return r.Citizenships }),
	valueset.ExternalFieldProfileLanguages: ofProfile(func(r *ent.Profile) (out []string) {
		out = []string{r.PrimaryLanguage, r.SecondaryLanguage}
		if r.InterpreterLanguage != "" {
			out = append(out, "interpreter: "+r.InterpreterLanguage)
		}
		return out
	}),
	valueset.ExternalFieldProfileAccessibility: ofProfile(func(r *ent.Profile) []string { return []string{r.AccessibilityNeeds} }),
	valueset.ExternalFieldFamilyMembers: each(func(ctx context.Context, op *store.Op, caseID string) ([]*ent.Family, error) {
		return op.Family.Query().Where(family.CaseID(caseID), family.ContributorID(op.Scope.Agency)).Order(family.ByRecordedOn(), family.ByID()).All(ctx)
	}, func(r *ent.Family) []string {
		return []string{together(append([]string{r.Relation.Label()}, append(namesText(r.Names), r.Address)...)...)}
	}),
	valueset.ExternalFieldTraffickingExploitation: each(func(ctx context.Context, op *store.Op, caseID string) ([]*ent.Trafficking, error) {
		return op.Trafficking.Query().Where(trafficking.CaseID(caseID), trafficking.ContributorID(op.Scope.Agency)).Order(trafficking.ByRecordedOn(), trafficking.ByID()).All(ctx)
	}, func(r *ent.Trafficking) (out []string) {
		for _, e := range r.ExploitationTypes {
			out = append(out, e.Label())
		}
		return out
	}),
	valueset.ExternalFieldProtectionRisk:       ofProtection(func(r *ent.Protection) []string { return []string{together(r.RiskLevel.Label(), r.RiskDetails)} }),
	valueset.ExternalFieldProtectionSafetyPlan: ofProtection(func(r *ent.Protection) []string { return []string{r.SafetyPlan} }),
	valueset.ExternalFieldHealthConditions:     ofHealth(func(r *ent.Health) []string { return []string{together(r.Kind.Label(), r.Condition)} }),
	valueset.ExternalFieldHealthTreatments:     ofHealth(func(r *ent.Health) []string { return []string{r.Treatment} }),
	valueset.ExternalFieldAssistanceServices: each(func(ctx context.Context, op *store.Op, caseID string) ([]*ent.Assistance, error) {
		return op.Assistance.Query().Where(assistance.CaseID(caseID), assistance.ContributorID(op.Scope.Agency)).Order(assistance.ByRecordedOn(), assistance.ByID()).All(ctx)
	}, func(r *ent.Assistance) []string {
		return []string{together(value(r.Service, "").Label(), value(r.State, "").Label())}
	}),
	valueset.ExternalFieldNarrativeStatements: each(func(ctx context.Context, op *store.Op, caseID string) ([]*ent.Narrative, error) {
		return op.Narrative.Query().Where(narrative.CaseID(caseID), narrative.ContributorID(op.Scope.Agency)).Order(narrative.ByRecordedOn(), narrative.ByID()).All(ctx)
	}, func(r *ent.Narrative) []string {
		if r.Kind != "STATEMENT" {
			return nil
		}
		return []string{r.Text}
	}),
	valueset.ExternalFieldWhereaboutsPlaces: each(func(ctx context.Context, op *store.Op, caseID string) ([]*ent.Whereabouts, error) {
		return op.Whereabouts.Query().Where(whereabouts.CaseID(caseID), whereabouts.ContributorID(op.Scope.Agency)).Order(whereabouts.ByRecordedOn(), whereabouts.ByID()).All(ctx)
	}, func(r *ent.Whereabouts) []string {
		return []string{together(r.Kind.Label(), r.Place, r.Street, r.City, r.Province, r.Country)}
	}),
	valueset.ExternalFieldHealthRestrictedConditions: ofHealthRestricted(func(r *ent.HealthRestricted) []string {
		return []string{together(r.Kind.Label(), r.Condition)}
	}),
	valueset.ExternalFieldHealthRestrictedTreatments: ofHealthRestricted(func(r *ent.HealthRestricted) []string { return []string{r.Treatment} }),
}

func namesText(in []schema.Name) (out []string) {
	for _, n := range in {
		out = append(out, n.Text)
	}
	return out
}

// contactText tells a way to reach her after how to do it safely (B3).
func contactText(r *ent.Contact) []string {
	if r.DoNotContact {
		return []string{"Do not contact by: " + r.Channel.Label()}
	}
	return []string{together(r.Channel.Label(), r.SafeTimes, r.WhoMayAnswer, r.WhatToSay, r.CodeWord), together(r.Address, r.Street, r.City, r.Province, r.PostalCode, r.Country)}
}

func together(parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, ", ")
}
