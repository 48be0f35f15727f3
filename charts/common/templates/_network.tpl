{{/*
What may reach a process, and what it may reach. Everything else is denied by the umbrella's policy for all of the
installation's pods. Each opening is named by a comment, of which docs/network.md is made.

dict
  "root"     the chart's context
  "name"     name of the policy
  "pod"      app.kubernetes.io/name of the pods that it is for
  "public"   peers that may reach the public port; absent: none; empty: everybody
  "admin"    whether it has an admin port
  "to"       list of dict "what", "ports" (list), "peers" (list; empty: everybody)
  "further"  rules as in a NetworkPolicy's egress
*/}}
{{- define "outrider.networkPolicy" -}}
{{- $root := .root -}}
{{- $policy := $root.Values.global.networkPolicy -}}
{{- if $policy.enabled }}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ .name }}
  labels:
    {{- include "outrider.labels" $root | nindent 4 }}
spec:
  podSelector:
    matchLabels:
      app.kubernetes.io/name: {{ .pod }}
      app.kubernetes.io/instance: {{ $root.Release.Name }}
  policyTypes: [Ingress, Egress]
  {{- $admin := and .admin (concat ($policy.monitoring | default list) ($policy.operator | default list)) }}
  {{- if or (hasKey . "public") $admin }}
  ingress:
    {{- if hasKey . "public" }}
    # public port
    - ports:
        - { port: http, protocol: TCP }
      {{- with .public }}
      from:
        {{- toYaml . | nindent 8 }}
        # and `helm test`
        - podSelector:
            matchLabels:
              app.kubernetes.io/name: test
              app.kubernetes.io/instance: {{ $root.Release.Name }}
      {{- end }}
    {{- end }}
    {{- with $admin }}
    # admin port
    - ports:
        - { port: admin, protocol: TCP }
      from:
        {{- toYaml . | nindent 8 }}
    {{- end }}
  {{- end }}
  egress:
    # DNS
    - ports:
        - { port: 53, protocol: UDP }
        - { port: 53, protocol: TCP }
      {{- with $policy.dns }}
      to:
        {{- toYaml . | nindent 8 }}
      {{- end }}
    {{- range .to }}
    {{- if .ports }}
    # {{ .what }}
    - ports:
        {{- range .ports | uniq }}
        - { port: {{ . }}, protocol: TCP }
        {{- end }}
      {{- with .peers }}
      to:
        {{- toYaml . | nindent 8 }}
      {{- end }}
    {{- end }}
    {{- end }}
    {{- with .further }}
    # further openings
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end }}
{{- end -}}

{{/* The port of a URL, as a YAML list: given, or that of its scheme. Nothing without a URL. */}}
{{- define "outrider.portOfUrl" -}}
{{- if . -}}
{{- $url := urlParse . -}}
{{- $port := regexFind ":[0-9]+$" $url.host | trimPrefix ":" -}}
{{- $known := dict "https" "443" "http" "80" "redis" "6379" "rediss" "6379" -}}
- {{ $port | default (get $known $url.scheme) | int }}
{{- end -}}
{{- end -}}
