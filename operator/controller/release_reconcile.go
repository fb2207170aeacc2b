package controller

import (
	"context"
	"errors"
	"fmt"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
	"github.com/sala-exchange/sala/operator/specs"
)

// +kubebuilder:rbac:groups=sala.exchange,resources=releaseschedules,verbs=list;watch
// +kubebuilder:rbac:groups=sala.exchange,resources=releaseschedules/status,verbs=patch
// +kubebuilder:rbac:groups=batch,resources=cronjobs,verbs=list;watch;create;patch,namespace=sala-releases
// +kubebuilder:rbac:groups=batch,resources=jobs,verbs=list;watch,namespace=sala-releases
// +kubebuilder:rbac:groups="",resources=podtemplates,verbs=list;watch,namespace=sala-releases
// +kubebuilder:rbac:groups="",resources=configmaps,verbs=list;create;patch;delete,namespace=sala-releases
// +kubebuilder:rbac:groups="",resources=pods,verbs=list,namespace=sala-releases

const (
	ownsReleaseStatus = client.FieldOwner("sala-operator-release-status")
	ownsRelease       = client.FieldOwner("sala-operator-release")
)

// The reasons of a ReleaseSchedule's conditions, beside the others'.
const (
	reasonSuspended = "Suspended"
	reasonNotSetUp  = "NotSetUp"
	reasonNeverRan  = "NeverRan"
	reasonMissed    = "Missed"
	reasonUnderWay  = "UnderWay"
)

// Platform is where releases are built: the platform's namespace and the name of its
// template of a build. Without a namespace none is built.
type Platform struct{ Namespace, Template string }

// Releases reconciles ReleaseSchedule objects. It asks neither the API nor a database: what
// a build may read, and whether it may spend, is decided where it runs, and what is
// published is a person's.
type Releases struct {
	shared
	Platform
}

// NewReleases makes the controller.
func NewReleases(o Options, p Platform) *Releases { return &Releases{shared{Options: o}, p} }

