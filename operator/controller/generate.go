package controller

//go:generate go tool -modfile=../../internal/tool/crd/go.mod controller-gen rbac:roleName=sala-operator paths=. output:rbac:dir=../rbac
