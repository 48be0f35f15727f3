{{/*
Who runs the pods: `deployment`, a Deployment of the chart; `operator`, a resource that Outrider's operator makes
Deployments of; `both`, on the way from one to the other (docs/operator.md).
*/}}
{{- define "outrider.runsDeployment" -}}
{{- if ne (.Values.runBy | default "deployment") "operator" }}true{{ end -}}
{{- end -}}

{{- define "outrider.runsByOperator" -}}
{{- if ne (.Values.runBy | default "deployment") "deployment" }}true{{ end -}}
{{- end -}}

{{/* Whether the operator decides the number of pods. */}}
{{- define "outrider.scales" -}}
{{- if and (include "outrider.runsByOperator" .) .Values.scaling }}true{{ end -}}
{{- end -}}

{{/* dict "root", "key". → lines, each a problem */}}
{{- define "outrider.operatorProblems" -}}
{{- $root := .root -}}
{{- if include "outrider.runsByOperator" $root }}
{{- if gt (len (include "outrider.fullname" $root)) 42 }}
the release's name, {{ $root.Release.Name }}, is too long where the operator runs {{ .key }}: {{ include "outrider.fullname" $root }} must be of 42 characters at the most
{{- end }}
{{- $policy := $root.Values.global.networkPolicy }}
{{- if and $policy.enabled (not $policy.operator) }}
global.networkPolicy.operator is missing: the operator's pods, which read the admin ports of what they judge (or global.networkPolicy.enabled=false)
{{- end }}
{{- end }}
{{- end -}}

{{/* The values, with pods that name their revision by the operator's label. → YAML */}}
{{- define "outrider.operatorValues" -}}
{{- merge (dict "podTemplateHashLabel" "commerce.outrider.dev/revision") (omit .Values "podTemplateHashLabel") | toYaml -}}
{{- end -}}
