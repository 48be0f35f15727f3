{{/* Settings of Kafka. dict "root", "kafka" (user's part of values), "component" (default user). → YAML of name: value */}}
{{- define "outrider.kafkaEnv" -}}
{{- $all := .root.Values.global.kafka -}}
KAFKA_BROKERS: {{ $all.brokers | quote }}
{{- if $all.topicPrefix }}
KAFKA_TOPIC_PREFIX: {{ $all.topicPrefix | quote }}
{{- end }}
KAFKA_TLS: {{ $all.tls | quote }}
{{- if and $all.tls (or $all.ca.existingSecret $all.ca.configMap) }}
KAFKA_CA_FILE: /etc/outrider/kafka/ca.crt
{{- end }}
{{- if eq $all.authentication "tls" }}
KAFKA_CERT_FILE: /etc/outrider/kafka/tls.crt
KAFKA_KEY_FILE: /etc/outrider/kafka/tls.key
{{- else if ne $all.authentication "none" }}
KAFKA_SASL_MECHANISM: {{ $all.authentication }}
{{- if .kafka.keys.username }}
KAFKA_USERNAME_FILE: /etc/outrider/kafka/username
{{- else }}
KAFKA_USERNAME: {{ .kafka.username | default .component | quote }}
{{- end }}
KAFKA_PASSWORD_FILE: /etc/outrider/kafka/password
{{- end }}
{{- end -}}

{{- define "outrider.kafkaSources" -}}
{{- $all := .root.Values.global.kafka -}}
{{- if $all.tls }}{{ include "outrider.caSource" $all.ca }}{{ end }}
{{- if eq $all.authentication "tls" }}
{{- include "outrider.certificateSource" .kafka }}
{{- else if and (ne $all.authentication "none") .kafka.existingSecret }}
{{- $keys := include "outrider.keys" .kafka | fromYaml }}
{{- $items := dict $keys.password "password" }}
{{- with $keys.username }}{{ $_ := set $items . "username" }}{{ end }}
{{ include "outrider.source" (dict "secret" .kafka.existingSecret "items" $items) }}
{{- end }}
{{- end -}}

{{/* dict "root", "kafka", "key". → lines, each a problem */}}
{{- define "outrider.kafkaProblems" -}}
{{- $all := .root.Values.global.kafka -}}
{{- if not $all.brokers }}
global.kafka.brokers is missing: host:port of some brokers, comma separated
{{- end }}
{{- if and (ne $all.authentication "none") (not .kafka.existingSecret) }}
{{ .key }}.existingSecret is missing: the Secret of its Kafka user, since global.kafka.authentication is {{ $all.authentication }}
{{- end }}
{{- if and (eq $all.authentication "tls") (not $all.tls) }}
global.kafka.tls must be true where global.kafka.authentication is tls
{{- end }}
{{- end -}}

{{/* The ports in `host:port,host:port`. → YAML of a list */}}
{{- define "outrider.portsOf" -}}
{{- $ports := list -}}
{{- range splitList "," . }}{{ $ports = append $ports (regexFind "[0-9]+$" (trim .) | int) }}{{ end -}}
{{- $ports | uniq | toYaml -}}
{{- end -}}
