package aggregate

import (
	"context"
	"crypto/rand"
	"math"
	"math/big"
	"slices"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/anonymity/noise"
	"github.com/sala-exchange/sala/services/anonymity/table"
)

// Priority says which combinations get the most of the budget.
type Priority string

// The priorities: the standard deviation of the noise falls with the length, is the same
// but for what a record contributes, or rises with it.
const (
	Long  Priority = "long"
	Even  Priority = "even"
	Short Priority = "short"
)

// weight is what a length's share of μ² is in proportion to.
func (p Priority) weight(length int) float64 {
	switch p {
	case Even:
		return 1
	case Short:
		return 1 / float64(length*length)
	}
	return float64(length * length)
}

// Private are the parameters of private counts. The zero Private is refused, for it has no
// budget; every other zero asks for the default.
type Private struct {
	noise.Budget
	// Records is how many records there are, where that is public. Otherwise they are
	// counted privately.
	Records int64
	// Bound is the most attributes of one record that are counted, where that is declared
	// without a look at the records. Otherwise it is the percentile of the records' numbers of
	// attributes, found privately.
	Bound int
	// Percentile is from 50 to 100; 95 by default.
	Percentile int
	// Priority is Long by default.
	Priority Priority
	// Threshold is the least noisy count that is reported, for combinations longer than 1; for
	// those of length 1 it only raises the threshold that privacy needs. By default it is
	// chosen for each length so that the share of combinations that no record has is expected
	// to stay below FalseDiscovery.
	Threshold int64
	// FalseDiscovery is from 0.001 to 0.5; 0.03 by default.
	FalseDiscovery float64
}

// recordsShare is the share of ε for counting the records by their numbers of attributes.
const recordsShare = 0.025

// defaulted checks the parameters and fills in defaults, all but δ's.
func (p Private) defaulted(columns int) (Private, error) {
	if err := noise.CheckEpsilon(p.Epsilon); err != nil {
		return p, err
	}
	if p.Delta != 0 || math.Signbit(p.Delta) {
		if err := noise.CheckDelta(p.Delta); err != nil {
			return p, err
		}
	}
	if p.Percentile == 0 {
		p.Percentile = 95
	}
	if p.Priority == "" {
		p.Priority = Long
	}
	if p.FalseDiscovery == 0 {
		p.FalseDiscovery = 0.03
	}
	switch {
	case p.Records < 0 || p.Records > 1<<40:
		return p, errs.New(errs.Invalid, "the number of records that is declared is positive")
	case p.Bound < 0 || p.Bound > columns:
		return p, errs.New(errs.Invalid, "the bound on attributes of one record is from 1 to the number of columns, %d", columns)
	case p.Percentile < 50 || p.Percentile > 100:
		return p, errs.New(errs.Invalid, "the percentile is from 50 to 100")
	case !slices.Contains([]Priority{Long, Even, Short}, p.Priority):
		return p, errs.New(errs.Invalid, "the priority is %s, %s or %s", Long, Even, Short)
	case p.Threshold < 0:
		return p, errs.New(errs.Invalid, "the threshold is no negative number")
	case !(p.FalseDiscovery >= 0.001 && p.FalseDiscovery <= 0.5):
		return p, errs.New(errs.Invalid, "the share of false discoveries is from 0.001 to 0.5")
	}
	return p, nil
}

// Spending says what private counts cost and how they were made. It holds nothing that is
// not private itself.
type Spending struct {
	Epsilon        float64  `json:"epsilon"`
	Delta          float64  `json:"delta"`
	Neighbours     string   `json:"neighbours"`
	RecordsEpsilon float64  `json:"recordsEpsilon"` // of Epsilon, for the number of records and the bound
	RecordsScale   float64  `json:"recordsScale"`   // of the Laplace noise on each of RecordsBins counts
	RecordsBins    int      `json:"recordsBins"`    // 0 where number and bound are declared
	CountsEpsilon  float64  `json:"countsEpsilon"`  // of Epsilon, for the combinations
	NoiseDelta     float64  `json:"noiseDelta"`     // of Delta, for the noise on combinations
	ThresholdDelta float64  `json:"thresholdDelta"` // of Delta, for which values there are
	Bound          int      `json:"bound"`          // attributes of one record that are counted
	Lengths        []Length `json:"lengths"`
}

// Length is what counting the combinations of one length cost.
type Length struct {
	Length    int     `json:"length"`
	Terms     int64   `json:"terms"` // counts that one record changes at most
	Mu        float64 `json:"mu"`    // of Gaussian differential privacy
	Sigma     float64 `json:"sigma"` // standard deviation of the noise on a count
	Threshold int64   `json:"threshold"`
	Reported  int     `json:"reported"` // at or above the threshold, before counts were made to agree
}

// run is one making of private counts.
type run struct {
	*Aggregates
	records  *records
	private  Private
	spent    Spending
	variance []float64 // of the noise: on the number of records, then by length
	progress Progress
}

