package controller

import (
	"errors"
	"net/http"

	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
)

// Synced is ready once, and while, the cluster's objects are read.
func Synced(c cache.Cache) healthz.Checker {
	return func(r *http.Request) error {
		if !c.WaitForCacheSync(r.Context()) {
			return errors.New("the cluster's objects are not read yet")
		}
		return nil
	}
}
