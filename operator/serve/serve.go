// Package serve runs the operator: it assembles the controllers and keeps them up.
//
// It promises that of several copies one acts at a time, that a copy which ends gives the
// lead back, and that it is alive while its process works and ready while it can read the
// cluster. It holds no rule.
package serve

import (
	"context"
	"errors"
	"flag"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"time"
	_ "time/tzdata" // schedules name time zones, and the image has none

	"github.com/go-logr/logr"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/operator/api/v1alpha1"
	"github.com/sala-exchange/sala/operator/controller"
	"github.com/sala-exchange/sala/operator/signin"
	"github.com/sala-exchange/sala/operator/specs"
	"github.com/sala-exchange/sala/operator/trust"
)

// Options are what the flags say.
type Options struct {
	Endpoint  string // URL of the GraphQL API
	Account   signin.Account
	CAFile    string // authority of the API's and the issuer's certificates; the system's alone where empty
	Namespace string // where the operator runs and puts its Secrets
	Metrics   string // address, or 0 for none
	Probes    string // address, or 0 for none
	Lead      bool   // elect a leader
	Every     time.Duration
	PerMinute int // requests of the API
	Poll      time.Duration
	Resync    time.Duration
	Workers   int
	Releases  controller.Platform // where releases are built by schedule
	Keys      string              // address where the public keys of agencies' clients are served, or 0 for nowhere
	KeysLead  time.Duration       // how long they are there before their private keys are handed out
	// Now is the time by which keys are rotated; time.Now where nil.
	Now func() time.Time
	// Connectors is what the programs of agencies that run some here may reach.
	Connectors specs.Surroundings
}

// Flags declares the flags; a default stands for a deployment of one.
func (o *Options) Flags(f *flag.FlagSet) { o.flags(f, os.Getenv("POD_NAMESPACE")) }

func (o *Options) flags(f *flag.FlagSet, namespace string) {
	f.StringVar(&o.Endpoint, "endpoint", "", "URL of Sala's GraphQL API")
	f.StringVar(&o.Account.Issuer, "issuer", "", "OpenID issuer that the operator signs in by")
	f.StringVar(&o.Account.ClientID, "client-id", "", "id of its client there")
	f.StringVar(&o.Account.SecretFile, "client-secret-file", "", "file with the client's secret; it is read anew for each token")
	f.StringVar(&o.Account.Audience, "audience", "", "audience to ask the token for, where the issuer needs one")
	f.Func("scope", "scope to ask the token for; may be given several times", func(s string) error {
		o.Account.Scopes = append(o.Account.Scopes, s)
		return nil
	})
	f.StringVar(&o.Account.TokenFile, "token-file", "", "file with a token that something else keeps fresh, instead of a client")
	f.StringVar(&o.CAFile, "ca-file", "", "file with the authority of the API's and the issuer's certificates, beside those that the system trusts; taken up anew when it changes")
	f.StringVar(&o.Namespace, "namespace", namespace, "namespace that the operator runs in and puts invitations into; POD_NAMESPACE where left out")
	f.StringVar(&o.Metrics, "metrics-address", ":8080", "where metrics are served; 0: nowhere")
	f.StringVar(&o.Probes, "probe-address", ":8081", "where /healthz and /readyz are served; 0: nowhere")
	f.BoolVar(&o.Lead, "leader-elect", true, "act only while holding the lease sala-operator of the namespace")
	f.DurationVar(&o.Every, "read-every", 5*time.Second, "how old a reading of the API may be; one serves all objects")
	f.IntVar(&o.PerMinute, "requests-per-minute", 300, "how many requests of the API the operator makes in a minute, of those that its account's agency may; readings take at most half of them")
	f.DurationVar(&o.Poll, "poll", 15*time.Second, "how often is looked whether somebody has done what is waited for")
	f.DurationVar(&o.Resync, "resync", 10*time.Minute, "how often is looked whether all is still as declared")
	f.StringVar(&o.Releases.Namespace, "releases-namespace", "", "the platform's namespace, in which releases are built; none are where left out")
	f.StringVar(&o.Releases.Template, "releases-template", "sala-release", "name of the PodTemplate of a build there, which charts/sala makes")
	f.IntVar(&o.Workers, "workers", 4, "how many objects are reconciled at once")
	f.StringVar(&o.Keys, "keys-address", "0", "where the public keys of agencies' clients are served, at /agencies/CODE/jwks.json; 0: nowhere")
	f.DurationVar(&o.KeysLead, "keys-lead", 10*time.Minute, "how long a public key is there before its private key is handed out: at least as long as an issuer keeps what it read")
	f.Func("connectors-api", "where agencies' connectors find Sala's API: a JSON list of peers as a NetworkPolicy has them; nowhere where left out", peers(&o.Connectors.API))
	f.IntVar(&o.Connectors.APIPort, "connectors-api-port", 8443, "the API's port there")
	f.Func("connectors-dns", "where agencies' connectors ask for names: a JSON list of peers; nowhere where left out", peers(&o.Connectors.DNS))
}

