{{/*
The four databases of a process that works on all of them: `database` of values for each, and over it what
`databases.<name>` says. → YAML of a map, name → database (see _postgres.tpl)
*/}}
{{- define "outrider.databases" -}}
{{- $found := dict -}}
{{- range $name := list "inventory" "order" "payment" "product" -}}
{{- $own := get $.Values.databases $name | default dict -}}
{{- $merged := merge (deepCopy $own) (dict "name" $name) (deepCopy $.Values.database) -}}
{{- $_ := set $merged "user" ($merged.user | default (include "outrider.component" $)) -}}
{{- $_ := set $found $name (include "outrider.database" (dict "root" $ "database" $merged "component" $name) | fromYaml) -}}
{{- end -}}
{{- toYaml $found -}}
{{- end -}}

{{- define "outrider.databasesProblems" -}}
{{- $component := include "outrider.component" . -}}
{{- range $name := list "inventory" "order" "payment" "product" }}
{{- $merged := merge (deepCopy (get $.Values.databases $name | default dict)) (deepCopy $.Values.database) }}
{{- include "outrider.databaseProblems" (dict "database" $merged "all" $.Values.global.postgres "key" (printf "%s.databases.%s" $component $name)) }}
{{- end }}
{{- end -}}

{{/* The addresses that no Secret has, as files of a ConfigMap; the passwords are in Secrets. */}}
{{- define "outrider.databasesConfigMap" -}}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ include "outrider.fullname" . }}-databases
  labels:
    {{- include "outrider.labels" . | nindent 4 }}
data: {{- include "outrider.databasesData" . | nindent 2 }}
{{- end -}}

{{- define "outrider.databasesData" -}}
{{- $data := dict -}}
{{- range $name, $database := include "outrider.databases" . | fromYaml }}
{{- with $database.uri }}{{ $_ := set $data $name . }}{{ end }}
{{- end -}}
{{- toYaml $data -}}
{{- end -}}

{{/* dict "root", "what": volumes (YAML of a list) or mounts (YAML of a map), of a folder for each database */}}
{{- define "outrider.databasesFolder" -}}
{{- $configMap := printf "%s-databases" (include "outrider.fullname" .root) -}}
{{- $what := .what -}}
{{- range $name, $database := include "outrider.databases" .root | fromYaml }}
{{- if eq $what "volumes" }}
{{- include "outrider.projected" (dict "name" (printf "database-%s" $name) "sources" (include "outrider.databaseSources" (dict "database" $database "uriConfigMap" $configMap "uriKey" $name))) }}
{{- else }}
database-{{ $name }}: /etc/outrider/databases/{{ $name }}
{{- end }}
{{- end }}
{{- end -}}
