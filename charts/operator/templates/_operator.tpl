{{/* What every template of this chart begins with: old names of values are taken. */}}
{{- define "operator.accept" -}}
{{- $_ := include "outrider.acceptRenamed" (dict "values" .Values "chart" "operator") -}}
{{- end -}}

{{/* The namespace that it looks after; `*`: all */}}
{{- define "operator.watched" -}}
{{- .Values.watchNamespace | default .Release.Namespace -}}
{{- end -}}

{{/* The token is mounted by name: it is of this ServiceAccount alone, short-lived, and read again by the process. */}}
{{- define "operator.token" -}}
- name: kube-api-access
  projected:
    # readable by the process's group alone
    defaultMode: 0440
    sources:
      - serviceAccountToken:
          path: token
          expirationSeconds: 3607
      - configMap:
          name: kube-root-ca.crt
          items:
            - key: ca.crt
              path: ca.crt
      - downwardAPI:
          items:
            - path: namespace
              fieldRef:
                fieldPath: metadata.namespace
{{- end -}}

{{/* NODE_OPTIONS: objects come and go with each list and event, and V8 would give them 48 MiB before it clears away once. */}}
{{- define "operator.podTemplate" -}}
{{- $podName := dict "name" "POD_NAME" "valueFrom" (dict "fieldRef" (dict "fieldPath" "metadata.name")) -}}
{{- $values := merge (dict "extraEnv" (prepend .Values.extraEnv $podName)) (omit .Values "extraEnv") -}}
{{- include "outrider.podTemplate" (dict
  "root" (merge (dict "Values" $values) (omit . "Values"))
  "name" "operator"
  "role" "operator"
  "env" (dict
    "ADMIN_PORT" 9090
    "LOG_LEVEL" .Values.global.logLevel
    "LEASE_NAME" (include "outrider.fullname" .)
    "WATCH_NAMESPACE" (include "operator.watched" .)
    "NODE_OPTIONS" "--max-semi-space-size=2")
  "volumes" (include "operator.token" .)
  "mounts" (dict "kube-api-access" "/var/run/secrets/kubernetes.io/serviceaccount")
  "ports" (dict "admin" 9090)) -}}
{{- end -}}

{{/* What it may do where it looks after resources. Each rule is used: a test holds them against what the process asks for. */}}
{{- define "operator.rules" -}}
- apiGroups: [commerce.outrider.dev]
  resources: [commerceservices, outboxworkers]
  verbs: [list, watch]
- apiGroups: [commerce.outrider.dev]
  resources: [commerceservices]
  # to take an answered command away
  verbs: [patch]
- apiGroups: [commerce.outrider.dev]
  resources: [commerceservices/status, outboxworkers/status]
  verbs: [patch]
# where OwnerReferencesPermissionEnforcement is switched on, what belongs to a resource can only be made with this
- apiGroups: [commerce.outrider.dev]
  resources: [commerceservices/finalizers, outboxworkers/finalizers]
  verbs: [update]
- apiGroups: [apps]
  resources: [deployments]
  verbs: [get, list, watch, create, patch, update, delete]
- apiGroups: [apps]
  resources: [controllerrevisions]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [batch]
  resources: [jobs]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: ['']
  resources: [pods]
  verbs: [list, watch]
- apiGroups: ['']
  resources: [events]
  verbs: [create]
{{- end -}}
