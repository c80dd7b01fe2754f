#!/usr/bin/env bash
# A sweep over concurrency with AIPerf, from the same parameters, to <results>/<model>/<time>/<name>/c<N>/: one folder of
# AIPerf's files a level. Fails, and leaves nothing there, when one level fails.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

parameters
checked BENCH_REQUESTS_PER_LEVEL "$NUMBER" "a number: so many requests are sent for each concurrent one"
allowed BENCH_NAME '^[A-Za-z0-9_][A-Za-z0-9._-]*$' "a folder's name of letters, digits, points and dashes"
allowed BENCH_LEVELS '^[1-9][0-9]*(,[1-9][0-9]*)*$' "whole numbers for a sweep: concurrent requests"

begin
# AIPerf takes the API key from the environment, which the configuration only names.
export BENCH_API_KEY="${BENCH_API_KEY:-}"
key=
if [ -n "$BENCH_API_KEY" ]; then key='api_key: "${BENCH_API_KEY}"'; fi
name="${BENCH_NAME:-sweep}"
configuration="$(mktemp -d)"
trap 'rm -rf "$staging" "$configuration"' EXIT

IFS=, read -ra levels <<<"$BENCH_LEVELS"
for level in "${levels[@]}"; do
  folder="$staging/$name/c$level"
  mkdir -p "$folder"
  cat >"$configuration/aiperf.yaml" <<YAML
benchmark:
  models: ["$BENCH_MODEL"]
  endpoint:
    urls: ["$BENCH_TARGET"]
    type: chat
    streaming: true
    $key
  tokenizer: { name: "${BENCH_TOKENIZER:-$BENCH_MODEL}" }
  datasets:
    - name: main
      type: synthetic
      entries: $((level * BENCH_REQUESTS_PER_LEVEL))
      prompts:
        isl: { mean: $BENCH_PROMPT_TOKENS, stddev: 0 }
        osl: { mean: $BENCH_OUTPUT_TOKENS, stddev: 0 }
  phases:
    - name: profiling
      type: concurrency
      concurrency: $level
      requests: $((level * BENCH_REQUESTS_PER_LEVEL))
  artifacts: { dir: "$folder" }
YAML
  # AIPerf's report does not say what served: Inferscope reads this beside it.
  printf '{"benchmark_name": "%s", "gpu": "%s", "server_version": "%s", "vllm_config": {"tensor_parallel_size": %s}, "aiperf_config": {"concurrency": %s}}\n' \
    "$name" "${BENCH_ACCELERATOR:-}" "${BENCH_VERSION:-}" "${BENCH_TP:-null}" "$level" >"$folder/metadata.json"
  say "AIPerf: $BENCH_MODEL at $BENCH_TARGET, concurrency $level"
  run $((BENCH_MAX_SECONDS + BENCH_PATIENCE)) aiperf profile --config "$configuration/aiperf.yaml" --ui none
  [ -s "$folder/profile_export_aiperf.json" ] || fail "AIPerf ended without an error, but wrote no summary at concurrency $level"
done
publish
rm -rf "$configuration"
