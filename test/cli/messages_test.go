package cli

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// What is wrong with a command line is told without what was typed: it may be a secret, or
// a name, in the wrong place.
func TestAWrongFlagIsToldWithoutItsValue(t *testing.T) {
	me := session{t, t.TempDir()}
	for want, args := range map[string][]string{
		"--cases takes a whole number": {"demo", "--cases", "Canary"}, "--seed takes a whole number from 0 on": {"demo", "--seed=-Canary"},
		"--check takes true or false": {"demo", "--check=Canary"}, "--cases needs a value": {"demo", "--cases"},
		"unknown flag: --tokn": {"whoami", "--tokn=Canary"}, "unknown flag of one letter": {"whoami", "-pCanary"},
	} {
		code, out, errOut := me.run(args...)
		if code != 2 || !strings.Contains(errOut, want) {
			t.Errorf("%v: %d %s%s, want %q", args, code, out, errOut, want)
		}
		for _, told := range []string{"Canary", "strconv", "ParseInt", "ParseUint"} {
			if strings.Contains(out+errOut, told) {
				t.Errorf("%v: %q is in %s%s", args, told, out, errOut)
			}
		}
	}
}

// The flags of every command stand in the help of one, and are named in that of the others.
func TestHelpListsTheFlagsOfEveryCommandOnce(t *testing.T) {
	me := session{t, t.TempDir()}
	if out := me.must("--help"); !strings.Contains(out, "--key-store") {
		t.Errorf("the flags of every command are not in %s", out)
	}
	for _, args := range [][]string{{"whoami", "--help"}, {"import", "htcds", "--help"}, {"agency", "team", "add", "--help"}, {"ledger", "verify", "--help"}} {
		out := me.must(args...)
		if strings.Contains(out, "--key-store") || !strings.Contains(out, "Global Flags: listed by `sala --help`") {
			t.Errorf("%v: %s", args, out)
		}
		if len(args) > 3 && !strings.Contains(out, "--endpoint") {
			t.Errorf("%v does not list the flags of its group: %s", args, out)
		}
	}
	if out := me.must("serve", "--help"); !strings.Contains(out, "--proxy-terminates-tls ") || strings.Contains(out, "t-l-s") {
		t.Errorf("initials are spelled out: %s", out)
	}
}

// A token is one line: a file with more is refused for what it is, and not as a server that
// cannot be reached.
func TestATokenFileHasOneLine(t *testing.T) {
	me := session{t, t.TempDir()}
	for text, want := range map[string]string{
		"eyJcanary.one.two\neyJcanary.three.four\n": "the token file has more than one line",
		"Bearer eyJcanary.one.two\n":                "the token file has characters that no access token has",
		"\n":                                        "the token file is empty",
	} {
		code, out, errOut := me.run("whoami", "--endpoint", "http://127.0.0.1:1/graphql", "--token-file", me.file("token", text))
		if code != 4 || !strings.Contains(errOut, want) || strings.Contains(out+errOut, "canary") {
			t.Errorf("%q: %d %s%s", text, code, out, errOut)
		}
	}
	if code, _, errOut := me.run("whoami", "--endpoint", "http://127.0.0.1:1/graphql", "--token-file", me.file("token", "eyJcanary.one.two\n")); code != 6 {
		t.Errorf("a token of one line: %d %s", code, errOut)
	}
}

// template is the heading of the standard's workbook.
const template = ",Case Owner,Salutation,First Name,Second Name,Consent,Birthdate,Gender,Citizenship,Title,Email,Home Phone,Mobile Phone,Mailing Street,Mailing City,Mailing State/Province,Mailing Zip/Postal Code,Mailing Country,Trafficking Status,Trafficking Status Decision Making Organization,Method of Recruitment,Location of Recruitment,Methods of Control,Type of Exploitation,Forced Labour Industry,Type of Sex Exploitation,Location of Exploitation,Status,Referring Organisation,Incoming Referral Date,Referring Primary Case Worker,Reason for Incoming Referral,Incoming Referral Details,Referred Organisation,Referred Primary Case Worker,Reason for Outgoing Referral,Outgoing Referral Date,Outgoing Referral Details,Reason for Case Closure"

// Which day it is is judged in the zone that is declared: a birth date of today at one end
// of the world is in the future at the other.
func TestAFilesDatesAreReadInTheZoneDeclared(t *testing.T) {
	me := session{t, t.TempDir()}
	east, err := time.LoadLocation("Pacific/Kiritimati") // 26 hours before Etc/GMT+12
	if err != nil {
		t.Fatal(err)
	}
	file := me.file("born.csv", template+"\n,Owner,,Kanaree,Canary,Yes,"+time.Now().In(east).Format(time.DateOnly)+strings.Repeat(",", strings.Count(template, ",")-6)+"\n")
	run := func(zone string) (int, string) {
		code, out, errOut := me.run("import", "htcds", file, "--calendar", "GREGORIAN", "--zone", zone, "--endpoint", "http://127.0.0.1:1/graphql", "--token-file", me.file("token", "x.y.z"))
		return code, out + errOut
	}
	if code, told := run("Etc/GMT+12"); code != 4 || !strings.Contains(told, "in the future") {
		t.Errorf("tomorrow: %d %s", code, told)
	}
	if code, told := run("Pacific/Kiritimati"); code != 6 || strings.Contains(told, "in the future") {
		t.Errorf("today: %d %s", code, told)
	}
	for _, zone := range []string{"Laos/Canary", "Local", ""} {
		if code, told := run(zone); code != 4 || !strings.Contains(told, "--zone is no time zone") || strings.Contains(told, "Canary") {
			t.Errorf("%q: %d %s", zone, code, told)
		}
	}
}

// What migrating did is said: how many migrations were applied, and that a second time
// there is nothing to do.
func TestMigrateSaysWhatItDid(t *testing.T) {
	me := session{t, t.TempDir()}
	database := "sqlite:" + filepath.Join(me.dir, "sala.db")
	first, second := me.must("migrate", "up", "--database", database), me.must("migrate", "up", "--database", database)
	_, at, _ := strings.Cut(strings.TrimSpace(first), "at version ")
	at, _, _ = strings.Cut(at, " (")
	if !strings.HasPrefix(first, "applied ") || at == "" || strings.TrimSpace(second) != "nothing to do: the database is at version "+at {
		t.Errorf("%q, then %q", first, second)
	}
}
