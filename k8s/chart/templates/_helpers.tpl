{{/* Names and labels. */}}
{{- define "muster.fullname" -}}
{{- if contains "muster" .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{ else }}{{ printf "%s-muster" .Release.Name | trunc 40 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "muster.selector" -}}
app.kubernetes.io/name: muster
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "muster.labels" -}}
{{ include "muster.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{- define "muster.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{/* One variable from the Secret: (dict "root" $ "name" "MUSTER_…" "key" "…") */}}
{{- define "muster.secretEnv" -}}
- name: {{ .name }}
  valueFrom:
    secretKeyRef:
      name: {{ .root.Values.secrets.existingSecret }}
      key: {{ .key }}
{{- end }}

{{/* The engines that a process needs: (dict "root" $ "engines" (list "postgres" …)) */}}
{{- define "muster.engines" -}}
{{- range .engines }}
{{ include "muster.secretEnv" (dict "root" $.root "name" (printf "MUSTER_%s_URL" (upper .)) "key" (printf "%s-url" .)) }}
{{- end }}
- name: MUSTER_POSTGRES_POOL
  value: {{ .root.Values.postgresPool | quote }}
{{- end }}

{{- define "muster.workerRules" -}}
- name: MUSTER_WORKER_MIN_MEMORY_GB
  value: {{ .Values.workerRules.memoryGb | quote }}
- name: MUSTER_WORKER_MIN_DISK_GB
  value: {{ .Values.workerRules.diskGb | quote }}
- name: MUSTER_WORKER_MIN_DOWN_MBPS
  value: {{ .Values.workerRules.downMbps | quote }}
- name: MUSTER_WORKER_MIN_UP_MBPS
  value: {{ .Values.workerRules.upMbps | quote }}
- name: MUSTER_WORKER_MIN_CUDA
  value: {{ .Values.workerRules.cuda | quote }}
{{- end }}

{{/* Address of another process's port inside the cluster. */}}
{{- define "muster.url" -}}
http://{{ include "muster.fullname" .root }}-{{ .component }}:{{ .port }}
{{- end }}

{{- define "muster.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "muster.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}
