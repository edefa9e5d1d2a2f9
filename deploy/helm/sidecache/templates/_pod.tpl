{{/* The pods of a Deployment or DaemonSet. */}}
{{- define "sidecache.pod" -}}
{{- $own := dict "root" . "form" "own" -}}
metadata:
  labels:
    {{- include "sidecache.labels" . | nindent 4 }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- if or .Values.rolloutOnConfigChange .Values.podAnnotations }}
  annotations:
    {{- if .Values.rolloutOnConfigChange }}
    checksum/config: {{ include "sidecache.settings" $own | sha256sum }}
    {{- end }}
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- end }}
spec:
  serviceAccountName: {{ include "sidecache.serviceAccountName" . }}
  automountServiceAccountToken: false
  # Variables of the shape SIDECACHE_PORT, for each Service of the namespace, are of no use to it.
  enableServiceLinks: false
  # What shutdown.delay and shutdown.grace take together, and some seconds.
  terminationGracePeriodSeconds: {{ include "sidecache.terminationGracePeriodSeconds" $own }}
  securityContext:
    {{- with .Values.uid }}
    runAsUser: {{ . }}
    runAsGroup: {{ . }}
    fsGroup: {{ . }}
    {{- end }}
    runAsNonRoot: true
    seccompProfile:
      type: RuntimeDefault
  {{- if eq .Values.kind "deployment" }}
  topologySpreadConstraints:
    {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
    - maxSkew: 1
      topologyKey: {{ . }}
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "sidecache.selectorLabels" $ | nindent 10 }}
    {{- end }}
  {{- end }}
  containers:
    {{- include "sidecache.container" $own | nindent 4 }}
  volumes:
    {{- include "sidecache.volumes" $own | trim | nindent 4 }}
  {{- with .Values.image.pullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - name: {{ . }}
    {{- end }}
  {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
{{- end -}}
