package command

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sala-exchange/sala/internal/document"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/exchange/client"
)

var noticesQuery = document.Own(`query Notices($first: Int!, $after: Cursor, $unread: Boolean, $unacknowledged: Boolean) {
  notices(first: $first, after: $after, orderBy: {field: CREATED_ON, direction: DESC}, unread: $unread, unacknowledged: $unacknowledged) {
    edges { node { id kind subjectID holderID createdOn readOn acknowledgedOn } }
    pageInfo { hasNextPage endCursor }
  }
}`)

var (
	readNotices       = document.Own(`mutation Read($ids: [ID!]!) { done: markNoticesRead(noticeIDs: $ids) { userErrors { code message } } }`)
	acknowledgeNotice = document.Own(`mutation Acknowledge($id: ID!) { done: acknowledgeNotice(noticeID: $id) { userErrors { code message } } }`)
)

func noticesCommand() *cobra.Command {
	var s session
	var o output
	var unread, unacknowledged bool
	var limit int
	c := &cobra.Command{
		Use: "notices", Short: "List what your agency was told of, the newest first", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			vars := map[string]any{}
			if unread {
				vars["unread"] = true
			}
			if unacknowledged {
				vars["unacknowledged"] = true
			}
			return o.print(cmd, &s, "notices", noticesQuery, vars, limit, []string{"told", "kind", "about", "read", "acknowledged", "id"}, noticeCells)
		},
	}
	s.everywhere(c)
	o.flags(c)
	c.Flags().BoolVar(&unread, "unread", false, "only those that you have not read")
	c.Flags().BoolVar(&unacknowledged, "unacknowledged", false, "only those that nobody of your agency has acknowledged")
	c.Flags().IntVar(&limit, "limit", rowsPerPage, "how many at most; 0 for all")
	c.AddCommand(
		noticesMark(&s, "read ID…", "Note that you have read notices", readNotices),
		noticesMark(&s, "acknowledge ID…", "Acknowledge notices for your agency", acknowledgeNotice))
	return c
}

// mostMarked is how many notices one request marks as read at most.
const mostMarked = 100

// noticesMark sends ids together where the mutation takes a list, else one by one.
func noticesMark(s *session, use, short, document string) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Args: cobra.RangeArgs(1, mostMarked), RunE: func(cmd *cobra.Command, args []string) error {
		with, err := s.client(cmd.Context())
		if err != nil {
			return err
		}
		asks := []map[string]any{{"ids": args}}
		if !strings.Contains(document, "$ids") {
			asks = nil
			for _, id := range args {
				asks = append(asks, map[string]any{"id": id})
			}
		}
		for _, vars := range asks {
			if err := marked(cmd, with, document, vars); err != nil {
				return err
			}
		}
		_, _ = fmt.Fprintln(cmd.OutOrStdout(), "done")
		return nil
	}}
}

func marked(cmd *cobra.Command, with *client.Client, document string, vars map[string]any) error {
	var out struct {
		Done struct {
			UserErrors []struct{ Code, Message string }
		}
	}
	if _, err := with.Do(cmd.Context(), document, vars, &out); err != nil {
		return err
	}
	if refused := out.Done.UserErrors; len(refused) > 0 {
		e, kind := refused[0], errs.Invalid
		if e.Code == errs.Withheld.Code() {
			kind = errs.Withheld
		}
		return errs.New(kind, "%s", e.Message)
	}
	return nil
}

func noticeCells(row json.RawMessage) ([]string, error) {
	var n struct {
		ID, Kind, SubjectID, CreatedOn string
		ReadOn, AcknowledgedOn         *string
	}
	if err := json.Unmarshal(row, &n); err != nil {
		return nil, unread(err)
	}
	return []string{day(&n.CreatedOn), n.Kind, n.SubjectID, day(n.ReadOn), day(n.AcknowledgedOn), n.ID}, nil
}

// day is the date of a time, empty where there is none.
func day(at *string) string {
	if at == nil {
		return ""
	}
	out, _, _ := strings.Cut(*at, "T")
	return out
}
