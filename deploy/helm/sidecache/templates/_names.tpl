{{- define "sidecache.fullname" -}}
{{- if .Values.fullname -}}
{{ .Values.fullname }}
{{- else if contains "cache" .Release.Name -}}
{{ .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else -}}
{{ .Release.Name | trunc 44 | trimSuffix "-" }}-cache
{{- end -}}
{{- end -}}

{{- define "sidecache.selectorLabels" -}}
app.kubernetes.io/name: sidecache
app.kubernetes.io/instance: {{ include "sidecache.fullname" . }}
{{- end -}}

{{- define "sidecache.labels" -}}
{{ include "sidecache.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end -}}

{{/* What the pods of others that hold a sidecar of this release are known by. */}}
{{- define "sidecache.sidecarLabels" -}}
portkey-cache/sidecar: {{ include "sidecache.fullname" . }}
{{- end -}}

{{- define "sidecache.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (ternary (include "sidecache.fullname" .) "default" .Values.serviceAccount.create) -}}
{{- end -}}

{{- define "sidecache.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{- define "sidecache.servicePort" -}}
{{- .Values.service.port | default (ternary 443 .Values.ports.proxy (ne .Values.tls.secretName "")) -}}
{{- end -}}
