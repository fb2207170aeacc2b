{{- define "operator.selector" -}}
app.kubernetes.io/name: sala-operator
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "operator.labels" -}}
{{ include "operator.selector" . }}
app.kubernetes.io/part-of: sala
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{/* The objects of a generated file, with the release's labels. dict: root, file,
     annotations. What is of a namespace goes into the release's; what is of that of
     releases into that one, and nowhere where there is none. */}}
{{- define "operator.shipped" -}}
{{- $root := .root }}
{{- $annotations := .annotations }}
{{- range $text := regexSplit "(?m)^---$" ($root.Files.Get .file) -1 }}
{{- $object := fromYaml $text }}
{{- $builds := eq (default "" (default dict $object.metadata).namespace) "sala-releases" }}
{{- if and $object.kind (or (not $builds) $root.Values.releases.namespace) }}
{{- $_ := set $object.metadata "labels" (merge (include "operator.labels" $root | fromYaml) (default dict $object.metadata.labels)) }}
{{- if $annotations }}
{{- $_ := set $object.metadata "annotations" (merge (deepCopy $annotations) (default dict $object.metadata.annotations)) }}
{{- end }}
{{- if $object.metadata.namespace }}{{- $_ := set $object.metadata "namespace" (ternary $root.Values.releases.namespace $root.Release.Namespace $builds) }}{{- end }}
---
{{ toYaml $object }}
{{ end }}
{{- end }}
{{- end }}
