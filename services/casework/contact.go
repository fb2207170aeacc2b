package casework

import (
	"context"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/contact"
	"github.com/sala-exchange/sala/ent/schema"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/canon"
	"github.com/sala-exchange/sala/internal/pubid"
)

// RecordContact adds a row of the viewer's agency's own (A1).
func RecordContact(ctx context.Context, op *store.Op, caseID string, in ContactInput) (string, error) {
	if err := in.validate(op.Scope.Now); err != nil {
		return "", err
	}
	if _, err := openCase(ctx, op, caseID); err != nil {
		return "", err
	}
	id := pubid.New("contact")
	sealed, err := op.Seal(ctx, ent.TypeContact, id, caseID, in.content())
	if err != nil {
		return "", err
	}
	err = op.Contact.Create().SetID(id).SetCaseID(caseID).SetContributorID(op.Scope.Agency).SetNillableOccurredOn(in.OccurredOn).
		SetRecordedOn(op.Scope.Now).SetRecordedBy(op.Scope.Member).SetSealed(sealed).Exec(ctx)
	return id, recorded(ctx, op, err, "contact", caseID)
}

// CorrectContact replaces the viewer's agency's own row (A4).
func CorrectContact(ctx context.Context, op *store.Op, at CorrectInput, in ContactInput) error {
	if err := in.validate(op.Scope.Now); err != nil {
		return err
	}
	read := func() (*ent.Contact, error) { return op.Contact.Query().Where(contact.ID(at.ID)).Only(ctx) }
	key := func(r *ent.Contact) (string, int) { return r.CaseID, r.Version }
	return correct(ctx, op, at, "contact", read, key, func(row *ent.Contact) change {
		u := op.Contact.UpdateOneID(at.ID).AddVersion(1)
		setOccurred(u.Mutation(), in.OccurredOn)
		content := in.content()
		return change{u.Mutation(), content, func() error {
			sealed, err := op.Seal(ctx, ent.TypeContact, row.ID, row.CaseID, content)
			if err != nil {
				return err
			}
			return u.SetSealed(sealed).Exec(ctx)
		}}
	})
}

func (in ContactInput) validate(now int64) error {
	p := &problems{}
	p.past("occurredOn", in.OccurredOn, now)
	if !in.Channel.Valid() {
		p.add("channel", "name a channel of the list (B3)")
	}
	p.country("country", in.Country)
	for field, s := range map[string]*string{
		"whoMayAnswer": in.WhoMayAnswer, "whatToSay": in.WhatToSay, "codeWord": in.CodeWord, "safeTimes": in.SafeTimes,
		"address": in.Address, "street": in.Street, "city": in.City, "province": in.Province,
		"postalCode": in.PostalCode,
	} {
		p.text(field, s, canon.Text)
	}
	return p.err()
}

func (in ContactInput) content() schema.ContactContent {
	return schema.ContactContent{
		Channel: in.Channel, DoNotContact: value(in.DoNotContact, true), WhoMayAnswer: value(in.WhoMayAnswer, ""),
		WhatToSay: value(in.WhatToSay, ""), CodeWord: value(in.CodeWord, ""), SafeTimes: value(in.SafeTimes, ""),
		Address: value(in.Address, ""), Street: value(in.Street, ""), City: value(in.City, ""), Province: value(in.Province, ""),
		PostalCode: value(in.PostalCode, ""), Country: value(in.Country, ""),
	}
}
