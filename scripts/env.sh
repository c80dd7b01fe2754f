# Sourced by every script: the one place that says where tools and caches live.
# shellcheck shell=bash
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"

cache="${XDG_CACHE_HOME:-$HOME/.cache}/inferscope"
# Tools this project needs in an exact version go to a folder of their own, so that nobody's
# global trunk or wasm-bindgen is replaced. scripts/bin comes first for its wasm-opt.
# /usr/sbin holds nginx on Debian and is not on every user's PATH.
export PATH="$root/scripts/bin:$root/node_modules/.bin:$cache/tools/bin:$PATH:$HOME/.cargo/bin:/usr/sbin:/opt/homebrew/bin"

# The reference computations of the tests have a Python of their own.
reference_python="$cache/reference-python"
export INFERSCOPE_PYTHON="$reference_python/bin/python3"
# GuideLLM and AIPerf, which deploy/benchmark runs, and what judges its manifests.
benchmark_python="$cache/benchmark-python"
# moto's server of S3's interface, what deploy/s3 asks it with, and what judges manifests.
deployment_python="$cache/deployment-python"
export INFERSCOPE_DEPLOYMENT_PYTHON="$deployment_python/bin/python3"
# pyarrow, pandas, polars and DuckDB, which read exports.
readback_python="$cache/readback-python"
# PySpark, which runs deploy/spark, and what reads its data set.
spark_python="$cache/spark-python"

# Builds ask the network for nothing that the set-up did not fetch.
export TRUNK_SKIP_VERSION_CHECK=true

# Words rather than arrays: the bash that macOS ships (3.2) takes an empty array for an unset variable.
locked=
if [ "${CI:-}" = true ]; then
  # A fresh clone on the same machine finds its dependencies already compiled.
  export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$cache/target}"
  export CARGO_INCREMENTAL=0
  locked=--locked
fi

# Jobs in the background do not hear Ctrl-C: whoever is told to stop tells its whole process group.
trap 'trap - INT TERM; kill -TERM 0' INT TERM

say() { printf '\n== %s\n' "$*"; }
die() { printf '\nerror: %s\n' "$*" >&2; exit 1; }

# page_program PROFILE, in a subshell: the page's program as Trunk builds it (`rel="rust"` in index.html), which finds it
# compiled: the engine and the reader first, then the page's own, which has a profile of its own when it is deployed.
page_program() {
  local build="cargo build $locked --target wasm32-unknown-unknown --features page --profile $1"
  $build --bin inferscope-engine --bin inferscope-reader && exec $build --bin inferscope-web
}
