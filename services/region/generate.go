package region

//go:generate go run ./generate
