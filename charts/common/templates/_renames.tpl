{{/* Made of scripts/src/charts/renames.ts by `npm run charts`. */}}
{{- define "outrider.renames" -}}
[]
{{- end -}}
