package main

import (
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// contents lists what a program is made of (CycloneDX, JSON): the modules that the Go
// toolchain has linked, with the hashes that go.sum pins, and the toolchain's own library.
// It holds no time and no serial number, so that the same program has the same list.
func contents(called, version string, binary []byte) ([]byte, error) {
	info, err := buildinfo.Read(bytes.NewReader(binary))
	if err != nil {
		return nil, fmt.Errorf("reading what the program is made of: %w", err)
	}
	sum := sha256.Sum256(binary)
	bom := cdx.NewBOM()
	bom.Metadata = &cdx.Metadata{Component: &cdx.Component{
		BOMRef: info.Path, Type: cdx.ComponentTypeApplication, Name: called, Version: version,
		PackageURL: "pkg:golang/" + info.Path + "@" + version,
		Hashes:     &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: hex.EncodeToString(sum[:])}},
	}}
	library := strings.TrimPrefix(strings.Fields(info.GoVersion)[0], "go")
	parts := []cdx.Component{{BOMRef: "std@" + library, Type: cdx.ComponentTypeLibrary, Name: "std", Version: library, PackageURL: "pkg:golang/std@" + library}}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		url := "pkg:golang/" + m.Path + "@" + m.Version
		one := cdx.Component{BOMRef: url, Type: cdx.ComponentTypeLibrary, Name: m.Path, Version: m.Version, PackageURL: url}
		// h1 is the SHA-256 of the module's list of files (golang.org/x/mod/sumdb/dirhash).
		if raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(m.Sum, "h1:")); err == nil && len(raw) == sha256.Size {
			one.Hashes = &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: hex.EncodeToString(raw)}}
		}
		parts = append(parts, one)
	}
	bom.Components = &parts
	var b bytes.Buffer
	if err := cdx.NewBOMEncoder(&b, cdx.BOMFileFormatJSON).SetPretty(true).Encode(bom); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
