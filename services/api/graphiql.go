package api

import (
	"embed"
	"encoding/json"
	"html/template"
	"io/fs"
	"net/http"
)

//go:embed graphiql
var assets embed.FS

// Example is one operation that GraphiQL opens in a tab of its own.
type Example struct {
	Title string `json:"title"`
	Query string `json:"query"`
	Token string `json:"token"` // development tokens only
}

// graphiql serves the GraphiQL page for development, with everything it loads from
// this program itself.
func graphiql(examples []Example) http.Handler {
	page := template.Must(template.ParseFS(assets, "graphiql/index.html"))
	files, err := fs.Sub(assets, "graphiql")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	tabs, err := json.Marshal(examples)
	if err != nil {
		panic(err) // plain strings
	}
	static := http.StripPrefix("/graphiql/", http.FileServerFS(files))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			static.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_ = page.Execute(w, map[string]any{"Tabs": template.JS(tabs)}) //nolint:gosec // marshalled JSON of our own examples
	})
}
