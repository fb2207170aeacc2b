package backup

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
)

// within runs do on one connection in one transaction.
func within(ctx context.Context, st *store.Store, o pgx.TxOptions, do func(pgx.Tx) error) error {
	conn, err := st.DB().Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	return conn.Raw(func(c any) error {
		direct, ok := c.(*stdlib.Conn)
		if !ok {
			return errs.New(errs.Internal, "this is no connection to PostgreSQL")
		}
		return pgx.BeginTxFunc(ctx, direct.Conn(), o, do)
	})
}

func writePostgres(ctx context.Context, st *store.Store, m *Manifest, out *archive) error {
	o := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	return within(ctx, st, o, func(tx pgx.Tx) error {
		var err error
		if m.Tables, err = tables(ctx, tx); err != nil {
			return err
		}
		if err := out.json("manifest.json", m); err != nil {
			return err
		}
		for _, t := range m.Tables {
			w := out.data(t.Name)
			if _, err := tx.Conn().PgConn().CopyTo(ctx, w, "COPY "+t.list()+" TO STDOUT"); err != nil {
				return err
			}
			if err := w.Close(); err != nil {
				return err
			}
		}
		return nil
	})
}

// list is the table with its columns.
func (t Table) list() string {
	quoted := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		quoted[i] = pgx.Identifier{c}.Sanitize()
	}
	return pgx.Identifier{"public", t.Name}.Sanitize() + " (" + strings.Join(quoted, ", ") + ")"
}

// tables lists every table but the migrations' own, those first that others refer to.
func tables(ctx context.Context, tx pgx.Tx) ([]Table, error) {
	rows, err := tx.Query(ctx, `SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum) FROM pg_class c
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
		WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> 'goose_db_version'
		GROUP BY c.relname ORDER BY c.relname`)
	if err != nil {
		return nil, err
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Table])
	if err != nil {
		return nil, err
	}
	rows, err = tx.Query(ctx, `SELECT DISTINCT a.relname, b.relname FROM pg_constraint k JOIN pg_class a ON a.oid = k.conrelid
		JOIN pg_class b ON b.oid = k.confrelid WHERE k.contype = 'f' AND a.oid <> b.oid AND a.relnamespace = 'public'::regnamespace`)
	if err != nil {
		return nil, err
	}
	refers, err := pgx.CollectRows(rows, pgx.RowToStructByPos[struct{ From, To string }])
	if err != nil {
		return nil, err
	}
	needs := map[string][]string{}
	for _, r := range refers {
		needs[r.From] = append(needs[r.From], r.To)
	}
	return ordered(all, needs)
}

// ordered puts each table after those that it needs.
func ordered(all []Table, needs map[string][]string) ([]Table, error) {
	var out []Table
	placed := map[string]bool{}
	for len(out) < len(all) {
		before := len(out)
		for _, t := range all {
			ready := !placed[t.Name]
			for _, n := range needs[t.Name] {
				ready = ready && placed[n]
			}
			if ready {
				placed[t.Name] = true
				out = append(out, t)
			}
		}
		if len(out) == before {
			return nil, errs.New(errs.Internal, "tables refer to each other in a circle: they cannot be restored one after another")
		}
	}
	return out, nil
}

// readPostgres loads the data into an empty database of the same migrations. Triggers
// rest: what is loaded was evaluated and checked when it was first stored.
func readPostgres(ctx context.Context, st *store.Store, m *Manifest, in *members) error {
	return within(ctx, st, pgx.TxOptions{}, func(tx pgx.Tx) error {
		there, err := tables(ctx, tx)
		if err != nil {
			return err
		}
		for _, t := range there {
			if err := empty(ctx, tx, t.Name); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, "ALTER TABLE "+pgx.Identifier{t.Name}.Sanitize()+" DISABLE TRIGGER USER"); err != nil {
				return err
			}
		}
		known := map[string]Table{}
		for _, t := range m.Tables {
			known[t.Name] = t
		}
		for in.more() {
			t, ok := known[in.name]
			if !ok {
				return errs.New(errs.Invalid, "the backup holds a table that its own list does not name")
			}
			if _, err := tx.Conn().PgConn().CopyFrom(ctx, in, "COPY "+t.list()+" FROM STDIN"); err != nil {
				return err
			}
		}
		if in.err != nil {
			return in.err
		}
		for _, t := range there {
			if _, err := tx.Exec(ctx, "ALTER TABLE "+pgx.Identifier{t.Name}.Sanitize()+" ENABLE TRIGGER USER"); err != nil {
				return err
			}
		}
		return nil
	})
}

// empty refuses to restore over what is there.
func empty(ctx context.Context, tx pgx.Tx, table string) error {
	var any bool
	if err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM "+pgx.Identifier{table}.Sanitize()+")").Scan(&any); err != nil {
		return err
	}
	if any {
		return errs.New(errs.Conflict, "the database is not empty: restore into a new one, after `sala migrate up`")
	}
	return nil
}
