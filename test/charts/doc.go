// Package charts tests the charts as Helm and a cluster read them: each set of values is
// rendered by Helm's own engine, compared to what was reviewed, taken in by a real API
// server under the restricted Pod Security profile, read by the programs whose
// configuration it is, and its network policies are evaluated for each pair of pods.
//
// It promises nothing of what runs: no pod runs here, and no network enforces a policy.
package charts
