package demo

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/exchange/client"
	"github.com/sala-exchange/sala/services/publication"
)

// counterpart has the Thai counterpart read the release, and shows that it is the
// publisher's, byte for byte, and that there is no way from it to a case (step 9).
func (w *walk) counterpart() error {
	token, err := w.readerToken()
	if err != nil {
		return err
	}
	thai := &client.Client{Endpoint: w.region.url + "/graphql", Token: token}
	w.say("\nWhat the Thai counterpart reads at the region's server, with a token for that server alone (step 9):")
	for _, step := range []func(*client.Client) error{w.readFigures, w.bothEnds, w.download, w.spoil, w.twoDoors, w.noCase} {
		if err := step(thai); err != nil {
			return err
		}
	}
	return w.fourEyes()
}

// holds prints what was shown, or counts a failure.
func (w *walk) holds(off []string, what string, args ...any) {
	mark := ""
	if len(off) > 0 {
		w.failures++
		mark = "NOT AS PROMISED (" + strings.Join(off, "; ") + "): "
	}
	w.say("Region: "+mark+what, args...)
}

// readerToken signs in as the counterpart's program does.
func (w *walk) readerToken() (string, error) {
	r, err := http.NewRequestWithContext(w.ctx, http.MethodPost, w.issuer.IssuerURL("thailand")+"/oauth/token",
		strings.NewReader(url.Values{"grant_type": {"client_credentials"}}.Encode()))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(reader, w.region.secret)
	status, text, err := answered(r)
	var out struct {
		AccessToken string `json:"access_token"`
	}
	if err == nil && status == http.StatusOK {
		err = json.Unmarshal(text, &out)
	}
	if err != nil || out.AccessToken == "" {
		return "", fmt.Errorf("signing in as the counterpart's program: HTTP %d, %w", status, errors.Join(err))
	}
	return out.AccessToken, nil
}

func answered(r *http.Request) (status int, text []byte, err error) {
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err = io.ReadAll(resp.Body)
	return resp.StatusCode, text, err
}

// get asks the region's server for a path.
func (w *walk) get(path, token string) (status int, text []byte, err error) {
	r, err := http.NewRequestWithContext(w.ctx, http.MethodGet, w.region.url+path, nil)
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	return answered(r)
}

// seenFigure is a published cell as the counterpart reads it.
type seenFigure struct {
	Dimensions []struct{ Code string }
	Measures   []struct{ Value *float64 }
}

func (f seenFigure) row() string {
	var cells []string
	for _, d := range f.Dimensions {
		cells = append(cells, d.Code)
	}
	for _, m := range f.Measures {
		if m.Value == nil {
			return ""
		}
		cells = append(cells, fmt.Sprint(*m.Value))
	}
	return strings.Join(cells, ",")
}

// readFigures reads all cells page by page and compares them with what was entered.
func (w *walk) readFigures(thai *client.Client) error {
	var got []string
	for after := any(nil); ; {
		var page struct {
			Release struct {
				Title    string
				Codebook struct{ Notes []string }
				Figures  struct {
					Nodes    []seenFigure
					PageInfo struct {
						HasNextPage bool
						EndCursor   string
					}
				}
			}
		}
		_, err := thai.Do(w.ctx, `query Figures($after: String) { release(country: "LA", id: "key-figures") { title codebook { notes }
    figures(first: 50, after: $after) { nodes { dimensions { code } measures { value } } pageInfo { hasNextPage endCursor } } } }`, map[string]any{"after": after}, &page)
		if err != nil {
			return err
		}
		if after == nil {
			w.say("  %s\n  %s", page.Release.Title, strings.Join(page.Release.Codebook.Notes, "\n  "))
		}
		for _, n := range page.Release.Figures.Nodes {
			got = append(got, n.row())
		}
		if !page.Release.Figures.PageInfo.HasNextPage {
			break
		}
		after = page.Release.Figures.PageInfo.EndCursor
	}
	want, err := entered()
	if err != nil {
		return err
	}
	w.say("  %s", strings.Join(slices.DeleteFunc(slices.Clone(got), func(row string) bool { return !strings.HasPrefix(row, "2020,") }), "; "))
	var off []string
	if slices.Sort(got); !slices.Equal(got, want) {
		off = append(off, fmt.Sprintf("%d figures are read, and %d were entered, or they differ", len(got), len(want)))
	}
	w.holds(off, "%d figures read, each as it was entered", len(got))
	return nil
}

