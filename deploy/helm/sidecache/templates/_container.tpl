{{/* The container, in a pod of its own or of somebody else's. Takes {root, form}. */}}
{{- define "sidecache.container" -}}
{{- $values := .root.Values -}}
- name: sidecache
  image: {{ include "sidecache.image" .root | quote }}
  imagePullPolicy: {{ $values.image.pullPolicy }}
  {{- if eq .form "native" }}
  restartPolicy: Always
  {{- end }}
  {{- if eq .form "own" }}
  args: [serve, --config, /etc/sidecache/config/sidecache.yaml]
  {{- with $values.env }}
  env:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- else }}
  args: [serve]
  env:
    {{- include "sidecache.variables" (dict "prefix" "SIDECACHE" "settings" (include "sidecache.settings" . | fromYaml)) | trim | nindent 4 }}
    {{- with $values.env }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- end }}
  ports:
    {{- if eq .form "own" }}
    - name: cache
      containerPort: {{ $values.ports.proxy }}
      protocol: TCP
    {{- end }}
    - name: cache-metrics
      containerPort: {{ $values.ports.metrics }}
      protocol: TCP
    {{- if $values.peers.secretName }}
    - name: cache-peers
      containerPort: {{ $values.ports.admin }}
      protocol: TCP
    {{- end }}
  {{- include "sidecache.probes" . | nindent 2 }}
  {{- with include "sidecache.mounts" . | trim }}
  volumeMounts:
    {{- . | nindent 4 }}
  {{- end }}
  securityContext:
    {{- with $values.uid }}
    runAsUser: {{ . }}
    runAsGroup: {{ . }}
    {{- end }}
    runAsNonRoot: true
    readOnlyRootFilesystem: true
    allowPrivilegeEscalation: false
    privileged: false
    capabilities:
      drop: [ALL]
    seccompProfile:
      type: RuntimeDefault
  resources:
    {{- include "sidecache.resources" . | nindent 4 }}
{{- end -}}

{{/* None of them asks the control plane: an outage must not take away the pods that sidecache keeps answering. */}}
{{- define "sidecache.probes" -}}
startupProbe:
  httpGet:
    path: /readyz
    port: cache-metrics
  periodSeconds: 1
  timeoutSeconds: 2
  failureThreshold: 60
livenessProbe:
  httpGet:
    path: /livez
    port: cache-metrics
  periodSeconds: 10
  timeoutSeconds: 2
  failureThreshold: 3
readinessProbe:
  httpGet:
    path: /readyz
    port: cache-metrics
  periodSeconds: 5
  timeoutSeconds: 2
  failureThreshold: 2
{{- end -}}

{{- define "sidecache.mounts" -}}
{{- if eq .form "own" }}
- name: sidecache-config
  mountPath: /etc/sidecache/config
  readOnly: true
{{- if .root.Values.tls.secretName }}
- name: sidecache-tls
  mountPath: /etc/sidecache/tls
  readOnly: true
{{- end }}
{{- if .root.Values.peers.secretName }}
- name: sidecache-peers
  mountPath: /etc/sidecache/peers
  readOnly: true
{{- end }}
{{- end }}
{{- range .root.Values.secrets }}
- name: sidecache-secret-{{ .name }}
  mountPath: /etc/sidecache/secrets/{{ .name }}
  readOnly: true
{{- end }}
{{- end -}}

{{/*
Secrets belong to root and the pod's fsGroup, which is sidecache's where the pod is its own. In another's pod it has no
group of its own: everybody may read there, and "everybody" is who mounts the volume, which sidecache alone does.
*/}}
{{- define "sidecache.volumes" -}}
{{- $mode := ternary "0440" "0444" (and (eq .form "own") (ne .root.Values.uid nil)) -}}
{{- if eq .form "own" }}
- name: sidecache-config
  configMap:
    name: {{ include "sidecache.fullname" .root }}
{{- with .root.Values.tls.secretName }}
- name: sidecache-tls
  secret:
    secretName: {{ . }}
    defaultMode: {{ $mode }}
{{- end }}
{{- with .root.Values.peers.secretName }}
- name: sidecache-peers
  secret:
    secretName: {{ . }}
    defaultMode: {{ $mode }}
{{- end }}
{{- end }}
{{- range .root.Values.secrets }}
- name: sidecache-secret-{{ .name }}
  secret:
    secretName: {{ .secretName }}
    defaultMode: {{ $mode }}
{{- end }}
{{- end -}}
