//go:build pins

// Package crds names what its module pins; no program is built of it.
package crds

import (
	_ "github.com/cloudnative-pg/cloudnative-pg/api/v1"
	_ "github.com/external-secrets/external-secrets/apis/externalsecrets/v1"
	_ "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	_ "sigs.k8s.io/gateway-api/apis/v1"
)
