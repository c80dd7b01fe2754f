#!/usr/bin/env bash
# Every check there is, each run even when an earlier one failed, so that one run shows everything.
# The last line is "N passed, N failed": native and browser tests, plus one failure for each other
# check (formatting, lints, build) that did not succeed.
source "$(dirname "$0")/env.sh"

passed=0
failed=0
broken=()
logs=test-results
mkdir -p "$logs"
rm -f "$logs"/native.log "$logs"/browser.json "$logs"/summary

# check NAME COMMAND…: a step that is not counted when it succeeds, and is one failure when it does not.
check() {
  local name="$1"; shift
  say "$name"
  local start=$SECONDS
  if "$@"; then
    printf '%s: ok (%d s)\n' "$name" $((SECONDS - start))
  else
    broken+=("$name"); failed=$((failed + 1)); return 1
  fi
}

native() {
  say "native tests"
  local bad=0 counts p f
  cargo test $locked --no-fail-fast 2>&1 | tee "$logs/native.log" || bad=1
  # "test result: ok. 12 passed; 0 failed; …", once for each test program, whatever its colours.
  counts="$(sed -n 's/.*test result: .* \([0-9]*\) passed; \([0-9]*\) failed;.*/\1 \2/p' "$logs/native.log" |
    awk '{ p += $1; f += $2 } END { print p + 0, f + 0 }')"
  read -r p f <<<"$counts"
  tally "native tests" "$bad" "$p" "$f"
}

browser() {
  say "browser tests"
  local bad=0 p=0 f=0
  playwright test || bad=1
  if [ -f "$logs/browser.json" ]; then
    read -r p f < <(node -p 'const { stats } = JSON.parse(require("fs").readFileSync(process.argv[1])); `${stats.expected} ${stats.unexpected + stats.flaky}`' "$logs/browser.json")
  fi
  tally "browser tests" "$bad" "$p" "$f"
}

# A runner that fails without naming a test (it does not compile, it cannot start) is one failure.
tally() {
  local name="$1" bad="$2" p="$3" f="$4"
  [ "$bad" -eq 0 ] || [ "$f" -gt 0 ] || f=1
  passed=$((passed + p)); failed=$((failed + f))
  [ "$f" -eq 0 ] || broken+=("$name")
}

check "formatting" cargo fmt --check || true
check "lints, native" cargo clippy $locked --quiet --all-targets -- -D warnings || true
check "lints, wasm" cargo clippy $locked --quiet --target wasm32-unknown-unknown --lib --bin inferscope-web -- -D warnings || true
check "types of the browser tests" tsc -p tests/browser || true
native
if check "release build" make --no-print-directory dist; then
  browser
fi

if [ ${#broken[@]} -gt 0 ]; then
  printf '\nnot well: %s\n' "$(IFS=,; echo "${broken[*]}" | sed 's/,/, /g')"
fi
printf '\n'
echo "$passed passed, $failed failed" | tee "$logs/summary"
[ "$failed" -eq 0 ]
