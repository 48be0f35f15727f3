{{/* The process that a chart runs: order, inventory, payment, product, outbox-worker or reconciler. */}}
{{- define "outrider.component" -}}
{{- .Values.component | default .Chart.Name -}}
{{- end -}}

{{/*
The name of its objects: <release>-<component>. Two installations in one namespace have releases of different names.
*/}}
{{- define "outrider.fullname" -}}
{{- if gt (len .Release.Name) 35 -}}
{{- fail (printf "the release's name, %s, is too long: names of objects are made of it, so it must be of 35 characters at the most" .Release.Name) -}}
{{- end -}}
{{- printf "%s-%s" .Release.Name (include "outrider.component" .) -}}
{{- end -}}

{{/* What a Deployment and a Service select pods by. Never changes: a Deployment's selector cannot. */}}
{{- define "outrider.selectorLabels" -}}
app.kubernetes.io/name: {{ include "outrider.component" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* Labels of every object but pods, whose template must not change with the chart's version. */}}
{{- define "outrider.labels" -}}
{{ include "outrider.selectorLabels" . }}
{{ include "outrider.commonLabels" . }}
{{- end -}}

{{- define "outrider.commonLabels" -}}
app.kubernetes.io/part-of: outrider
app.kubernetes.io/version: {{ include "outrider.versionLabel" (include "outrider.version" .) | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* A version as a label may be: 63 characters at the most, where a tag may have 128, as the digest of a build has 64. */}}
{{- define "outrider.versionLabel" -}}
{{- . | trunc 63 | trimAll "-._" -}}
{{- end -}}

{{/* The image's version: its tag. */}}
{{- define "outrider.version" -}}
{{- .Values.image.tag | default .Values.global.image.tag | default .Chart.AppVersion -}}
{{- end -}}

{{- define "outrider.image" -}}
{{- $image := .Values.image -}}
{{- $registry := $image.registry | default .Values.global.image.registry -}}
{{- $repository := $image.repository | default (printf "outrider/%s" (include "outrider.component" .)) -}}
{{- with $registry }}{{ trimSuffix "/" . }}/{{ end }}{{ $repository }}:{{ include "outrider.version" . }}
{{- with $image.digest }}@{{ . }}{{ end -}}
{{- end -}}

{{- define "outrider.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (include "outrider.fullname" .) -}}
{{- end -}}

{{- define "outrider.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ include "outrider.serviceAccountName" . }}
  labels:
    {{- include "outrider.labels" . | nindent 4 }}
  {{- with .Values.serviceAccount.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
automountServiceAccountToken: false
{{- end }}
{{- end -}}
