{{/*
Reads the metrics of each pod. dict "root", "kind": ServiceMonitor (by the Service of the admin port) or PodMonitor
*/}}
{{- define "outrider.monitor" -}}
{{- $root := .root -}}
{{- $monitoring := $root.Values.global.monitoring -}}
{{- if $monitoring.enabled }}
apiVersion: monitoring.coreos.com/v1
kind: {{ .kind }}
metadata:
  name: {{ include "outrider.fullname" $root }}
  labels:
    {{- include "outrider.labels" $root | nindent 4 }}
    {{- with $monitoring.labels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  jobLabel: app.kubernetes.io/name
  selector:
    matchLabels:
      {{- include "outrider.selectorLabels" $root | nindent 6 }}
      {{- if eq .kind "ServiceMonitor" }}
      outrider/port: admin
      {{- end }}
  {{ if eq .kind "ServiceMonitor" }}endpoints{{ else }}podMetricsEndpoints{{ end }}:
    - port: admin
      path: /metrics
      interval: {{ $monitoring.interval }}
{{- end }}
{{- end -}}
