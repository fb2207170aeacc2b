package signin

import (
	"cmp"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"

	"github.com/sala-exchange/sala/internal/errs"
)

// Profile is one server as one person of one agency.
type Profile struct {
	Server   string   `json:"server"` // URL of the API
	Issuer   string   `json:"issuer"`
	ClientID string   `json:"clientID"`
	Scopes   []string `json:"scopes,omitempty"`
	Token    *Token   `json:"token,omitempty"` // nil where signed out
}

// Book is all profiles of a person on a machine, in one file that only its owner
// reads.
type Book struct {
	Current  string              `json:"current"`
	Profiles map[string]*Profile `json:"profiles"`
}

// Shelf is the folder of the book.
type Shelf struct{ Folder string }

// DefaultShelf is SALA_CONFIG_HOME, or the folder sala of the user's configuration.
func DefaultShelf() (Shelf, error) {
	if dir := os.Getenv("SALA_CONFIG_HOME"); dir != "" {
		return Shelf{dir}, nil
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return Shelf{}, errs.Wrap(err, errs.Invalid, "there is no folder for the sign-in: set SALA_CONFIG_HOME")
	}
	return Shelf{filepath.Join(dir, "sala")}, nil
}

func (s Shelf) path() string { return filepath.Join(s.Folder, "profiles.json") }

// Read returns the book, empty where there is none. A file that others may read is
// refused: its tokens must be taken as known to them.
func (s Shelf) Read() (*Book, error) {
	b := &Book{Profiles: map[string]*Profile{}}
	info, err := os.Stat(s.path())
	if os.IsNotExist(err) {
		return b, nil
	}
	if err != nil {
		return nil, errs.Wrap(err, errs.Invalid, "the file of the sign-ins cannot be read: check the permissions of its folder")
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, errs.New(errs.Invalid, "the file of the sign-ins can be read by others: remove it and run sala login again")
	}
	raw, err := os.ReadFile(s.path())
	if err == nil {
		err = json.Unmarshal(raw, b)
	}
	if err != nil {
		return nil, errs.Wrap(err, errs.Invalid, "the file of the sign-ins is damaged: remove it and run sala login again")
	}
	if b.Profiles == nil {
		b.Profiles = map[string]*Profile{}
	}
	return b, nil
}

// Change reads the book, lets fn change it, and puts it in the place of the old one
// whole; one process at a time.
func (s Shelf) Change(fn func(*Book) error) error {
	if err := os.MkdirAll(s.Folder, 0o700); err != nil {
		return errs.Wrap(err, errs.Invalid, "the folder of the sign-ins cannot be made: set SALA_CONFIG_HOME")
	}
	unlock, err := lockedfile.MutexAt(filepath.Join(s.Folder, "lock")).Lock()
	if err != nil {
		return errs.Wrap(err, errs.Unavailable, "the file of the sign-ins cannot be locked: try again")
	}
	defer unlock()
	b, err := s.Read()
	if err != nil {
		return err
	}
	if err := fn(b); err != nil {
		return err
	}
	raw, err := json.MarshalIndent(b, "", "  ")
	if err != nil {
		return errs.Wrap(err, errs.Internal, "writing the sign-ins failed")
	}
	return replace(s.path(), append(raw, '\n'))
}

// replace writes a file of mode 0600 beside path and moves it there.
func replace(path string, raw []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".profiles-*")
	if err != nil {
		return errs.Wrap(err, errs.Invalid, "the file of the sign-ins cannot be written")
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.Write(raw)
	err = cmp.Or(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errs.Wrap(err, errs.Invalid, "the file of the sign-ins cannot be written: is the disk full?")
	}
	return nil
}

// Pick returns the profile of a name, or the current one where name is empty.
func (b *Book) Pick(name string) (string, *Profile, error) {
	name = cmp.Or(name, b.Current)
	p := b.Profiles[name]
	if p == nil {
		return "", nil, errs.New(errs.Unauthenticated, "there is no such sign-in: run sala login")
	}
	return name, p, nil
}

// early is how long before its end a token is renewed.
const early = 30 * time.Second

// AccessToken returns a token that is good now, renewed where the issuer gave a
// refresh token. Unauthenticated means: run sala login.
func (s Shelf) AccessToken(ctx context.Context, name string, as func(*Profile) Issuer) (token string, p *Profile, err error) {
	b, err := s.Read()
	if err != nil {
		return "", nil, err
	}
	name, p, err = b.Pick(name)
	if err != nil {
		return "", nil, err
	}
	if fresh(p.Token, as(p).now()) {
		return p.Token.Access, p, nil
	}
	// Under the lock, so that two processes do not spend one refresh token twice.
	err = s.Change(func(b *Book) error {
		if name, p, err = b.Pick(name); err != nil {
			return err
		}
		if fresh(p.Token, as(p).now()) {
			return nil
		}
		if p.Token == nil || p.Token.Refresh == "" {
			return errs.New(errs.Unauthenticated, "you are not signed in, or the sign-in is over: run sala login")
		}
		p.Token, err = as(p).Renew(ctx, p.Token.Refresh)
		return err
	})
	if err != nil {
		return "", nil, err
	}
	return p.Token.Access, p, nil
}

func fresh(t *Token, now time.Time) bool {
	return t != nil && t.Access != "" && (t.Expires.IsZero() || now.Before(t.Expires.Add(-early)))
}

// Secure reports whether a token may be sent to the address: https, or this machine.
func Secure(address string) bool { return secure(address) }
