{{/* sala.yaml: what the chart sets, and the settings of the values. */}}
{{- define "sala.config" -}}
address: "0.0.0.0:8443"
operationsAddress: "0.0.0.0:9090"
{{- if .Values.tls.secretName }}
tlsCertificateFile: /etc/sala/tls/tls.crt
tlsKeyFile: /etc/sala/tls/tls.key
{{- else }}
proxyTerminatesTLS: true
{{- end }}
{{- if not .Values.database.url.name }}
database: {{ include "sala.databaseURL" (dict "root" . "user" "sala_app") }}
{{- end }}
{{- if .Values.secrets.databaseApp.name }}
databasePasswordFile: /etc/sala/secrets/database-password
{{- end }}
keyStore: {{ .Values.keyStore.address }}
{{- if .Values.secrets.encryptionKey.name }}
keyFile: /etc/sala/secrets/kek.json
{{- end }}
erasureKeyFile: /etc/sala/secrets/erasures.key
cursorKeyFile: /etc/sala/secrets/cursor.key
{{- if not .Values.api.sequencer }}
ledgerSequencer: apart
{{- end }}
{{ toYaml .Values.config }}
{{- end }}

{{- define "sala.regionConfig" -}}
address: "0.0.0.0:8443"
operationsAddress: "0.0.0.0:9090"
{{- if .Values.region.tls.secretName }}
tlsCertificateFile: /etc/sala-region/tls/tls.crt
tlsKeyFile: /etc/sala-region/tls/tls.key
{{- else }}
proxyTerminatesTLS: true
{{- end }}
{{ toYaml .Values.region.config }}
{{- end }}
