package serve

import (
	"bytes"
	"encoding/json"
	"errors"

	networkingv1ac "k8s.io/client-go/applyconfigurations/networking/v1"
)

// peers reads a JSON list of peers, as a NetworkPolicy has them, strictly: a misspelt
// selector would be one that selects everything.
func peers(to *[]networkingv1ac.NetworkPolicyPeerApplyConfiguration) func(string) error {
	return func(text string) error {
		d := json.NewDecoder(bytes.NewReader([]byte(text)))
		d.DisallowUnknownFields()
		var read []networkingv1ac.NetworkPolicyPeerApplyConfiguration
		if err := d.Decode(&read); err != nil {
			return errors.New("give a JSON list of peers, as [{\"namespaceSelector\":{\"matchLabels\":{\"a\":\"b\"}}}]")
		}
		for _, p := range read {
			if p.IPBlock == nil && p.NamespaceSelector == nil && p.PodSelector == nil {
				return errors.New("a peer names neither pods, nor namespaces, nor a network")
			}
		}
		*to = read
		return nil
	}
}
