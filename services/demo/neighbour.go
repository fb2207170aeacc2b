package demo

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/exchange/client"
	"github.com/sala-exchange/sala/services/publication"
)

// neighbour is the other end of a corridor: what an instance in Thailand published of the
// people that its authorities met, signed by a key of its own.
type neighbour struct {
	store string // folder of its releases
	key   string // its verifier key
}

// met are the figures of the neighbour's release, by year, origin and destination. Every one
// is invented.
var met = [][]string{{"2018", "LA", "TH", "58"}, {"2019", "LA", "TH", "66"}, {"2020", "LA", "TH", "49"}, {"2019", "MM", "TH", "141"}}

// publishes makes the neighbour's release, as its own instance would.
func (n *neighbour) publishes(ctx context.Context, dir string) error {
	secret, verifier, err := note.GenerateKey(rand.Reader, "thai-authority.example")
	if err != nil {
		return err
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		return err
	}
	n.store, n.key = filepath.Join(dir, "releases-thailand"), verifier
	if err := os.Mkdir(n.store, 0o700); err != nil {
		return errs.Wrap(err, errs.Unavailable, "the folder of the neighbour's releases cannot be made")
	}
	to, err := publication.OpenFolder(n.store)
	if err != nil {
		return err
	}
	_, err = publication.Write(ctx, to, thaiRelease(), signer)
	return err
}

func thaiRelease() publication.Content {
	dimension := func(name, title, says string) publication.Column {
		return publication.Column{Name: name, Role: publication.Dimension, Type: publication.Text, Title: title, Description: says}
	}
	return publication.Content{
		Manifest: publication.Manifest{
			ID: "persons-met", Version: 1, Title: "Persons met by origin and destination: invented", Publisher: "A Thai authority, invented", Country: "TH",
			Kind: publication.Figures, Population: "identified victims", Period: publication.Period{From: "2018-01-01", To: "2020-12-31"},
			Corridor: &publication.Corridor{Origin: "origin", Destination: "destination"}, Method: "counts as published, with their source",
			Audience: publication.Counterparts, IssuedOn: "2021-06-30",
		},
		Codebook: publication.Codebook{
			Title: "Persons met by origin and destination: invented", Unit: "PERSON", ReferenceDate: "2020-12-31", Geography: "Thailand",
			Status: "IDENTIFIED", Counted: "DETECTED_HERE", SexOrGender: "NEITHER", Unknowns: "a blank is not known", Revision: "first edition",
			Methods: []string{"counts as an authority published them"}, Sources: []string{"Invented yearbook of a neighbour"},
			Notes: []string{"every figure is invented for a demonstration: nobody was counted"},
			Columns: []publication.Column{dimension("year", "Year", "of identification"), dimension("origin", "Origin", "country of citizenship, ISO 3166-1 alpha-2"),
				dimension("destination", "Destination", "country where she was met, ISO 3166-1 alpha-2"),
				{Name: "persons", Role: publication.Measure, Type: publication.Count, Title: "Persons", Description: "identified in the year"}},
		},
		Rows: func(yield func([]string, error) bool) {
			for _, row := range met {
				if !yield(row, nil) {
					return
				}
			}
		},
	}
}

// seenEnd is one end of a corridor as the counterpart reads it.
type seenEnd struct {
	Country, Side string
	Release       struct{ Codebook struct{ Counted string } }
	Figures       struct{ Nodes []seenFigure }
}

func (e seenEnd) rows() (out []string) {
	for _, f := range e.Figures.Nodes {
		out = append(out, f.row())
	}
	slices.Sort(out)
	return out
}

// bothEnds reads a corridor over the releases of two countries: each end stands by itself,
// as its own authority published it, and no figure is of both.
func (w *walk) bothEnds(thai *client.Client) error {
	var seen struct {
		Corridors struct {
			Nodes []struct {
				Origin, Destination, Reading string
				Ends                         []seenEnd
			}
		}
	}
	_, err := thai.Do(w.ctx, `{ corridors(origin: "LA", destination: "TH") { nodes { origin destination reading
    ends { country side release { codebook { counted } } figures { nodes { dimensions { code } measures { value } } } } } } }`, nil, &seen)
	if err != nil {
		return err
	}
	if len(seen.Corridors.Nodes) != 1 {
		return errs.New(errs.Internal, "%d corridors are answered, and one was asked for", len(seen.Corridors.Nodes))
	}
	one := seen.Corridors.Nodes[0]
	want := map[string][]string{
		"LA ORIGIN":      {"2018,LA,TH,103", "2019,LA,TH,121", "2020,LA,TH,97"},
		"TH DESTINATION": {"2018,LA,TH,58", "2019,LA,TH,66", "2020,LA,TH,49"},
	}
	w.say("  %s to %s: %s", one.Origin, one.Destination, one.Reading)
	var off []string
	for _, end := range one.Ends {
		w.say("    %s, %s (%s): %s", end.Country, strings.ToLower(end.Side), end.Release.Codebook.Counted, strings.Join(end.rows(), "; "))
		name := end.Country + " " + end.Side
		if !slices.Equal(end.rows(), want[name]) {
			off = append(off, fmt.Sprintf("the end %s is another, or its figures", name))
		}
		delete(want, name)
	}
	if len(want) > 0 {
		off = append(off, "an end is missing")
	}
	w.holds(off, "both ends of the corridor stand side by side, each as its own authority published and signed it, and are not added up")
	return nil
}
