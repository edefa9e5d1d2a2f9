#!/bin/sh
# run_target.sh BUILD_DIR SECONDS TARGET: one libFuzzer run, bounded in time, memory and length of input, as ./dev fuzz
# starts it. New inputs go to BUILD_DIR/corpus/TARGET, what breaks a promise to BUILD_DIR/crashes, the log to
# BUILD_DIR/log/TARGET.txt. Says one line, or what broke and how to see it again.
set -eu

build=$1
seconds=$2
target=$3
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
program=$build/tests/fuzz/fuzz_$target
log=$build/log/$target.txt
mkdir -p "$build/corpus/$target" "$build/crashes" "$build/log"

# The quarantine of AddressSanitizer counts against the limit of memory.
export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1:quarantine_size_mb=64
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
export PATH="/usr/lib/llvm-19/bin:$PATH" # llvm-symbolizer: file and line in the reports

status=0
"$program" "$build/corpus/$target" "$here/corpus/$target" -dict="$here/$target.dict" -max_total_time="$seconds" \
  -max_len=4096 -timeout=5 -rss_limit_mb=1024 -artifact_prefix="$build/crashes/$target-" -print_final_stats=1 \
  >"$log" 2>&1 || status=$?

if [ "$status" -eq 0 ]; then
  covered=$(sed -n 's/.*DONE *cov: \([0-9]*\) .*/\1/p' "$log")
  printf 'fuzz %s: %s, %s edges covered\n' "$target" "$(sed -n 's/^Done //p' "$log")" "${covered:-?}"
  exit 0
fi

{
  printf 'fuzz %s: FAILED (%s)\n' "$target" "$status"
  tail -n 60 "$log" | cut -c 1-400
  artifact=$(sed -n 's/^.*Test unit written to //p' "$log" | tail -n 1)
  printf 'fuzz %s: to see it again: %s %s\n' "$target" "$program" "${artifact:-$here/corpus/$target/*}"
} >&2
exit 1
