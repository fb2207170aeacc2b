package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// ReleaseSchedule builds one release again and again, as a CronJob in the platform's
// namespace: builds, asks every gate, and keeps the candidate. It publishes nothing: that
// is another one's, with a key of their own. It is of the whole cluster, so that nobody
// who may write into a namespace has tables built of cases.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Cluster,categories={sala},shortName=rsched
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Schedule",type=string,JSONPath=`.spec.schedule`
// +kubebuilder:printcolumn:name="Suspended",type=boolean,JSONPath=`.spec.suspend`
// +kubebuilder:printcolumn:name="Last run",type=string,JSONPath=`.status.lastRun.outcome`
// +kubebuilder:printcolumn:name="Code",type=string,JSONPath=`.status.lastRun.code`
// +kubebuilder:printcolumn:name="Ended",type=date,JSONPath=`.status.lastRun.endedOn`
// +kubebuilder:printcolumn:name="Waits for",type=string,JSONPath=`.status.waitsFor`
// +kubebuilder:printcolumn:name="Next",type=string,JSONPath=`.status.nextOn`,priority=1
// +kubebuilder:printcolumn:name="Audience",type=string,JSONPath=`.spec.audience`,priority=1
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:validation:XValidation:rule="self.metadata.name.matches('^[a-z]([a-z0-9-]{0,36}[a-z0-9])?$')",message="metadata.name is 1 to 38 lower-case letters, digits and hyphens, beginning with a letter"
type ReleaseSchedule struct {
	metav1.TypeMeta `json:",inline"`
	// metadata names the schedule.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`
	// spec is what is built, and when.
	// +required
	Spec ReleaseScheduleSpec `json:"spec"`
	// status is what the operator found.
	// +optional
	// +kubebuilder:default={observedGeneration:-1}
	Status ReleaseScheduleStatus `json:"status,omitempty,omitzero"`
}

// ReleaseScheduleList is a list of schedules.
//
// +kubebuilder:object:root=true
type ReleaseScheduleList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []ReleaseSchedule `json:"items"`
}

// ReleaseScheduleSpec is what is built, and when.
type ReleaseScheduleSpec struct {
	// definition is the release's definition, as `sala release plan` reads it from a file.
	// What needs a further file (the method series, a rate) is built by a person.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=65536
	Definition string `json:"definition"`
	// schedule is when it is built, at most once a day: minute, hour, day of the month,
	// month, day of the week; or @daily, @weekly, @monthly, @yearly.
	// +required
	// +kubebuilder:validation:MaxLength=100
	// +kubebuilder:validation:XValidation:rule="self.matches('^@(daily|weekly|monthly|yearly)$') || self.matches('^[0-5]?[0-9] ([01]?[0-9]|2[0-3]) [0-9A-Za-z*?,/L#-]+ [0-9A-Za-z*,/-]+ [0-9A-Za-z*?,/L#-]+$')",message="a schedule is five fields, the first two one minute and one hour: at most once a day"
	Schedule string `json:"schedule"`
	// timeZone is that of the schedule, by its name in the IANA's list.
	// +optional
	// +kubebuilder:default="Asia/Vientiane"
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:Pattern=`^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}$`
	TimeZone string `json:"timeZone,omitempty"`
	// audience is whom the release is for (J5); the definition has to say the same.
	// +required
	// +kubebuilder:validation:Enum=PUBLIC;COUNTERPARTS;RESEARCHERS;ADMINISTRATION
	Audience string `json:"audience"`
	// privacyBudget is what one edition may cost at most of its population's privacy
	// budget; left out, the definition has to be of a method that costs nothing. It is held
	// against what the definition asks for. The account itself is in the database, which
	// adds up what was published, whatever stands here.
	// +optional
	PrivacyBudget *PrivacyBudget `json:"privacyBudget,omitempty"`
	// suspend starts no further build; one that runs goes on.
	// +optional
	Suspend bool `json:"suspend,omitempty"`
	// deadlineSeconds is how long one build may take, 60 to 86,400.
	// +optional
	// +kubebuilder:default=3600
	// +kubebuilder:validation:Minimum=60
	// +kubebuilder:validation:Maximum=86400
	DeadlineSeconds *int64 `json:"deadlineSeconds,omitempty"`
	// startingDeadlineSeconds is how late a build may start, 60 to 86,400; later it is
	// missed, and said to be.
	// +optional
	// +kubebuilder:default=21600
	// +kubebuilder:validation:Minimum=60
	// +kubebuilder:validation:Maximum=86400
	StartingDeadlineSeconds *int64 `json:"startingDeadlineSeconds,omitempty"`
	// retries is how often a build is begun anew that crashed or could not reach the
	// database, 0 to 6. One that was refused is not.
	// +optional
	// +kubebuilder:default=2
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=6
	Retries *int32 `json:"retries,omitempty"`
	// successfulRunsKept is how many Jobs that built a candidate stay to be looked at, 1
	// to 20. Candidates are files and stay.
	// +optional
	// +kubebuilder:default=3
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=20
	SuccessfulRunsKept *int32 `json:"successfulRunsKept,omitempty"`
	// failedRunsKept is how many other Jobs stay, 1 to 20.
	// +optional
	// +kubebuilder:default=3
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=20
	FailedRunsKept *int32 `json:"failedRunsKept,omitempty"`
}

