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
	asked         time.Time     // when the device asked last
	every         time.Duration // how long it must leave between two questions
}

// How often a device may ask, and by how much less when it asks too often (RFC 8628,
// 3.5).
const (
	pollInterval = 5 * time.Second
	slower       = 5 * time.Second
)

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
	s.devices[device] = &deviceCode{client: client, user: user, scopes: scopes, made: s.now(), every: pollInterval}
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
	} else if d.early(s.now()) {
		return nil, context.DeadlineExceeded // the provider's word for slow_down
	}
	// The provider compares Expires with the machine's clock, but only while the
	// sign-in is pending; the issuer's clock has had its say above.
	return &op.DeviceAuthorizationState{
		ClientID: client, Scopes: d.scopes, Expires: time.Now().Add(requestLife),
		Done: d.subject != "", Denied: d.denied, Subject: d.subject, AuthTime: d.authenticated,
	}, nil
}

// early notes a question about an undecided sign-in, and reports whether it came too
// soon after the one before; then the device must slow down.
func (d *deviceCode) early(now time.Time) bool {
	before := d.asked
	d.asked = now
	if before.IsZero() || now.Sub(before) >= d.every {
		return false
	}
	d.every += slower
	return true
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
