{{/*
How many pods a Deployment or a resource of the operator's has, and the annotation that goes with it.
dict "root", "apiVersion", "kind". → YAML: replicas (absent: not in the manifest), note

A number that leaves a manifest becomes 1, and one that another controller wrote may not be changed by Helm 4. So:
- where somebody else scales from the start, the manifest never has a number;
- where that is switched on later, the number that runs stays in the manifest, until others own it on the server;
- where it is switched off again, the number that runs stays until `replicas` is changed;
- where the pods go over to the operator, or back, those that come are as many as those that go.
*/}}
{{- define "outrider.replicas" -}}
{{- $apiVersion := .apiVersion -}}
{{- $kind := .kind -}}
{{- with .root -}}
{{- $fixed := int .Values.replicas -}}
{{- $live := lookup $apiVersion $kind .Release.Namespace (include "outrider.fullname" .) | default dict -}}
{{- $goes := dict -}}
{{- if not $live }}{{ $goes = include "outrider.goes" (dict "root" . "kind" $kind) | fromYaml }}{{ $live = $goes }}{{ end -}}
{{- $running := dig "spec" "replicas" $fixed $live | int -}}
{{- $note := dig "metadata" "annotations" "outrider/replicas" "" $live -}}
{{- $applied := false -}}
{{- $others := false -}}
{{- range dig "metadata" "managedFields" list $live -}}
{{- $owns := hasKey (dig "fieldsV1" "f:spec" dict .) "f:replicas" -}}
{{- if and (eq .manager "helm") (eq .operation "Apply") }}{{ $applied = true }}{{ end -}}
{{- if and $owns (ne .manager "helm") }}{{ $others = true }}{{ end -}}
{{- end -}}
{{- if or .Values.autoscaling.enabled .Values.autoscaling.external -}}
{{- if or (dig "spec" "replicas" "" $goes) (and $note (not (and $applied $others))) -}}
{{- dict "replicas" $running "note" "written" | toYaml -}}
{{- end -}}
{{- else -}}
{{- $kept := printf "kept instead of %d" $fixed -}}
{{- $scaled := lookup "autoscaling/v2" "HorizontalPodAutoscaler" .Release.Namespace (include "outrider.fullname" .) -}}
{{- $keep := and $live (ne $running $fixed) (or $scaled (not $note) (eq $note $kept)) (or (gt $running $fixed) (and $applied $others)) -}}
{{- if $keep -}}
{{- dict "replicas" $running "note" $kept | toYaml -}}
{{- else -}}
{{- dict "replicas" $fixed "note" "written" | toYaml -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* What has run the pods until now, where that is another kind of object. dict "root", "kind". → YAML, or nothing */}}
{{- define "outrider.goes" -}}
{{- $kind := .kind -}}
{{- with .root -}}
{{- $name := include "outrider.fullname" . -}}
{{- if ne $kind "Deployment" -}}
{{- lookup "apps/v1" "Deployment" .Release.Namespace $name | default dict | toYaml -}}
{{- else if .Capabilities.APIVersions.Has "commerce.outrider.dev/v1alpha1" -}}
{{- $operated := ternary "OutboxWorker" "CommerceService" (eq (include "outrider.component" .) "outbox-worker") -}}
{{- lookup "commerce.outrider.dev/v1alpha1" $operated .Release.Namespace $name | default dict | toYaml -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* A Deployment of a pod template. dict "root", "template" (its text) */}}
{{- define "outrider.deployment" -}}
{{- $root := .root -}}
{{- $replicas := include "outrider.replicas" (dict "root" $root "apiVersion" "apps/v1" "kind" "Deployment") | fromYaml -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "outrider.fullname" $root }}
  labels:
    {{- include "outrider.labels" $root | nindent 4 }}
  {{- with $replicas }}
  annotations:
    outrider/replicas: {{ .note | quote }}
  {{- end }}
spec:
  {{- with $replicas }}
  replicas: {{ .replicas }}
  {{- end }}
  revisionHistoryLimit: 5
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxSurge: 1
      maxUnavailable: 0
  selector:
    matchLabels:
      {{- include "outrider.selectorLabels" $root | nindent 6 }}
  template:
    {{- .template | nindent 4 }}
{{- end -}}

{{/* The fewest pods that there are: those of the autoscaler, or `replicas`. */}}
{{- define "outrider.fewest" -}}
{{- if .Values.autoscaling.enabled }}{{ .Values.autoscaling.minReplicas }}{{ else if include "outrider.scales" . }}{{ .Values.scaling.minReplicas | default 1 }}{{ else }}{{ .Values.replicas }}{{ end -}}
{{- end -}}

{{/* The most pods that there are, beside one more while they are replaced. */}}
{{- define "outrider.most" -}}
{{- if .Values.autoscaling.enabled }}{{ .Values.autoscaling.maxReplicas }}{{ else if include "outrider.scales" . }}{{ .Values.scaling.maxReplicas }}{{ else }}{{ .Values.replicas }}{{ end -}}
{{- end -}}

{{/*
The most pods that there are at once: one more while they are replaced; of a service that the operator runs twice as many,
where it goes back; on the way from one to the other those of both. dict "root", "worker"
*/}}
{{- define "outrider.mostAtOnce" -}}
{{- $worker := .worker -}}
{{- with .root -}}
{{- $most := include "outrider.most" . | int -}}
{{- $sum := 0 -}}
{{- if include "outrider.runsDeployment" . }}{{ $sum = add $sum $most 1 }}{{ end -}}
{{- if include "outrider.runsByOperator" . }}{{ $sum = add $sum (ternary (add $most 1) (mul $most 2) $worker) }}{{ end -}}
{{- $sum -}}
{{- end -}}
{{- end -}}

{{/* With one pod a budget would only keep its node from being drained. */}}
{{- define "outrider.podDisruptionBudget" -}}
{{- if and .Values.podDisruptionBudget.enabled (gt (include "outrider.fewest" . | int) 1) }}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ include "outrider.fullname" . }}
  labels:
    {{- include "outrider.labels" . | nindent 4 }}
spec:
  maxUnavailable: 1
  # a pod that is not ready does not keep a node from being drained
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "outrider.selectorLabels" . | nindent 6 }}
{{- end }}
{{- end -}}

{{/* The Service of the admin port: for the cluster only. */}}
{{- define "outrider.adminService" -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ .name }}
  labels:
    {{- include "outrider.labels" .root | nindent 4 }}
    outrider/port: admin
spec:
  type: ClusterIP
  selector:
    {{- include "outrider.selectorLabels" .root | nindent 4 }}
  # also of pods that are not ready: they say why
  publishNotReadyAddresses: true
  ports:
    - name: admin
      port: 9090
      targetPort: admin
      protocol: TCP
{{- end -}}
