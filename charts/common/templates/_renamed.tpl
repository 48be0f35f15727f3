{{/*
Takes values by the names that they had one minor version ago (_renames.tpl), in place, so that all templates find them by
their names of today. dict "values", "chart". → YAML of a list: what to say of it
*/}}
{{- define "outrider.acceptRenamed" -}}
{{- $said := list -}}
{{- range include "outrider.renames" . | fromYamlArray -}}
{{- if eq .chart $.chart -}}
{{- $found := $.values -}}
{{- range splitList "." .from }}{{ if kindIs "map" $found }}{{ $found = get $found . }}{{ else }}{{ $found = "" }}{{ end }}{{ end -}}
{{- if ne (toString $found) "" -}}
{{- $path := splitList "." .to -}}
{{- $holder := $.values -}}
{{- range initial $path }}{{ if not (hasKey $holder .) }}{{ $_ := set $holder . dict }}{{ end }}{{ $holder = get $holder . }}{{ end -}}
{{- $_ := set $holder (last $path) $found -}}
{{- $said = append $said (printf "%s is called %s now; the old name works until %s." .from .to .until) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toYaml $said -}}
{{- end -}}
