{{/* What every template of this chart begins with: old names of values are taken, values that cannot work refused. */}}
{{- define "installation.accept" -}}
{{- $_ := include "outrider.acceptRenamed" (dict "values" .Values "chart" "outrider") -}}
{{- if .Values.reconciler.enabled -}}
{{- $values := merge (dict "component" "reconciler" "global" .Values.global) .Values.reconciler -}}
{{- $root := merge (dict "Values" $values) (omit . "Values") -}}
{{- include "outrider.refuse" (dict "component" "reconciler" "problems" (include "outrider.databasesProblems" $root)) -}}
{{- end -}}
{{- range $name, $program := include "installation.programs" . | fromYaml -}}
{{- include "outrider.refuse" (dict "component" (printf "programs.%s" $name) "problems" (include "installation.programProblems" (dict "name" $name "root" $program))) -}}
{{- end -}}
{{- end -}}

{{/* The shop's own programs, each with what `program` says for all. → YAML of a map, name → dict "Values" */}}
{{- define "installation.programs" -}}
{{- $programs := dict -}}
{{- range $name, $own := .Values.programs -}}
{{- $values := merge (dict "component" $name "global" $.Values.global "autoscaling" dict) (deepCopy ($own | default dict)) (deepCopy $.Values.program) -}}
{{- $_ := set $programs $name (dict "Values" $values) -}}
{{- end -}}
{{- toYaml $programs -}}
{{- end -}}

{{/* dict "name", "root" (of one program). → lines, each a problem */}}
{{- define "installation.programProblems" -}}
{{- $values := .root.Values -}}
{{- $key := printf "programs.%s" .name -}}
{{- if has .name (list "order" "inventory" "payment" "product" "outbox-worker" "reconciler" "test") }}
{{ $key }} is called as a process of the core: take another name
{{- end }}
{{- if not $values.image.repository }}
{{ $key }}.image.repository is missing: the image of this program
{{- end }}
{{- if $values.database.enabled }}
{{- include "outrider.databaseProblems" (dict "database" $values.database "all" $values.global.postgres "key" (printf "%s.database" $key)) }}
{{- end }}
{{- include "outrider.kafkaProblems" (dict "root" .root "kafka" $values.kafka "key" (printf "%s.kafka" $key)) }}
{{- end -}}

{{/* What is said of values by old names. → YAML of a list */}}
{{- define "installation.renamed" -}}
{{- $said := include "outrider.acceptRenamed" (dict "values" .Values "chart" "outrider") | fromYamlArray -}}
{{- range $alias, $chart := dict "order" "service" "inventory" "service" "payment" "service" "product" "service" "outbox-worker" "outbox-worker" -}}
{{- range include "outrider.acceptRenamed" (dict "values" (get $.Values $alias) "chart" $chart) | fromYamlArray }}{{ $said = append $said (printf "%s.%s" $alias .) }}{{ end -}}
{{- end -}}
{{- toYaml $said -}}
{{- end -}}

{{/* Labels of what belongs to the whole installation. */}}
{{- define "installation.labels" -}}
app.kubernetes.io/name: outrider
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/part-of: outrider
app.kubernetes.io/version: {{ include "outrider.versionLabel" (.Values.global.image.tag | default .Chart.AppVersion) | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* The rules of a file, with what is promised here and links to the runbooks of here. dict "root", "text". → YAML */}}
{{- define "installation.rules" -}}
{{- $monitoring := .root.Values.monitoring -}}
{{- $rules := fromYaml .text -}}
{{- range $rules.groups -}}
{{- range .rules -}}
{{- if eq (.record | default "") "outrider:slo:objective" -}}
{{- $_ := set . "expr" (printf "vector(%v)" (get $monitoring.objectives .labels.slo)) -}}
{{- end -}}
{{- if and .annotations $monitoring.rules.runbooks -}}
{{- $_ := set .annotations "runbook_url" (printf "%s/%s" $monitoring.rules.runbooks (base .annotations.runbook_url)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toYaml $rules -}}
{{- end -}}

{{/* A dashboard with links to the runbooks of here. dict "root", "text" */}}
{{- define "installation.dashboard" -}}
{{- with .root.Values.monitoring.rules.runbooks -}}
{{- regexReplaceAll `"[^"]*/(Outrider[A-Za-z]+[.]md)"` $.text (printf `"%s/${1}"` .) -}}
{{- else -}}
{{- .text -}}
{{- end -}}
{{- end -}}
