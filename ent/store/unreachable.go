package store

import (
	"errors"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sala-exchange/sala/internal/errs"
)

// NoRole reports whether an operation came to nothing since the database has no such role,
// or gives it nothing, as where another database of the same server, of a newer version, has
// brought the role: it is older than the program.
func NoRole(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && slices.Contains([]string{"22023", "42704", "42501", "42P01"}, pg.Code) // invalid_parameter_value, undefined_object, insufficient_privilege, undefined_table: of a schema that it may not use
}

// unreachable says why no operation can begin, as far as an operator can mend it.
func unreachable(err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch pg.Code {
		case "28P01", "28000": // invalid_password, invalid_authorization_specification
			return errs.Wrap(err, errs.Unavailable, "the database refuses the login: check its user and its password file")
		case "3D000": // invalid_catalog_name
			return errs.Wrap(err, errs.Unavailable, "there is no database of that name: check the address")
		case "42501", "22023", "42704": // no privilege, or no such role
			return errs.Wrap(err, errs.Unavailable, "the database login may not act as Sala's roles: is it sala_app, or sala_sequencer for `sala ledger sequence`, and are the migrations applied?")
		}
	}
	return errs.Wrap(err, errs.Unavailable, "the database cannot be reached: try again")
}
