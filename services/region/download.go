package region

import (
	"bytes"
	"encoding/json"
	"net/http"
	"path"
	"time"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/request"
	"github.com/sala-exchange/sala/services/publication"
)

// kinds are the media types of a release's files, by the name's ending. None is one that
// a browser would run with rights of this server.
var kinds = map[string]string{
	".csv": "text/csv; charset=utf-8", ".json": "application/json", ".parquet": "application/vnd.apache.parquet",
	".html": "text/html; charset=utf-8", ".note": "text/plain; charset=utf-8",
}

// download gives a file of a release, as it was published. A withdrawn version is 410,
// but for its manifest, signature and notice; all else that is not there is 404.
func (s *Server) download(w http.ResponseWriter, r *http.Request) {
	content, err := s.file(r)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if err != nil {
		request.From(r.Context()).SetOutcome(errs.Public(err).Kind.Code())
		refuse(w, err)
		return
	}
	name := r.PathValue("file")
	kind, known := kinds[path.Ext(name)]
	if !known {
		kind = "application/octet-stream"
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`) // of the manifest, which names plain files only
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
	h.Set("Cache-Control", "private, no-cache")
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(content))
}

func (s *Server) file(r *http.Request) ([]byte, error) {
	ref, err := publication.ParseRef(r.PathValue("id"), r.PathValue("version"))
	if err != nil {
		return nil, errs.NotHere()
	}
	found, err := s.current.Load().Release(r.PathValue("country"), ref.ID, ref.Version)
	if err != nil {
		return nil, err
	}
	return found.File(r.PathValue("file"))
}

// refuse answers in the form of the API's errors.
func refuse(w http.ResponseWriter, err error) {
	e, status := errs.Public(err), http.StatusInternalServerError
	switch e.Kind {
	case errs.Withheld:
		status = http.StatusNotFound
	case errs.Conflict:
		status = http.StatusGone
	case errs.Unavailable:
		status = http.StatusServiceUnavailable
		w.Header().Set("Retry-After", "1")
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"errors": []any{map[string]any{
		"message": e.Message, "extensions": map[string]any{"code": e.Kind.Code()},
	}}})
}
