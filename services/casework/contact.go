package casework

import (
	"context"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/contact"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/canon"
	"github.com/sala-exchange/sala/internal/pubid"
)

// RecordContact adds a row of the viewer's agency's own (A1).
func RecordContact(ctx context.Context, op *store.Op, caseID string, in ContactInput) (string, error) {
	if err := in.validate(); err != nil {
		return "", err
	}
	if _, err := openCase(ctx, op, caseID); err != nil {
		return "", err
	}
	id := pubid.New("contact")
	create := op.Contact.Create().SetID(id).SetCaseID(caseID).SetContributorID(op.Scope.Agency).
		SetRecordedOn(op.Scope.Now).SetRecordedBy(op.Scope.Member)
	setContact(create.Mutation(), in)
	return id, recorded(ctx, op, create.Exec(ctx), "contact", caseID)
}

// CorrectContact replaces the viewer's agency's own row (A4).
func CorrectContact(ctx context.Context, op *store.Op, at CorrectInput, in ContactInput) error {
	if err := in.validate(); err != nil {
		return err
	}
	read := func() (*ent.Contact, error) { return op.Contact.Query().Where(contact.ID(at.ID)).Only(ctx) }
	key := func(r *ent.Contact) (string, int) { return r.CaseID, r.Version }
	return correct(ctx, op, at, "contact", read, key, func(*ent.Contact) change {
		u := op.Contact.UpdateOneID(at.ID).AddVersion(1)
		setContact(u.Mutation(), in)
		return change{u.Mutation(), func() error { return u.Exec(ctx) }}
	})
}

func (in ContactInput) validate() error {
	p := &problems{}
	if !in.Channel.Valid() {
		p.add("channel", "name a channel of the list (B3)")
	}
	for field, s := range map[string]*string{
		"whoMayAnswer": in.WhoMayAnswer, "whatToSay": in.WhatToSay, "codeWord": in.CodeWord, "safeTimes": in.SafeTimes,
		"address": in.Address, "street": in.Street, "city": in.City, "province": in.Province,
		"postalCode": in.PostalCode, "country": in.Country,
	} {
		p.text(field, s, canon.Text)
	}
	return p.err()
}

func setContact(m *ent.ContactMutation, in ContactInput) {
	m.SetChannel(in.Channel)
	m.SetDoNotContact(value(in.DoNotContact, true))
	m.SetWhoMayAnswer(value(in.WhoMayAnswer, ""))
	m.SetWhatToSay(value(in.WhatToSay, ""))
	m.SetCodeWord(value(in.CodeWord, ""))
	m.SetSafeTimes(value(in.SafeTimes, ""))
	m.SetAddress(value(in.Address, ""))
	m.SetStreet(value(in.Street, ""))
	m.SetCity(value(in.City, ""))
	m.SetProvince(value(in.Province, ""))
	m.SetPostalCode(value(in.PostalCode, ""))
	m.SetCountry(value(in.Country, ""))
	if in.OccurredOn != nil {
		m.SetOccurredOn(*in.OccurredOn)
	}
}