func (o *Options) check() error {
	at, err := url.Parse(o.Endpoint)
	switch {
	case err != nil || at.Host == "" || at.Scheme != "https" && at.Scheme != "http":
		return errs.New(errs.Invalid, "-endpoint is the URL of the API, as https://sala.example/graphql")
	case o.Namespace == "":
		return errs.New(errs.Invalid, "-namespace, or POD_NAMESPACE, names the operator's namespace")
	case o.Connectors.APIPort < 1 || o.Connectors.APIPort > 65535:
		return errs.New(errs.Invalid, "-connectors-api-port is 1 to 65535")
	case o.KeysLead < 0 || o.KeysLead > time.Hour:
		return errs.New(errs.Invalid, "-keys-lead is 0 to 1h")
	case o.PerMinute < 10 || o.PerMinute > 1_000_000:
		return errs.New(errs.Invalid, "-requests-per-minute is 10 to 1000000")
	case o.Every <= 0 || o.Poll <= 0 || o.Resync <= 0 || o.Workers < 1:
		return errs.New(errs.Invalid, "-read-every, -poll, -resync and -workers are greater than 0")
	}
	return o.Account.Check()
}

// Run runs the operator until ctx ends.
func Run(ctx context.Context, cluster *rest.Config, o *Options, log *slog.Logger) error {
	if err := o.check(); err != nil {
		return err
	}
	asks, err := trust.Client(o.CAFile, 5*time.Minute)
	if err != nil {
		return err
	}
	asks.Transport = controller.Paced(asks.Transport, o.PerMinute)
	if o.Account.HTTP, err = trust.Client(o.CAFile, 30*time.Second); err != nil {
		return err
	}
	ctrl.SetLogger(logr.FromSlogHandler(log.Handler()))
	scheme := runtime.NewScheme()
	if err := clientgoscheme.AddToScheme(scheme); err != nil {
		return err
	}
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		return err
	}
	m, err := ctrl.NewManager(cluster, ctrl.Options{
		Scheme: scheme, Logger: logr.FromSlogHandler(log.Handler()),
		Metrics: metricsserver.Options{BindAddress: o.Metrics}, HealthProbeBindAddress: o.Probes,
		LeaderElection: o.Lead, LeaderElectionID: "sala-operator", LeaderElectionNamespace: o.Namespace, LeaderElectionReleaseOnCancel: true,
		// No Secret is ever read, so that none is listed or kept in memory.
		// Nor is a ConfigMap or a pod of the releases' namespace kept, of which others' would come along.
		Cache:  cache.Options{ByObject: cached(o.Namespace, o.Releases.Namespace)},
		Client: client.Options{Cache: &client.CacheOptions{DisableFor: []client.Object{&corev1.Secret{}, &corev1.Pod{}}}},
	})
	if err != nil {
		return errs.Wrap(err, errs.Unavailable, "the cluster cannot be reached")
	}
	each := controller.Options{
		Client: m.GetClient(), Reader: m.GetAPIReader(), Surroundings: o.Connectors, Endpoint: o.Endpoint, Lead: o.KeysLead, Now: o.clock(), Events: m.GetEventRecorder("sala-operator"), Namespace: o.Namespace, Poll: o.Poll, Resync: o.Resync, Workers: o.Workers,
		Directory: &controller.Directory{Endpoint: o.Endpoint, HTTP: asks, Token: o.Account.Token, Every: o.Every, PerMinute: o.PerMinute, Stop: ctx.Done()},
	}
	if err := errors.Join(controller.NewAgencies(each).SetUp(m), controller.NewAgreements(each).SetUp(m), controller.NewReleases(each, o.Releases).SetUp(m)); err != nil {
		return err
	}
	if o.Keys != "0" {
		if err := m.Add(&keyServer{address: o.Keys, keys: m.GetClient(), namespace: o.Namespace}); err != nil {
			return err
		}
	}
	if err := m.AddHealthzCheck("process", healthz.Ping); err != nil {
		return err
	}
	if err := m.AddReadyzCheck("cluster", controller.Synced(m.GetCache())); err != nil {
		return err
	}
	return m.Start(ctx)
}

// cached is what is kept of what is read: what the operator makes for agencies, and of the
// platform's namespace what is in it, where alone the operator has the right to.
func cached(namespace, platform string) map[client.Object]cache.ByObject {
	out := controller.Made(namespace)
	if platform == "" {
		return out
	}
	there := cache.ByObject{Namespaces: map[string]cache.Config{platform: {}}}
	for _, kind := range []client.Object{&batchv1.CronJob{}, &batchv1.Job{}, &corev1.PodTemplate{}} {
		out[kind] = there
	}
	return out
}

func (o *Options) clock() func() time.Time {
	if o.Now != nil {
		return o.Now
	}
	return time.Now
}

// Usage is what -help says before the flags.
func Usage() string {
	return strings.TrimSpace(`
sala-operator keeps agencies at Sala's API as a cluster's Agency objects say. It signs in
by an account of its own, which an agency that administers the platform has entered with
the role PLATFORM_OPERATOR; it proposes, and two people of different agencies approve.
`)
}