// Counted counts combinations with (ε, δ)-differential privacy for tables that differ by one
// record (Dwork & Roth 2014), as do Microsoft's "Differentially Private Marginals": each
// length after the other, with Gaussian noise and a threshold, looking only for
// combinations all of whose parts were reported.
//
// ε is the sum of a part for the records, by Laplace noise, and one for all Gaussian noise,
// which composes in μ-Gaussian differential privacy; δ is half for that noise and half for
// the values of the columns, which are taken from the table and so hidden by the threshold
// of length 1.
func Counted(ctx context.Context, t *table.Table, o Options, private Private, p Progress) (*Aggregates, *Spending, error) {
	private, err := private.defaulted(len(t.Columns()))
	if err != nil {
		return nil, nil, err
	}
	a, all, err := number(t, o)
	if err != nil {
		return nil, nil, err
	}
	r := &run{Aggregates: a, records: all, private: private, progress: p,
		spent: Spending{Epsilon: private.Epsilon, Neighbours: "tables that differ by one record, added or removed"}}
	if err := r.askRecords(); err != nil {
		return nil, nil, err
	}
	if err := r.bind(); err != nil {
		return nil, nil, err
	}
	gaussians, err := r.divide()
	if err != nil {
		return nil, nil, err
	}
	for i, g := range gaussians {
		if err := r.length(ctx, i+1, g); err != nil {
			return nil, nil, err
		}
	}
	r.agree()
	r.compact()
	return r.Aggregates, &r.spent, nil
}

// askRecords counts the records by their number of attributes, with noise, and takes the
// number of records and the bound from that; what is declared is not asked.
func (r *run) askRecords() error {
	r.Records, r.spent.Bound = r.private.Records, r.private.Bound
	bins := []int64{}
	switch {
	case r.Records > 0 && r.spent.Bound > 0:
		r.variance = append(r.variance, 0)
		r.spent.CountsEpsilon = r.private.Epsilon
		return nil
	case r.spent.Bound > 0:
		bins = append(bins, int64(r.records.len()))
	default:
		bins = make([]int64, len(r.Columns)+1)
		for i := range r.records.len() {
			bins[len(r.records.at(i))]++
		}
	}
	r.spent.RecordsEpsilon = r.private.Epsilon * recordsShare
	r.spent.CountsEpsilon = r.private.Epsilon - r.spent.RecordsEpsilon
	laplace, err := noise.NewLaplace(r.spent.RecordsEpsilon, 1) // a record is in one bin
	if err != nil {
		return err
	}
	r.spent.RecordsBins, r.spent.RecordsScale = len(bins), laplace.Scale()
	total := int64(0)
	for i := range bins {
		if bins[i], err = laplace.Add(bins[i]); err != nil {
			return err
		}
		total += bins[i]
	}
	if r.Records == 0 {
		r.Records = max(total, 1)
		r.variance = append(r.variance, float64(len(bins))*2*laplace.Scale()*laplace.Scale())
	} else {
		r.variance = append(r.variance, 0)
	}
	if r.spent.Bound == 0 {
		r.spent.Bound = percentile(bins, r.Records, r.private.Percentile, laplace.Scale())
	}
	return nil
}

// percentile is the least number of attributes that about so many in a hundred records do
// not exceed. A tail that is smaller than the noise is cut off.
func percentile(bins []int64, records int64, percent int, scale float64) int {
	allowed := max(float64(records)*float64(100-percent)/100, 2*scale)
	tail := 0.0
	for m := len(bins) - 1; m > 1; m-- {
		if tail += float64(bins[m]); tail > allowed {
			return m
		}
	}
	return 1
}

// bind cuts each record to the bound, drawing which attributes stay.
func (r *run) bind() error {
	cut := &records{ends: make([]int, 0, r.records.len())}
	for i := range r.records.len() {
		kept := slices.Clone(r.records.at(i))
		for len(kept) > r.spent.Bound {
			n, err := rand.Int(rand.Reader, big.NewInt(int64(len(kept))))
			if err != nil {
				return errs.Wrap(err, errs.Unavailable, "the system gives no random numbers")
			}
			kept = slices.Delete(kept, int(n.Int64()), int(n.Int64())+1)
		}
		cut.attributes = append(cut.attributes, kept...)
		cut.ends = append(cut.ends, len(cut.attributes))
	}
	r.records = cut
	return nil
}

// divide settles δ and divides what is left of the budget among the lengths that a record
// within the bound can have.
func (r *run) divide() ([]noise.Gaussian, error) {
	if r.spent.Delta = r.private.Delta; r.spent.Delta == 0 {
		r.spent.Delta = noise.DefaultDelta(r.Records)
	}
	r.spent.NoiseDelta = r.spent.Delta / 2
	r.spent.ThresholdDelta = r.spent.Delta - r.spent.NoiseDelta
	mu, err := noise.Budget{Epsilon: r.spent.CountsEpsilon, Delta: r.spent.NoiseDelta}.Mu()
	if err != nil {
		return nil, err
	}
	lengths, weights := min(r.Length(), r.spent.Bound), 0.0
	for length := 1; length <= lengths; length++ {
		weights += r.private.Priority.weight(length)
	}
	out := make([]noise.Gaussian, lengths)
	for i := range out {
		terms := big.NewInt(0).Binomial(int64(r.spent.Bound), int64(i+1))
		if !terms.IsInt64() {
			return nil, tooMany()
		}
		share := math.Sqrt(r.private.Priority.weight(i+1) / weights)
		if out[i], err = noise.NewGaussian(mu*share, terms.Int64()); err != nil {
			return nil, err
		}
		r.variance = append(r.variance, out[i].Sigma()*out[i].Sigma())
		r.spent.Lengths = append(r.spent.Lengths, Length{Length: i + 1, Terms: terms.Int64(), Mu: out[i].Mu(), Sigma: out[i].Sigma()})
	}
	return out, nil
}

