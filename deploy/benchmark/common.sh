# What run.sh, sweep.sh and gate.sh share: their parameters, safe names, and a result folder that is there whole or not at
# all. Needs bash and coreutils alone, so that it runs in the images of the tools as they are.
# shellcheck shell=bash
set -euo pipefail
export LC_ALL=C.UTF-8
shopt -s globstar nullglob

say() { printf '%s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$*"; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

# Values go into the lists of key=value that tools take, into JSON and into YAML: none may end its place there.
readonly ONE_WORD='^[A-Za-z0-9._:/@+-]+$' NUMBER='^[0-9]+$' NUMBERS='^[0-9]+(\.[0-9]+)?(,[0-9]+(\.[0-9]+)?)*$' PHRASE='^[A-Za-z0-9._:/@+ ()-]*$'
# checked NAME PATTERN WHAT: the variable is set and is WHAT.
checked() {
  [ -n "${!1:-}" ] || fail "$1 is not set: put it into the ConfigMap of parameters"
  allowed "$@"
}
# allowed NAME PATTERN WHAT: the variable, where it is set, is WHAT.
allowed() {
  [ -z "${!1:-}" ] || [[ "${!1}" =~ $2 ]] || fail "$1 is “${!1}”, but must be $3"
}

# A Tekton run states what differs from the ConfigMap as BENCH_OVERRIDE_…; what it leaves empty stays.
for name in TARGET MODEL TOKENIZER ACCELERATOR VERSION TP LEVELS; do
  override="BENCH_OVERRIDE_$name"
  if [ -n "${!override:-}" ]; then export "BENCH_$name=${!override}"; fi
done

# What every benchmark needs.
parameters() {
  checked BENCH_TARGET '^https?://[A-Za-z0-9._:/@%~-]+$' "an http or https address"
  checked BENCH_MODEL "$ONE_WORD" "a model's name without spaces or commas"
  allowed BENCH_TOKENIZER "$ONE_WORD" "a model's name or a folder"
  checked BENCH_LEVELS "$NUMBERS" "numbers with commas between them, such as 1,2,4"
  checked BENCH_PROMPT_TOKENS "$NUMBER" "a number"
  checked BENCH_OUTPUT_TOKENS "$NUMBER" "a number"
  checked BENCH_MAX_SECONDS "$NUMBER" "a number of seconds for each level"
  checked BENCH_PATIENCE "$NUMBER" "a number of seconds"
  checked BENCH_RESULTS '^/' "a folder's whole path"
  allowed BENCH_ACCELERATOR "$PHRASE" "a name, such as H200"
  allowed BENCH_VERSION "$PHRASE" "a server and its version, such as vLLM-0.21.0"
  allowed BENCH_TP "$NUMBER" "a number"
  # It would be in reports and in the process list.
  [[ "$BENCH_TARGET" != *@* ]] || fail "BENCH_TARGET holds a user or a password: put the token into the Secret, as BENCH_API_KEY"
}

# A model's name as the name of a folder: org/model is org--model.
folder_of() {
  local name="${1//\//--}"
  name="${name//[^A-Za-z0-9._-]/-}"
  while [[ "$name" == .* ]]; do name="${name#.}"; done
  [ -n "$name" ] || fail "“$1” makes no name of a folder"
  printf '%s' "$name"
}

# Begins a result: $staging is a new folder on the same volume, which no reader looks into (its path begins with a dot), and
# which is gone again if the script ends before `publish`.
begin() {
  model_folder="$BENCH_RESULTS/$(folder_of "$BENCH_MODEL")"
  mkdir -p "$BENCH_RESULTS/.incoming" || fail "$BENCH_RESULTS cannot be written: is the volume mounted, and does its group fit?"
  staging="$(mktemp -d "$BENCH_RESULTS/.incoming/XXXXXXXX")"
  trap 'rm -rf "$staging"' EXIT
  trap 'stop 130' INT
  trap 'stop 143' TERM
}

# run SECONDS COMMAND…: a long command, which fails when it takes longer: load generators of many processes have been seen to
# wait for one that is gone. In the background, since bash hears a signal only between commands: a pod that is told to stop
# would be killed before it had tidied up.
child=
run() {
  local seconds="$1" code=0
  shift
  timeout --kill-after=10 "$seconds" "$@" &
  child=$!
  wait "$child" || code=$?
  child=
  case "$code" in
    0) ;;
    124 | 137) fail "$1 had not ended after $seconds s (BENCH_MAX_SECONDS of each level and BENCH_PATIENCE)" ;;
    *) fail "$1 ended with code $code" ;;
  esac
}
stop() {
  if [ -n "$child" ]; then
    kill -TERM "$child" 2>/dev/null || true
    wait "$child" || true
  fi
  exit "$1"
}

# index FOLDER: writes FOLDER/index.json, a list of all files below it with size and time, but for hidden files and indexes.
index() {
  local folder="$1" file name new separator=""
  new="$(mktemp "$folder/.index.XXXXXXXX")"
  {
    printf '['
    for file in "$folder"/**; do
      name="${file#"$folder"/}"
      if [ ! -f "$file" ] || [ "${name##*/}" = index.json ]; then continue; fi
      [[ "$name" =~ ^[A-Za-z0-9._/@+=-]+$ ]] || fail "the index cannot name the file “$name”"
      printf '%s\n  {"path": "%s", "size": %s, "time": "%s"}' "$separator" "$name" "$(stat -c %s "$file")" \
        "$(date -u -r "$file" +%Y-%m-%dT%H:%M:%SZ)"
      separator=,
    done
    printf '\n]\n'
  } >"$new"
  chmod 644 "$new"
  mv -f "$new" "$folder/index.json"
}

# publish: the staged folder becomes <results>/<model>/<time>/ in one step, its index in it. Sets $published.
publish() {
  local time number=1
  # Whoever serves the volume is another user than who measured.
  chmod -R u=rwX,go=rX "$staging"
  index "$staging"
  mkdir -p "$model_folder"
  time="$(date -u +%Y%m%dT%H%M%SZ)"
  published="$model_folder/$time"
  # A folder with files is never replaced: of two runs that end in one second, the second gets a number.
  until mv -T "$staging" "$published" 2>/dev/null; do
    [ -e "$published" ] || fail "$staging could not be renamed to $published: are both on one volume?"
    number=$((number + 1))
    published="$model_folder/$time-$number"
  done
  trap - EXIT
  index "$model_folder"
  if [ -n "${BENCH_HANDOVER:-}" ]; then printf '%s\n' "$published" >"$BENCH_HANDOVER/published"; fi
  say "published $published"
}
