package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/transport/spdy"
)

// forwarded listens on loopback, for as long as the test runs, and takes each connection to
// a pod that is ready: the way by which a desk reaches what others reach by a load balancer.
// `kubectl port-forward` stays with one pod, and ends with the first connection that is
// reset, as PostgreSQL resets them.
func (i *installation) forwarded(namespace, labels string, port int) (local string) {
	i.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		i.t.Fatal(err)
	}
	i.t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = c.Close() }()
				if err := i.through(c, namespace, labels, port); err != nil && i.t.Context().Err() == nil { // later nothing may be logged
					i.t.Logf("forwarding to %s in %s: %v", labels, namespace, err)
				}
			}()
		}
	}()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// through takes one connection to a ready pod.
func (i *installation) through(c net.Conn, namespace, labels string, port int) error {
	pods, err := i.plain.CoreV1().Pods(namespace).List(context.Background(), metav1.ListOptions{LabelSelector: labels})
	if err != nil {
		return err
	}
	for _, p := range pods.Items {
		if ready(&p) {
			return i.toPod(c, &p, port)
		}
	}
	return errors.New("no pod is ready")
}

func (i *installation) toPod(c net.Conn, p *corev1.Pod, port int) error {
	at := i.plain.CoreV1().RESTClient().Post().Resource("pods").Namespace(p.Namespace).Name(p.Name).SubResource("portforward").URL()
	transport, upgrader, err := spdy.RoundTripperFor(i.config)
	if err != nil {
		return err
	}
	to, _, err := spdy.NewDialer(upgrader, &http.Client{Transport: transport}, http.MethodPost, at).Dial(portforward.PortForwardProtocolV1Name)
	if err != nil {
		return err
	}
	defer func() { _ = to.Close() }()
	headers := http.Header{}
	headers.Set(corev1.PortHeader, strconv.Itoa(port))
	headers.Set(corev1.PortForwardRequestIDHeader, "0")
	headers.Set(corev1.StreamType, corev1.StreamTypeError)
	told, err := to.CreateStream(headers)
	if err != nil {
		return fmt.Errorf("the forward's stream of errors: %w", err)
	}
	_ = told.Close() // nothing is written there
	headers.Set(corev1.StreamType, corev1.StreamTypeData)
	data, err := to.CreateStream(headers)
	if err != nil {
		return fmt.Errorf("the forward's stream: %w", err)
	}
	ended := make(chan struct{}, 2)
	go func() { _, _ = io.Copy(data, c); ended <- struct{}{} }()
	go func() { _, _ = io.Copy(c, data); ended <- struct{}{} }()
	<-ended
	return nil
}
