package publication

import (
	"context"
	"io"
	"strings"
)

// Download opens a folder that holds the files of one version and nothing else, whatever
// the folder is called: what somebody has downloaded. The manifest says which version it
// is; Open refuses it where that is not what was signed.
func Download(ctx context.Context, path string) (Store, Ref, error) {
	f, err := OpenFolder(path)
	if err != nil {
		return nil, Ref{}, err
	}
	text, err := read(ctx, f, ManifestFile, MaxManifest)
	if err != nil {
		return nil, Ref{}, unread(err)
	}
	m, err := ParseManifest(text)
	if err != nil {
		return nil, Ref{}, err
	}
	return download{f, m.Ref().String() + "/"}, m.Ref(), nil
}

// download is a store of the one version in a folder.
type download struct {
	*Folder
	under string
}

// Entries implements Store.
func (d download) Entries(ctx context.Context, _ ...Ref) ([]Entry, error) {
	all, err := d.Folder.Entries(ctx)
	for i := range all {
		all[i].Name = d.under + all[i].Name
	}
	return all, err
}

// Open implements Store.
func (d download) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	return d.Folder.Open(ctx, strings.TrimPrefix(name, d.under))
}
