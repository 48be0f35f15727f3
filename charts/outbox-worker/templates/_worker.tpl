{{/* What every template of this chart begins with: old names of values are taken, values that cannot work refused. */}}
{{- define "worker.accept" -}}
{{- $_ := include "outrider.acceptRenamed" (dict "values" .Values "chart" "outbox-worker") -}}
{{- include "outrider.refuse" (dict "component" "outbox-worker" "problems" (include "worker.problems" .)) -}}
{{- end -}}

{{/* What is wrong with the values: lines, each a problem, named as the chart outrider has them. */}}
{{- define "worker.problems" -}}
{{- include "outrider.databasesProblems" . }}
{{- include "outrider.kafkaProblems" (dict "root" . "kafka" .Values.kafka "key" "outbox-worker.kafka") }}
{{- include "outrider.operatorProblems" (dict "root" . "key" "outbox-worker") }}
{{- if and .Values.scaling (not (include "outrider.runsByOperator" .)) }}
outbox-worker.scaling is given, which only the operator does: set outbox-worker.runBy=operator, or scale by KEDA (autoscaling.external)
{{- end }}
{{- with .Values.scaling }}
{{- if gt (int .minReplicas) (int .maxReplicas) }}
outbox-worker.scaling.minReplicas is more than outbox-worker.scaling.maxReplicas
{{- end }}
{{- end }}
{{- if and .Values.scaling .Values.autoscaling.external }}
outbox-worker.scaling and outbox-worker.autoscaling.external are both given: one of them decides the number of workers
{{- end }}
{{- end -}}

{{- define "worker.podTemplate" -}}
{{- $kafka := include "outrider.projected" (dict "name" "kafka" "sources" (include "outrider.kafkaSources" (dict "root" . "kafka" .Values.kafka))) -}}
{{- $mounts := include "outrider.databasesFolder" (dict "root" . "what" "mounts") | fromYaml -}}
{{- if trim $kafka }}{{ $_ := set $mounts "kafka" "/etc/outrider/kafka" }}{{ end -}}
{{- $env := merge
  (dict
    "ADMIN_PORT" 9090
    "LOG_LEVEL" .Values.global.logLevel
    "DATABASES_DIR" "/etc/outrider/databases"
    "DATABASE_POOLED" .Values.global.postgres.pooled
    "KAFKA_CLIENT" .Values.global.kafka.client)
  (include "outrider.kafkaEnv" (dict "root" . "kafka" .Values.kafka "component" "outbox-worker") | fromYaml) -}}
{{- include "outrider.podTemplate" (dict
  "root" .
  "name" "outbox-worker"
  "role" "relay"
  "env" $env
  "volumes" (printf "%s%s" (include "outrider.databasesFolder" (dict "root" . "what" "volumes")) $kafka)
  "mounts" $mounts
  "ports" (dict "admin" 9090)
  "checksum" (include "outrider.databasesData" .)) -}}
{{- end -}}
