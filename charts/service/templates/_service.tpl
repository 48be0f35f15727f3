{{/* What every template of this chart begins with: old names of values are taken, values that cannot work refused. */}}
{{- define "service.accept" -}}
{{- $_ := include "outrider.acceptRenamed" (dict "values" .Values "chart" "service") -}}
{{- include "outrider.refuse" (dict "component" (include "outrider.component" .) "problems" (include "service.problems" .)) -}}
{{- end -}}

{{/* What is wrong with the values: lines, each a problem, named as the chart outrider has them. */}}
{{- define "service.problems" -}}
{{- $component := include "outrider.component" . -}}
{{- $auth := .Values.global.auth -}}
{{- if not (has $component (list "order" "inventory" "payment" "product")) }}
component is missing: order, inventory, payment or product
{{- end }}
{{- if not $auth.issuer }}
global.auth.issuer is missing: the `iss` of your provider's tokens, exactly
{{- end }}
{{- if not $auth.audience }}
global.auth.audience is missing: the `aud` of tokens, the name of this API at your provider
{{- end }}
{{- if not (or $auth.jwks $auth.jwksConfigMap.name) }}
global.auth.jwks is missing (or global.auth.jwksConfigMap.name): the public keys that tokens are verified with
{{- end }}
{{- if and $auth.jwks $auth.jwksConfigMap.name }}
global.auth.jwks and global.auth.jwksConfigMap.name are both given: give one of them
{{- end }}
{{- include "outrider.databaseProblems" (dict "database" .Values.database "all" .Values.global.postgres "key" (printf "%s.database" $component)) }}
{{- if and .Values.migrate.enabled .Values.migrate.database.existingSecret }}
{{- include "outrider.databaseProblems" (dict "database" (include "service.ownerDatabase" . | fromYaml) "all" .Values.global.postgres "key" (printf "%s.migrate.database" $component)) }}
{{- end }}
{{- include "outrider.kafkaProblems" (dict "root" . "kafka" .Values.kafka "key" (printf "%s.kafka" $component)) }}
{{- if and (eq $component "product") (not .Values.redis.url) }}
product.redis.url is missing: redis:// or rediss:// and the server that stock levels are cached in
{{- end }}
{{- if eq $component "payment" }}
{{- if and (include "service.providerSecrets" . | fromYamlArray) (not .Values.provider.existingSecret) }}
payment.provider.existingSecret is missing: the Secret with the keys {{ include "service.providerSecrets" . | fromYamlArray | join ", " }}
{{- end }}
{{- if and (eq .Values.global.paymentProvider "simulator") (not .Values.provider.simulator.url) }}
payment.provider.simulator.url is missing: where the payment provider's simulator is; for real money set global.paymentProvider
{{- end }}
{{- end }}
{{- if and .Values.ingress.enabled .Values.httpRoute.enabled }}
{{ $component }}.ingress.enabled and {{ $component }}.httpRoute.enabled are both true: the public port has one way in, so switch one off
{{- end }}
{{- if and .Values.autoscaling.enabled .Values.autoscaling.external }}
{{ $component }}.autoscaling.enabled and {{ $component }}.autoscaling.external are both true: one of them decides the number of pods
{{- end }}
{{- if gt (int .Values.autoscaling.minReplicas) (int .Values.autoscaling.maxReplicas) }}
{{ $component }}.autoscaling.minReplicas is more than {{ $component }}.autoscaling.maxReplicas
{{- end }}
{{- include "outrider.operatorProblems" (dict "root" . "key" $component) }}
{{- if and (include "outrider.runsByOperator" .) .Values.migrate.contract }}
{{ $component }}.migrate.contract is given: where the operator runs {{ $component }}, a contract migration is asked for by kubectl annotate (docs/operator.md)
{{- end }}
{{- if include "outrider.runsByOperator" . }}
{{- $least := 1 }}
{{- range (.Values.rollout | default dict).steps }}
{{- if lt (int .replicas) $least }}
{{ $component }}.rollout.steps must ascend: each has more replicas than the one before it
{{- end }}
{{- $least = add1 .replicas | int }}
{{- end }}
{{- end }}
{{- if and (include "outrider.runsByOperator" .) (or .Values.autoscaling.enabled .Values.autoscaling.external) }}
{{- range (.Values.rollout | default dict).steps }}
{{- if gt (int .replicas) 1 }}
{{ $component }}.rollout.steps has a step of {{ .replicas }} pods: where something else decides the number of pods, it begins with one, and no step may have more
{{- end }}
{{- end }}
{{- end }}
{{- if and .Values.httpRoute.enabled (not .Values.httpRoute.parentRefs) }}
{{ $component }}.httpRoute.parentRefs is missing: the gateways that lead here
{{- end }}
{{- end -}}

{{- define "service.providerSecrets" -}}
{{- $known := dict "simulator" (list "SIMULATOR_WEBHOOK_SECRET") "stripe" (list "STRIPE_SECRET_KEY" "STRIPE_WEBHOOK_SECRET") -}}
{{- .Values.provider.secrets | default (get $known .Values.global.paymentProvider | default list) | toYaml -}}
{{- end -}}