// SetUp registers the controller.
func (r *Releases) SetUp(m ctrl.Manager) error {
	b := ctrl.NewControllerManagedBy(m).Named("release").
		For(&v1alpha1.ReleaseSchedule{}, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		WithOptions(r.options())
	if r.Platform.Namespace != "" {
		b = b.Owns(&batchv1.CronJob{}).
			Watches(&batchv1.Job{}, handler.EnqueueRequestsFromMapFunc(scheduleOf)).
			Watches(&corev1.PodTemplate{}, handler.EnqueueRequestsFromMapFunc(r.all))
	}
	return b.Complete(r)
}

// scheduleOf is the schedule that something was made for.
func scheduleOf(_ context.Context, o client.Object) []reconcile.Request {
	name := o.GetLabels()[specs.LabelSchedule]
	if name == "" {
		return nil
	}
	return []reconcile.Request{{NamespacedName: types.NamespacedName{Name: name}}}
}

// all are the schedules that a change of the platform's template is about.
func (r *Releases) all(ctx context.Context, o client.Object) (out []reconcile.Request) {
	var list v1alpha1.ReleaseScheduleList
	if o.GetName() != r.Template || r.Client.List(ctx, &list) != nil {
		return nil
	}
	for i := range list.Items {
		out = append(out, reconcile.Request{NamespacedName: types.NamespacedName{Name: list.Items[i].Name}})
	}
	return out
}

// Reconcile brings one schedule's CronJob to what its object says, and tells what came of
// its last run. What it made goes with the object, by its owner.
func (r *Releases) Reconcile(ctx context.Context, req ctrl.Request) (result ctrl.Result, err error) {
	s := &v1alpha1.ReleaseSchedule{}
	if err := r.Client.Get(ctx, req.NamespacedName, s); err != nil {
		if client.IgnoreNotFound(err) == nil {
			forget(v1alpha1.KindReleaseSchedule, req.Name)
			forgetRuns(req.Name)
		}
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !s.DeletionTimestamp.IsZero() {
		return ctrl.Result{}, nil
	}
	before := s.Status.DeepCopy()
	defer func() {
		s.Status.ObservedGeneration = s.Generation
		ready(v1alpha1.KindReleaseSchedule, s.Name, s.Status.Conditions)
		kind := v1alpha1.GroupVersion.WithKind(v1alpha1.KindReleaseSchedule)
		err = errors.Join(err, report(ctx, r.Client, part(kind, s), ownsReleaseStatus, before, &s.Status))
	}()
	return r.become(ctx, s)
}

func (r *Releases) become(ctx context.Context, s *v1alpha1.ReleaseSchedule) (ctrl.Result, error) {
	c := &conditions{&s.Status.Conditions, s.Generation}
	s.Status.Definition = s.Spec.Digest()
	if r.Platform.Namespace == "" {
		c.outcome(metav1.ConditionFalse, reasonNotSetUp, "this operator builds no releases: set releases.namespace of charts/sala-operator, and releases.enabled of charts/sala")
		return after(r.Resync), nil
	}
	if err := r.learn(ctx, s, c); err != nil {
		return ctrl.Result{}, err
	}
	template := &corev1.PodTemplate{}
	err := r.Client.Get(ctx, client.ObjectKey{Namespace: r.Platform.Namespace, Name: r.Template}, template)
	if apierrors.IsNotFound(err) {
		c.outcome(metav1.ConditionFalse, reasonNotSetUp, "the platform has no template of a build: set releases.enabled of charts/sala")
		return after(r.Resync), nil // the template is watched
	}
	if err != nil {
		return ctrl.Result{}, fmt.Errorf("reading the platform's template of a build: %w", err)
	}
	code, refused := s.Spec.Refusal()
	if err := r.apply(ctx, s, template, refused != ""); err != nil {
		return r.unmade(s, c, err)
	}
	r.keepTime(s, c, refused != "")
	if refused != "" {
		message := string(code) + ": " + refused
		if !c.says(message) {
			r.Events.Eventf(s, nil, "Warning", "Refused", "Reconcile", "%s", shown(message))
		}
		c.outcome(metav1.ConditionFalse, reasonRefused, message)
		return after(r.Resync), nil
	}
	message := "it builds and checks; what is built a person publishes; what may be spent is decided by the account in the database"
	if s.Spec.Suspend {
		message = "it is suspended"
	}
	c.outcome(metav1.ConditionTrue, reasonAsDeclared, message)
	if err := r.tidy(ctx, s); err != nil {
		return ctrl.Result{}, err
	}
	return r.again(s), nil
}

// apply makes the definition and the CronJob what they should be, whoever changed them.
func (r *Releases) apply(ctx context.Context, s *v1alpha1.ReleaseSchedule, t *corev1.PodTemplate, held bool) error {
	job, err := specs.Release(s, t, held)
	if err != nil {
		return err
	}
	definition := specs.Definition(s, r.Platform.Namespace)
	err = r.server(ctx, definition)
	if apierrors.IsInvalid(err) { // another text lies there under this text's name, and cannot be changed
		if err := r.Client.Delete(ctx, definition.DeepCopy()); client.IgnoreNotFound(err) != nil {
			return fmt.Errorf("deleting a definition that was put under another's name: %w", err)
		}
		r.Events.Eventf(s, nil, "Warning", "Drift", "Reconcile", "another text lay in the place of the definition and was deleted")
		err = r.server(ctx, definition)
	}
	if err != nil {
		return fmt.Errorf("storing the definition of a release: %w", err)
	}
	if err := r.server(ctx, job); err != nil {
		return fmt.Errorf("storing the CronJob of a release: %w", err)
	}
	return nil
}

// server applies an object on the server's side.
func (r *Releases) server(ctx context.Context, o client.Object) error {
	fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(o)
	if err != nil {
		return err
	}
	delete(fields, "status")
	u := &unstructured.Unstructured{Object: fields}
	return r.Client.Apply(ctx, client.ApplyConfigurationFromUnstructured(u), ownsRelease, client.ForceOwnership)
}

// unmade says what the cluster refuses for good, such as a time zone that there is not.
func (r *Releases) unmade(s *v1alpha1.ReleaseSchedule, c *conditions, err error) (ctrl.Result, error) {
	if !apierrors.IsInvalid(err) && !apierrors.IsForbidden(err) && !apierrors.IsNotFound(err) {
		c.outcome(metav1.ConditionUnknown, reasonUnavailable, "the CronJob could not be stored: it is tried again")
		return ctrl.Result{}, err
	}
	message := "the cluster refuses the CronJob: " + err.Error()
	if !c.says(message) {
		r.Events.Eventf(s, nil, "Warning", "Refused", "Reconcile", "%s", shown(message))
	}
	c.outcome(metav1.ConditionFalse, reasonRefused, message)
	return after(r.Resync), nil
}

// tidy deletes definitions that no Job ran that is still there.
func (r *Releases) tidy(ctx context.Context, s *v1alpha1.ReleaseSchedule) error {
	var made corev1.ConfigMapList
	mine := []client.ListOption{client.InNamespace(r.Platform.Namespace), client.MatchingLabels{specs.LabelSchedule: s.Name}}
	if err := r.Reader.List(ctx, &made, mine...); err != nil {
		return fmt.Errorf("listing the definitions of a release: %w", err)
	}
	var jobs batchv1.JobList
	if err := r.Client.List(ctx, &jobs, mine...); err != nil {
		return fmt.Errorf("listing the runs of a release: %w", err)
	}
	used := map[string]bool{s.Spec.Digest(): true}
	for i := range jobs.Items {
		used[jobs.Items[i].Annotations[specs.AnnotationDefinition]] = true
	}
	for i := range made.Items {
		if one := &made.Items[i]; !used[one.Annotations[specs.AnnotationDefinition]] {
			if err := r.Client.Delete(ctx, one); client.IgnoreNotFound(err) != nil {
				return fmt.Errorf("deleting a definition that nothing runs any more: %w", err)
			}
		}
	}
	return nil
}
