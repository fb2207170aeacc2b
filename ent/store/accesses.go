package store

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/access"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/schema"
	"github.com/sala-exchange/sala/internal/errs"
)

// accessRow is an access as it is stored; it counts from the revision of that number on.
func accessRow(caseID string, version int, revision string, sequence int64, a rule.Access) (*ent.Access, error) {
	set, err := setOf(a.Categories)
	if err != nil {
		return nil, err
	}
	return &ent.Access{ID: access.DefaultID(), CaseID: caseID, GranteeID: a.Grantee, MemberID: a.Member, UnitID: a.Unit, ContributorID: a.Contributor,
		Action: a.Action, Categories: set, Purpose: a.Purpose, Basis: a.Basis, ReferralID: a.Referral, ConsentID: a.Consent,
		AgreementID: a.Agreement, ReferrerID: a.Referrer, ReferralAgreementID: a.ReferralAgreement, LegalBasisID: given(a.LegalBasis),
		FirstReferralID: a.FirstReferral, FirstAgreementID: a.FirstAgreement, FirstReferrerID: a.FirstReferrer, BreakGlassID: given(a.BreakGlass),
		Obligations: a.Obligations, ValidFrom: a.From, ValidUntil: a.Until,
		FactsVersion: version, Revision: revision, FirstSequence: sequence, LastSequence: schema.NoLastSequence}, nil
}

// accessTexts and accessNumbers are the columns of accesses, but for obligations.
var (
	accessTexts = []struct {
		name string
		of   func(*ent.Access) *string
	}{
		{access.FieldID, func(a *ent.Access) *string { return &a.ID }},
		{access.FieldCaseID, func(a *ent.Access) *string { return &a.CaseID }},
		{access.FieldGranteeID, func(a *ent.Access) *string { return &a.GranteeID }},
		{access.FieldMemberID, func(a *ent.Access) *string { return &a.MemberID }},
		{access.FieldUnitID, func(a *ent.Access) *string { return &a.UnitID }},
		{access.FieldContributorID, func(a *ent.Access) *string { return &a.ContributorID }},
		{access.FieldAction, func(a *ent.Access) *string { return &a.Action }},
		{access.FieldPurpose, func(a *ent.Access) *string { return &a.Purpose }},
		{access.FieldBasis, func(a *ent.Access) *string { return &a.Basis }},
		{access.FieldReferralID, func(a *ent.Access) *string { return &a.ReferralID }},
		{access.FieldConsentID, func(a *ent.Access) *string { return &a.ConsentID }},
		{access.FieldAgreementID, func(a *ent.Access) *string { return &a.AgreementID }},
		{access.FieldReferrerID, func(a *ent.Access) *string { return &a.ReferrerID }},
		{access.FieldReferralAgreementID, func(a *ent.Access) *string { return &a.ReferralAgreementID }},
		{access.FieldLegalBasisID, func(a *ent.Access) *string { return a.LegalBasisID }},
		{access.FieldFirstReferralID, func(a *ent.Access) *string { return &a.FirstReferralID }},
		{access.FieldFirstAgreementID, func(a *ent.Access) *string { return &a.FirstAgreementID }},
		{access.FieldFirstReferrerID, func(a *ent.Access) *string { return &a.FirstReferrerID }},
		{access.FieldBreakGlassID, func(a *ent.Access) *string { return a.BreakGlassID }},
		{access.FieldRevision, func(a *ent.Access) *string { return &a.Revision }},
	}
	accessNumbers = []struct {
		name string
		of   func(*ent.Access) int64
	}{
		{access.FieldCategories, func(a *ent.Access) int64 { return int64(a.Categories) }},
		{access.FieldValidFrom, func(a *ent.Access) int64 { return a.ValidFrom }},
		{access.FieldValidUntil, func(a *ent.Access) int64 { return a.ValidUntil }},
		{access.FieldFactsVersion, func(a *ent.Access) int64 { return int64(a.FactsVersion) }},
		{access.FieldFirstSequence, func(a *ent.Access) int64 { return a.FirstSequence }},
		{access.FieldLastSequence, func(a *ent.Access) int64 { return a.LastSequence }},
	}
)

// obligationsOf is the JSON of what a grantee must keep to.
func obligationsOf(a *ent.Access) (string, error) {
	text, err := json.Marshal(a.Obligations)
	return string(text), err
}

// writeAccesses writes accesses. On PostgreSQL they go as columns: so it is one statement
// that stays planned however many they are, and the database looks at all of them together.
func (o *Op) writeAccesses(ctx context.Context, rows []*ent.Access) error {
	const batch = 1200 // SQLite takes 32,766 arguments a statement
	insert := insertAccesses
	if o.store.dialect == dialect.Postgres {
		insert = insertColumns
	}
	for some := range slices.Chunk(rows, batch) {
		query, args, err := insert(some)
		if err != nil {
			return errs.Wrap(err, errs.Internal, "writing the accesses of a case")
		}
		var res sql.Result
		if err := o.driver.Exec(ctx, query, args, &res); err != nil {
			return failed(err, "writing the accesses of a case")
		}
	}
	return nil
}

// insertColumns is a statement for PostgreSQL, with one argument a column.
func insertColumns(rows []*ent.Access) (query string, args []any, err error) {
	var from []string
	add := func(kind string, values any) {
		args = append(args, values)
		from = append(from, "$"+strconv.Itoa(len(args))+"::"+kind+"[]")
	}
	for _, c := range accessTexts {
		values := make([]*string, len(rows))
		for i, a := range rows {
			values[i] = c.of(a)
		}
		add("text", values)
	}
	for _, c := range accessNumbers {
		values := make([]int64, len(rows))
		for i, a := range rows {
			values[i] = c.of(a)
		}
		add("bigint", values)
	}
	obligations := make([]string, len(rows))
	for i, a := range rows {
		if obligations[i], err = obligationsOf(a); err != nil {
			return "", nil, err
		}
	}
	add("jsonb", obligations)
	return "INSERT INTO accesses (" + strings.Join(accessNames(), ", ") + ") SELECT * FROM unnest(" + strings.Join(from, ", ") + ")", args, nil
}

// insertAccesses is a statement for SQLite, with one argument a value.
func insertAccesses(rows []*ent.Access) (query string, args []any, err error) {
	names := accessNames()
	one := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(names)), ", ") + ")"
	values := make([]string, len(rows))
	for i, a := range rows {
		values[i] = one
		for _, c := range accessTexts {
			args = append(args, c.of(a))
		}
		for _, c := range accessNumbers {
			args = append(args, c.of(a))
		}
		obligations, err := obligationsOf(a)
		if err != nil {
			return "", nil, err
		}
		args = append(args, obligations)
	}
	return "INSERT INTO accesses (" + strings.Join(names, ", ") + ") VALUES " + strings.Join(values, ", "), args, nil
}

// accessNames are the columns in the order of the values.
func accessNames() []string {
	var names []string
	for _, c := range accessTexts {
		names = append(names, c.name)
	}
	for _, c := range accessNumbers {
		names = append(names, c.name)
	}
	return append(names, access.FieldObligations)
}
