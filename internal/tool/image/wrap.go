package main

import (
	"archive/tar"
	"bytes"
	"encoding/pem"
	"errors"
	"io"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// user is the account that the program runs as; it owns nothing of the image.
const user = "65532:65532"

// accounts name it, for programs that ask.
const accounts = "root:x:0:0:root:/:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/:/sbin/nologin\n"

// epoch is the time of every file and of the image.
var epoch = time.Unix(0, 0).UTC()

// file is one entry of the image's layer; a folder where its name ends in a slash.
type file struct {
	name    string
	mode    int64
	content []byte
}

// wrap makes the image of a program: its binary and what it looks for, in one layer.
func wrap(called string, binary []byte, p v1.Platform) (v1.Image, error) {
	roots, err := authorities()
	if err != nil {
		return nil, err
	}
	raw, err := layered([]file{
		{called, 0o755, binary},
		{"etc/", 0o755, nil}, {"etc/passwd", 0o644, []byte(accounts)},
		{"etc/ssl/", 0o755, nil}, {"etc/ssl/certs/", 0o755, nil}, {"etc/ssl/certs/ca-certificates.crt", 0o644, roots},
	})
	if err != nil {
		return nil, err
	}
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(raw)), nil }
	layer, err := tarball.LayerFromOpener(open, tarball.WithMediaType(types.OCILayer))
	if err != nil {
		return nil, err
	}
	image, err := mutate.Append(mutate.MediaType(empty.Image, types.OCIManifestSchema1), mutate.Addendum{Layer: layer, History: v1.History{Created: v1.Time{Time: epoch}}})
	if err != nil {
		return nil, err
	}
	image = mutate.ConfigMediaType(image, types.OCIConfigJSON)
	config, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture, config.Variant = p.OS, p.Architecture, p.Variant
	config.Created = v1.Time{Time: epoch}
	config.Config = v1.Config{User: user, WorkingDir: "/", Entrypoint: []string{"/" + called}}
	return mutate.ConfigFile(image, config)
}

// layered writes files as a tar of root's, of no time.
func layered(files []file) ([]byte, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		h := &tar.Header{Name: f.name, Mode: f.mode, Size: int64(len(f.content)), ModTime: epoch, Typeflag: tar.TypeReg, Format: tar.FormatUSTAR}
		if f.name[len(f.name)-1] == '/' {
			h.Typeflag = tar.TypeDir
		}
		if err := w.WriteHeader(h); err != nil {
			return nil, err
		}
		if _, err := w.Write(f.content); err != nil {
			return nil, err
		}
	}
	err := w.Close() // writes the archive's end
	return b.Bytes(), err
}

// authorities are the public certificate authorities that Mozilla trusts, of the version
// that go.mod pins; none whose trust is bounded, which a file cannot say.
func authorities() ([]byte, error) {
	var b bytes.Buffer
	n := 0
	for root := range bundle.Roots() {
		if root.Constraint != nil {
			continue
		}
		n++
		if err := pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}); err != nil {
			return nil, err
		}
	}
	if n < 50 {
		return nil, errors.New("the list of certificate authorities is not whole")
	}
	return b.Bytes(), nil
}
