#!/usr/bin/env bash
# Every check there is, each run even when an earlier one failed, so that one run shows everything. Beside the checks, in
# the background, the set-up goes on and the page is compiled as it is deployed: its last step keeps only one core busy.
# The last line is "N passed, N failed": native and browser tests, plus one failure for each other
# check (formatting, lints, build) that did not succeed.
source "$(dirname "$0")/env.sh"

passed=0
failed=0
broken=()
logs=test-results
mkdir -p "$logs"
rm -f "$logs"/*.log "$logs"/*.json "$logs"/summary "$logs"/failed

# check NAME COMMAND…: a step that is not counted when it succeeds, and is one failure when it does not.
check() {
  local name="$1"; shift
  say "$name"
  local start=$SECONDS
  if "$@"; then
    printf '%s: ok (%d s)\n' "$name" $((SECONDS - start))
  else
    printf '%s: failed (%d s)\n' "$name" $((SECONDS - start))
    broken+=("$name"); failed=$((failed + 1)); return 1
  fi
}

# background NAME COMMAND…: sets `job`; what it says goes to a log. `joined NAME JOB` waits for it, and shows the log
# where it failed.
background() {
  local name="$1"; shift
  {
    local start=$SECONDS code=0
    ( "$@" ) || code=$?
    printf '%s: %d s of its own\n' "$name" $((SECONDS - start))
    exit $code
  } >"$logs/$name.log" 2>&1 &
  job=$!
}
# after JOB COMMAND…: the command once a job has ended. Suites that start servers of their own one after the other: each waits for
# what it started, and gives up when two cores have too much to do.
after() {
  local job="$1"; shift
  while kill -0 "$job" 2>/dev/null; do sleep 1; done
  "$@"
}
joined() {
  local name="$1" job="$2"
  if wait "$job"; then tail -n 1 "$logs/$name.log"; else cat "$logs/$name.log"; return 1; fi
}

native() {
  say "native tests"
  local bad=0 counts p f start=$SECONDS
  cargo test $locked --no-fail-fast 2>&1 | tee "$logs/native.log" || bad=1
  # "test result: ok. 12 passed; 0 failed; …", once for each test program, whatever its colours.
  counts="$(sed -n 's/.*test result: .* \([0-9]*\) passed; \([0-9]*\) failed;.*/\1 \2/p' "$logs/native.log" |
    awk '{ p += $1; f += $2 } END { print p + 0, f + 0 }')"
  read -r p f <<<"$counts"
  tally "native tests" "$bad" "$p" "$f" $((SECONDS - start))
  sed -n 's/^test \(.*\) \.\.\. FAILED$/native: \1/p' "$logs/native.log" >>"$logs/failed"
}

# unittests NAME TITLE JOB: what runs with Python's unittest. deploy/benchmark: its manifests against their schemas, its scripts
# with the real tools. deploy/: what kustomize renders, S3 with a real server, images and hosts. Counted from the log, which is told
# whole when it failed; what could not be tested says why.
unittests() {
  local name="$1" title="$2" job="$3" bad=0 counts ran f
  say "$title"
  joined "$name" "$job" || bad=1
  # "Ran 21 tests in 90.1s", "FAILED (failures=1, errors=2)", "OK (skipped=3)".
  ran="$(sed -nE 's/^Ran ([0-9]+) test.*/\1/p' "$logs/$name.log")"
  counts="$(sed -nE 's/^(OK|FAILED) \((.*)\)$/\2/p' "$logs/$name.log" | tr -d ' ' | tr , '\n')"
  f="$(awk -F= '/^(failures|errors)=/ { n += $2 } END { print n + 0 }' <<<"$counts")"
  ran=$((${ran:-0} - f - $(awk -F= '/^skipped=/ { n += $2 } END { print n + 0 }' <<<"$counts")))
  sed -nE '/^not tested: /p; s/^(.*) \.\.\. skipped (.*)$/not tested: \1: \2/p' "$logs/$name.log"
  # A test with several failed parts counts more than once.
  tally "$title" "$bad" "$((ran > 0 ? ran : 0))" "$f" "$(sed -nE "s/^$name: ([0-9]+) s of its own\$/\1/p" "$logs/$name.log")"
  sed -nE "s/^(FAIL|ERROR): (.*)\$/$name: \2/p" "$logs/$name.log" >>"$logs/failed"
}

# python_tests JOB LABEL NAME: what pytest said in the background as NAME, counted as above.
python_tests() {
  local job="$1" label="$2" name="$3" bad=0 p f
  say "$label"
  joined "$name" "$job" || bad=1
  # "2 failed, 165 passed, 1 error in 9.81s".
  read -r p f < <(sed -nE 's/^=* ?([0-9].*) in [0-9.]+s.*$/\1/p' "$logs/$name.log" | tr , '\n' |
    awk '$2 == "passed" { p = $1 } $2 ~ /^(failed|errors?)$/ { f += $1 } END { print p + 0, f + 0 }')
  sed -nE '/^not tested: /p; s/^SKIPPED /not tested: /p' "$logs/$name.log"
  tally "$label" "$bad" "$p" "$f" "$(sed -nE "s/^$name: ([0-9]+) s of its own$/\\1/p" "$logs/$name.log")"
  sed -nE 's/^(FAILED|ERROR) ([^ ]*).*$/python: \2/p' "$logs/$name.log" >>"$logs/failed"
}

