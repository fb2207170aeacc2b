{{- define "sala.toDNS" -}}
- to: {{- toYaml .Values.networkPolicy.dns | nindent 2 }}
  ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]
{{- end }}
{{- define "sala.toOutside" -}}
- to:
  {{- range .Values.networkPolicy.outside.networks }}
  - ipBlock: {{ toJson . }}
  {{- end }}
  ports:
  {{- range .Values.networkPolicy.outside.ports }}
  - {port: {{ . }}, protocol: TCP}
  {{- end }}
{{- end }}
{{- define "sala.toDatabase" -}}
{{- $d := .Values.database }}
{{- if $d.cluster.enabled -}}
- to: [{podSelector: {matchLabels: {cnpg.io/cluster: {{ include "sala.cluster" . }}}}}]
  ports: [{port: 5432, protocol: TCP}]
{{- else -}}
{{- if not $d.networks }}{{ fail "database.networks: say where the database is, for the network policies" }}{{ end -}}
- to:
  {{- range $d.networks }}
  - ipBlock: {cidr: {{ . }}}
  {{- end }}
  ports: [{port: {{ $d.port }}, protocol: TCP}]
{{- end }}
{{- end }}
{{- define "sala.fromClients" -}}
{{/* An empty list of peers would be everybody. */}}
{{- if or .clients .test -}}
- from:
  {{- with .clients }}{{ toYaml . | nindent 2 }}{{ end }}
  {{- with .test }}
  - podSelector: {matchLabels: {{ . | fromYaml | toJson }}}
  {{- end }}
  ports: [{port: 8443, protocol: TCP}]
{{- end }}
{{- with .root.Values.networkPolicy.monitoring }}
- from: {{- toYaml . | nindent 2 }}
  ports: [{port: 9090, protocol: TCP}]
{{- end }}
{{- end }}
