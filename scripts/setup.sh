#!/usr/bin/env bash
# Installs what is missing and says so; costs well under a second when nothing is.
#   scripts/setup.sh              what a build needs
#   scripts/setup.sh test         and what `make test` needs
#   scripts/setup.sh toolchain    only Rust for the page
#   scripts/setup.sh lints        and clippy and rustfmt
source "$(dirname "$0")/env.sh"

trunk_wanted=0.21.14
# wasm-bindgen's command must equal the crate exactly: the lock file decides.
bindgen_wanted="$(sed -n '/^name = "wasm-bindgen"$/{n;s/^version = "\(.*\)"$/\1/p;}' Cargo.lock 2>/dev/null || true)"
[ -n "$bindgen_wanted" ] || bindgen_wanted="$(sed -n 's/^wasm-bindgen = "=\(.*\)"$/\1/p' Cargo.toml)"
[ -n "$bindgen_wanted" ] || die "cannot find wasm-bindgen's version in Cargo.lock or Cargo.toml"

have() { command -v "$1" >/dev/null 2>&1; }
doing() { printf 'set-up: %s\n' "$*"; }

# Debian and its kin only, and only when it can be done without asking for a password.
apt_install() {
  have apt-get || return 1
  local as_root=
  if [ "$(id -u)" -ne 0 ]; then
    have sudo && sudo -n true 2>/dev/null || return 1
    as_root="sudo -n"
  fi
  doing "apt-get install $*"
  local install="$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends"
  $install "$@" >/dev/null 2>&1 || { $as_root apt-get update -qq && $install "$@" >/dev/null; }
}

# cargo_tool CRATE VERSION FLAG…: a prebuilt binary where cargo-binstall is at hand, else compiled from source.
cargo_tool() {
  local crate="$1" version="$2" to="$cache/tools"
  shift 2
  mkdir -p "$to"
  if have cargo-binstall; then
    doing "$crate $version (cargo binstall)"
    cargo binstall --no-confirm --locked --root "$to" "$crate@$version" && return
  fi
  doing "$crate $version from source, once: about three minutes on two cores (into $to)"
  # Not optimised: these tools work for seconds, and optimising them takes minutes.
  # A kept target folder lets an interrupted installation go on where it stopped.
  local build=(env CARGO_TARGET_DIR="$cache/tools-target/$crate" CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_LTO=off
    CARGO_PROFILE_RELEASE_CODEGEN_UNITS=256 CARGO_PROFILE_RELEASE_DEBUG=0 CARGO_PROFILE_RELEASE_STRIP=debuginfo
    cargo install --quiet --root "$to" --version "=$version" "$crate" "$@")
  # Some registry mirrors lack a crate version that the tool's own lock file names: then without the lock.
  "${build[@]}" --locked || { doing "$crate without its lock file"; "${build[@]}"; } || die "could not install $crate $version"
  rm -rf "$cache/tools-target/$crate"
}

setup_toolchain() {
  have cargo || die "Rust is missing: install it from https://rustup.rs and run this again"
  local sysroot; sysroot="$(rustc --print sysroot)"
  if [ ! -d "$sysroot/lib/rustlib/wasm32-unknown-unknown/lib" ]; then
    have rustup || die "this Rust has no wasm32-unknown-unknown standard library and there is no rustup to add it"
    doing "rustup target add wasm32-unknown-unknown"
    rustup target add wasm32-unknown-unknown
  fi
}

# What a tool does most of its work with, optimised nevertheless: wasm-bindgen then takes 3 s for our program, not 14.
optimised() { printf -- '--config profile.release.package.%s.opt-level=2 ' "$@"; }

setup_trunk() {
  case "$(trunk --version 2>/dev/null || true)" in
    "trunk $trunk_wanted" | "trunk 0.22."*) ;;
    # Without its default features it cannot download tools, and compiles no TLS: every tool it calls is installed here.
    *) cargo_tool trunk "$trunk_wanted" --no-default-features ;;
  esac
}

setup_bindgen() {
  case "$(wasm-bindgen --version 2>/dev/null || true)" in
    "wasm-bindgen $bindgen_wanted" | "wasm-bindgen $bindgen_wanted "*) ;;
    *) cargo_tool wasm-bindgen-cli "$bindgen_wanted" --no-default-features --bin wasm-bindgen $(optimised walrus wasmparser wasm-encoder wasm-bindgen-cli-support) ;;
  esac
}

# ECharts, esbuild, wasm-opt (npm `binaryen`, a JavaScript build), Playwright and the drivers of other browsers.
setup_npm() {
  have node && have npm || apt_install nodejs npm || die "Node.js 20 or later is missing: https://nodejs.org"
  local major; major="$(node -p 'process.versions.node.split(".")[0]')"
  [ "$major" -ge 20 ] || die "Node.js 20 or later is needed, this is $(node --version): https://nodejs.org"
  if ! cmp -s package-lock.json node_modules/.installed-lock; then
    doing "npm ci"
    npm ci --no-audit --no-fund --loglevel=error
    cp package-lock.json node_modules/.installed-lock
  fi
}

setup_lints() {
  cargo clippy --version >/dev/null 2>&1 && cargo fmt --version >/dev/null 2>&1 && return
  have rustup || die "clippy or rustfmt is missing and there is no rustup to add it"
  doing "rustup component add clippy rustfmt"
  rustup component add clippy rustfmt
}

# The tests load the page from a real nginx with the deployed configuration.
setup_nginx() {
  have nginx || apt_install nginx || die "nginx is missing: the browser tests serve the page with it"
  # Without the module the tests still run, minus the one about brotli (tests/browser/nginx.ts looks in more places).
  [ -e /etc/debian_version ] || return 0
  compgen -G '/usr/lib/nginx/modules/*brotli_static*' >/dev/null ||
    apt_install libnginx-mod-http-brotli-static || doing "no brotli module for nginx: its test will be skipped"
}

