#!/usr/bin/env bash
# One benchmark with GuideLLM 0.7 or later, from the parameters of the environment (parameters.yaml says what they are), to
# <results>/<model>/<time>/. Fails, and leaves nothing there, when the server cannot be reached or GuideLLM fails.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

parameters
allowed BENCH_MAX_REQUESTS "$NUMBER" "a number of requests for each level"
allowed BENCH_SAMPLES "$NUMBER" "a number of requests to keep"

first="${BENCH_LEVELS%%,*}"
IFS=, read -ra levels <<<"$BENCH_LEVELS"
count="${#levels[@]}"
case "${BENCH_PROFILE:=concurrent}" in
  concurrent) profile=(--profile "kind=concurrent,streams=$first" --override profile.streams "$BENCH_LEVELS") ;;
  constant | poisson) profile=(--profile "kind=$BENCH_PROFILE,rate=$first" --override profile.rate "$BENCH_LEVELS") ;;
  sweep) count="${first%.*}" profile=(--profile "kind=sweep,sweep_size=$first") ;;
  throughput) profile=(--profile "kind=throughput,max_concurrency=$first") ;;
  synchronous) profile=(--profile kind=synchronous) ;;
  *) fail "BENCH_PROFILE is “$BENCH_PROFILE”, but must be concurrent, constant, poisson, sweep, throughput or synchronous" ;;
esac

# Identity: it lands in the report, where readers find it.
labels=()
label() { [ -z "$2" ] || labels+=(--label "$1=$2"); }
label accelerator "${BENCH_ACCELERATOR:-}"
label version "${BENCH_VERSION:-}"
label tp "${BENCH_TP:-}"
while IFS= read -r line; do
  [[ "$line" =~ ^[[:space:]]*$ ]] && continue
  [[ "$line" == *=* ]] || fail "BENCH_LABELS has the line “$line”, but each must be KEY=VALUE"
  labels+=(--label "$line")
done <<<"${BENCH_LABELS:-}"

begin
# The API key goes through a file that only this user can read: arguments are in the process list. GuideLLM masks it in its
# report.
private="$(mktemp -d)"
trap 'rm -rf "$staging" "$private"' EXIT
if [ -n "${BENCH_API_KEY:-}" ]; then
  [[ "$BENCH_API_KEY" =~ ^[[:graph:]]+$ && "$BENCH_API_KEY" != *[\"\\]* ]] || fail "BENCH_API_KEY has spaces, quotes or backslashes"
  (umask 077 && printf '{"metadata": {}, "spec": {"backend": {"kind": "openai_http", "target": "%s", "model": "%s", "api_key": "%s"}}}\n' \
    "$BENCH_TARGET" "$BENCH_MODEL" "$BENCH_API_KEY" >"$private/backend.json")
  backend=(--config "$private/backend.json")
else
  backend=(--backend "kind=openai_http,target=$BENCH_TARGET,model=$BENCH_MODEL")
fi
unset BENCH_API_KEY

limits=(--constraint "kind=max_duration,seconds=$BENCH_MAX_SECONDS")
if [ -n "${BENCH_MAX_REQUESTS:-}" ]; then limits+=(--constraint "kind=max_requests,count=$BENCH_MAX_REQUESTS"); fi

say "GuideLLM: $BENCH_MODEL at $BENCH_TARGET, $BENCH_PROFILE $BENCH_LEVELS"
run $((count * BENCH_MAX_SECONDS + BENCH_PATIENCE)) guidellm run "${backend[@]}" \
  --tokenizer "kind=huggingface_auto,model=${BENCH_TOKENIZER:-$BENCH_MODEL}" \
  "${profile[@]}" "${limits[@]}" ${labels[@]+"${labels[@]}"} \
  --data "kind=synthetic_text,prompt_tokens=$BENCH_PROMPT_TOKENS,output_tokens=$BENCH_OUTPUT_TOKENS" \
  --metrics "kind=generative,sample_size=${BENCH_SAMPLES:-100}" \
  --output "kind=json,path=$staging/benchmarks.json" \
  --disable-console-interactive
[ -s "$staging/benchmarks.json" ] || fail "GuideLLM ended without an error, but wrote no report"
publish
rm -rf "$private"
