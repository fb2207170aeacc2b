package v1alpha1

//go:generate go tool -modfile=../../../internal/tool/crd/go.mod controller-gen object crd:crdVersions=v1 paths=. output:crd:dir=../../crd
//go:generate go tool -modfile=../../../internal/tool/crd/go.mod crd-ref-docs --source-path=. --config=reference.yaml --templates-dir=reference --renderer=markdown --output-path=../../../docs/custom-resources.md
