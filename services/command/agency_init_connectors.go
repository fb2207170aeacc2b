package command

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/operator/api/v1alpha1"
)

// connecting is what flags give of an agency's connectors; nothing of it is asked for.
type connecting struct {
	wanted                    bool
	groups, accounts          []string
	quota, destinations       []string
	client                    string
	algorithm, every, overlap string
}

func (n *connecting) flags(f *pflag.FlagSet) {
	f.BoolVar(&n.wanted, "connectors", false, "it has a namespace of the cluster for programs of its own; each --connector-… says so too")
	f.StringArrayVar(&n.groups, "connector-group", nil, "group of the cluster's users that runs programs there; may be repeated")
	f.StringArrayVar(&n.accounts, "connector-service-account", nil, "NAMESPACE:NAME of a service account that does; may be repeated")
	f.StringArrayVar(&n.quota, "connector-quota", nil, "pods=N, cpu=, memory= or storage=QUANTITY that bounds the namespace; may be repeated")
	f.StringArrayVar(&n.destinations, "connector-destination", nil, "ADDRESS/BITS, or ADDRESS/BITS=PORT,PORT, that its programs reach beside Sala's API; port 443 where left out; may be repeated")
	f.StringVar(&n.client, "connector-client", "", "id of the client, at --issuer, that they sign in as by a key of their own")
	f.StringVar(&n.algorithm, "connector-client-algorithm", "", "of its signatures: ES256, PS256 or RS256; ES256 where left out")
	f.StringVar(&n.every, "connector-client-rotate-every", "", "how long a key of it is in use, 1h to 8784h; 720h where left out")
	f.StringVar(&n.overlap, "connector-client-overlap", "", "how long the key before stays good beside it, 1m to 744h, at most half of that; 24h where left out")
}

// connectors is what was given, nil where nothing was.
func (n *connecting) connectors(issuer string) (*v1alpha1.Connectors, error) {
	if n.client == "" && n.algorithm+n.every+n.overlap != "" {
		return nil, errs.New(errs.Invalid, "--connector-client-algorithm, --connector-client-rotate-every and --connector-client-overlap are of a client: give --connector-client too")
	}
	if !n.wanted && n.client == "" && len(n.groups)+len(n.accounts)+len(n.quota)+len(n.destinations) == 0 {
		return nil, nil
	}
	c := &v1alpha1.Connectors{}
	for _, g := range n.groups {
		c.Administrators = append(c.Administrators, v1alpha1.Administrator{Group: g})
	}
	for _, part := range []struct {
		flag    string
		answers []string
		add     func(*v1alpha1.Connectors, string) error
	}{
		{"connector-service-account", n.accounts, addAccount}, {"connector-quota", n.quota, setQuota}, {"connector-destination", n.destinations, addDestination},
	} {
		for _, answer := range part.answers {
			if err := part.add(c, answer); err != nil {
				return nil, fmt.Errorf("--%s: %w", part.flag, err)
			}
		}
	}
	if n.client == "" {
		return c, nil
	}
	if issuer == "" {
		return nil, errs.New(errs.Invalid, "--connector-client signs in at an issuer of the agency: give --issuer too")
	}
	c.Client = &v1alpha1.ConnectorClient{ID: n.client, Issuer: issuer, Algorithm: n.algorithm, RotateEvery: n.every, Overlap: n.overlap}
	return c, nil
}

func addAccount(c *v1alpha1.Connectors, answer string) error {
	namespace, name, found := strings.Cut(answer, ":")
	if !found || namespace == "" || name == "" {
		return errs.New(errs.Invalid, "write it as NAMESPACE:NAME")
	}
	c.Administrators = append(c.Administrators, v1alpha1.Administrator{ServiceAccount: &v1alpha1.ServiceAccount{Namespace: namespace, Name: name}})
	return nil
}

func setQuota(c *v1alpha1.Connectors, answer string) error {
	what, amount, err := pair(answer, "pods=20, cpu=2, memory=4Gi or storage=10Gi")
	if err != nil {
		return err
	}
	if what == "pods" {
		n, err := strconv.Atoi(amount)
		if err != nil || c.Quota.Pods != nil {
			return errs.New(errs.Invalid, "pods is a whole number, and is said once")
		}
		c.Quota.Pods = &n
		return nil
	}
	to := map[string]*string{"cpu": &c.Quota.CPU, "memory": &c.Quota.Memory, "storage": &c.Quota.Storage}[what]
	if to == nil || *to != "" {
		return errs.New(errs.Invalid, "pods, cpu, memory and storage are bounded, each once")
	}
	*to = amount
	return nil
}

func addDestination(c *v1alpha1.Connectors, answer string) error {
	network, ports, found := strings.Cut(answer, "=")
	d := v1alpha1.Destination{Network: network}
	for port := range strings.SplitSeq(ports, ",") {
		if !found {
			break
		}
		n, err := strconv.ParseInt(port, 10, 32)
		if err != nil {
			return errs.New(errs.Invalid, "write it as ADDRESS/BITS or ADDRESS/BITS=443,8443")
		}
		d.Ports = append(d.Ports, int32(n))
	}
	c.Destinations = append(c.Destinations, d)
	return nil
}
