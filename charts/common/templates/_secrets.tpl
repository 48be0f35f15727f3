{{/*
Secrets are mounted as folders and read again by the processes whenever they connect, so exchanging one needs no restart.
Below, a `source` is an entry of a projected volume: what it takes from a Secret or ConfigMap, and which files that makes.
*/}}

{{/* The names of a secret's keys: those of its preset, and over them those that `keys` gives. → YAML of a map */}}
{{- define "outrider.keys" -}}
{{- $presets := dict
  "basic-auth" (dict "password" "password")
  "cloudnative-pg" (dict "uri" "uri")
  "strimzi" (dict "password" "password" "certificate" "user.crt" "key" "user.key")
  "cert-manager" (dict "certificate" "tls.crt" "key" "tls.key") -}}
{{- $keys := get $presets .preset | default dict | deepCopy -}}
{{- range $name, $key := .keys | default dict }}{{ if $key }}{{ $_ := set $keys $name $key }}{{ end }}{{ end -}}
{{- toYaml $keys -}}
{{- end -}}

{{/* dict "secret" or "configMap", "items" (map of key → file). → one source, as an item of a YAML list */}}
{{- define "outrider.source" -}}
- {{ if .secret }}secret{{ else }}configMap{{ end }}:
    name: {{ .secret | default .configMap }}
    items:
      {{- range $key, $file := .items }}
      - key: {{ $key | quote }}
        path: {{ $file | quote }}
      {{- end }}
{{- end -}}

{{/* An authority's certificates: dict of existingSecret or configMap, and key. → sources, or nothing */}}
{{- define "outrider.caSource" -}}
{{- if or .existingSecret .configMap }}
{{ include "outrider.source" (dict "secret" .existingSecret "configMap" .configMap "items" (dict .key "ca.crt")) }}
{{- end }}
{{- end -}}

{{/* A client's certificate and key: dict of existingSecret, preset, keys. → sources, or nothing */}}
{{- define "outrider.certificateSource" -}}
{{- if .existingSecret }}
{{- $keys := include "outrider.keys" . | fromYaml }}
{{ include "outrider.source" (dict "secret" .existingSecret "items" (dict $keys.certificate "tls.crt" $keys.key "tls.key")) }}
{{- end }}
{{- end -}}

{{/* dict "name", "sources" (YAML of a list). → a volume, or nothing where there are no sources */}}
{{- define "outrider.projected" -}}
{{- if trim .sources }}
- name: {{ .name }}
  projected:
    # readable by the process's group alone
    defaultMode: 0440
    sources:
      {{- trim .sources | nindent 6 }}
{{- end }}
{{- end -}}
