package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// postgres makes a database at the first start, and runs it until the pod ends:
//
//	PGDATA       where it is
//	PGBIN        the folder of PostgreSQL's programs
//	PGSECRETS    folder with tls.crt, tls.key and the passwords of the roles
//
// The roles are those of docs/install-kubernetes.md, step 3.
func postgres(ctx context.Context, _ []string) error {
	data, bin, secrets := os.Getenv("PGDATA"), os.Getenv("PGBIN"), os.Getenv("PGSECRETS")
	fresh := false
	if _, err := os.Stat(filepath.Join(data, "PG_VERSION")); err != nil {
		fresh = true
		if out, err := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "-D", data, "-U", "postgres", "-A", "scram-sha-256", "--auth-local=trust", "--pwfile", filepath.Join(secrets, "superuser.password"), "-E", "UTF8", "--locale", "C").CombinedOutput(); err != nil {
			return fmt.Errorf("initdb: %w: %s", err, out)
		}
		hba, err := os.OpenFile(filepath.Join(data, "pg_hba.conf"), os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		_, err = hba.WriteString("hostssl all all all scram-sha-256\n")
		if err := errors.Join(err, hba.Close()); err != nil {
			return err
		}
	}
	// A key that others may read is refused: a volume of secrets is its group's.
	key, err := os.ReadFile(filepath.Join(secrets, "tls.key"))
	if err == nil {
		err = os.WriteFile("/tmp/tls.key", key, 0o600)
	}
	if err != nil {
		return err
	}
	args := []string{"-D", data, "-k", "/tmp"}
	for _, s := range []string{
		"listen_addresses=*", "ssl=on", "ssl_cert_file=" + filepath.Join(secrets, "tls.crt"), "ssl_key_file=/tmp/tls.key", "ssl_min_protocol_version=TLSv1.3",
		"log_error_verbosity=terse", "log_min_error_statement=panic", "log_parameter_max_length=0", "log_parameter_max_length_on_error=0", "max_connections=200",
	} {
		args = append(args, "-c", s)
	}
	server := exec.CommandContext(ctx, filepath.Join(bin, "postgres"), args...)
	server.Stdout, server.Stderr = os.Stdout, os.Stderr
	server.Cancel = func() error { return server.Process.Signal(syscall.SIGINT) } // a fast shutdown
	if err := server.Start(); err != nil {
		return err
	}
	if fresh {
		if err := roles(ctx, secrets); err != nil {
			return errors.Join(err, server.Process.Kill())
		}
	}
	err = server.Wait()
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// roles makes the roles and the database.
func roles(ctx context.Context, secrets string) error {
	var conn *pgx.Conn
	var err error
	for end := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		if conn, err = pgx.Connect(ctx, "host=/tmp user=postgres dbname=postgres"); err == nil || time.Now().After(end) {
			break
		}
	}
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	for _, r := range []struct{ name, may string }{{"owner", "CREATEROLE"}, {"app", "NOINHERIT"}, {"sequencer", "NOINHERIT"}} {
		password, err := os.ReadFile(filepath.Join(secrets, r.name+".password"))
		if err != nil {
			return err
		}
		if _, err := conn.Exec(ctx, "CREATE ROLE sala_"+r.name+" LOGIN "+r.may+" PASSWORD '"+strings.ReplaceAll(strings.TrimSpace(string(password)), "'", "''")+"'"); err != nil {
			return err
		}
	}
	for _, statement := range []string{
		"CREATE DATABASE sala OWNER sala_owner",
		"ALTER DATABASE sala SET log_error_verbosity = terse",
		"ALTER DATABASE sala SET log_parameter_max_length = 0",
		"ALTER DATABASE sala SET log_parameter_max_length_on_error = 0",
	} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// sql runs the statement on stdin as the superuser, in the pod of the database, and prints
// the first column of what it returns.
func sql(ctx context.Context, _ []string) error {
	statement, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, "host=/tmp user=postgres dbname=sala")
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	rows, err := conn.Query(ctx, string(statement))
	if err != nil {
		return err
	}
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			return err
		}
		fmt.Println(values[0])
	}
	return rows.Err()
}
