package publication_test

import (
	"net/http/httptest"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/sala-exchange/sala/services/publication"
)

// s3 is a bucket of a small S3 server in this process, opened by its address as an
// operator names it.
func s3(t *testing.T) publication.Store {
	t.Helper()
	backend := s3mem.New()
	err := backend.CreateBucket("releases")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(backend).Server())
	t.Cleanup(server.Close)
	t.Setenv("AWS_ACCESS_KEY_ID", "reader")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "only-in-this-test")
	s, closing, err := publication.OpenStore(t.Context(), "s3://releases?region=ap-southeast-1&use_path_style=true&endpoint="+server.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = closing() })
	return s
}
