package programs

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
)

// Curl is as much of curl as docs/api.md uses, so that its commands run where curl is not
// installed: URL, -s, -N, -H and -d. What it does not know it refuses.
func Curl() {
	url, body, headers := "", "", http.Header{}
	for args := os.Args[1:]; len(args) > 0; args = args[1:] {
		switch a := args[0]; {
		case (a == "-H" || a == "-d") && len(args) > 1:
			args = args[1:]
			if a == "-d" {
				body = args[0]
				continue
			}
			name, value, _ := strings.Cut(args[0], ": ")
			headers.Add(name, value)
		case a == "-s" || a == "-sN":
		case strings.HasPrefix(a, "http") && url == "":
			url = a
		default:
			stop(fmt.Errorf("curl: %s is not known here", a))
		}
	}
	method := http.MethodGet
	if body != "" {
		method = http.MethodPost
	}
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	stop(err)
	r.Header = headers
	answer, err := http.DefaultClient.Do(r)
	stop(err)
	_, err = io.Copy(os.Stdout, answer.Body)
	stop(err)
}

func stop(err error) {
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}
