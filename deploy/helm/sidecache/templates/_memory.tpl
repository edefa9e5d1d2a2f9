{{/*
Memory in MiB, from config, as measured (bench/results; tests/deploy/memory_test.py holds it to that):
- cache.max_bytes counts all that an entry costs; with entries coming and going the allocator took up to 8 % more, and
  records of other sizes may do worse: a quarter more.
- limits.buffered_bytes is a bound on messages under way.
- a connection costs 11 KiB after a request, and the kernel's part of it, which a container pays too: 16 KiB.
- the process itself, empty, 15 MiB, and what each thread reads and writes into, some MiB: 32 MiB, and 8 for each.
*/}}
{{- define "sidecache.cachesMiB" -}}
{{- $settings := include "sidecache.settings" . | fromYaml -}}
{{- $bytes := 0 -}}
{{- range ($settings.planes | default (list $settings)) -}}
{{- $bytes = add $bytes (include "sidecache.bytes" (dict "key" "cache.max_bytes" "value" ((.cache | default dict).max_bytes | default "64MiB")) | int64) -}}
{{- end -}}
{{- $threads := $settings.threads | default 1 | int64 -}}
{{- add (div (add (div (mul $bytes 5) 4) 1048575) 1048576) 32 (mul $threads 8) -}}
{{- end -}}

{{- define "sidecache.memoryMiB" -}}
{{- $limits := (include "sidecache.settings" . | fromYaml).limits | default dict -}}
{{- $messages := include "sidecache.bytes" (dict "key" "limits.buffered_bytes" "value" ($limits.buffered_bytes | default "256MiB")) | int64 -}}
{{- $connections := mul ($limits.connections | default 10000 | int64) 16384 -}}
{{- add (include "sidecache.cachesMiB" . | int64) (div (add $messages $connections 1048575) 1048576) -}}
{{- end -}}

{{- define "sidecache.resources" -}}
{{- $values := .root.Values.resources -}}
requests:
  {{- toYaml (mergeOverwrite (dict "memory" (printf "%sMi" (include "sidecache.cachesMiB" .))) (deepCopy ($values.requests | default dict))) | nindent 2 }}
limits:
  {{- toYaml (mergeOverwrite (dict "memory" (printf "%sMi" (include "sidecache.memoryMiB" .))) (deepCopy ($values.limits | default dict))) | nindent 2 }}
{{- end -}}
