package devissuer

import (
	"context"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// deviceCode is a sign-in through the device grant (RFC 8628).
type deviceCode struct {
	client, user  string // client id and user code
	scopes        []string
	made          time.Time
	subject       string
	denied        bool
	authenticated time.Time
}

// StoreDeviceAuthorization starts a sign-in on a device. Its lifetime is the
// issuer's own, by the issuer's clock.
func (s *store) StoreDeviceAuthorization(_ context.Context, client, device, user string, _ time.Time, scopes []string) error {
	if checkScopes(scopes) != nil {
		return oidc.ErrInvalidScope()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.sweep(); err != nil {
		return err
	}
	if s.deviceOf(user) != nil {
		return op.ErrDuplicateUserCode
	}
	s.devices[device] = &deviceCode{client: client, user: user, scopes: scopes, made: s.now()}
	return nil
}

// GetDeviceAuthorizatonState says how a sign-in stands. Once it was allowed, it is
// taken: the device code works once.
func (s *store) GetDeviceAuthorizatonState(_ context.Context, client, device string) (*op.DeviceAuthorizationState, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.devices[device]
	if d == nil || d.client != client {
		return nil, errGone
	}
	end := d.made.Add(requestLife)
	if !s.now().Before(end) {
		delete(s.devices, device)
		return &op.DeviceAuthorizationState{ClientID: client}, nil // long over
	}
	if d.denied || d.subject != "" {
		delete(s.devices, device)
	}
	// The provider compares Expires with the machine's clock, but only while the
	// sign-in is pending; the issuer's clock has had its say above.
	return &op.DeviceAuthorizationState{
		ClientID: client, Scopes: d.scopes, Expires: time.Now().Add(requestLife),
		Done: d.subject != "", Denied: d.denied, Subject: d.subject, AuthTime: d.authenticated,
	}, nil
}

// deviceOf finds the undecided sign-in with this user code. The caller holds the
// lock.
func (s *store) deviceOf(user string) *deviceCode {
	for _, d := range s.devices {
		if d.user == user && d.subject == "" && !d.denied && s.now().Sub(d.made) < requestLife {
			return d
		}
	}
	return nil
}

// decideDevice allows the device to act for the subject, or refuses it where the
// subject is empty. It is decided once.
func (s *store) decideDevice(user, subject string) error {
	u, known := s.user(subject)
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.deviceOf(strings.ToUpper(strings.TrimSpace(user)))
	if d == nil || subject != "" && !known {
		return errGone
	}
	d.subject, d.denied, d.authenticated = u.Subject, subject == "", s.now()
	return nil
}