# One project of playwright.config.ts.
browser() {
  local project="$1" bad=0 p=0 f=0 start=$SECONDS
  say "browser tests, $project"
  local report="$logs/browser-$project.json"
  INFERSCOPE_REPORT="$report" playwright test --project="$project" || bad=1
  if [ -f "$report" ]; then
    read -r p f < <(node -p 'const { stats } = JSON.parse(require("fs").readFileSync(process.argv[1])); `${stats.expected} ${stats.unexpected + stats.flaky}`' "$report")
    node scripts/failed.mjs --not-run "$report"
  fi
  tally "browser tests, $project" "$bad" "$p" "$f" $((SECONDS - start))
  if [ "$f" -gt 0 ] && [ -f "$report" ]; then node scripts/failed.mjs "$report" >>"$logs/failed"; fi
}

# A runner that fails without naming a test (it does not compile, it cannot start) is one failure.
tally() {
  local name="$1" bad="$2" p="$3" f="$4" seconds="$5"
  [ "$bad" -eq 0 ] || [ "$f" -gt 0 ] || f=1
  passed=$((passed + p)); failed=$((failed + f))
  printf '%s: %d passed, %d failed (%d s)\n' "$name" "$p" "$f" "$seconds"
  [ "$f" -eq 0 ] || broken+=("$name")
}

scripts/setup.sh lints
background set-up scripts/setup.sh test; setup=$job
background program page_program dist; program=$job

check "formatting" cargo fmt --check || true
check "lints, wasm" cargo clippy $locked --quiet --target wasm32-unknown-unknown --lib --bin inferscope-web --bin inferscope-engine --bin inferscope-reader --features page -- -D warnings || true
check "lints, native" cargo clippy $locked --quiet --all-targets -- -D warnings || true
# Compiled before the set-up has to be there; a failure is told by `native`.
say "compiling the native tests"
start=$SECONDS
if cargo test $locked --quiet --no-run; then printf 'compiling the native tests: ok (%d s)\n' $((SECONDS - start)); fi

check "set-up" joined set-up "$setup" || true
background page scripts/build.sh dist; page=$job
native
# Beside the page's last steps: most of its time it waits for what it measures.
if [ -f "$benchmark_python/installed.txt" ]; then
  background benchmark "$benchmark_python/bin/python3" -B -m unittest discover -v -s tests/benchmark
else
  background benchmark echo "not tested: deploy/benchmark: GuideLLM and AIPerf could not be installed"
fi
benchmark_job=$job
if [ -f "$deployment_python/installed.txt" ]; then
  background deployment after "$benchmark_job" "$deployment_python/bin/python3" -B -m unittest discover -v -s tests/deployment
else
  background deployment echo "not tested: deploy/ and S3: moto, boto3 or what else is in tests/deployment/requirements.txt could not be installed"
fi
deployment_job=$job
if [ -f "$readback_python/installed.txt" ]; then
  background readback "$readback_python/bin/python3" -m pytest -q -rfEs --tb=short -p no:cacheprovider tests/readback python/tests
else
  background readback echo "not tested: exports and python/: pyarrow, pandas, polars, DuckDB or what else is in tests/readback/requirements.txt could not be installed"
fi
readback_job=$job
# deploy/spark: made results, a job that is killed, a data set that is read back.
if [ -f "$spark_python/installed.txt" ]; then
  background spark after "$deployment_job" "$spark_python/bin/python3" -m pytest -q -rfEs --tb=short -p no:cacheprovider tests/spark
else
  background spark echo "not tested: deploy/spark: Java 17 or what is in tests/spark/requirements.txt could not be installed"
fi
spark_job=$job
check "types of the browser tests" tsc -p tests/browser || true
# The program's own failure is in the page's log as well, which is shown then.
wait "$program" && tail -n 1 "$logs/program.log" || true
page_is_there=true
check "page" joined page "$page" || page_is_there=false
# Exports read by pyarrow, pandas, polars, DuckDB and a parser of line protocol, and the module of python/ with its notebook.
# Charts of reports are bundled by the tests themselves: neither the page nor vendor/ has to be there.
python_tests "$readback_job" "tables in Python" readback
unittests benchmark "benchmark as a service" "$benchmark_job"
unittests deployment "deployment" "$deployment_job"
python_tests "$spark_job" "data set on Spark" spark
if $page_is_there; then
  check "sizes" node scripts/sizes.mjs dist || true
  check "speed" node benches/browser/run.mjs --gate || true
  browser page
  browser alone
  browser others
fi

if [ ${#broken[@]} -gt 0 ]; then
  printf '\nnot well: %s\n' "$(IFS=,; echo "${broken[*]}" | sed 's/,/, /g')"
  if [ -s "$logs/failed" ]; then tail -n 12 "$logs/failed"; fi
fi
printf '\neverything: %d min %d s\n\n' $((SECONDS / 60)) $((SECONDS % 60))
echo "$passed passed, $failed failed" | tee "$logs/summary"
[ "$failed" -eq 0 ]
