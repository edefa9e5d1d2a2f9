{{/* Takes {key, value}. "5s" -> 5: a duration as config writes it, in whole seconds, rounded up. */}}
{{- define "sidecache.seconds" -}}
{{- if not (regexMatch "^[0-9]+(ns|us|ms|s|m|h|d)$" (toString .value)) -}}
{{- fail (printf "config: %s: %v is no duration: a whole number and ns, us, ms, s, m, h or d" .key .value) -}}
{{- end -}}
{{- $number := regexFind "^[0-9]+" .value | int64 -}}
{{- $unit := regexFind "[a-z]+$" .value -}}
{{- $parts := get (dict "ns" 1000000000 "us" 1000000 "ms" 1000) $unit | default 1 | int64 -}}
{{- $whole := get (dict "m" 60 "h" 3600 "d" 86400) $unit | default 1 | int64 -}}
{{- mul (div (add $number (sub $parts 1)) $parts) $whole -}}
{{- end -}}

{{/* Takes {key, value}. "64MiB" -> 67108864. */}}
{{- define "sidecache.bytes" -}}
{{- if not (regexMatch "^[0-9]+(B|KiB|MiB|GiB|kB|MB|GB)$" (toString .value)) -}}
{{- fail (printf "config: %s: %v is no size: a whole number and B, KiB, MiB, GiB, kB, MB or GB" .key .value) -}}
{{- end -}}
{{- $unit := regexFind "[A-Za-z]+$" .value -}}
{{- $bytes := get (dict "B" 1 "KiB" 1024 "MiB" 1048576 "GiB" 1073741824 "kB" 1000 "MB" 1000000 "GB" 1000000000) $unit -}}
{{- mul (regexFind "^[0-9]+" .value | int64) ($bytes | int64) -}}
{{- end -}}