{{/* The paths of the service's API, one prefix for each. → YAML of a list */}}
{{- define "service.paths" -}}
{{- $known := dict "order" (list "/orders") "inventory" (list "/stock" "/reservations") "payment" (list "/payments" "/webhooks") "product" (list "/products") -}}
{{- .paths | default (get $known .component) | toYaml -}}
{{- end -}}

{{/* The settings of the process. → YAML of name: value */}}
{{- define "service.env" -}}
{{- $component := include "outrider.component" . -}}
{{- $auth := .Values.global.auth -}}
PORT: 8080
ADMIN_PORT: 9090
LOG_LEVEL: {{ .Values.global.logLevel }}
DATABASE_POOL: {{ .Values.database.pool }}
DATABASE_POOLED: {{ .Values.global.postgres.pooled }}
{{ include "outrider.databaseEnv" (dict "database" (include "service.database" . | fromYaml) "folder" "/etc/outrider/database") }}
KAFKA_CLIENT: {{ .Values.global.kafka.client }}
{{ include "outrider.kafkaEnv" (dict "root" . "kafka" .Values.kafka "component" $component) }}
JWT_ISSUER: {{ $auth.issuer | quote }}
JWT_AUDIENCE: {{ $auth.audience | quote }}
JWT_JWKS: {{ if $auth.jwks }}{{ $auth.jwks | quote }}{{ else }}/etc/outrider/jwks/jwks.json{{ end }}
JWT_ROLES_CLAIM: {{ $auth.rolesClaim | quote }}
{{- with $auth.algorithms }}
JWT_ALGORITHMS: {{ . | quote }}
{{- end }}
{{- if $auth.apiKeys.existingSecret }}
API_KEYS_FILE: /etc/outrider/api-keys/api-keys.json
{{- end }}
{{- if ne $component "inventory" }}
PAYMENT_PROVIDER: {{ .Values.global.paymentProvider }}
{{- end }}
{{- if and (eq $component "payment") (eq .Values.global.paymentProvider "simulator") }}
SIMULATOR_URL: {{ .Values.provider.simulator.url | quote }}
{{- end }}
{{- if eq $component "payment" }}
{{- range include "service.providerSecrets" . | fromYamlArray }}
{{ . }}_FILE: /etc/outrider/provider/{{ . }}
{{- end }}
{{- end }}
{{- if eq $component "product" }}
{{- with .Values.redis }}
REDIS_URL: {{ .url | quote }}
REDIS_PREFIX: {{ .prefix | default (printf "%s/%s:" $.Release.Namespace $.Release.Name) | quote }}
{{- if .existingSecret }}
REDIS_PASSWORD_FILE: /etc/outrider/redis/password
{{- end }}
{{- if or .ca.existingSecret .ca.configMap }}
REDIS_CA_FILE: /etc/outrider/redis/ca.crt
{{- end }}
{{- if .clientCertificate.existingSecret }}
REDIS_CERT_FILE: /etc/outrider/redis/tls.crt
REDIS_KEY_FILE: /etc/outrider/redis/tls.key
{{- end }}
{{- if .sentinels }}
REDIS_SENTINELS: {{ .sentinels | quote }}
REDIS_SENTINEL_NAME: {{ .sentinelName | quote }}
{{- end }}
{{- if .sentinel.existingSecret }}
REDIS_SENTINEL_PASSWORD_FILE: /etc/outrider/redis/sentinel-password
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "service.database" -}}
{{- include "outrider.database" (dict "root" . "database" .Values.database "component" (include "outrider.component" .)) -}}
{{- end -}}

{{/* `migrate.database` over `database`: the owner has another login to the same database. → YAML, as `database` */}}
{{- define "service.ownerDatabase" -}}
{{- if .Values.migrate.database.existingSecret -}}
{{- $own := omit .Values.database "user" "existingSecret" "preset" "keys" "clientCertificate" -}}
{{- merge (deepCopy .Values.migrate.database) $own (dict "preset" "basic-auth" "clientCertificate" dict) | toYaml -}}
{{- else -}}
{{- toYaml .Values.database -}}
{{- end -}}
{{- end -}}

