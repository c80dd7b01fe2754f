#!/usr/bin/env bash
# Pins the base images of all Containerfiles here to what their tags mean now: FROM name:tag becomes FROM name:tag@sha256:…, and
# a digest that is there already is renewed. For a machine that reaches the registries; UNTESTED against a real one (tests/deployment
# runs it with a stand-in for skopeo). Needs skopeo, or podman, which then runs skopeo's own image.
#   deploy/pin-images.sh            resolve and rewrite: all files or, where one tag cannot be resolved, none
#   deploy/pin-images.sh --check    exit code 1 where a base has no digest; asks no registry
set -euo pipefail
cd "${PIN_ROOT:-"$(dirname "${BASH_SOURCE[0]}")"}"

mapfile -t files < <(find . -name Containerfile | sort)
[ ${#files[@]} -gt 0 ] || { echo "error: no Containerfile below $PWD" >&2; exit 1; }
# A base is on a registry: its name has a slash. The name of a stage before it has none.
bases() { sed -nE 's/^FROM +([^ ]+\/[^ ]+).*$/\1/p' "${files[@]}" | sort -u; }

case "${1:-}" in
  --check)
    loose="$(bases | grep -vE '@sha256:[0-9a-f]{64}$' || true)"
    [ -z "$loose" ] && exit
    printf 'not pinned to a digest:\n%s\n' "$loose" >&2
    exit 1
    ;;
  "") ;;
  *) sed -n '2,/^set/{/^#/p}' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac

# The digest of the list of all architectures, where there is one.
digest() {
  if command -v skopeo >/dev/null; then
    skopeo inspect --no-tags --format '{{.Digest}}' "docker://$1"
  elif command -v podman >/dev/null; then
    podman run --rm quay.io/skopeo/stable:latest inspect --no-tags --format '{{.Digest}}' "docker://$1"
  else
    echo "error: neither skopeo nor podman is here" >&2
    return 1
  fi
}

edits="$(mktemp)"
trap 'rm -f "$edits"' EXIT
while read -r base; do
  name="${base%@*}"
  found="$(digest "$name")" || { echo "error: $name could not be resolved; nothing was changed" >&2; exit 1; }
  [[ "$found" =~ ^sha256:[0-9a-f]{64}$ ]] || { echo "error: $name has the digest “$found”, which is none; nothing was changed" >&2; exit 1; }
  echo "$name@$found"
  printf 's|^(FROM +)%s(@sha256:[0-9a-f]+)?( \|$)|\\1%s@%s\\3|\n' "${name//./\\.}" "$name" "$found" >>"$edits"
done < <(bases)
sed -E -i -f "$edits" "${files[@]}"
