{{/*
A database as `database` of values describes it, with what `global.postgres` says for all.
dict "root", "database", "component" (its default name). → YAML: uri (without a password), secret, keys, ca, clientCertificate
*/}}
{{- define "outrider.database" -}}
{{- $all := .root.Values.global.postgres -}}
{{- $own := .database -}}
{{- $keys := include "outrider.keys" $own | fromYaml -}}
{{- $ca := $own.ca | default dict -}}
{{- if not (or $ca.existingSecret $ca.configMap) }}{{ $ca = $all.ca }}{{ end -}}
{{- $uri := "" -}}
{{- if not $keys.uri -}}
{{- $host := $own.host | default $all.host -}}
{{- if $host -}}
{{- $uri = printf "postgres://%s@%s:%v/%s?sslmode=%s" ($own.user | default .component) $host ($own.port | default $all.port) ($own.name | default .component) ($own.sslMode | default $all.sslMode) -}}
{{- end -}}
{{- end -}}
{{- dict "uri" $uri "secret" $own.existingSecret "keys" $keys "ca" $ca "clientCertificate" ($own.clientCertificate | default dict) | toYaml -}}
{{- end -}}

{{/* The files of a database's folder. dict "database" (as above), "uriConfigMap", "uriKey". → sources */}}
{{- define "outrider.databaseSources" -}}
{{- $database := .database -}}
{{- $items := dict -}}
{{- with $database.keys.uri }}{{ $_ := set $items . "uri" }}{{ end -}}
{{- with $database.keys.password }}{{ $_ := set $items . "password" }}{{ end -}}
{{- if and $database.secret $items }}
{{ include "outrider.source" (dict "secret" $database.secret "items" $items) }}
{{- end }}
{{- if and $database.uri .uriConfigMap }}
{{ include "outrider.source" (dict "configMap" .uriConfigMap "items" (dict .uriKey "uri")) }}
{{- end }}
{{- include "outrider.caSource" $database.ca }}
{{- include "outrider.certificateSource" $database.clientCertificate }}
{{- end -}}

{{/* The settings of one database that is mounted at `folder`. dict "database", "folder". → YAML of name: value */}}
{{- define "outrider.databaseEnv" -}}
{{- $database := .database -}}
{{- if $database.uri }}
DATABASE_URL: {{ $database.uri | quote }}
{{- if and $database.secret $database.keys.password }}
DATABASE_PASSWORD_FILE: {{ .folder }}/password
{{- end }}
{{- else }}
DATABASE_URL_FILE: {{ .folder }}/uri
{{- end }}
{{- if or $database.ca.existingSecret $database.ca.configMap }}
DATABASE_CA_FILE: {{ .folder }}/ca.crt
{{- end }}
{{- if $database.clientCertificate.existingSecret }}
DATABASE_CERT_FILE: {{ .folder }}/tls.crt
DATABASE_KEY_FILE: {{ .folder }}/tls.key
{{- end }}
{{- end -}}

{{/* What a database lacks. dict "database" (of values), "all" (global.postgres), "key". → lines, each a problem */}}
{{- define "outrider.databaseProblems" -}}
{{- $keys := include "outrider.keys" .database | fromYaml -}}
{{- if $keys.uri -}}
{{- if not .database.existingSecret }}
{{ .key }}.existingSecret is missing: the Secret with the database's address and password under the key {{ $keys.uri }}
{{- end }}
{{- else -}}
{{- if not (or .database.host .all.host) }}
global.postgres.host is missing (or {{ .key }}.host): the server of the databases; or give {{ .key }}.preset=cloudnative-pg, whose Secret names it
{{- end }}
{{- if not (or .database.existingSecret (.database.clientCertificate | default dict).existingSecret) }}
{{ .key }}.existingSecret is missing: the Secret with the password of the database's role under the key {{ $keys.password | default "password" }}
{{- end }}
{{- end }}
{{- end -}}
