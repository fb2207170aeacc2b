package configuration

//go:generate go run ./generate
