package seal

import (
	"bytes"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// newCaseKey makes a fresh AES-256-GCM keyset, ready to use and as bytes to wrap. The
// caller clears the bytes.
func newCaseKey() (tink.AEAD, []byte, error) {
	h, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, nil, err
	}
	var plain bytes.Buffer
	if err := insecurecleartextkeyset.Write(h, keyset.NewBinaryWriter(&plain)); err != nil {
		return nil, nil, err
	}
	key, err := aead.New(h)
	return key, plain.Bytes(), err
}

// readCaseKey is its reverse.
func readCaseKey(plain []byte) (tink.AEAD, error) {
	h, err := insecurecleartextkeyset.Read(keyset.NewBinaryReader(bytes.NewReader(plain)))
	if err != nil {
		return nil, err
	}
	return aead.New(h)
}
