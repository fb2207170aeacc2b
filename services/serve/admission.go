package serve

// admission bounds the operations under way.
type admission struct {
	places  chan struct{}
	metrics *metrics
}

func newAdmission(most int, m *metrics) *admission {
	return &admission{places: make(chan struct{}, most), metrics: m}
}

// admit takes one operation in, or says that there are too many.
func (a *admission) admit() (release func(), admitted bool) {
	select {
	case a.places <- struct{}{}:
		a.metrics.underWay.Inc()
		return func() {
			a.metrics.underWay.Dec()
			<-a.places
		}, true
	default:
		a.metrics.turnedAway.Inc()
		return nil, false
	}
}
