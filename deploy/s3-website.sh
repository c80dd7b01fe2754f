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

put() {
  local name="$1" cache=no-cache from="$dist/$1" encoding=()
  shift
  if [[ "$name" =~ -[0-9a-f]{12,16}(_bg)?\.(js|css|wasm)$ ]]; then cache="public, max-age=31536000, immutable"; fi
  if [ -f "$from.gz" ]; then from="$from.gz"; encoding=(--content-encoding gzip); fi
  aws s3 cp "$from" "$to/$name" --only-show-errors --content-type "$(type_of "/$name")" --cache-control "$cache" "${encoding[@]}" "$@"
}

# Those that are compressed copies of another are left out.
mapfile -t names < <(cd "$dist" && find . -type f | sed 's|^\./||' | sort)
for name in "${names[@]}"; do
  case "$name" in
    index.html | sw.js) continue ;;
    *.gz | *.br) [ ! -f "$dist/${name%.*}" ] || continue ;;
  esac
  put "$name" "$@"
done
put index.html "$@"
[ ! -f "$dist/sw.js" ] || put sw.js "$@"
