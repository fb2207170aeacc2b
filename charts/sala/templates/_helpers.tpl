{{- define "sala.fullname" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" }}{{ end }}
{{- end }}

{{/* The parts that run all the time, each with its values: what is alike in them is written
     once. serves: it has clients, and a Service, an Ingress or a route for them. */}}
{{- define "sala.parts" -}}
- name: api
  serves: true
  values: {{ omit .Values.api "sequencer" | toJson }}
  image: {{ .Values.image | toJson }}
  tls: {{ .Values.tls | toJson }}
  ingress: {{ .Values.ingress | toJson }}
  gateway: {{ .Values.gateway | toJson }}
{{- with .Values.sequencer }}
{{- if .enabled }}
- name: sequencer
  serves: false
  {{- $one := le (int .replicas) 1 }}
  values: {{ merge (dict "autoscaling" (dict "enabled" false) "podDisruptionBudget" (dict "enabled" (and .podDisruptionBudget.enabled (not $one)) "maxUnavailable" .podDisruptionBudget.maxUnavailable)) (omit . "podDisruptionBudget") | toJson }}
  image: {{ $.Values.image | toJson }}
{{- end }}
{{- end }}
{{- if .Values.region.enabled }}
- name: region
  serves: true
  values: {{ omit .Values.region "image" "config" "tls" "ingress" "gateway" | toJson }}
  image: {{ .Values.region.image | toJson }}
  tls: {{ .Values.region.tls | toJson }}
  ingress: {{ .Values.region.ingress | toJson }}
  gateway: {{ .Values.region.gateway | toJson }}
{{- end }}
{{- end }}

{{/* A part's object is called after it. dict: root, part */}}
{{- define "sala.name" -}}{{ include "sala.fullname" .root }}-{{ .part }}{{- end }}

{{- define "sala.selector" -}}
app.kubernetes.io/name: sala
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end }}

{{- define "sala.labels" -}}
{{ include "sala.selector" . }}
app.kubernetes.io/part-of: sala
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{/* dict: root, image */}}
{{- define "sala.image" -}}
{{- if .image.digest }}{{ .image.repository }}@{{ .image.digest }}{{ else }}{{ .image.repository }}:{{ .image.tag | default .root.Chart.AppVersion }}{{ end }}
{{- end }}

{{- define "sala.pullSecrets" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
- name: {{ . }}
{{- end }}
{{- end }}
{{- end }}

{{/* The account of the images is 65532; secrets are root's and of its group. */}}
{{- define "sala.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "sala.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- define "sala.cluster" -}}{{ include "sala.fullname" . }}-postgres{{- end }}

{{- define "sala.databaseHost" -}}
{{- if .Values.database.cluster.enabled }}{{ include "sala.cluster" . }}-rw.{{ .Release.Namespace }}.svc{{ else }}{{ .Values.database.host }}{{ end }}
{{- end }}

{{/* Secret and key of the authority that the database's certificate is of; empty: none. */}}
{{- define "sala.databaseCA" -}}
{{- if .Values.database.cluster.enabled }}{name: {{ include "sala.cluster" . }}-ca, key: ca.crt}
{{- else if .Values.database.ca.name }}{{ .Values.database.ca | toJson }}
{{- end }}
{{- end }}

{{/* dict: root, user */}}
{{- define "sala.databaseURL" -}}
{{- $d := .root.Values.database -}}
postgres://{{ .user }}@{{ include "sala.databaseHost" .root }}:{{ if $d.cluster.enabled }}5432{{ else }}{{ $d.port }}{{ end }}/{{ $d.name }}?sslmode={{ if $d.cluster.enabled }}verify-full{{ else }}{{ $d.sslmode }}{{ end }}
{{- if include "sala.databaseCA" .root }}&sslrootcert=/etc/sala/database-ca/ca.crt{{ end }}
{{- end }}

{{/* The database's URL out of a Secret. dict: root, key */}}
{{- define "sala.databaseEnv" -}}
{{- if .root.Values.database.url.name }}
- name: SALA_DATABASE
  valueFrom: {secretKeyRef: {name: {{ .root.Values.database.url.name }}, key: {{ .key }}}}
{{- end }}
{{- end }}

{{- define "sala.databaseCAMount" -}}
{{- if include "sala.databaseCA" . }}
- {name: database-ca, mountPath: /etc/sala/database-ca, readOnly: true}
{{- end }}
{{- end }}

{{- define "sala.databaseCAVolume" -}}
{{- with include "sala.databaseCA" . | fromYaml }}
{{- if .name }}
- name: database-ca
  secret: {secretName: {{ .name }}, items: [{key: {{ .key }}, path: ca.crt}]}
{{- end }}
{{- end }}
{{- end }}

{{/* What of a projected volume is one secret. dict: secret, path */}}
{{- define "sala.secretSource" -}}
{{- if .secret.name }}
- secret: {name: {{ .secret.name }}, items: [{key: {{ .secret.key }}, path: {{ .path }}}]}
{{- end }}
{{- end }}

{{/* Namespace and name of a key store in Secrets; empty where it is elsewhere. */}}
{{- define "sala.keysNamespace" -}}
{{- if hasPrefix "kubernetes:" .Values.keyStore.address }}{{ .Values.keyStore.address | trimPrefix "kubernetes:" | splitList "/" | first }}{{ end }}
{{- end }}
