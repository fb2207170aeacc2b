package apply

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/exchange/client"
)

// Departure is how far an agency's departure has come, and what is in its way; times
// are RFC 3339 and nil until a step is done.
type Departure struct {
	FrozenOn          string     `json:"frozenOn"`
	HandOverTo        agencyCode `json:"handOverTo"` // that cases are offered to where an offer names none; empty for none
	Deadline          *string    `json:"deadline"`
	Overdue           bool       `json:"overdue"` // the deadline has passed and it has not left
	HandedOverOn      *string    `json:"handedOverOn"`
	AgreementsEndedOn *string    `json:"agreementsEndedOn"`
	ExportRecipient   string     `json:"exportRecipient"`
	ExportedOn        *string    `json:"exportedOn"`
	ExportDigest      string     `json:"exportDigest"`
	UnfetchedOn       *string    `json:"unfetchedOn"`   // when others first asked to go on without
	DeletionDueOn     *string    `json:"deletionDueOn"` // from when its rows are deleted
	KeysDestroyedOn   *string    `json:"keysDestroyedOn"`
	EndedOn           *string    `json:"endedOn"`
	OwnedCases        int        `json:"ownedCases"`
	StillCases        int        `json:"stillCases"` // of them those that no transfer moves
	OpenReferrals     int        `json:"openReferrals"`
	Agreements        []string   `json:"agreements"`
	Waiting           string     `json:"waiting"`
}

const departureFields = `offboarding { frozenOn handOverTo { code } deadline overdue handedOverOn agreementsEndedOn exportRecipient exportedOn exportDigest unfetchedOn deletionDueOn keysDestroyedOn endedOn
    ownedCases stillCases openReferrals agreements waiting }`

// InTheWay says, in words, what has to be done before the departure goes on; empty where
// the agency has left.
func (d *Departure) InTheWay() []string {
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if d.OwnedCases > 0 {
		say("%d cases are the agency's own: its case workers offer each to %s, on the person's own statement, which that agency accepts (A4)", d.OwnedCases, d.to())
	}
	if d.StillCases > 0 {
		say("%d of them are of somebody who is or may be a child, or who died: no transfer moves them (E1, C7); each is closed, and erased by two people with 14 days to stop it (H4), or the agency stays", d.StillCases)
	}
	if d.OpenReferrals > 0 {
		say("%d referrals are under way: they are ended, with notices, once no case is left", d.OpenReferrals)
	}
	if n := len(d.Agreements); n > 0 {
		say("%d agreements stand: they are ended once no case is left", n)
	}
	switch d.Waiting { // of onboarding.Leaving
	case "recipient":
		say("the agency's administrator names the key of its export: sala offboard AGENCY --start --export-to age1…")
	case "export":
		say("the agency's administrator fetches its export: sala offboard AGENCY --export FILE")
	case "others":
		say("who administers the platform at another agency agrees to the deletion of its rows, or has them deleted once that is due: sala offboard AGENCY")
	case "second":
		say("its export was not fetched in its time: who administers the platform at a third agency has to agree to going on without: sala offboard AGENCY")
	case "objection":
		say("its rows are deleted by the first call of another agency from %s on; until then its administrator takes that back: sala offboard AGENCY --stop-deletion", *d.DeletionDueOn)
	case "suspended":
		say("it is suspended and cannot take the deletion of its rows back: once two people of different agencies let it in again, it has that time anew")
	case "rows":
		say("what the agency contributed is being deleted: call again")
	case "list":
		say("this deployment has no list of erased persons and departed agencies: serve with erasureKeyFile")
	}
	if len(out) == 0 && d.EndedOn == nil {
		say("a step was done: call again")
	}
	return out
}

// to is whom cases are offered to.
func (d *Departure) to() string {
	if d.HandOverTo == "" {
		return "another agency"
	}
	return string(d.HandOverTo) + ", or to another agency that they name"
}

// Start is what a departure begins with; what is empty is left to others.
type Start struct {
	ExportTo   string // the age public key of the agency's export
	HandOverTo string // code of the agency that cases are offered to where an offer names none
	Deadline   string // a date, which means its end in UTC, or a time of RFC 3339
}

