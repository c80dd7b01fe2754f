#!/usr/bin/env bash
# Builds the page: sets up what is missing, compiles the program, packs it with Trunk.
#   scripts/build.sh serve    target/serve-dist/, in minutes: the release profile, no wasm-opt
#   scripts/build.sh dist     dist/, as it is deployed: the dist profile, wasm-opt, the page's program in two parts (which
#                             takes a Chromium), with .br and .gz beside the files
#   scripts/build.sh dev      watch, serve, reload; in a folder of its own, so that dist/ stays what is deployed
source "$(dirname "$0")/env.sh"

# page PROFILE FLAG…: the program, compiled beside the set-up (on a first run both take minutes), then packed.
page() {
  local profile="$1" program
  shift
  scripts/setup.sh toolchain
  say "compiling the program and setting up (a first time: about ${minutes:?} minutes on two cores)"
  page_program "$profile" & program=$!
  trap 'kill "$program" 2>/dev/null || true' EXIT
  scripts/setup.sh
  wait "$program"
  trap - EXIT
  say "packing the page"
  trunk build --release --cargo-profile "$profile" $locked "$@"
}

case "${1:-}" in
  # Who builds it wants to see what was built, not the version that the browser keeps.
  serve) minutes=8 INFERSCOPE_WASM_OPT=off INFERSCOPE_NEWEST=yes page release --dist target/serve-dist ;;
  dist)
    minutes=15 INFERSCOPE_SPLIT=yes page dist
    say "compressing"
    node scripts/precompress.mjs dist
    ;;
  dev)
    scripts/setup.sh
    exec trunk serve --port "${PORT:-8080}" --dist target/dev-dist
    ;;
  *) die "usage: scripts/build.sh serve|dist|dev" ;;
esac
