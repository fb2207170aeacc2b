{{- /* What is held of one field: the schema's bounds, then the messages of its CEL rules, but for those of its type, which stand there. */ -}}
{{- define "rules" -}}
{{- $rule := "kubebuilder:validation:XValidation" -}}
{{- $type := .Type -}}
{{- if .Type.UnderlyingType }}{{ $type = .Type.UnderlyingType }}{{ end -}}
{{- $there := list -}}
{{- range index $type.Markers $rule }}{{ $there = append $there .Message }}{{ end -}}
{{- range .Validation }}{{ if not (hasPrefix "items:XValidation" .) }}{{ markdownRenderFieldDoc . }} <br />{{ end }}{{ end -}}
{{- range index .Markers $rule }}{{ if not (has .Message $there) }}{{ markdownRenderFieldDoc .Message }} <br />{{ end }}{{ end -}}
{{- range index .Markers "kubebuilder:validation:items:XValidation" }}each: {{ markdownRenderFieldDoc .Message }} <br />{{ end -}}
{{- end -}}
