#!/usr/bin/env bash
# What follows a benchmark: its figures to a Pushgateway, the judgement (`inferscope check` against the SLO, `inferscope
# compare` against a baseline) into <result>/gate/, and the whole folder to a bucket.
#   gate.sh [RESULT]      the folder of a result; by default the one that the benchmark of this pod has published
# Exit code: 0 when all is well, 1 when the SLO is missed or a figure has become worse, 2 when it could not be judged.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

result="${1:-}"
if [ -z "$result" ]; then
  [ -s "${BENCH_HANDOVER:-/nowhere}/published" ] || fail "no result: give its folder, or set BENCH_HANDOVER to where the benchmark left its name"
  result="$(cat "$BENCH_HANDOVER/published")"
fi
result="${result%/}"
[ -d "$result" ] || fail "there is no folder $result"
model_folder="$(dirname "$result")"
allowed BENCH_THRESHOLD '^[0-9]+(\.[0-9]+)?$' "a number of percent"

# tekton NAME TEXT: a result of the Tekton task. All results of a task together have 4096 bytes.
tekton() { if [ -n "${BENCH_TASK_RESULTS:-}" ]; then printf '%s' "${2:0:1000}" >"$BENCH_TASK_RESULTS/$1"; fi; }

worst=0
# verdict CODE: keeps the worst; 2 (not judged) is worse than 1 (judged to be bad).
verdict() { if [ "$1" -gt "$worst" ]; then worst="$1"; fi; }

gate="$(mktemp -d "$result/.gate.XXXXXXXX")"
trap 'rm -rf "$gate"' EXIT

say "$result"
inferscope inspect "$result" >"$gate/inspect.log" || { cat "$gate/inspect.log"; verdict 2; }

if [ -n "${BENCH_PUSHGATEWAY:-}" ]; then
  # One group a model: a new run replaces the figures of the one before.
  group="$BENCH_PUSHGATEWAY/metrics/job/inferscope/folder/$(basename "$model_folder")"
  # Figures that do not arrive are no reason to call a benchmark bad, but are said.
  if inferscope table "$result" --format openmetrics | curl --fail --silent --show-error --retry 3 --max-time 60 \
    --request PUT --data-binary @- "$group"; then
    say "pushed to $group"
  else
    say "warning: the figures did not reach $group"
  fi
fi

# judged NAME COMMAND…: the judgement as text, what was wrong in words, and as JUnit; keeps the exit code.
judged() {
  local name="$1" format="$2" code=0
  shift 2
  "$@" --format "$format" >"$gate/$name.md" 2>"$gate/$name.err" || code=$?
  "$@" --format junit >"$gate/$name.xml" 2>/dev/null || true
  cat "$gate/$name.md" "$gate/$name.err"
  # A file is there when it says something.
  for file in "$gate/$name".*; do if [ ! -s "$file" ]; then rm "$file"; fi; done
  verdict "$code"
}

# Without limits a benchmark still has to have measured something: one whose requests failed has not.
limits=()
for limit in ${BENCH_SLO:-output_tps>=0}; do limits+=(--slo "$limit"); done
judged check text inferscope check "$result" "${limits[@]}"

# The baseline: a folder, or the run before this one that passed. The first run of a model has none.
baseline="${BENCH_BASELINE:-}"
if [ "$baseline" = previous ]; then
  baseline=
  for earlier in "$model_folder"/*/; do
    earlier="${earlier%/}"
    if [[ "$earlier" < "$result" ]] && [ "$(cat "$earlier/gate/status" 2>/dev/null)" = 0 ]; then baseline="$earlier"; fi
  done
  if [ -z "$baseline" ]; then say "no earlier run of this model has passed: nothing to compare with"; fi
fi
if [ -n "$baseline" ]; then
  say "compared with $baseline"
  judged compare markdown inferscope compare "$baseline" "$result" --threshold "${BENCH_THRESHOLD:-5}"
fi

printf '%s\n' "$worst" >"$gate/status"
tekton folder "$result"
tekton status "$worst"
tekton report "$(cat "$gate"/*.md "$gate"/*.err)"

# The judgement joins the result in one step, too; judged again, it replaces the former.
chmod -R u=rwX,go=rX "$gate"
rm -rf "$result/gate"
mv -T "$gate" "$result/gate"
trap - EXIT
index "$result"
index "$model_folder"

# A bucket has no renaming: a result is there when its index is, which goes last.
if [ -n "${BENCH_BUCKET:-}" ]; then
  checked BENCH_BUCKET '^https?://[^@]+[^/]$' "the address of a bucket, or of a folder in it, without a slash at its end"
  [ -n "${AWS_ACCESS_KEY_ID:-}" ] && [ -n "${AWS_SECRET_ACCESS_KEY:-}" ] || fail "BENCH_BUCKET needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: put them into the Secret"
  # The key is read from standard input: arguments are in the process list.
  upload() {
    # As data, not as an upload: the signature then covers the content.
    printf 'user = "%s:%s"\n' "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY" |
      curl --config - --fail --silent --show-error --retry 3 --aws-sigv4 "aws:amz:${AWS_REGION:-us-east-1}:s3" \
        --request PUT --header "Content-Type: application/octet-stream" --data-binary "@$1" \
        "$BENCH_BUCKET/$(basename "$model_folder")/$2" || fail "$2 did not reach $BENCH_BUCKET"
  }
  for file in "$result"/**; do
    name="${file#"$model_folder"/}"
    if [ -f "$file" ] && [ "$file" != "$result/index.json" ]; then upload "$file" "$name"; fi
  done
  upload "$result/index.json" "$(basename "$result")/index.json"
  upload "$model_folder/index.json" index.json
  say "uploaded to $BENCH_BUCKET"
fi

say "status $worst"
exit "$worst"
