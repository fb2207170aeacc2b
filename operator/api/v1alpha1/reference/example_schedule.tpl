{{- define "exampleSchedule" -}}
apiVersion: sala.exchange/v1alpha1
kind: ReleaseSchedule
metadata:
  name: assisted-persons
spec:
  schedule: "30 2 1 2 *"                     # the first of February, 02:30
  timeZone: Asia/Vientiane
  audience: COUNTERPARTS                     # the definition has to say the same
  privacyBudget: {epsilon: "2", delta: "0.000001"} # at most, for one edition
  suspend: false
  deadlineSeconds: 3600
  startingDeadlineSeconds: 21600
  retries: 2
  successfulRunsKept: 3
  failedRunsKept: 3
  definition: |                              # try it first: sala release plan FILE
    name: assisted-persons
    title: Assisted persons by sex and year
    publisher: Secretariat of the National Committee
    country: LA
    geography: Lao People's Democratic Republic
    population: {name: assisted-persons, unit: CASE, kinds: [PRESUMED_VICTIM, IDENTIFIED_VICTIM]}
    period: {from: 2023, to: 2025}
    columns:
      - {name: year}
      - {name: sex}
    method: private
    parameters: {epsilon: 2, delta: 0.000001, length: 2}
    audience: COUNTERPARTS
{{- end -}}