{{- define "service.redisSources" -}}
{{- with .Values.redis }}
{{- if .existingSecret }}
{{ include "outrider.source" (dict "secret" .existingSecret "items" (dict .keys.password "password")) }}
{{- end }}
{{- include "outrider.caSource" .ca }}
{{- include "outrider.certificateSource" .clientCertificate }}
{{- if .sentinel.existingSecret }}
{{ include "outrider.source" (dict "secret" .sentinel.existingSecret "items" (dict .sentinel.key "sentinel-password")) }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Its folders of files: map of name → sources, as YAML. */}}
{{- define "service.folders" -}}
{{- $auth := .Values.global.auth -}}
{{- $folders := dict
  "database" (include "outrider.databaseSources" (dict "database" (include "service.database" . | fromYaml)))
  "kafka" (include "outrider.kafkaSources" (dict "root" . "kafka" .Values.kafka)) -}}
{{- if eq (include "outrider.component" .) "product" }}{{ $_ := set $folders "redis" (include "service.redisSources" .) }}{{ end -}}
{{- if and (eq (include "outrider.component" .) "payment") .Values.provider.existingSecret }}
{{- $items := dict }}
{{- range include "service.providerSecrets" . | fromYamlArray }}{{ $_ := set $items . . }}{{ end }}
{{- if $items }}{{ $_ := set $folders "provider" (include "outrider.source" (dict "secret" .Values.provider.existingSecret "items" $items)) }}{{ end }}
{{- end }}
{{- with $auth.jwksConfigMap }}{{ if .name }}
{{- $_ := set $folders "jwks" (include "outrider.source" (dict "configMap" .name "items" (dict .key "jwks.json"))) }}
{{- end }}{{ end -}}
{{- with $auth.apiKeys }}{{ if .existingSecret }}
{{- $_ := set $folders "api-keys" (include "outrider.source" (dict "secret" .existingSecret "items" (dict .key "api-keys.json"))) }}
{{- end }}{{ end -}}
{{- toYaml $folders -}}
{{- end -}}

{{/* A pod of the service. */}}
{{- define "service.podTemplate" -}}
{{- $volumes := "" -}}
{{- $mounts := dict -}}
{{- range $name, $sources := include "service.folders" . | fromYaml -}}
{{- $volume := include "outrider.projected" (dict "name" $name "sources" $sources) -}}
{{- if trim $volume }}
{{- $volumes = printf "%s%s" $volumes $volume }}
{{- $_ := set $mounts $name (printf "/etc/outrider/%s" $name) }}
{{- end -}}
{{- end -}}
{{- include "outrider.podTemplate" (dict
  "root" .
  "name" (include "outrider.component" .)
  "role" "service"
  "env" (include "service.env" . | fromYaml)
  "volumes" $volumes
  "mounts" $mounts
  "ports" (dict "http" 8080 "admin" 9090)) -}}
{{- end -}}

{{/* The pod of a Job that migrates. dict "root", "args" */}}
{{- define "service.migrateTemplate" -}}
{{- $args := .args -}}
{{- with .root -}}
{{- $component := include "outrider.component" . }}
{{- $owner := include "service.ownerDatabase" . | fromYaml }}
{{- $database := include "outrider.database" (dict "root" . "database" $owner "component" $component) | fromYaml }}
{{- $kafka := .Values.kafka }}
{{- $kafkaUser := $component }}
{{- if .Values.migrate.kafka.existingSecret }}{{ $kafka = .Values.migrate.kafka }}{{ $kafkaUser = "migrate" }}{{ end }}
{{- $env := merge
  (include "outrider.databaseEnv" (dict "database" $database "folder" "/etc/outrider/database") | fromYaml)
  (include "outrider.kafkaEnv" (dict "root" . "kafka" $kafka "component" $kafkaUser) | fromYaml)
  (dict
    "LOG_LEVEL" .Values.global.logLevel
    "DATABASE_POOLED" .Values.global.postgres.pooled
    "KAFKA_TOPICS" .Values.migrate.topics
    "MIGRATE_WAIT_MS" (mul (int .Values.migrate.waitSeconds) 1000)) }}
{{- with int .Values.migrate.replication }}{{ $_ := set $env "KAFKA_REPLICATION" . }}{{ end }}
{{- with int .Values.migrate.minInsync }}{{ $_ := set $env "KAFKA_MIN_INSYNC" . }}{{ end }}
{{- range $role, $setting := dict "app" "APP_ROLE" "relay" "RELAY_ROLE" "reader" "READER_ROLE" }}
{{- with get $.root.Values.migrate.roles $role }}{{ $_ := set $env $setting . }}{{ end }}
{{- end }}
{{- $databaseVolume := include "outrider.projected" (dict "name" "database" "sources" (include "outrider.databaseSources" (dict "database" $database))) }}
{{- $kafkaVolume := include "outrider.projected" (dict "name" "kafka" "sources" (include "outrider.kafkaSources" (dict "root" . "kafka" $kafka))) }}
{{- $mounts := dict }}
{{- if trim $databaseVolume }}{{ $_ := set $mounts "database" "/etc/outrider/database" }}{{ end }}
{{- if trim $kafkaVolume }}{{ $_ := set $mounts "kafka" "/etc/outrider/kafka" }}{{ end }}
{{- $root := merge (dict "Values" (merge (dict "resources" .Values.migrate.resources) (omit .Values "resources"))) (omit . "Values") }}
{{- include "outrider.podTemplate" (dict
  "root" $root
  "name" (printf "%s-migrate" $component)
  "role" "migrate"
  "args" $args
  "env" $env
  "volumes" (printf "%s%s" $databaseVolume $kafkaVolume)
  "mounts" $mounts) -}}
{{- end -}}
{{- end -}}