// length counts the combinations of one length.
func (r *run) length(ctx context.Context, length int, g noise.Gaussian) error {
	counts, err := r.candidates(length)
	if err != nil {
		return err
	}
	stage := "counting combinations of length " + string(rune('0'+length))
	for i := range r.records.len() {
		each(r.records.at(i), length, func(c Combination, n int) bool {
			if n < length {
				_, reported := r.Counts[n-1][c]
				return reported
			}
			if count, ok := counts[c]; ok {
				counts[c] = count + 1
			}
			return false
		})
		if err := r.progress.at(ctx, stage, i+1, r.records.len()); err != nil {
			return err
		}
	}
	if err := r.blur(ctx, counts, length, g); err != nil {
		return err
	}
	threshold, err := r.threshold(counts, length, g)
	if err != nil {
		return err
	}
	for c, count := range counts {
		if count < threshold {
			delete(counts, c)
		}
	}
	r.Counts[length-1] = counts
	r.spent.Lengths[length-1].Threshold, r.spent.Lengths[length-1].Reported = threshold, len(counts)
	return nil
}

// blur adds noise to every count, those of nothing too. How long that takes tells how many
// candidates there are, which for length 1 is secret, so no progress is shown there.
func (r *run) blur(ctx context.Context, counts map[Combination]int64, length int, g noise.Gaussian) error {
	progress := r.progress
	if length == 1 {
		progress = nil
	}
	done, total := 0, len(counts)
	for c, count := range counts {
		noisy, err := g.Add(count)
		if err != nil {
			return err
		}
		counts[c] = noisy
		done++
		if err := progress.at(ctx, "adding noise", done, total); err != nil {
			return err
		}
	}
	return nil
}

// candidates are the combinations to count: for length 1 the table's attributes, beyond it
// those all of whose parts were reported, whether a record has them or not. None of them
// hides behind a threshold then, for they follow from what was reported.
func (r *run) candidates(length int) (map[Combination]int64, error) {
	counts := map[Combination]int64{}
	if length == 1 {
		for i := range r.Attributes {
			counts[Combination{uint16(i + 1)}] = 0
		}
		return counts, nil
	}
	singles := r.Sorted(1)
	for shorter := range r.Counts[length-2] {
		last := shorter[length-2]
		for _, single := range singles {
			if single[0] <= last || r.Column(single[0]) == r.Column(last) {
				continue
			}
			c := shorter.With(single[0])
			if r.partsReported(c, length) {
				counts[c] = 0
			}
		}
		if len(counts)+r.size() > MaxCombinations {
			return nil, tooMany()
		}
	}
	return counts, nil
}

func (r *run) partsReported(c Combination, length int) bool {
	for i := range length {
		if _, ok := r.Counts[length-2][c.Without(i)]; !ok {
			return false
		}
	}
	return true
}

// threshold is the least noisy count of a length that is reported.
func (r *run) threshold(counts map[Combination]int64, length int, g noise.Gaussian) (int64, error) {
	if length == 1 {
		needed, err := g.Threshold(r.spent.ThresholdDelta)
		return max(needed, r.private.Threshold), err
	}
	if r.private.Threshold > 0 {
		return r.private.Threshold, nil
	}
	return adaptive(counts, g, r.private.FalseDiscovery), nil
}

// adaptive is the least threshold at which the share of combinations that no record has is
// expected to stay below a bound: Benjamini & Hochberg's procedure with Storey's estimate of
// how many such there are, which is made from the counts below zero. It looks at noisy counts
// alone.
func adaptive(counts map[Combination]int64, g noise.Gaussian, share float64) int64 {
	noisy := make([]int64, 0, len(counts))
	negative := 0
	for _, count := range counts {
		if noisy = append(noisy, count); count < 0 {
			negative++
		}
	}
	slices.Sort(noisy)
	// The noise is symmetric: it is below zero as often as it is above.
	empty := min(float64(negative+1)/g.Above(1), float64(len(noisy)))
	threshold := int64(1)
	for _, count := range noisy {
		if count < 1 {
			continue
		}
		at, _ := slices.BinarySearch(noisy, threshold)
		if empty*g.Above(threshold) <= share*float64(len(noisy)-at) {
			return threshold
		}
		threshold = count + 1
	}
	return threshold
}
