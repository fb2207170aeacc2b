{{/* What every pod that runs all the time has. dict: root, part (an entry of sala.parts), checksum */}}
{{- define "sala.deployment" -}}
{{- $v := .part.values -}}
{{- $named := dict "root" .root "part" .part.name -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "sala.name" $named }}
  labels: {{- include "sala.labels" $named | nindent 4 }}
spec:
  {{- if not $v.autoscaling.enabled }}
  replicas: {{ $v.replicas }}
  {{- end }}
  selector: {matchLabels: {{ include "sala.selector" $named | fromYaml | toJson }}}
  strategy: {rollingUpdate: {maxUnavailable: 0, maxSurge: 1}}
  template:
    metadata:
      labels: {{- include "sala.labels" $named | nindent 8 }}
      annotations:
        checksum/config: {{ .checksum }}
        {{- with $v.podAnnotations }}{{ toYaml . | nindent 8 }}{{ end }}
    spec:
      serviceAccountName: {{ include "sala.name" $named }}
      automountServiceAccountToken: {{ .account }}
      enableServiceLinks: false
      {{- include "sala.pullSecrets" .root | nindent 6 }}
      securityContext: {{- include "sala.podSecurity" .root | nindent 8 }}
      terminationGracePeriodSeconds: {{ $v.terminationGracePeriodSeconds }}
      {{- with $v.priorityClassName }}
      priorityClassName: {{ . }}
      {{- end }}
      {{- with $v.nodeSelector }}
      nodeSelector: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $v.tolerations }}
      tolerations: {{- toYaml . | nindent 8 }}
      {{- end }}
      topologySpreadConstraints:
      {{- range $key, $unsatisfied := dict "kubernetes.io/hostname" "ScheduleAnyway" $v.topologySpread.key $v.topologySpread.whenUnsatisfiable }}
      - maxSkew: 1
        topologyKey: {{ $key }}
        whenUnsatisfiable: {{ $unsatisfied }}
        labelSelector: {matchLabels: {{ include "sala.selector" $named | fromYaml | toJson }}}
        matchLabelKeys: [pod-template-hash]
      {{- end }}
      containers:
      - name: {{ .part.name }}
        image: {{ include "sala.image" (dict "root" .root "image" .part.image) }}
        imagePullPolicy: {{ .root.Values.image.pullPolicy }}
        args: {{ .args | toJson }}
        {{- with .env }}
        env: {{- . | nindent 8 }}
        {{- end }}
        {{- with .envFrom }}
        envFrom: {{- . | nindent 8 }}
        {{- end }}
        ports:
        {{- if .part.serves }}
        - {name: api, containerPort: 8443}
        {{- end }}
        - {name: operations, containerPort: 9090}
        # A start takes a while where an erasure that broke off is finished first.
        startupProbe: {httpGet: {path: /livez, port: operations}, periodSeconds: 2, failureThreshold: 60}
        livenessProbe: {httpGet: {path: /livez, port: operations}, periodSeconds: 10, failureThreshold: 6}
        readinessProbe: {httpGet: {path: /readyz, port: operations}, periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 2}
        resources: {{- toYaml $v.resources | nindent 10 }}
        securityContext: {{- include "sala.containerSecurity" .root | nindent 10 }}
        volumeMounts: {{- .mounts | nindent 8 }}
      volumes: {{- .volumes | nindent 6 }}
{{- end }}
