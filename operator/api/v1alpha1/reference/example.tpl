{{- /* A whole, valid object of each kind; a kind without one is not rendered. */ -}}
{{- define "example" -}}
{{- if eq . "Agency" }}{{ template "exampleAgency" }}
{{- else if eq . "DataSharingAgreement" }}{{ template "exampleAgreement" }}
{{- else if eq . "ReleaseSchedule" }}{{ template "exampleSchedule" }}
{{- else }}{{ fail (print "no example of a " .) }}
{{- end -}}
{{- end -}}