# python_with FOLDER REQUIREMENTS WHAT FLAG…: a Python of its own with these packages.
python_with() {
  local folder="$1" wanted="$2" what="$3"
  shift 3
  have python3 || apt_install python3 || die "python3 is missing: the tests compare figures with an independent reading in it"
  cmp -s "$wanted" "$folder/installed.txt" && "$folder/bin/python3" -c '' 2>/dev/null && return
  doing "$what, into $folder"
  rm -rf "$folder"
  # Debian keeps the standard library's venv in a package of its own.
  python3 -m venv "$folder" 2>/dev/null || { apt_install python3-venv && python3 -m venv --clear "$folder"; } ||
    die "python3 cannot make a virtual environment: install its venv module"
  "$folder/bin/python3" -m pip install --quiet --disable-pip-version-check "$@" -r "$wanted" || die "$what could not be installed"
  cp "$wanted" "$folder/installed.txt"
}

# Files are checked against an independent reading in Python (standard library only), analyses against pandas.
setup_python() {
  python_with "$reference_python" tests/reference/requirements.txt pandas
}

# Quantiles of histograms and the boards for Grafana are checked against the real server. Debian's package has promtool, too;
# where there is an init system it starts a service, which the tests leave alone: they start their own on a free port.
setup_prometheus() {
  have prometheus && have promtool && return
  apt_install prometheus || doing "no prometheus: the tests that ask one will be skipped"
}

# deploy/benchmark is run as it is, with the real tools. They are gigabytes, since PyTorch comes with its GPU libraries.
setup_benchmark() {
  have prometheus-pushgateway || apt_install prometheus-pushgateway ||
    doing "no prometheus-pushgateway: the test that pushes to one will be skipped"
  have curl || apt_install curl || die "curl is missing: deploy/benchmark/gate.sh needs it"
  # Compiling all of their modules to byte code takes longer than running the few that are used.
  # What needs gigabytes of somebody else's network is no reason to test nothing else.
  (python_with "$benchmark_python" tests/benchmark/requirements.txt "GuideLLM and AIPerf" --no-compile) ||
    doing "no GuideLLM and AIPerf: the tests of deploy/benchmark will be skipped"
}

# deploy/s3 is run against a real server of S3's interface, and manifests are validated.
setup_deployment() {
  (python_with "$deployment_python" tests/deployment/requirements.txt "moto, boto3 and Kubernetes' schemas" --no-compile) ||
    doing "no moto, boto3 and Kubernetes' schemas: the tests of deploy/ and of S3 in the page will be skipped"
}

# Exports are read by the programs that people read them with.
setup_readback() {
  (python_with "$readback_python" tests/readback/requirements.txt "pyarrow, pandas, polars and DuckDB" --no-compile) ||
    doing "no pyarrow, pandas, polars and DuckDB: the tests that read exports with them will be skipped"
}

# deploy/spark is run as it is, in local mode. Spark 4 wants Java 17 or later.
setup_spark() {
  local java=
  have java && java="$(java -version 2>&1 | sed -nE '1s/.*"([0-9]+).*/\1/p')"
  [ "${java:-0}" -ge 17 ] || apt_install openjdk-17-jre-headless || { doing "no Java 17: the tests of deploy/spark will be skipped"; return 0; }
  (python_with "$spark_python" tests/spark/requirements.txt "PySpark" --no-compile) ||
    doing "no PySpark: the tests of deploy/spark will be skipped"
}

# The same order as playwright.config.ts: the environment, the system, Playwright's own.
have_browser() {
  [ -n "${INFERSCOPE_CHROMIUM:-}" ] || have chromium || have chromium-browser || have google-chrome ||
    have google-chrome-stable || node -e 'process.exit(require("fs").existsSync(require("@playwright/test").chromium.executablePath()) ? 0 : 1)'
}
setup_browser() {
  have_browser && return
  # Ubuntu's chromium package is only a pointer to a snap, so it is not asked for there.
  if grep -qs '^ID=debian' /etc/os-release && apt_install chromium; then return; fi
  doing "playwright install chromium"
  playwright install chromium || die "no Chromium: install one, or point INFERSCOPE_CHROMIUM at it"
}

# Firefox and WebKit, for the tests that run in each (tests/browser/drivers.ts).
setup_other_browsers() {
  [ -n "${INFERSCOPE_FIREFOX:-}" ] || have firefox-esr || have firefox || apt_install firefox-esr ||
    doing "no firefox-esr: its tests will be skipped"
  have WebKitWebDriver && have Xvfb || apt_install webkit2gtk-driver xvfb ||
    doing "no webkit2gtk-driver and xvfb: the tests in WebKit will be skipped"
}

# What compiles keeps the processor busy, what downloads waits for the network: one beside the other.
# Whatever asks the system's package manager is in one row: it lets only one in.
beside=()
beside() { ( "$@" ) & beside+=($!); }
together() {
  local failed=0 pid
  for pid in "${beside[@]}"; do wait "$pid" || failed=1; done
  [ "$failed" -eq 0 ] || exit 1
}
downloads() {
  setup_npm
  if [ "${1:-}" = test ]; then
    setup_python
    setup_readback
    setup_deployment
    setup_spark
    setup_prometheus
    setup_nginx
    setup_browser
    setup_other_browsers
    setup_benchmark
  fi
}

setup_toolchain
case "${1:-}" in
  toolchain) exit ;;
  lints) setup_lints; exit ;;
  test) setup_lints ;;
esac
beside setup_trunk
beside setup_bindgen
beside downloads "${1:-}"
together
doing "everything is here (${SECONDS} s)"
