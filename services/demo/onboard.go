package demo

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"strings"
	"time"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/operator/api/v1alpha1"
	"github.com/sala-exchange/sala/services/apply"
	"github.com/sala-exchange/sala/services/bootstrap"
	"github.com/sala-exchange/sala/services/onboarding"
)

//go:embed manifests/*.yaml
var manifests embed.FS

// placeholder stands in the manifests for where this demonstration's issuers are.
const placeholder = "https://issuers.sala.example/"

// manifest reads one of the embedded files.
func (s *session) manifest(name string) ([]*v1alpha1.Document, error) {
	raw, err := Manifest(name, s.issuerURL(""))
	if err != nil {
		return nil, err
	}
	return v1alpha1.Decode(name, raw)
}

// Manifest is one of the demonstration's files, founders.yaml, agencies.yaml or
// agreements.yaml, where an agency's issuer is at issuers + its code.
func Manifest(name, issuers string) ([]byte, error) {
	raw, err := manifests.ReadFile("manifests/" + name)
	if err != nil {
		return nil, err
	}
	return bytes.ReplaceAll(raw, []byte(placeholder), []byte(issuers)), nil
}

// issuerURL is where the members of an agency sign in.
func (s *session) issuerURL(code string) string {
	if s.elsewhere != nil {
		return s.elsewhere.Issuers + code
	}
	return s.base + "/issuer/" + code
}

// onboard goes the way that every deployment goes: two agencies by bootstrap, the
// others by manifests that two people of different agencies approve, administrators by
// invitation, members by their administrators, agreements by each party's signature.
func (s *session) onboard(ctx context.Context) error {
	begun := time.Now()
	err := s.store.Run(ctx, onboarding.Scope(), false, func(ctx context.Context, op *store.Op) error {
		return onboarding.SetPolicy(ctx, op, s.store.Revision())
	})
	if err != nil {
		return err
	}
	docs, err := s.manifest("founders.yaml")
	if err != nil {
		return err
	}
	founded, err := bootstrap.Found(ctx, s.store, docs)
	if err != nil {
		return err
	}
	// A server notices within seconds; the demonstration does not wait for that.
	if err := s.signIn.Reload(ctx); err != nil {
		return err
	}
	for _, f := range founded {
		if err := s.join(ctx, f.Code, f.Invitation.Secret); err != nil {
			return err
		}
	}
	if err := s.applyAs(ctx, "agencies.yaml", [][2]string{{"secretariat", "platform"}, {"mlsw", "platform"}}); err != nil {
		return err
	}
	if err := s.signIn.Reload(ctx); err != nil {
		return err
	}
	if err := s.inviteAll(ctx); err != nil {
		return err
	}
	if err := s.signAll(ctx); err != nil {
		return err
	}
	if err := s.learnIDs(ctx); err != nil {
		return err
	}
	onboarded := time.Now()
	if err := s.agree(ctx); err != nil {
		return err
	}
	var others []string
	for _, t := range terms {
		others = append(others, t.state)
	}
	s.say("Agencies: %d by manifests: two founders, and each other approved by both, in %.1f s", len(agencies), onboarded.Sub(begun).Seconds())
	s.say("Agreements: 6 in force by manifests that each party signed; one each: %s", strings.Join(others, ", "))
	return nil
}

// signAll has each party sign the agreements of the manifests.
func (s *session) signAll(ctx context.Context) error {
	var admins [][2]string
	for _, a := range agencies {
		if a.code != "thailand" {
			admins = append(admins, [2]string{a.code, "admin"})
		}
	}
	return s.applyAs(ctx, "agreements.yaml", admins)
}

// applyAs applies a manifest as each of the members in turn, as each would by `sala
// apply`.
func (s *session) applyAs(ctx context.Context, name string, who [][2]string) error {
	docs, err := s.manifest(name)
	if err != nil {
		return err
	}
	for _, w := range who {
		c, err := s.as(w[0], w[1])
		if err != nil {
			return err
		}
		plan, err := apply.Make(ctx, c, docs)
		if err != nil {
			return fmt.Errorf("planning %s as %s: %w", name, w[0], err)
		}
		if err := plan.Run(ctx, nil); err != nil {
			return fmt.Errorf("applying %s as %s: %w", name, w[0], err)
		}
	}
	return nil
}

// inviteAll invites the administrators of the agencies that were approved.
func (s *session) inviteAll(ctx context.Context) error {
	c, err := s.as("secretariat", "platform")
	if err != nil {
		return err
	}
	for _, a := range agencies {
		if a.code == "secretariat" || a.code == "mlsw" || a.code == "thailand" {
			continue
		}
		invited, err := apply.Invite(ctx, c, a.code)
		if err != nil {
			return fmt.Errorf("inviting the administrator of %s: %w", a.code, err)
		}
		if err := s.join(ctx, a.code, invited.Secret); err != nil {
			return err
		}
	}
	return nil
}

// join has an agency's administrator accept the invitation and let the colleagues in.
func (s *session) join(ctx context.Context, code, secret string) error {
	c, err := s.as(code, "admin")
	if err != nil {
		return err
	}
	if err := apply.Join(ctx, c, secret); err != nil {
		return fmt.Errorf("accepting the invitation of %s: %w", code, err)
	}
	return s.colleagues(ctx, code)
}

// colleagues has an agency's administrator let the others in.
func (s *session) colleagues(ctx context.Context, code string) error {
	c, err := s.as(code, "admin")
	if err != nil {
		return err
	}
	for _, a := range agencies {
		for _, m := range a.members {
			if a.code != code || m.subject == "admin" {
				continue
			}
			_, err := c.Do(ctx, `mutation Enter($input: EnterMemberInput!) { enterMember(input: $input) { member { id } } }`,
				map[string]any{"input": map[string]any{"issuer": s.issuerURL(code), "subject": m.subject, "roles": m.roles}}, nil)
			if err != nil {
				return fmt.Errorf("entering a member of %s: %w", code, err)
			}
		}
	}
	return nil
}

// learnIDs asks for the agencies' ids.
func (s *session) learnIDs(ctx context.Context) error {
	c, err := s.as("secretariat", "platform")
	if err != nil {
		return err
	}
	var out struct {
		Agencies struct {
			Edges []struct{ Node struct{ ID, Code string } }
		}
	}
	if _, err := c.Do(ctx, `{ agencies(first: 50) { edges { node { id code } } } }`, nil, &out); err != nil {
		return err
	}
	for _, e := range out.Agencies.Edges {
		s.ids[e.Node.Code] = e.Node.ID
	}
	return nil
}
