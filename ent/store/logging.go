package store

import (
	"context"
	"strings"

	"entgo.io/ent/dialect"

	"github.com/sala-exchange/sala/internal/errs"
)

// whatItLogs is why a PostgreSQL would write what people typed into its own log, one
// line a reason, from the settings of this connection:
//   - a constraint that refuses a row tells the row, unless messages are terse;
//   - a statement that fails tells its parameters, where their length is not 0;
//   - a statement that is logged for its duration, its kind or by chance tells its
//     parameters, where their length is not 0.
const whatItLogs = `SELECT name FROM pg_settings WHERE
	name = 'log_error_verbosity' AND setting <> 'terse'
	OR name = 'log_parameter_max_length_on_error' AND setting <> '0'
	OR name = 'log_parameter_max_length' AND setting <> '0' AND EXISTS (SELECT 1 FROM pg_settings s WHERE
		s.name IN ('log_min_duration_statement', 'log_min_duration_sample') AND s.setting <> '-1'
		OR s.name = 'log_statement' AND s.setting <> 'none'
		OR s.name = 'log_transaction_sample_rate' AND s.setting <> '0')
	ORDER BY name`

// quiet are the values under which it writes nothing of that.
var quiet = map[string]string{
	"log_error_verbosity": "terse", "log_parameter_max_length_on_error": "0", "log_parameter_max_length": "0",
}

// LogsNothingTyped returns nil where PostgreSQL's own log holds nothing that people
// typed, whatever is slow or fails; otherwise an error that names the settings, and how
// a superuser sets them for the database. An embedded database has no log.
func (s *Store) LogsNothingTyped(ctx context.Context) error {
	if s.dialect != dialect.Postgres {
		return nil
	}
	rows, err := s.read.QueryContext(ctx, whatItLogs)
	if err != nil {
		return unreachable(err)
	}
	defer func() { _ = rows.Close() }()
	var set []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return failed(err, "reading the settings of PostgreSQL's log")
		}
		set = append(set, name+" = "+quiet[name])
	}
	if err := rows.Err(); err != nil {
		return failed(err, "reading the settings of PostgreSQL's log")
	}
	if len(set) > 0 {
		return errs.New(errs.Conflict, "PostgreSQL would write what people typed into its own log: as a superuser, ALTER DATABASE … SET %s; then connect anew",
			strings.Join(set, ", and SET "))
	}
	return nil
}
