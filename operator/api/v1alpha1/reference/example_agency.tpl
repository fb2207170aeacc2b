{{- define "exampleAgency" -}}
apiVersion: sala.exchange/v1alpha1
kind: Agency
metadata:
  name: lwu                                  # its code, for good
spec:
  displayName: Lao Women's Union
  displayNames: {lo: ສະຫະພັນແມ່ຍິງລາວ}
  kind: UNION
  country: LA                                # none for an international organisation
  state: ACTIVE                              # or SUSPENDED; or OFFBOARDING, and then also:
  # offboarding: {handOverTo: mlsw, deadline: 2027-03-31}
  administersPlatform: false
  needToKnow: TEAM
  retention: {closedCases: 120}              # months
  limits: {requestsPerMinute: 1200, concurrentRequests: 32}
  allowedNetworks: [192.0.2.0/24, "2001:db8::/32"]
  units:
  - {name: vientiane, displayName: Vientiane office, displayNames: {lo: ຫ້ອງການວຽງຈັນ}}
  - {name: savannakhet, displayName: Savannakhet shelter}
  signIn:
    issuers:
    - url: https://idp.example/realms/sala   # exactly as in the claim iss
      audiences: [sala]
      clientID: lwu-portal
      agency: {claim: org, value: lwu}       # of an issuer that several agencies share
      accessTokens: {claim: token_use, value: access} # of one that cannot say typ at+jwt
      acrValues: [silver]
      strongAcrValues: [mfa]
    - url: https://connectors.idp.example
  connectors:
    administrators:
    - group: lwu-team
    - serviceAccount: {namespace: argocd, name: deployer}
    quota: {pods: 20, cpu: "2", memory: 4Gi, storage: 10Gi}
    destinations:
    - {network: 203.0.113.0/24, ports: [443, 8443]}
    client: {id: lwu-connector, issuer: https://connectors.idp.example, algorithm: ES256, rotateEvery: 720h, overlap: 24h}
{{- end -}}
