// Package programs holds as much of some programs as the runbooks use, so that their
// commands run where these are not installed. A test's main function makes commands of
// them. What they do not know they refuse. No program of Sala imports it.
package programs

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"filippo.io/age"
)

// Age is age: -r RECIPIENT encrypts and -d -i FILE decrypts, from the file that is named
// or stdin to stdout.
func Age() {
	flags := flag.NewFlagSet("age", flag.ExitOnError)
	to := flags.String("r", "", "recipient")
	open := flags.Bool("d", false, "decrypt")
	identity := flags.String("i", "", "file of the identity")
	_ = flags.Parse(os.Args[1:])
	in, err := os.Stdin, error(nil)
	if flags.NArg() > 0 {
		in, err = os.Open(flags.Arg(0))
	}
	stop(err)
	if *open {
		stop(opened(os.Stdout, in, *identity))
		return
	}
	stop(sealed(os.Stdout, in, *to))
}

func sealed(out io.Writer, in io.Reader, to string) error {
	r, err := age.ParseX25519Recipient(to)
	if err != nil {
		return err
	}
	w, err := age.Encrypt(out, r)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, in)
	return errors.Join(err, w.Close())
}

func opened(out io.Writer, in io.Reader, identity string) error {
	f, err := os.Open(identity)
	if err != nil {
		return err
	}
	all, err := age.ParseIdentities(f)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	r, err := age.Decrypt(in, all...)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, r)
	return err
}

// AgeKeygen is age-keygen -o FILE: it prints the public key.
func AgeKeygen() {
	flags := flag.NewFlagSet("age-keygen", flag.ExitOnError)
	file := flags.String("o", "", "file of the identity")
	_ = flags.Parse(os.Args[1:])
	key, err := age.GenerateX25519Identity()
	stop(err)
	f, err := os.OpenFile(*file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	stop(err)
	_, err = fmt.Fprintf(f, "# public key: %s\n%s\n", key.Recipient(), key)
	stop(errors.Join(err, f.Close()))
	_, _ = fmt.Fprintf(os.Stderr, "Public key: %s\n", key.Recipient())
}
