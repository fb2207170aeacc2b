package configuration

import (
	"fmt"
	"strings"
)

const head = `# Configuration

Written by ` + "`make generate`" + ` from ` + "`services/configuration/keys.go`" + `; do not edit.

Every setting has one name. It is given by a flag, by an environment variable or in a YAML file (` + "`--config FILE`" + ` or ` + "`SALA_CONFIG`" + `); a flag goes before the environment, the environment before the file, the file before the default.

- A key of the file that does not exist stops the program, with its line and the nearest name that does. An unknown ` + "`SALA_…`" + ` variable is warned about.
- **Secrets are never values.** A key that ends in ` + "`File`" + ` and is marked secret names a file that holds the secret: readable by the program, not by everybody (mode 600, or 640 with a group of the program's own). A password inside the database's URL and ` + "`PGPASSWORD`" + ` are refused, wherever they stand.
- Paths are relative to the folder that the program runs in, not to the file that names them.
- Lists are given by repeating the flag, as words between blanks in the environment, as a YAML list in the file.
- ` + "`sala config check`" + ` checks everything that can be checked without starting (values, ranges, files and their modes, what goes together), prints each value with where it comes from, and exits 1 where something is wrong; ` + "`-o json`" + ` for programs. It takes the flags of ` + "`sala serve`" + `.

` + "```yaml" + `
# sala.yaml
database: postgres://sala_app@db.internal/sala?sslmode=verify-full
databasePasswordFile: /etc/sala/secrets/database-password
address: "[::]:8443"
tlsCertificateFile: /etc/sala/tls/tls.crt
tlsKeyFile: /etc/sala/tls/tls.key
issuer:
  - https://idp.lwu.example
  - https://idp.ngo.example#token_use=access
audience: https://sala.example/api
cursorKeyFile: /etc/sala/secrets/cursor.key
` + "```" + `
`

// Document writes docs/configuration.md.
func Document() string {
	var b strings.Builder
	b.WriteString(head)
	for _, g := range Groups() {
		fmt.Fprintf(&b, "\n## %s\n", g)
		for _, k := range declared {
			if k.Group == g {
				k.document(&b)
			}
		}
	}
	return b.String()
}

func (k *Key) document(b *strings.Builder) {
	fmt.Fprintf(b, "\n### %s\n%s\n\n", k.Name, k.Meaning)
	value := " VALUE"
	switch {
	case k.Switch:
		value = ""
	case k.List:
		value = " VALUE …"
	}
	fmt.Fprintf(b, "| flag | environment | default | range | example |\n|---|---|---|---|---|\n")
	fmt.Fprintf(b, "| `--%s%s` | `%s` | %s | %s | `%s` |\n", k.Flag(), value, k.Variable(), quoted(k.Default), k.Range, k.Example)
	if k.Secret {
		b.WriteString("\nNames a file that holds a secret.\n")
	}
}

func quoted(s string) string {
	if s == "" {
		return "none"
	}
	return "`" + s + "`"
}
