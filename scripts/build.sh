#!/usr/bin/env bash
# Runs Trunk with this project's tools on PATH.
#   scripts/build.sh release    dist/
#   scripts/build.sh dev        watch, serve, reload; in a folder of its own, so that dist/ stays a release
source "$(dirname "$0")/env.sh"

case "${1:-}" in
  release) exec trunk build --release $locked ;;
  dev) exec trunk serve --port "${PORT:-8080}" --dist target/dev-dist ;;
  *) die "usage: scripts/build.sh release|dev" ;;
esac