// PrivacyBudget is a cost of differential privacy.
type PrivacyBudget struct {
	// epsilon is above 0 and at most 8, as a decimal number in quotes.
	// +required
	// +kubebuilder:validation:MaxLength=20
	// +kubebuilder:validation:Pattern=`^[0-9]+([.][0-9]+)?$`
	// +kubebuilder:validation:XValidation:rule="!self.matches('^[0-9]+([.][0-9]+)?$') || (double(self) > 0.0 && double(self) <= 8.0)",message="epsilon is above 0 and at most 8"
	Epsilon string `json:"epsilon"`
	// delta is above 0 and at most 0.0001, as a decimal number in quotes.
	// +required
	// +kubebuilder:validation:MaxLength=30
	// +kubebuilder:validation:Pattern=`^[0-9]+([.][0-9]+)?$`
	// +kubebuilder:validation:XValidation:rule="!self.matches('^[0-9]+([.][0-9]+)?$') || (double(self) > 0.0 && double(self) <= 0.0001)",message="delta is above 0 and at most 0.0001"
	Delta string `json:"delta"`
}

// The conditions of a ReleaseSchedule, beside Ready, Reconciling and Stalled.
const (
	// ConditionBuilt is true where the last run built a candidate that passed every gate.
	ConditionBuilt = "Built"
	// ConditionOnTime is false while the last run that was due was not started.
	ConditionOnTime = "OnTime"
)

// WaitsForPublisher is for whom a candidate waits.
const WaitsForPublisher = "a publisher, who checks the candidate and publishes it with a key of their own"

// ReleaseScheduleStatus is what the operator found. No figure of a release is in it.
type ReleaseScheduleStatus struct {
	// conditions say how things stand.
	// +optional
	// +listType=map
	// +listMapKey=type
	Conditions []metav1.Condition `json:"conditions,omitempty"`
	// observedGeneration is the generation of the spec that the status is about.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// waitsFor says for whom the last candidate waits; empty where for nobody. Whether it
	// was published the operator does not know.
	// +optional
	WaitsFor string `json:"waitsFor,omitempty"`
	// definition is the SHA-256 of the definition, in hexadecimal digits.
	// +optional
	Definition string `json:"definition,omitempty"`
	// cadence is the schedule that holds, with its time zone; empty while it is suspended.
	// +optional
	Cadence string `json:"cadence,omitempty"`
	// since is from when it holds.
	// +optional
	Since *metav1.Time `json:"since,omitempty"`
	// nextOn is when the next build is due.
	// +optional
	NextOn *metav1.Time `json:"nextOn,omitempty"`
	// running is the Job that is under way.
	// +optional
	Running string `json:"running,omitempty"`
	// lastRun is the run that ended last.
	// +optional
	LastRun *ReleaseRun `json:"lastRun,omitempty"`
}

// ReleaseRun is one build and what came of it.
type ReleaseRun struct {
	// job is the Job's name; the candidate is the file of that name with .json, in the
	// claim.
	// +required
	Job string `json:"job"`
	// outcome is BUILT, REFUSED (by a gate or a rule: another definition is needed) or
	// FAILED.
	// +required
	// +kubebuilder:validation:Enum=BUILT;REFUSED;FAILED
	Outcome Outcome `json:"outcome"`
	// code says why.
	// +required
	Code Code `json:"code"`
	// definition is the SHA-256 of the definition that was built.
	// +optional
	Definition string `json:"definition,omitempty"`
	// startedOn is when the Job began.
	// +optional
	StartedOn *metav1.Time `json:"startedOn,omitempty"`
	// endedOn is when it ended.
	// +optional
	EndedOn *metav1.Time `json:"endedOn,omitempty"`
}
