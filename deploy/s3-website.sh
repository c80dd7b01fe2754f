#!/usr/bin/env bash
# Publishes dist/ as a website in an S3 bucket: deploy/s3-website.sh s3://BUCKET[/FOLDER] [FLAGS OF aws s3 cp …]
# Texts and programs are stored compressed (gzip), which browsers undo. Hashed names are kept for a year, all else is asked for
# again. New files come before index.html, and sw.js last, as a page that is open meanwhile needs; old ones stay: `aws s3 rm` them.
# Tested against moto's server; not against Amazon's.
set -euo pipefail
to="${1:?s3://BUCKET[/FOLDER]}"
shift
to="${to%/}"
dist="${DIST:-dist}"
[ -f "$dist/index.html" ] || { echo "error: $dist/index.html is missing: make dist" >&2; exit 1; }

type_of() {
  case "$1" in
    *.html) echo "text/html; charset=utf-8" ;;
    *.js | *.mjs) echo "text/javascript; charset=utf-8" ;;
    *.css) echo "text/css; charset=utf-8" ;;
    *.json) echo "application/json; charset=utf-8" ;;
    *.webmanifest) echo "application/manifest+json" ;;
    *.wasm) echo "application/wasm" ;;
    *.svg) echo "image/svg+xml; charset=utf-8" ;;
    *.png) echo "image/png" ;;
    *.csv) echo "text/csv; charset=utf-8" ;;
    *.txt | */LICENSE) echo "text/plain; charset=utf-8" ;;
    *.zip) echo "application/zip" ;;
    *) echo "application/octet-stream" ;;
  esac
}

# Files that are stored alike go together: one call of aws for each kind.
stage="$(mktemp -d)"
trap 'rm -rf "$stage"' EXIT
declare -A folder_of=()
kinds=()
stage_one() {
  local name="$1" last="$2" from="$dist/$1" encoding="" cache=no-cache kind
  if [[ "$name" =~ -[0-9a-f]{12,16}(_bg)?\.(js|css|wasm)$ ]]; then cache="public, max-age=31536000, immutable"; fi
  if [ -f "$from.gz" ]; then from="$from.gz"; encoding=gzip; fi
  kind="$(type_of "/$name")|$cache|$encoding|$last"
  if [ -z "${folder_of[$kind]:-}" ]; then
    folder_of[$kind]="$stage/${#kinds[@]}"
    kinds+=("$kind")
  fi
  mkdir -p "$(dirname "${folder_of[$kind]}/$name")"
  cp -p "$from" "${folder_of[$kind]}/$name"
}

mapfile -t names < <(cd "$dist" && find . -type f | sed 's|^\./||' | sort)
for name in "${names[@]}"; do
  case "$name" in
    index.html | sw.js) continue ;;
    # Compressed copies of another are left out.
    *.gz | *.br) [ ! -f "$dist/${name%.*}" ] || continue ;;
  esac
  stage_one "$name" ""
done
stage_one index.html 1
[ ! -f "$dist/sw.js" ] || stage_one sw.js 2

for kind in "${kinds[@]}"; do
  IFS='|' read -r type cache encoding _ <<<"$kind"
  flags=(--content-type "$type" --cache-control "$cache")
  if [ -n "$encoding" ]; then flags+=(--content-encoding "$encoding"); fi
  aws s3 cp "${folder_of[$kind]}" "$to" --recursive --only-show-errors "${flags[@]}" "$@"
done
