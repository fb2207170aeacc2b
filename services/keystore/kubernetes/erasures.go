package kubernetes

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/seal"
)

// pageSize is how many entries of the erasure list one Secret holds: at their largest,
// 512 KiB.
const pageSize = 64

func place(at int) string { return fmt.Sprintf("%02d", at%pageSize) }

// AppendErasure implements seal.Store.
func (s *Store) AppendErasure(ctx context.Context, at int, entry []byte) error {
	if err := seal.ValidEntry(at, entry); err != nil {
		return err
	}
	if at > 0 && at%pageSize == 0 {
		return s.beginPage(ctx, at, entry)
	}
	err := s.change(ctx, s.pageName(at/pageSize), "adding to the erasure list", func(data map[string][]byte) error {
		if len(data) != at%pageSize {
			return seal.ErrChanged
		}
		data[place(at)] = entry
		return nil
	})
	if at > pageSize && apierrors.IsNotFound(err) {
		return seal.ErrChanged // its page has not begun; only the first is always there
	}
	return err
}

// beginPage makes the page that entry at is the first of; the one before must be full.
func (s *Store) beginPage(ctx context.Context, at int, entry []byte) error {
	before, there, err := s.page(ctx, at/pageSize-1)
	if err != nil {
		return err
	}
	if !there || len(before.Data) != pageSize {
		return seal.ErrChanged
	}
	err = s.secrets.create(ctx, s.secret(s.pageName(at/pageSize), map[string][]byte{place(at): entry}))
	if apierrors.IsAlreadyExists(err) {
		return seal.ErrChanged
	}
	return unavailable(err, "adding to the erasure list")
}

func (s *Store) page(ctx context.Context, number int) (page *corev1.Secret, there bool, err error) {
	page, err = s.secrets.get(ctx, s.pageName(number))
	if apierrors.IsNotFound(err) {
		return nil, false, nil
	}
	return page, err == nil, unavailable(err, "reading the erasure list")
}

// Erasures implements seal.Store. A list out of which an entry was taken is refused.
func (s *Store) Erasures(ctx context.Context, from int) ([][]byte, error) {
	from = max(from, 0)
	var entries [][]byte
	for number := from / pageSize; ; number++ {
		list, err := s.list(ctx, number)
		if err != nil {
			return nil, err
		}
		last := len(list) < pageSize
		if last {
			_, more, err := s.page(ctx, number+1)
			if err != nil {
				return nil, err
			}
			if last = !more; more {
				// Another process may have filled the page since. They are filled in
				// order: once the next one is seen, this one is full or lost an entry.
				if list, err = s.list(ctx, number); err != nil {
					return nil, err
				}
				if len(list) < pageSize {
					return nil, missing(number*pageSize + len(list))
				}
			}
		}
		entries = append(entries, list[min(max(from-number*pageSize, 0), len(list)):]...)
		if last {
			return entries, nil
		}
	}
}

// list returns the entries of a page; none where no page is there yet, which the first
// always is: Init made it.
func (s *Store) list(ctx context.Context, number int) ([][]byte, error) {
	page, there, err := s.page(ctx, number)
	if err != nil {
		return nil, err
	}
	if !there && number == 0 {
		return nil, missing(0)
	}
	if !there {
		return nil, nil
	}
	return inOrder(number, page.Data)
}

// inOrder returns the entries of a page, and refuses one out of which an entry was taken.
func inOrder(number int, data map[string][]byte) ([][]byte, error) {
	list := make([][]byte, len(data))
	for i := range list {
		entry, ok := data[place(i)]
		if !ok {
			return nil, missing(number*pageSize + i)
		}
		list[i] = entry
	}
	return list, nil
}

func missing(at int) error {
	return errs.New(errs.Unavailable, "reading the erasure list: entry %d is missing; restore the Secrets of the key store from their backup", at)
}