// StartOffboarding freezes an agency, or proposes it; it returns the proposal's id
// where two people have to approve it.
func StartOffboarding(ctx context.Context, c *client.Client, code string, with Start) (string, error) {
	variables, err := leaving{with.HandOverTo, with.Deadline}.variables(map[string]any{})
	if err != nil {
		return "", err
	}
	s, id, err := agencyID(ctx, c, code)
	if err != nil {
		return "", err
	}
	variables["id"] = id
	if with.ExportTo != "" {
		variables["to"] = with.ExportTo
	}
	var out struct{ Proposal *struct{ ID string } }
	err = s.mutate(ctx, "startOffboarding", variables, &out)
	if err != nil || out.Proposal == nil {
		return "", err
	}
	return out.Proposal.ID, nil
}

// Offboard takes an agency's departure as far as it goes.
func Offboard(ctx context.Context, c *client.Client, code string) (*Departure, error) {
	s, id, err := agencyID(ctx, c, code)
	for err == nil {
		var out struct{ Offboarding *Departure }
		err = s.mutate(ctx, "advanceOffboarding", map[string]any{"id": id, "sharing": false}, &out)
		if err != nil || out.Offboarding.Waiting != "rows" {
			return out.Offboarding, err
		}
	}
	return nil, err
}

// Export is what was fetched of an agency's contributions.
type Export struct {
	Parts  int    `json:"parts"`
	Rows   int    `json:"rows"`
	Digest string `json:"digest"`
}

// Fetch writes all that an agency contributed as a tar of parts, each encrypted to the
// agency's key. Confirm says afterwards that it is kept.
func Fetch(ctx context.Context, c *client.Client, code string, to io.Writer) (*Export, error) {
	s, id, err := agencyID(ctx, c, code)
	if err != nil {
		return nil, err
	}
	file, got := tar.NewWriter(to), &Export{}
	for last := false; !last; {
		var out struct {
			Part struct {
				Content, Digest string
				Rows            int
				Last            bool
			}
		}
		err := s.mutate(ctx, "exportOffboarding", map[string]any{"id": id, "part": got.Parts + 1}, &out)
		if err != nil {
			return nil, err
		}
		content, err := base64.StdEncoding.DecodeString(out.Part.Content)
		if err != nil {
			return nil, errs.Wrap(err, errs.Internal, "the answer has not the form that was asked for")
		}
		one := sha256.Sum256(content)
		all := sha256.Sum256([]byte(got.Digest + hex.EncodeToString(one[:])))
		got.Parts, got.Rows, got.Digest, last = got.Parts+1, got.Rows+out.Part.Rows, hex.EncodeToString(all[:]), out.Part.Last
		if got.Digest != out.Part.Digest {
			return nil, errs.New(errs.Unavailable, "a part of the export did not arrive whole: fetch it again")
		}
		err = file.WriteHeader(&tar.Header{Name: fmt.Sprintf("part-%05d.jsonl.age", got.Parts), Mode: 0o600, Size: int64(len(content))})
		if err == nil {
			_, err = file.Write(content)
		}
		if err != nil {
			return nil, errs.Wrap(err, errs.Unavailable, "the file cannot be written: is the disk full?")
		}
	}
	if err := file.Close(); err != nil {
		return nil, errs.Wrap(err, errs.Unavailable, "the file cannot be written: is the disk full?")
	}
	return got, nil
}

// Confirm says that the agency keeps its export, whose digest this is.
func Confirm(ctx context.Context, c *client.Client, code, digest string) error {
	s, id, err := agencyID(ctx, c, code)
	if err != nil {
		return err
	}
	return s.mutate(ctx, "confirmOffboardingExport", map[string]any{"id": id, "digest": digest}, nil)
}

// StopDeletion takes back, for the viewer's own agency, the deletion of what it
// contributed, until that is due.
func StopDeletion(ctx context.Context, c *client.Client, code string) error {
	s, id, err := agencyID(ctx, c, code)
	if err != nil {
		return err
	}
	return s.mutate(ctx, "stopOffboardingDeletion", map[string]any{"id": id}, nil)
}

// agencyID finds an agency by its code.
func agencyID(ctx context.Context, c *client.Client, code string) (*state, string, error) {
	s, err := read(ctx, c)
	if err != nil {
		return nil, "", err
	}
	a := s.agencies[code]
	if a == nil {
		return nil, "", errs.New(errs.Invalid, "there is no agency of this name: it has to be approved first")
	}
	return s, a.ID, nil
}
