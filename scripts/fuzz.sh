#!/usr/bin/env bash
# Runs every fuzz target until each has had the executions it is owed (10⁵ a format, 10⁶ a container and a decoder), and
# counts them: target/fuzz/counts.tsv; what was found is in target/fuzz/found. Ended at any moment, it goes on where it was.
#
#   scripts/fuzz.sh [folder with more seeds …]     ONLY=part-of-a-target's-name FUZZ_SECONDS=600 OUT=folder
#
# Nothing is fetched once fuzz/ has been built: dependencies are those of Cargo.lock.
set -euo pipefail
cd "$(dirname "$0")/.."
out=${OUT:-target/fuzz}
mkdir -p "$out"
cp Cargo.lock fuzz/Cargo.lock
target=${CARGO_TARGET_DIR:-$PWD/target}/fuzz-build
CARGO_TARGET_DIR=$target cargo build --quiet --release --no-default-features --manifest-path fuzz/Cargo.toml --bin campaign
# More memory than any input of some kilobytes may take, and less than the machine has.
ulimit -v 6000000 -c 0
deaths=0
while ! nice -n 19 "$target/release/campaign" "$out" "$@"; do
  # An execution ended the process: it is counted as a fault, and the others go on.
  export DIED=1
  deaths=$((deaths + 1))
  [ "$deaths" -lt 1000 ] || exit 1
done
