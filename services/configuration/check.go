package configuration

import (
	"crypto/tls"
	"encoding/hex"
	"net/url"
	"os"
	"strings"

	"github.com/sala-exchange/sala/internal/errs"
)

// Check finds what is wrong with a server's configuration beyond single values: what
// is missing, what does not go together, files that cannot be read or that others may
// read. It connects to nothing.
func (v *Values) Check() Problems {
	var p Problems
	for _, check := range []func(*Problems){v.required, v.together, v.files} {
		check(&p)
	}
	if DatabaseURL.In(v) != "" && os.Getenv("PGPASSWORD") != "" {
		p = append(p, noPassword)
	}
	return p
}

// CheckSequencer is Check for a process that gives records their places in the ledger and
// does nothing else: it needs a database.
func (v *Values) CheckSequencer() Problems {
	var p Problems
	if DatabaseURL.In(v) == "" {
		p = append(p, NoDatabase)
	} else if os.Getenv("PGPASSWORD") != "" {
		p = append(p, noPassword)
	}
	if path := DatabasePasswordFile.In(v); path != "" {
		if err := private(path); err != nil {
			p.add(v.of(DatabasePasswordFile.Key).Source, DatabasePasswordFile.Key, err)
		} else if _, err := Password(path); err != nil {
			p = append(p, err.Error())
		}
	}
	return p
}

const noPassword = "PGPASSWORD is set in the environment: put the password into a file and name it with databasePasswordFile"

func (v *Values) required(p *Problems) {
	if Audience.In(v) == "" {
		*p = append(*p, "refusing to start without --audience: tokens for others could not be told apart")
	}
	if KeyStore.In(v) == "" || KeyFile.In(v) == "" && len(KMS.In(v)) == 0 {
		*p = append(*p, "refusing to start without keyStore, and keyFile or kms: nothing about a person could be stored")
	}
	if ErasureKeyFile.In(v) == "" {
		*p = append(*p, "the key of the erasure list is missing: name a file with erasureKeyFile and let `sala keys init` make it")
	}
	if CursorKeyFile.In(v) == "" {
		*p = append(*p, "the cursor key is missing: make one with `openssl rand -hex 32` and name its file with cursorKeyFile")
	}
	if DatabaseURL.In(v) == "" {
		*p = append(*p, NoDatabase)
	}
}

// NoDatabase says how to name the database.
const NoDatabase = "name the database with --database postgres://… or --database sqlite:PATH"

func (v *Values) together(p *Problems) {
	certificate, key := TLSCertificateFile.In(v), TLSKeyFile.In(v)
	if (certificate == "") != (key == "") {
		*p = append(*p, "tlsCertificateFile and tlsKeyFile go together: give both or neither")
	}
	if certificate == "" && !BehindProxy.In(v) && !loopback(Address.In(v)) {
		*p = append(*p, "refusing to serve without TLS beyond loopback: give tlsCertificateFile and tlsKeyFile, or say proxyTerminatesTLS where a proxy does it")
	}
	if ClientCertificates.In(v) && certificate == "" {
		*p = append(*p, "clientCertificates needs tlsCertificateFile: behind a proxy no client's certificate is seen")
	}
	if WriteTimeout.In(v) <= ReadTimeout.In(v)+OperationTimeout.In(v) {
		*p = append(*p, "writeTimeout must be longer than readTimeout and operationTimeout together: answers would be cut off")
	}
	if RequestIDHeader.In(v) != "" && !BehindProxy.In(v) && !loopback(Address.In(v)) {
		*p = append(*p, "requestIdHeader is a proxy's: it is taken on loopback or with proxyTerminatesTLS only")
	}
}

// doubtful warns of what is allowed and is seldom meant.
func (v *Values) doubtful() []string {
	var out []string
	u, err := url.Parse(DatabaseURL.In(v))
	if err != nil || strings.HasPrefix(DatabaseURL.In(v), "sqlite:") {
		return nil
	}
	if u.Host != "" && !loopback(u.Host) && u.Query().Get("sslmode") != "verify-full" {
		out = append(out, "the database is on another machine and its certificate is not checked wholly: add sslmode=verify-full to its URL")
	}
	return out
}

func (v *Values) files(p *Problems) {
	for _, k := range declared {
		if !k.Secret {
			continue
		}
		if path := first(v.of(k).Values); path != "" {
			if err := private(path); err != nil {
				p.add(v.of(k).Source, k, err)
			}
		}
	}
	if path := CursorKeyFile.In(v); path != "" && private(path) == nil {
		if _, err := CursorKey(v); err != nil {
			*p = append(*p, err.Error())
		}
	}
	if path := DatabasePasswordFile.In(v); path != "" && private(path) == nil {
		if _, err := Password(path); err != nil {
			*p = append(*p, err.Error())
		}
	}
	certificate, key := TLSCertificateFile.In(v), TLSKeyFile.In(v)
	if certificate != "" && key != "" {
		if _, err := tls.LoadX509KeyPair(certificate, key); err != nil {
			*p = append(*p, "tlsCertificateFile and tlsKeyFile are no pair of certificate and key in PEM that can be read")
		}
	}
	for _, k := range []*Key{PolicyBundle.Key, PolicyKeys.Key} {
		for _, path := range v.of(k).Values {
			if f, err := os.Open(path); err != nil { //nolint:gosec // the operator names the file
				p.add(v.of(k).Source, k, bad("names a file that cannot be read"))
			} else {
				_ = f.Close()
			}
		}
	}
}

// private checks that a secret's file can be read by the program and not by everybody.
func private(path string) error {
	f, err := os.Open(path) //nolint:gosec // the operator names the file
	if err != nil {
		return bad("names a file that cannot be read")
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	switch {
	case err != nil || !info.Mode().IsRegular():
		return bad("names no regular file")
	case info.Mode().Perm()&0o027 != 0:
		return bad("names a file that others may read or change: chmod 600, or 640 with a group of the program's own")
	}
	return nil
}

// CursorKey reads the key that seals cursors: 32 bytes.
func CursorKey(v *Values) ([]byte, error) {
	raw, err := os.ReadFile(CursorKeyFile.In(v))
	if err != nil {
		return nil, errs.Wrap(err, errs.Invalid, "the cursor key cannot be read: check cursorKeyFile")
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(raw)))
	if err != nil || len(key) != 32 {
		return nil, errs.New(errs.Invalid, "the cursor key must be 32 bytes in hexadecimal")
	}
	return key, nil
}

// Password reads the database's password: the file's first line.
func Password(path string) (string, error) {
	raw, err := os.ReadFile(path) //nolint:gosec // the operator names the file
	if err != nil {
		return "", errs.Wrap(err, errs.Unavailable, "the database's password cannot be read: check databasePasswordFile")
	}
	line := strings.TrimRight(string(raw), "\r\n")
	if line == "" || strings.ContainsAny(line, "\r\n\x00") {
		return "", errs.New(errs.Invalid, "the database's password file must hold one line")
	}
	return line, nil
}
