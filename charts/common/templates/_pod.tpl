{{/*
The template of a pod that runs one of Outrider's processes: labels, annotations and spec, for a Deployment or a Job.

dict
  "root"         the chart's context
  "name"         app.kubernetes.io/name of the pod; a Job's differs from the process's, whose Service must not select it
  "role"         app.kubernetes.io/component
  "args"         arguments of the process; empty: it serves
  "env"          map of settings, name → value
  "volumes"      YAML of a list
  "mounts"       map of volume → path
  "ports"        map of name → number; with `admin` the pod has probes
  "serves"       whether it runs until it is ended; as it does with `admin`
  "checksum"     text that the pods depend on beside their own template
*/}}
{{- define "outrider.podTemplate" -}}
{{- $root := .root -}}
{{- $values := $root.Values -}}
{{- $probed := hasKey (.ports | default dict) "admin" -}}
{{- $serving := or $probed .serves -}}
{{- $env := deepCopy .env -}}
{{- /* which revision wrote an event, a saga or a metric, also when only its configuration changed */ -}}
{{- if $serving }}{{ $_ := set $env "APP_VERSION" (printf "%s-$(POD_TEMPLATE_HASH)" (include "outrider.version" $root)) }}{{ end -}}
metadata:
  labels:
    app.kubernetes.io/name: {{ .name }}
    app.kubernetes.io/instance: {{ $root.Release.Name }}
    app.kubernetes.io/component: {{ .role }}
    app.kubernetes.io/part-of: outrider
    {{- with $values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- $annotations := $values.podAnnotations | default dict | deepCopy }}
  {{- if .checksum }}{{ $_ := set $annotations "outrider/checksum" (sha256sum .checksum) }}{{ end }}
  {{- with $annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  {{- with $values.global.image.pullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  serviceAccountName: {{ include "outrider.serviceAccountName" $root }}
  automountServiceAccountToken: false
  # a Service named redis would put REDIS_PORT into the environment, which is read as a setting
  enableServiceLinks: false
  securityContext:
    {{- toYaml $values.podSecurityContext | nindent 4 }}
  {{- with $values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- if $serving }}
  # waiting for load balancers, draining, and a margin (docs/running.md)
  terminationGracePeriodSeconds: {{ add (int $values.shutdownDelaySeconds) 35 }}
  {{- else }}
  restartPolicy: Never
  {{- end }}
  containers:
    - name: {{ include "outrider.component" $root }}
      image: {{ include "outrider.image" $root | quote }}
      imagePullPolicy: {{ $values.image.pullPolicy | default $values.global.image.pullPolicy }}
      {{- with .args }}
      args:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      env:
        {{- if $serving }}
        - name: POD_TEMPLATE_HASH
          valueFrom:
            fieldRef:
              fieldPath: {{ printf "metadata.labels['%s']" $values.podTemplateHashLabel | quote }}
        {{- end }}
        {{- range $name, $value := $env }}
        {{- if hasKey ($values.settings | default dict) $name }}
        {{- fail (printf "%s.settings.%s is set by the chart: take it out of settings" (include "outrider.component" $root) $name) }}
        {{- end }}
        - name: {{ $name }}
          value: {{ include "outrider.text" $value | quote }}
        {{- end }}
        {{- if $serving }}
        {{- range $name, $value := $values.settings }}
        - name: {{ $name }}
          value: {{ include "outrider.text" $value | quote }}
        {{- end }}
        {{- end }}
        {{- with $values.extraEnv }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- with .ports }}
      ports:
        {{- range $name, $port := . }}
        - name: {{ $name }}
          containerPort: {{ $port }}
          protocol: TCP
        {{- end }}
      {{- end }}
      {{- if $probed }}
      startupProbe:
        httpGet: { path: /livez, port: admin }
        periodSeconds: 1
        timeoutSeconds: 2
        failureThreshold: {{ $values.startSeconds }}
      livenessProbe:
        httpGet: { path: /livez, port: admin }
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      readinessProbe:
        httpGet: { path: /readyz, port: admin }
        periodSeconds: 3
        # a check of what it needs takes two seconds at the most
        timeoutSeconds: 3
        failureThreshold: 3
      {{- with int $values.shutdownDelaySeconds }}
      lifecycle:
        preStop:
          # there is no shell in the image
          sleep:
            seconds: {{ . }}
      {{- end }}
      {{- end }}
      resources:
        {{- toYaml $values.resources | nindent 8 }}
      securityContext:
        {{- toYaml $values.securityContext | nindent 8 }}
      {{- $mounts := .mounts | default dict }}
      {{- if or $mounts $values.extraVolumeMounts }}
      volumeMounts:
        {{- range $name, $path := $mounts }}
        - name: {{ $name }}
          mountPath: {{ $path }}
          readOnly: true
        {{- end }}
        {{- with $values.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- end }}
  {{- $volumes := trim (.volumes | default "") }}
  {{- if or $volumes $values.extraVolumes }}
  volumes:
    {{- with $volumes }}
    {{- . | nindent 4 }}
    {{- end }}
    {{- with $values.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- end }}
  {{- with $values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if $serving }}
  topologySpreadConstraints:
    {{- if $values.topologySpreadConstraints }}
    {{- toYaml $values.topologySpreadConstraints | nindent 4 }}
    {{- else }}
    {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
    - maxSkew: 1
      topologyKey: {{ . }}
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "outrider.selectorLabels" $root | nindent 10 }}
    {{- end }}
    {{- end }}
  {{- end }}
{{- end -}}

{{/* A setting as text: whole numbers as they are, since a number of values.yaml is a float to the template. */}}
{{- define "outrider.text" -}}
{{- if kindIs "float64" . }}{{ if eq (floor .) . }}{{ int64 . }}{{ else }}{{ . }}{{ end }}{{ else }}{{ . }}{{ end -}}
{{- end -}}

{{/* Fails with every problem at once. dict "component", "problems" (text of lines) */}}
{{- define "outrider.refuse" -}}
{{- with trim .problems -}}
{{- fail (printf "\n\nThe values of %s are not usable:\n%s\n" $.component (regexReplaceAll "(?m)^ *" . "  ")) -}}
{{- end -}}
{{- end -}}
