{{/* A patch that puts sidecache into the pods of a workload. Takes {root, form}. */}}
{{- define "sidecache.patch" -}}
{{- $native := eq .form "native" -}}
{{- $seconds := include "sidecache.terminationGracePeriodSeconds" . | int64 -}}
{{- if $native }}
# sidecache in the pods of a workload of yours, as a native sidecar: it is ready before the application begins, before
# other init containers too, and ends after it. Kubernetes 1.29 or newer.
{{- else }}
# sidecache in the pods of a workload of yours, beside its containers, for clusters without native sidecars: it begins
# with the application, whose first lookups may have to be repeated, and is told to end with it, so it lingers.
{{- end }}
#
#   kubectl patch deployment NAME --patch-file {{ .form }}.yaml
#
# Then the application's base URL is http://127.0.0.1:{{ .root.Values.ports.proxy }} and the path that stood there.
{{- if $native }}
# terminationGracePeriodSeconds: {{ $seconds }} of these are sidecache's, the rest the application's; add to them what more it needs.
{{- else }}
# terminationGracePeriodSeconds: {{ $seconds }} at least; set in its place what the application needs, if that is more.
{{- end }}
spec:
  template:
    metadata:
      labels:
        {{- include "sidecache.sidecarLabels" .root | nindent 8 }}
    spec:
      terminationGracePeriodSeconds: {{ ternary (add $seconds 30) (max $seconds 30) $native }}
      {{ ternary "initContainers" "containers" $native }}:
        {{- include "sidecache.container" . | nindent 8 }}
      {{- with include "sidecache.volumes" . | trim }}
      volumes:
        {{- . | nindent 8 }}
      {{- end }}
{{- end -}}
