package folder

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"strings"
)

// coding keeps the byte order of ids, is safe on file systems that know no upper case,
// and can be read back.
var coding = base32.HexEncoding.WithPadding(base32.NoPadding)

func fileName(id string) string { return strings.ToLower(coding.EncodeToString([]byte(id))) }

// idOf returns the id of a file name; ok is false for what no store wrote.
func idOf(name string) (id string, ok bool) {
	raw, err := coding.DecodeString(strings.ToUpper(name))
	if err != nil || fileName(string(raw)) != name {
		return "", false
	}
	return string(raw), true
}

// shard is one of 256 folders, so that none grows large.
func shard(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:1])
}
