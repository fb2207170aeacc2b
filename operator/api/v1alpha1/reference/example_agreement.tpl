{{- define "exampleAgreement" -}}
apiVersion: sala.exchange/v1alpha1
kind: DataSharingAgreement
metadata:
  name: shelter-referral                     # its code, for good
spec:
  title: Agreement on referrals to shelters
  documentDigest: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 # sha256sum agreement.pdf
  parties:
  - {agency: lwu, controllerRole: CONTROLLER, focalPoint: Legal desk}
  - {agency: mlsw, controllerRole: JOINT_CONTROLLER, focalPoint: Data-protection focal point}
  purposes: [PROTECTION, ASSISTANCE]
  categories: [IDENTITY, CONTACT, WHEREABOUTS, PROFILE, PROTECTION, ASSISTANCE]
  caseKinds: [PRESUMED_VICTIM, IDENTIFIED_VICTIM]
  period: {from: "2027-01-01T00:00:00+07:00", until: "2030-01-01T00:00:00+07:00"}
  obligations: {retentionDays: 1825, onwardSharing: ASK, breachNoticeHours: 72, atEnd: DELETE}
{{- end -}}
