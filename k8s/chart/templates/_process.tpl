{{/*
A process: its workload, its Service, its disruption budget and, where it scales, its autoscaler.
(dict "root" $ "component" "gateway" "main" "gateway/main.ts" "values" .Values.gateway "ports" (dict "http" 8080) "env" "<yaml>"
 "volumes" "<yaml>" "mounts" "<yaml>" "stateful" false). Port `ops` is always there: health, readiness and metrics.
*/}}
{{- define "muster.process" -}}
{{- $root := .root -}}
{{- $name := printf "%s-%s" (include "muster.fullname" $root) .component -}}
{{- $ports := merge (dict "ops" 9100) (.ports | default dict) -}}
{{- $scaled := and .values.autoscaling .values.autoscaling.enabled -}}
apiVersion: apps/v1
kind: {{ ternary "StatefulSet" "Deployment" (.stateful | default false) }}
metadata:
  name: {{ $name }}
  labels: {{- include "muster.labels" . | nindent 4 }}
spec:
  {{- if not $scaled }}
  replicas: {{ .values.replicas }}
  {{- end }}
  {{- if .stateful }}
  serviceName: {{ $name }}
  podManagementPolicy: Parallel
  {{- else }}
  strategy:
    rollingUpdate: { maxUnavailable: 0, maxSurge: 1 }
  {{- end }}
  selector:
    matchLabels: {{- include "muster.selector" . | nindent 6 }}
  template:
    metadata:
      labels: {{- include "muster.labels" . | nindent 8 }}
    spec:
      automountServiceAccountToken: false
      enableServiceLinks: false
      securityContext: {{- include "muster.podSecurity" $root | nindent 8 }}
      {{- with $root.Values.imagePullSecrets }}
      imagePullSecrets: {{- toYaml . | nindent 8 }}
      {{- end }}
      # Longer than the 20 s that a process gives its own orderly end
      terminationGracePeriodSeconds: 30
      {{- with $root.Values.nodeSelector }}
      nodeSelector: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $root.Values.tolerations }}
      tolerations: {{- toYaml . | nindent 8 }}
      {{- end }}
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: kubernetes.io/hostname
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels: {{- include "muster.selector" . | nindent 14 }}
      containers:
        - name: {{ .component }}
          image: {{ include "muster.image" $root }}
          imagePullPolicy: {{ $root.Values.image.pullPolicy }}
          args: [{{ .main }}]
          securityContext: {{- include "muster.containerSecurity" $root | nindent 12 }}
          env:
            - name: MUSTER_LOG_LEVEL
              value: {{ $root.Values.logLevel }}
            - name: MUSTER_OPS_HOST
              value: 0.0.0.0
            - name: MUSTER_OPS_PORT
              value: '9100'
            {{- .env | trim | nindent 12 }}
            {{- with $root.Values.extraEnv }}
            {{- toYaml . | nindent 12 }}
            {{- end }}
            {{- with .values.extraEnv }}
            {{- toYaml . | nindent 12 }}
            {{- end }}
          ports:
            {{- range $port, $number := $ports }}
            - name: {{ $port }}
              containerPort: {{ $number }}
            {{- end }}
          startupProbe:
            httpGet: { path: /healthz, port: ops }
            periodSeconds: 2
            failureThreshold: 30
          livenessProbe:
            httpGet: { path: /healthz, port: ops }
            periodSeconds: 10
            timeoutSeconds: 3
          readinessProbe:
            httpGet: { path: /readyz, port: ops }
            periodSeconds: 5
            timeoutSeconds: 3
          resources: {{- toYaml .values.resources | nindent 12 }}
          volumeMounts:
            - name: tmp
              mountPath: /tmp
            {{- with .mounts }}
            {{- . | trim | nindent 12 }}
            {{- end }}
      volumes:
        - name: tmp
          emptyDir: {}
        {{- with .volumes }}
        {{- . | trim | nindent 8 }}
        {{- end }}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ $name }}
  labels: {{- include "muster.labels" . | nindent 4 }}
spec:
  {{- if .stateful }}
  publishNotReadyAddresses: false
  {{- end }}
  selector: {{- include "muster.selector" . | nindent 4 }}
  ports:
    {{- range $port, $number := $ports }}
    - name: {{ $port }}
      port: {{ $number }}
      targetPort: {{ $port }}
    {{- end }}
{{- if $root.Values.podDisruptionBudget.enabled }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ $name }}
  labels: {{- include "muster.labels" . | nindent 4 }}
spec:
  maxUnavailable: 1
  selector:
    matchLabels: {{- include "muster.selector" . | nindent 6 }}
{{- end }}
{{- if $scaled }}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ $name }}
  labels: {{- include "muster.labels" . | nindent 4 }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ $name }}
  minReplicas: {{ .values.autoscaling.minReplicas }}
  maxReplicas: {{ .values.autoscaling.maxReplicas }}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: {{ .values.autoscaling.targetCpu }}
{{- end }}
{{- end }}