// entered are the rows of the embedded file without their sources, sorted.
func entered() ([]string, error) {
	rows, err := csv.NewReader(bytes.NewReader(releaseFigures)).ReadAll()
	if err != nil {
		return nil, err
	}
	var out []string
	for _, row := range rows[1:] {
		out = append(out, strings.Join(row[:len(row)-1], ","))
	}
	slices.Sort(out)
	return out, nil
}

// at is where the release's files are, in the store and at the region's server.
func (w *walk) at() (folder, path string) {
	ref := publication.Ref{ID: w.region.published.Name, Version: w.region.published.Edition}
	return filepath.Join(w.region.store, filepath.FromSlash(ref.String())), "/releases/LA/" + ref.String() + "/"
}

// download takes every file over HTTP and checks it without a network, as `sala region
// verify FOLDER --key KEY` does; then with a bit of each file flipped.
func (w *walk) download(thai *client.Client) error {
	folder, path := w.at()
	outside, err := os.MkdirTemp("", "sala-counterpart-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(outside) }()
	files, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	var off []string
	for _, f := range files {
		status, text, err := w.get(path+f.Name(), thai.Token)
		if err != nil {
			return err
		}
		if status != http.StatusOK {
			off = append(off, fmt.Sprintf("%s is answered with HTTP %d", f.Name(), status))
		}
		if err := os.WriteFile(filepath.Join(outside, f.Name()), text, 0o600); err != nil {
			return err
		}
	}
	if err := w.verified(outside); err != nil {
		off = append(off, err.Error())
	}
	taken, err := flipEach(outside, func() bool { return w.verified(outside) == nil })
	if err != nil {
		return err
	}
	w.holds(append(off, taken...), "%d files downloaded and verified without a network against the key of %s; with one bit of any of them flipped they do not verify", len(files), w.region.publisher.Name())
	return nil
}

// verified checks a downloaded folder.
func (w *walk) verified(folder string) error {
	s, ref, err := publication.Download(w.ctx, folder)
	if err != nil {
		return err
	}
	r, err := publication.Open(w.ctx, s, ref, w.region.keys)
	if err != nil {
		return err
	}
	return r.Verify(w.ctx)
}

// flipEach flips one bit at the beginning, in the middle and at the end of each file in
// turn, puts it back, and names those with which the release was taken all the same.
func flipEach(folder string, taken func() bool) (off []string, err error) {
	files, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	stamp := time.Now()
	write := func(name string, text []byte) error {
		stamp = stamp.Add(time.Second)                                                      // each state of a file has a time of its own, however fast it comes
		return errors.Join(os.WriteFile(name, text, 0o600), os.Chtimes(name, stamp, stamp)) //nolint:gosec // a file that the demonstration made
	}
	for _, f := range files {
		name := filepath.Join(folder, f.Name())
		whole, err := os.ReadFile(name) //nolint:gosec // a file that the demonstration made
		if err != nil {
			return nil, err
		}
		for _, at := range []int{0, len(whole) / 2, len(whole) - 1} {
			changed := slices.Clone(whole)
			changed[at] ^= 1
			if err := write(name, changed); err != nil {
				return nil, err
			}
			if taken() {
				off = append(off, fmt.Sprintf("%s with byte %d changed is taken", f.Name(), at))
			}
		}
		if err := write(name, whole); err != nil {
			return nil, err
		}
	}
	return off, nil
}

// spoil flips bits in the published files themselves: the region's server takes the release
// away each time, and gives it again once it is whole.
func (w *walk) spoil(thai *client.Client) error {
	folder, path := w.at()
	served := func() bool {
		if err := w.region.server.Look(w.ctx); err != nil { // as it does within a second
			return true // not refused for what was changed
		}
		status, _, err := w.get(path+"data.csv", thai.Token)
		_, ask := thai.Do(w.ctx, `{ release(country: "LA", id: "key-figures") { figures(first: 1) { nodes { measures { value } } } } }`, nil, nil)
		var f *client.Failure
		refused := errors.As(ask, &f) && f.Kind() == errs.Withheld
		return err != nil || status != http.StatusNotFound || !refused
	}
	off, err := flipEach(folder, served)
	if err != nil {
		return err
	}
	if !served() {
		off = append(off, "it is not served again when it is whole")
	}
	w.holds(off, "with one bit of any published file flipped it serves neither figures nor files of that release, and again once it is whole")
	return nil
}

// twoDoors: a token of one server is none at the other.
func (w *walk) twoDoors(thai *client.Client) error {
	var off []string
	tokens := 0
	_, path := w.at()
	for _, a := range agencies {
		for _, m := range a.members {
			c, err := w.as(a.code, m.subject)
			if err != nil {
				return err
			}
			tokens++
			_, err = (&client.Client{Endpoint: thai.Endpoint, Token: c.Token}).Do(w.ctx, `{ releases { nodes { id } } }`, nil, nil)
			status, _, errGet := w.get(path+"data.csv", c.Token)
			if errGet != nil {
				return errGet
			}
			if !unauthenticated(err) || status != http.StatusUnauthorized {
				off = append(off, a.code+"'s "+m.subject+" is let in")
			}
		}
	}
	_, err := (&client.Client{Endpoint: w.base + "/graphql", Token: thai.Token}).Do(w.ctx, `query @purpose(of: STATISTICS) { cases(first: 1) { edges { node { id } } } }`, nil, nil)
	if !unauthenticated(err) {
		off = append(off, "the counterpart's token opens the API of cases")
	}
	w.holds(off, "tokens of all %d users of the API of cases are refused here, and the counterpart's is refused there", tokens)
	return nil
}

func unauthenticated(err error) bool {
	var f *client.Failure
	return errors.As(err, &f) && f.Status == http.StatusUnauthorized && f.Kind() == errs.Unauthenticated
}

// noCase: the region's server has three questions, none of a case, and no path to a file
// that is not of a release.
func (w *walk) noCase(thai *client.Client) error {
	var schema struct {
		Schema struct {
			QueryType                      struct{ Fields []struct{ Name string } }
			MutationType, SubscriptionType *struct{ Name string }
		} `json:"__schema"`
	}
	if _, err := thai.Do(w.ctx, `{ __schema { queryType { fields { name } } mutationType { name } subscriptionType { name } } }`, nil, &schema); err != nil {
		return err
	}
	var off, roots []string
	for _, f := range schema.Schema.QueryType.Fields {
		roots = append(roots, f.Name)
	}
	slices.Sort(roots)
	if !slices.Equal(roots, []string{"corridors", "release", "releases"}) || schema.Schema.MutationType != nil || schema.Schema.SubscriptionType != nil {
		off = append(off, "it answers something else than releases")
	}
	asked := 0
	of := strings.NewReplacer("$id", strconv.Quote(w.caseID), "$ref", strconv.Quote(w.ref))
	for _, d := range w.doors() {
		asked++
		if _, err := thai.Do(w.ctx, "{ "+of.Replace(d.field)+" }", nil, nil); err == nil {
			off = append(off, d.name+" answers")
		}
	}
	for _, path := range []string{"/sala.db", "/releases/../sala.db", "/releases/LA/../../sala.db/1/sala.db", "/releases/LA/%2e%2e/1/sala.db", "/releases/LA/key-figures/1/..%2f..%2f..%2fsala.db", "/releases/LA/key-figures/1/kek.json"} {
		asked++
		status, text, err := w.get(path, thai.Token)
		if err != nil {
			return err
		}
		if status != http.StatusNotFound || bytes.Contains(text, []byte("SQLite")) {
			off = append(off, path+" answers")
		}
	}
	w.holds(off, "it answers %s; %d ways to ask for a case or for the database are refused", strings.Join(roots, ", "), asked)
	return nil
}

// fourEyes: who built a release cannot publish it.
func (w *walk) fourEyes() error {
	b, by, err := w.built(w.ctx)
	if err != nil {
		return err
	}
	var off []string
	if _, err := w.publish(w.ctx, w.region.builder, b, by); errs.KindOf(err) != errs.Forbidden {
		off = append(off, "whoever built it may publish it")
	}
	w.holds(off, "%s, who built it, is refused to publish it", by)
	return nil
}
