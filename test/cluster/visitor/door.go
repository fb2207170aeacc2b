package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/sala-exchange/sala/services/exchange/client"
	"github.com/sala-exchange/sala/services/publication"
)

// readDoor lists what the counterparts' door at VISITOR_DOOR serves to somebody, fetches
// every file of it and compares all to what the key on stdin has signed, as
// `sala region verify` does.
func readDoor(ctx context.Context, a []string) error {
	key, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	trusted, err := note.NewVerifier(strings.TrimSpace(string(key)))
	if err != nil {
		return err
	}
	t, err := token(ctx, a[0], a[1])
	if err != nil {
		return err
	}
	var out struct {
		Releases struct {
			Nodes []struct {
				Country, ID string
				Version     int
				Title       string
				Files       []struct{ Name string }
			}
		}
	}
	c := &client.Client{Endpoint: os.Getenv("VISITOR_DOOR") + "/graphql", Token: t}
	if _, err := c.Do(ctx, "{ releases { nodes { country id version title files { name } } } }", nil, &out); err != nil {
		return err
	}
	if len(out.Releases.Nodes) == 0 {
		return errors.New("the door serves no release")
	}
	for _, r := range out.Releases.Nodes {
		if len(r.Files) == 0 {
			return errors.New("a release has no file")
		}
		folder, err := os.MkdirTemp("", "release")
		if err != nil {
			return err
		}
		names := []string{publication.ManifestFile, publication.SignatureFile}
		for _, f := range r.Files {
			names = append(names, f.Name)
		}
		for _, name := range names {
			path := fmt.Sprintf("/releases/%s/%s/%d/%s", r.Country, r.ID, r.Version, url.PathEscape(name))
			if err := fetch(ctx, t, path, filepath.Join(folder, filepath.Base(name))); err != nil {
				return err
			}
		}
		if err := verify(ctx, folder, trusted); err != nil {
			return err
		}
		fmt.Printf("%s %s/%d %q: every file is the publisher's\n", r.Country, r.ID, r.Version, r.Title)
	}
	return nil
}

// fetch gets a file of a release.
func fetch(ctx context.Context, token, path, to string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, os.Getenv("VISITOR_DOOR")+path, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("fetching %s: %s", filepath.Base(path), res.Status)
	}
	if err != nil {
		return err
	}
	return os.WriteFile(to, raw, 0o600)
}

func verify(ctx context.Context, folder string, trusted note.Verifier) error {
	s, ref, err := publication.Download(ctx, folder)
	if err != nil {
		return err
	}
	r, err := publication.Open(ctx, s, ref, note.VerifierList(trusted))
	if err != nil {
		return err
	}
	return r.Verify(ctx)
}
