// Package crd holds the definitions of Sala's kinds as a cluster is given them.
//
// It promises that they are what the types of operator/api were generated to, and nothing
// written by hand. It reads none of them: package rules does.
package crd

import _ "embed"

// Agencies is the definition of the kind Agency, as YAML.
//
//go:embed sala.exchange_agencies.yaml
var Agencies []byte
