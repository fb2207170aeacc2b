package serve

import (
	"context"

	"github.com/sala-exchange/sala/internal/document"
	"github.com/sala-exchange/sala/services/configuration"
	"github.com/sala-exchange/sala/services/listen"
)

// documents says which documents are answered: nil for any.
func (s *server) documents(v *configuration.Values) (func() *document.Set, error) {
	if configuration.AnyDocument.In(v) {
		return nil, nil
	}
	r := &listen.Documents{Path: configuration.Documents.In(v), Log: s.log}
	if err := r.Look(); err != nil {
		return nil, err
	}
	if r.Path != "" {
		s.jobs = append(s.jobs, func(ctx context.Context) { listen.Watch(ctx, configuration.DocumentsReloadInterval.In(v), r.Look) })
	}
	return r.Current, nil
}
