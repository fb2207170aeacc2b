package htcds

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/sala-exchange/sala/internal/canon"
	"github.com/sala-exchange/sala/internal/valueset"
)

// Row is one person's case as the file gives it. A blank cell is the zero value:
// "", nil, or a zero canon.Date. Printing or logging a Row shows its number only.
type Row struct {
	Number int // row of the sheet, from 1

	Salutation, FirstName, MiddleName, SecondName string     // as written (I4)
	Birth                                         canon.Date // not valid where blank
	Gender                                        valueset.Gender
	Citizenships                                  []string // ISO 3166 alpha-2, each once
	Title                                         string   // position in an organisation
	Email                                         string
	HomePhone, MobilePhone                        string // E.164 with the leading +
	Mailing                                       Address

	TraffickingStatus  valueset.TraffickingStatus
	DecisionMaker      valueset.DecisionMaker
	RecruitmentMethods []valueset.RecruitmentMethod
	RecruitmentPlace   string
	ControlMethods     []valueset.ControlMethod
	Exploitations      []valueset.Exploitation
	Industries         []valueset.Industry
	SexExploitations   []valueset.SexExploitation
	ExploitationPlace  string

	Status        valueset.CaseStatus
	ClosureReason string
	Owner         string // the case worker, as written
	Incoming      Referral
	Outgoing      Referral

	Consent *bool // nil where blank
}

// Address is a mailing address; Country is ISO 3166 alpha-2.
type Address struct{ Street, City, State, PostalCode, Country string }

// Referral is a referral from or to another organisation, all as written.
type Referral struct {
	Organisation, CaseWorker string
	Date                     canon.Date // not valid where blank
	Reason                   valueset.ReferralReason
	Details                  string
}

// Format keeps a person's data out of printed and logged text, whatever the verb.
func (r Row) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, fmt.Sprint("htcds row ", r.Number))
}

// LogValue does the same for structured logs.
func (r Row) LogValue() slog.Value { return slog.IntValue(r.Number) }
