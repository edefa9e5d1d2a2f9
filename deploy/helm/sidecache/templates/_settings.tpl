{{/*
What sidecache is told: config of the values, completed by what belongs to the chart. Where it listens has to agree with
ports, probes and Services, so config may not say it; the times of its end are those that suit the kind, unless it does.
*/}}

{{- define "sidecache.refuseWhatIsTheCharts" -}}
{{- $config := .Values.config -}}
{{- if hasKey $config "listen" }}{{ fail "config.listen: the chart decides where it listens, by kind, ports.proxy and tls" }}{{ end -}}
{{- range $config.planes -}}
{{- if hasKey . "listen" }}{{ fail "config.planes: listen of a plane: the chart decides where it listens, by kind, ports.proxy and tls" }}{{ end -}}
{{- end -}}
{{- if hasKey ($config.metrics | default dict) "listen" }}{{ fail "config.metrics.listen: probes ask ports.metrics, set that" }}{{ end -}}
{{- if hasKey ($config.admin | default dict) "listen" }}{{ fail "config.admin.listen: set ports.admin" }}{{ end -}}
{{- range $key := list "certificate_file" "key_file" "client_ca_file" -}}
{{- if hasKey ($config.tls | default dict) $key }}{{ fail (printf "config.tls.%s: name a Secret in tls.secretName" $key) }}{{ end -}}
{{- end -}}
{{- range .Values.env -}}
{{- if hasPrefix "SIDECACHE_" .name }}{{ fail (printf "env: %s is a setting: write it in config" .name) }}{{ end -}}
{{- end -}}
{{- $mounted := list -}}
{{- range .Values.secrets }}{{ $mounted = append $mounted .name }}{{ end -}}
{{- range regexFindAll "/etc/sidecache/secrets/[^/\"]+" (toJson $config) -1 -}}
{{- if not (has (base .) $mounted) }}{{ fail (printf "config names a file in %s, and secrets has no %s" . (base .)) }}{{ end -}}
{{- end -}}
{{- end -}}

{{/* A data plane answers with providers' keys: sidecache would not start, and says so in a pod's log; better here. */}}
{{- define "sidecache.refusePlaintext" -}}
{{- if and (ne .Values.kind "sidecar") (not .Values.tls.secretName) -}}
{{- range (.Values.config.planes | default (list .Values.config)) -}}
{{- if and (eq (.plane | default "admin") "data") (not .allow_plaintext) -}}
{{- fail "a data plane answers with providers' keys: name a certificate's Secret in tls.secretName, or, where a mesh encrypts, set allow_plaintext: true in config" -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* classic: both containers get SIGTERM at once. native: the sidecar gets it last. Else: nodes learn of it late. */}}
{{- define "sidecache.shutdown" -}}
{{- if eq .form "classic" -}}
{delay: 0s, linger: 3s, grace: 20s}
{{- else if eq .form "native" -}}
{delay: 0s, linger: 0s, grace: 20s}
{{- else -}}
{delay: 5s, linger: 0s, grace: 20s}
{{- end -}}
{{- end -}}

{{/* Takes {root, form}; form: native, classic or, of a pod of its own, own. */}}
{{- define "sidecache.settings" -}}
{{- include "sidecache.refuseWhatIsTheCharts" .root -}}
{{- include "sidecache.refusePlaintext" .root -}}
{{- $values := .root.Values -}}
{{- $name := include "sidecache.fullname" .root -}}
{{- $listen := printf "127.0.0.1:%d" (int $values.ports.proxy) -}}
{{- if eq .form "own" -}}
{{- $listen = printf "%s:%d" (ternary "https://" "" (ne $values.tls.secretName "")) (int $values.ports.proxy) -}}
{{- end -}}
{{- $out := dict
  "metrics" (dict "listen" (printf ":%d" (int $values.ports.metrics)))
  "admin" (dict "listen" (printf "%s:%d" (ternary "" "127.0.0.1" (ne $values.peers.secretName "")) (int $values.ports.admin)))
  "shutdown" (include "sidecache.shutdown" . | fromYaml) -}}
{{- if and (eq .form "own") $values.tls.secretName -}}
{{- $_ := set $out "tls" (dict "certificate_file" "/etc/sidecache/tls/tls.crt" "key_file" "/etc/sidecache/tls/tls.key") -}}
{{- if $values.tls.clientCertificates }}{{ $_ := set $out.tls "client_ca_file" "/etc/sidecache/tls/ca.crt" }}{{ end -}}
{{- end -}}
{{- if $values.peers.secretName -}}
{{- $_ := set $out "sync" (dict "peers" (list (printf "http://%s-peers:%d" $name (int $values.ports.admin)))
  "peer_secret_file" "/etc/sidecache/peers/secret") -}}
{{- end -}}
{{- $out = mergeOverwrite $out (deepCopy $values.config) -}}
{{- if $out.planes -}}
{{- range $out.planes }}{{ $_ := set . "listen" $listen }}{{ end -}}
{{- else -}}
{{- $_ := set $out "listen" $listen -}}
{{- end -}}
{{- toYaml $out -}}
{{- end -}}

{{/* The same as variables of the environment, for a container in a pod that may be in any namespace: no ConfigMap. */}}
{{- define "sidecache.variables" -}}
{{- $prefix := .prefix -}}
{{- range $key, $value := .settings -}}
{{- $name := printf "%s_%s" $prefix (upper $key) -}}
{{- if kindIs "map" $value }}{{ include "sidecache.variables" (dict "prefix" $name "settings" $value) }}
{{- else }}
- name: {{ $name }}
  value: {{ include "sidecache.text" $value | quote }}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Lists of maps (planes, routes) are one line of flow YAML there, which JSON is; other lists have commas. */}}
{{- define "sidecache.text" -}}
{{- if not (kindIs "slice" .) -}}
{{ if kindIs "float64" . }}{{ int64 . }}{{ else }}{{ . }}{{ end }}
{{- else if and . (kindIs "map" (first .)) -}}
{{ toJson . }}
{{- else -}}
{{ join "," . }}
{{- end -}}
{{- end -}}

{{/* delay + grace and a second is what it takes at most (README, "Life and end of a process"), and 4 to be sure. */}}
{{- define "sidecache.terminationGracePeriodSeconds" -}}
{{- $shutdown := (include "sidecache.settings" . | fromYaml).shutdown -}}
{{- $delay := include "sidecache.seconds" (dict "key" "shutdown.delay" "value" $shutdown.delay) | int64 -}}
{{- $grace := include "sidecache.seconds" (dict "key" "shutdown.grace" "value" $shutdown.grace) | int64 -}}
{{- add $delay $grace 5 -}}
{{- end -}}
