# Written by deploy/terminal/write.py from `sidecache --help`; `./dev docs` writes it anew.
_sidecache_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$word"); }
_sidecache_files() { compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$word"); }

_sidecache() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
  local command=${COMP_WORDS[1]}
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    _sidecache_words 'serve demo mock check purge coverage shadow-report drill health replay version --help'
    return
  fi
  case "$command $before" in
    "serve --config") _sidecache_files; return ;;
    "demo --mock-listen") return ;;
    "demo --latency") return ;;
    "demo --jitter") return ;;
    "demo --error-rate") return ;;
    "demo --error-status") return ;;
    "demo --reset-rate") return ;;
    "demo --slow-body") return ;;
    "demo --slow-body-bytes") return ;;
    "demo --seed") return ;;
    "demo --cache-control") return ;;
    "demo --header") return ;;
    "demo --config") _sidecache_files; return ;;
    "mock --listen") return ;;
    "mock --latency") return ;;
    "mock --jitter") return ;;
    "mock --error-rate") return ;;
    "mock --error-status") return ;;
    "mock --reset-rate") return ;;
    "mock --slow-body") return ;;
    "mock --slow-body-bytes") return ;;
    "mock --seed") return ;;
    "mock --cache-control") return ;;
    "mock --header") return ;;
    "mock --records") return ;;
    "mock --slug-format") return ;;
    "mock --record-bytes") return ;;
    "mock --journal") _sidecache_words 'on off'; return ;;
    "mock --latency-distribution") return ;;
    "mock --threads") return ;;
    "mock --connections") return ;;
    "mock --latency-quantiles"|"mock --faults"|"mock --tls-certificate-file"|"mock --tls-key-file") _sidecache_files; return ;;
    "purge --timeout") return ;;
    "purge --only-plane") return ;;
    "purge --kind") return ;;
    "purge --slug") return ;;
    "purge --uuid") return ;;
    "purge --integration") return ;;
    "purge --workspace") return ;;
    "purge --config"|"purge --credential-file") _sidecache_files; return ;;
    "coverage --timeout") return ;;
    "coverage --config") _sidecache_files; return ;;
    "shadow-report --timeout") return ;;
    "shadow-report --format") _sidecache_words 'text json'; return ;;
    "shadow-report --config") _sidecache_files; return ;;
    "drill --timeout") return ;;
    "drill --for") return ;;
    "drill --config") _sidecache_files; return ;;
    "health --timeout") return ;;
    "health --config") _sidecache_files; return ;;
    "replay --url") return ;;
    "replay -R"|"replay --rate") return ;;
    "replay -d"|"replay --duration") return ;;
    "replay -c"|"replay --connections") return ;;
    "replay -t"|"replay --threads") return ;;
    "replay --warm-up") return ;;
    "replay --timeout") return ;;
    "replay --path") return ;;
    "replay --records") return ;;
    "replay --slug-format") return ;;
    "replay --zipf") return ;;
    "replay --arrivals") _sidecache_words 'constant poisson'; return ;;
    "replay --seed") return ;;
    "replay -H"|"replay --header") return ;;
    "replay --max-errors") return ;;
    "replay --max-p99") return ;;
    "replay --min-hit-ratio") return ;;
    "replay --ca-file"|"replay --slug-file"|"replay --pattern"|"replay --credential-file"|"replay --hdr"|"replay --json") _sidecache_files; return ;;
    *" --listen") return ;;
    *" --threads") return ;;
    *" --prefixes") return ;;
    *" --plane") _sidecache_words 'admin data'; return ;;
    *" --name") return ;;
    *" --prefix") return ;;
    *" --allow-plaintext") _sidecache_words 'false true'; return ;;
    *" --mode") _sidecache_words 'on shadow bypass'; return ;;
    *" --metrics-listen") return ;;
    *" --admin-listen") return ;;
    *" --tls-min-version") _sidecache_words '1.2 1.3'; return ;;
    *" --unix-mode") return ;;
    *" --unix-owner") return ;;
    *" --upstream-url"|*" --upstream") return ;;
    *" --upstream-urls") return ;;
    *" --upstream-connect-timeout") return ;;
    *" --upstream-timeout") return ;;
    *" --upstream-idle-timeout") return ;;
    *" --upstream-max-connections") return ;;
    *" --upstream-max-streams") return ;;
    *" --upstream-max-pending") return ;;
    *" --upstream-concurrency") _sidecache_words 'adaptive fixed'; return ;;
    *" --upstream-resolve-interval") return ;;
    *" --upstream-proxy") return ;;
    *" --upstream-no-proxy") return ;;
    *" --upstream-forwarded-for") _sidecache_words 'off append'; return ;;
    *" --upstream-retries") return ;;
    *" --upstream-retry-backoff") return ;;
    *" --upstream-retry-budget") return ;;
    *" --upstream-hedging") _sidecache_words 'off on'; return ;;
    *" --upstream-check-interval") return ;;
    *" --breaker-window") return ;;
    *" --breaker-least-requests") return ;;
    *" --breaker-failure-percent") return ;;
    *" --breaker-slow-after") return ;;
    *" --breaker-slow-percent") return ;;
    *" --breaker-open-for") return ;;
    *" --breaker-probes") return ;;
    *" --sync-interval") return ;;
    *" --sync-unheard-ttl") return ;;
    *" --sync-heal") _sidecache_words 'false true'; return ;;
    *" --sync-peers") return ;;
    *" --cache-ttl") return ;;
    *" --cache-inactive-ttl") return ;;
    *" --cache-negative-ttl") return ;;
    *" --cache-stale-while-revalidate") return ;;
    *" --cache-stale-if-error") return ;;
    *" --cache-key-stale-if-error") return ;;
    *" --cache-stale-after") return ;;
    *" --cache-cool-down") return ;;
    *" --cache-client-directives") _sidecache_words 'honour ignore'; return ;;
    *" --cache-cdn-cache-control") _sidecache_words 'ignore honour'; return ;;
    *" --cache-refresh-ahead") return ;;
    *" --cache-refresh-rate") return ;;
    *" --cache-revalidation-interval") return ;;
    *" --cache-max-bytes") return ;;
    *" --cache-negative-share") return ;;
    *" --cache-freshness") _sidecache_words 'settings origin shortest'; return ;;
    *" --limits-header-bytes") return ;;
    *" --limits-target-bytes") return ;;
    *" --limits-record-bytes") return ;;
    *" --limits-sync-bytes") return ;;
    *" --limits-connections") return ;;
    *" --limits-header-timeout") return ;;
    *" --limits-idle-timeout") return ;;
    *" --limits-stall-timeout") return ;;
    *" --limits-request-timeout") return ;;
    *" --limits-min-rate") return ;;
    *" --limits-rate-grace") return ;;
    *" --limits-connections-per-client") return ;;
    *" --limits-requests-per-connection") return ;;
    *" --limits-buffered-bytes-per-connection") return ;;
    *" --limits-buffered-bytes") return ;;
    *" --log-level") _sidecache_words 'trace debug info warn error'; return ;;
    *" --log-format") _sidecache_words 'text json logfmt'; return ;;
    *" --log-access") _sidecache_words 'off sampled all'; return ;;
    *" --log-access-sample") return ;;
    *" --shutdown-delay") return ;;
    *" --shutdown-linger") return ;;
    *" --shutdown-grace") return ;;
    *" --routes") return ;;
    *" --planes") return ;;
    *" --admin-token-file"|*" --tls-certificate-file"|*" --tls-key-file"|*" --tls-client-ca-file"|*" --upstream-ca-file"|*" --upstream-client-certificate-file"|*" --upstream-client-key-file"|*" --upstream-proxy-credentials-file"|*" --upstream-check-path"|*" --sync-poll-path"|*" --sync-identifier-file"|*" --sync-credential-file"|*" --sync-peer-secret-file"|*" --sync-peer-ca-file") _sidecache_files; return ;;
  esac
  local settings='--listen --threads --prefixes --plane --name --prefix --allow-plaintext --mode --metrics-listen --admin-listen --admin-token-file --tls-certificate-file --tls-key-file --tls-client-ca-file --tls-min-version --unix-mode --unix-owner --upstream-url --upstream --upstream-urls --upstream-connect-timeout --upstream-timeout --upstream-idle-timeout --upstream-max-connections --upstream-max-streams --upstream-max-pending --upstream-concurrency --upstream-resolve-interval --upstream-ca-file --upstream-client-certificate-file --upstream-client-key-file --upstream-proxy --upstream-no-proxy --upstream-proxy-credentials-file --upstream-forwarded-for --upstream-retries --upstream-retry-backoff --upstream-retry-budget --upstream-hedging --upstream-check-path --upstream-check-interval --breaker-window --breaker-least-requests --breaker-failure-percent --breaker-slow-after --breaker-slow-percent --breaker-open-for --breaker-probes --sync-interval --sync-unheard-ttl --sync-heal --sync-poll-path --sync-identifier-file --sync-credential-file --sync-peers --sync-peer-secret-file --sync-peer-ca-file --cache-ttl --cache-inactive-ttl --cache-negative-ttl --cache-stale-while-revalidate --cache-stale-if-error --cache-key-stale-if-error --cache-stale-after --cache-cool-down --cache-client-directives --cache-cdn-cache-control --cache-refresh-ahead --cache-refresh-rate --cache-revalidation-interval --cache-max-bytes --cache-negative-share --cache-freshness --limits-header-bytes --limits-target-bytes --limits-record-bytes --limits-sync-bytes --limits-connections --limits-header-timeout --limits-idle-timeout --limits-stall-timeout --limits-request-timeout --limits-min-rate --limits-rate-grace --limits-connections-per-client --limits-requests-per-connection --limits-buffered-bytes-per-connection --limits-buffered-bytes --log-level --log-format --log-access --log-access-sample --shutdown-delay --shutdown-linger --shutdown-grace --routes --planes'
  case $command in
    serve) _sidecache_words "--config --supervise --help $settings" ;;
    demo) _sidecache_words "--config --mock-listen --latency --jitter --error-rate --error-status --reset-rate --slow-body --slow-body-bytes --seed --etag --cache-control --header --help $settings" ;;
    mock) _sidecache_words "--listen --latency --jitter --error-rate --error-status --reset-rate --slow-body --slow-body-bytes --seed --etag --cache-control --header --records --slug-format --record-bytes --any-credential --journal --latency-distribution --latency-quantiles --faults --threads --connections --tls-certificate-file --tls-key-file --help" ;;
    check) _sidecache_words "--help"; [[ $word == -* ]] || _sidecache_files ;;
    purge) _sidecache_words "--config --timeout --all --only-plane --kind --slug --uuid --integration --workspace --credential-file --soft --help $settings" ;;
    coverage) _sidecache_words "--config --timeout --help $settings" ;;
    shadow-report) _sidecache_words "--config --timeout --format --help $settings" ;;
    drill) _sidecache_words "--config --timeout --for --no-wait --help $settings" ;;
    health) _sidecache_words "--config --timeout --help $settings" ;;
    replay) _sidecache_words "--url -R --rate -d --duration -c --connections -t --threads --warm-up --timeout --ca-file --insecure --path --records --slug-format --slug-file --zipf --arrivals --pattern --credential-file --seed -H --header --hdr --json --progress --max-errors --max-p99 --min-hit-ratio --help" ;;
    version) _sidecache_words "--help" ;;
  esac
}
complete -F _sidecache sidecache
