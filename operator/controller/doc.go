// Package controller keeps agencies at the API as a cluster's Agency objects say.
//
// It promises that it acts as one account of the API with the role that administers the
// platform, and gives nobody's yes: it proposes, and two people of different agencies
// approve (I7); it suspends, as one person may; it never agrees to the deletion of what an
// agency contributed. Each reconcile ends with one change of the status, which says for
// whom is waited. Nothing about a person is in any object, event, log or metric: an
// invitation lies in a Secret and nowhere else. It opens no database and holds no rule of
// the field: what is allowed is decided by the API, and its errors are shown as they are.
package controller
