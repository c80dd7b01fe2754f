#!/usr/bin/env bash
# Times the engine on a large consolidated CSV against Python's csv module. See README.md beside it.
set -euo pipefail
cd "$(dirname "$0")/.."
rows="${1:-100000}"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

cargo build --release --quiet --bin inferscope
inferscope="${CARGO_TARGET_DIR:-target}/release/inferscope"
"$inferscope" demo --rows "$rows" >"$work/rows.csv"
printf '%s rows, %s bytes\n' "$rows" "$(wc -c <"$work/rows.csv")"

python3 - "$inferscope" "$work/rows.csv" <<'PYTHON'
import csv, subprocess, sys, time

inferscope, path = sys.argv[1:]

def best(what, run, times=3):
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    print(f"{what:<28} {min(seconds):7.2f} s")
    return min(seconds)

def command(*arguments):
    subprocess.run([inferscope, *arguments, path], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

def dictionaries():
    """What a script does: every row a dictionary, the cells that are numbers floats, as far as they are."""
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            for name, cell in row.items():
                try:
                    row[name] = float(cell)
                except ValueError:
                    pass

ours = best("inferscope inspect", lambda: command("inspect"))
table = best("inferscope table", lambda: command("table"))
theirs = best("python csv.DictReader", dictionaries)
print(f"inspect ÷ csv: {ours / theirs:.2f} (budget 1), table ÷ csv: {table / theirs:.2f} (budget 2)")
try:
    import pandas
except ImportError:
    print("pandas is not installed: not compared")
else:
    frames = best("pandas.read_csv", lambda: pandas.read_csv(path))
    print(f"inspect ÷ pandas: {ours / frames:.2f}")
PYTHON
