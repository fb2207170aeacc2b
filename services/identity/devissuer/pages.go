package devissuer

import (
	_ "embed" // the page below
	"html/template"
	"net/http"
	"net/url"

	"github.com/zitadel/oidc/v3/pkg/op"
)

//go:embed page.html
var pageHTML string

var pageTemplate = template.Must(template.New("page").Parse(pageHTML))

// pageData fills the one page: the users to choose from, or a message alone.
type pageData struct {
	Issuer, Request, UserCode, Message string
	Device                             bool
	Users                              []User
}

// page answers GET with a form and POST with what it leads to, under headers that
// keep the page out of frames and of other pages' reach.
func page(h http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'")
		w.Header().Set("Referrer-Policy", "no-referrer")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if r.Method != http.MethodGet && r.Method != http.MethodPost {
			w.Header().Set("Allow", "GET, POST")
			http.Error(w, "use GET or POST", http.StatusMethodNotAllowed)
			return
		}
		h(w, r)
	})
}

func (s *site) show(w http.ResponseWriter, status int, d pageData) {
	d.Issuer = s.issuer
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_ = pageTemplate.Execute(w, d)
}

// login lets the visitor be one of the fictional users and goes on with the
// authorization code flow.
func (s *site) login(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		id := r.URL.Query().Get("request")
		if a, err := s.AuthRequestByID(r.Context(), id); err != nil || a.Done() {
			s.show(w, http.StatusNotFound, pageData{Message: "This sign-in is over. Start again."})
			return
		}
		s.show(w, http.StatusOK, pageData{Request: id, Users: s.users})
		return
	}
	id := r.PostFormValue("request")
	if s.signIn(id, r.PostFormValue("subject")) != nil {
		s.show(w, http.StatusNotFound, pageData{Message: "This sign-in is over. Start again."})
		return
	}
	ctx := op.ContextWithIssuer(r.Context(), s.issuer)
	http.Redirect(w, r, op.AuthCallbackURL(s.provider)(ctx, id), http.StatusSeeOther)
}

// device lets the visitor allow a device to act for one of the fictional users.
func (s *site) device(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		s.show(w, http.StatusOK, pageData{Device: true, UserCode: r.URL.Query().Get("user_code"), Users: s.users})
		return
	}
	form := url.Values{}
	if r.ParseForm() == nil {
		form = r.PostForm
	}
	subject := form.Get("subject")
	if subject == "" && form.Get("deny") == "" || s.decideDevice(form.Get("user_code"), subject) != nil {
		s.show(w, http.StatusNotFound, pageData{Message: "There is no such code, or it is over. Start again on the device."})
		return
	}
	s.show(w, http.StatusOK, pageData{Message: "Done. Go back to the device."})
}
