"""Workers of disaggregated runs, by load window: what they took in, gave out and held, and whether both sides keep pace. Reads
worker logs and results of srt-slurm's folders by itself. Written from the specification (formats/srt-slurm.md, 2.2 to 2.7 and 3.4),
not from the program.

argv: a CSV that is not read, then the folder that holds the runs.
Prints {"runs": {folder: {name, windows: [...], parts: [...] or null, overall: {...} or null}}}."""

import json
import math
import re
import statistics
import sys
from calendar import timegm
from collections import defaultdict
from pathlib import Path

STAMPS = [
    (re.compile(r"(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(\.\d+)?"), (0, 1, 2)),
    (re.compile(r"(\d\d)/(\d\d)/(\d{4})-(\d\d):(\d\d):(\d\d)(\.\d+)?"), (2, 0, 1)),
]
WIDTHS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600]


def instant(text):
    for pattern, (year, month, day) in STAMPS:
        if found := pattern.search(text):
            group = found.groups()
            whole = timegm((int(group[year]), int(group[month]), int(group[day]), *map(int, group[3:6])))
            return whole + float("0" + group[6] if group[6] else 0)
    return None


def value(line, name):
    found = re.search(r"(?:^|[\s,'{])" + re.escape(name) + r"'?\s*[:=]\s*(-?[\d.]+)", line)
    return float(found.group(1)) if found else None


def read_log(path):
    """Rows of a log by rank: (second, figures)."""
    sources = defaultdict(list)
    for line in path.read_text(errors="replace").splitlines():
        if "Prefill batch" in line or "Decode batch" in line:
            head, rest = re.split(r"(?:Prefill|Decode) batch", line, maxsplit=1)
            ranks = dict(re.findall(r"\b(DP|TP|PP|EP)(\d+)", head))
            if ranks.get("PP", "0") != "0":
                continue
            words = {"running": "#running-req", "queued": "#queue-req", "kv": "token usage", "new": "#new-token", "cached": "#cached-token", "prealloc": "#prealloc-req"}
            row = {key: value(rest, word) for key, word in words.items()}
            row["kv"] = None if row["kv"] is None else row["kv"] * 100.0
            row["prompt"] = value(rest, "input throughput (token/s)")
            row["generated"] = value(rest, "gen throughput (token/s)")
            row["artefacts"] = "Decode batch" in line
            rank = ranks.get("DP", "")
        elif "host_step_time" in line:
            head, rest = line.split(",")[0], line
            row = {"running": value(rest, "num_scheduled_requests"), "new": value(rest, "num_ctx_tokens"), "cached": value(rest, "cached_kv_tokens")}
            usage = value(rest, "kv_cache_util")
            row["kv"] = None if usage is None else usage * 100.0
            row["iter"], row["step"], row["decoded"] = value(rest, "iter"), value(rest, "host_step_time"), value(rest, "num_generation_tokens")
            row["artefacts"] = False
            rank = re.search(r"RANK (\d+)", head).group(1)
        elif "Avg prompt throughput" in line:
            head, rest = line.split("Avg prompt", 1)
            words = {"running": "Running", "queued": "Waiting", "kv": "GPU KV cache usage", "prompt": "throughput", "generated": "Avg generation throughput", "share": "Prefix cache hit rate"}
            row = {key: value(rest, word) for key, word in words.items()}
            row["artefacts"] = False
            rank = re.search(r"Engine (\d+)", head).group(1)
        else:
            continue
        sources[rank].append((instant(head), row))
    return sources


class Source:
    def __init__(self, role, worker, rows):
        self.role, self.worker = role, worker
        self.rows = sorted(rows, key=lambda row: row[0])
        times = [at for at, _ in self.rows]
        gaps = sorted(later - earlier for earlier, later in zip(times, times[1:]) if later > earlier)
        self.pause = max(5.0, 3 * gaps[len(gaps) // 2]) if gaps else 5.0
        # A clock of whole seconds is up to one second early.
        self.early = 1.0 if all(at == int(at) for at in times) else 0.0
        self.batches = [(at, row["new"] + (row["cached"] or 0.0)) for at, row in self.rows if row.get("new") is not None]
        steps = [(at, row["iter"], row["step"], row["decoded"]) for at, row in self.rows if row.get("decoded") is not None]
        self.decoded = []
        for (at, number, step, tokens), before in zip(steps, [None, *steps]):
            passed = number - (before[1] if before else 0)
            if before and at - before[0] > self.pause or not before:
                passed = min(passed, self.pause / 3 * 1000 / step)
            self.decoded.append((at, tokens * max(1.0, passed)))

    def said(self, key):
        """(since, at, value): throughputs of SGLang's decode batches that are none, or the first after a pause, are not."""
        before, kept = None, []
        for at, row in self.rows:
            if (found := row.get(key)) is None:
                continue
            fresh = before is None or at - before > self.pause
            since = at - self.pause / 3 if fresh else before
            before = at
            if key == "generated" and row["artefacts"] and (fresh or found <= 0):
                continue
            kept.append((since, at, found))
        return kept

    def amount(self, key, start, end):
        """The integral of a rate that holds since what was said before."""
        moments = defaultdict(list)
        for since, at, found in self.said(key):
            moments[at].append((since, found))
        return sum(
            statistics.fmean(found for _, found in one) * max(0.0, min(at, end) - max(one[0][0], start)) for at, one in moments.items()
        )

    def held(self, key, start, width, count):
        """The same as means of steps, counted from the first: seconds since 1970 have too few digits for small parts."""
        moments = defaultdict(list)
        for since, at, found in self.said(key):
            moments[at - start].append((since - start, found))
        rates = [(one[0][0], at, statistics.fmean(found for _, found in one)) for at, one in moments.items()]
        return [
            sum(rate * max(0.0, min(at, (step + 1) * width) - max(since, step * width)) for since, at, rate in rates) / width
            for step in range(count)
        ]

    def tokens(self, start, end):
        """Prompt tokens of the batches that may have been made in this time; else what the stated rate sums up to."""
        if not self.batches:
            return self.amount("prompt", start, end)
        begun = lambda at: at + self.early > start if self.early else at >= start
        return sum(tokens for at, tokens in self.batches if begun(at) and at < end)

    def spread(self, batches, start, end):
        """Tokens by the second between two batches, those of one stamp together."""
        stamps = defaultdict(float)
        for at, tokens in batches:
            stamps[at] += tokens
        total, before = 0.0, None
        for at, tokens in sorted(stamps.items()):
            since = at - self.pause / 3 if before is None or at - before > self.pause else before
            before = at
            total += tokens * max(0.0, min(at, end) - max(since, start)) / (at - since)
        return total

    def prompts(self, start, end):
        return self.spread(self.batches, start, end) if self.batches else self.amount("prompt", start, end)

    def answers(self, start, end):
        stated = any(row.get("generated") is not None for _, row in self.rows)
        return self.spread(self.decoded, start, end) if self.decoded and not stated else self.amount("generated", start, end)

    def throughput(self, start, end):
        """Of prompts, as stated; else of batches."""
        stated = any(row.get("prompt") is not None for _, row in self.rows)
        return self.amount("prompt", start, end) if stated else self.tokens(start, end)

    def stepped(self, key, start, width, count):
        """The mean of each step, else what was said in an earlier one, for as long as a pause."""
        steps = defaultdict(list)
        for _, at, found in self.said(key):
            steps[math.floor((at - start) / width)].append(found)
        most, values, last = math.ceil(self.pause / width), [], None
        for step in range(count):
            if step in steps:
                last = (step, sum(steps[step]) / len(steps[step]))
            values.append(last[1] if last and step - last[0] <= most else None)
        return values


def together(sources, key, start, end, how):
    longest = next(width for width in WIDTHS if (end - start) / width <= 1200)
    count = max(1, math.ceil((end - start) / longest - 1e-9))
    width = (end - start) / count
    columns = zip(*(source.stepped(key, start, width, count) for source in sources))
    known = [[found for found in column if found is not None] for column in columns]
    return mean([sum(column) if how == "sum" else sum(column) / len(column) for column in known if column])


def mean(values):
    return sum(values) / len(values) if values else None


def window(result):
    if "benchmark_start_time_unix" in result:
        return tuple(round(result[f"benchmark_{end}_time_unix"] * 1000) / 1000 for end in ("start", "end"))
    date = result["date"]
    end = timegm((int(date[:4]), int(date[4:6]), int(date[6:8]), int(date[9:11]), int(date[11:13]), int(date[13:15])))
    return end - result["duration"], float(end)


def peak(rates):
    busy = sorted(rate for rate in rates if rate > 0)
    return busy[max(1, math.ceil(0.95 * len(busy))) - 1] if busy else None


def verdict(rates, waiting, full, completed):
    """Of a threshold of 5 %: rates that differ, unless what was completed contradicts them; then queues, if both sides tell
    theirs; then the side that is full; then a queue of one side."""
    differ = abs(rates[1] / rates[0] - 1) > 0.05
    if differ and all(abs(rate / completed - 1) <= 0.05 for rate in rates):
        return "decode-bound" if rates[1] < rates[0] else "prefill-bound"
    names = ["prefill-bound", "decode-bound"]
    queue = [side for side in (0, 1) if (waiting[side] or 0) >= 1 and waiting[side] >= 2 * (waiting[1 - side] or 0)]
    at_limit = [side for side in (0, 1) if (full[side] or 0) >= 0.5]
    told = None not in waiting
    if queue and told:
        return names[queue[0]]
    if len(at_limit) == 1:
        return names[at_limit[0]]
    if queue:
        return names[queue[0]]
    return "inconclusive" if differ or not told else "balanced"


def largest_share(sources, limit, start, end):
    """The share of steps in which a worker runs what it may, of the workers whose limit is stated."""
    if limit is None:
        return None
    count = max(1, math.ceil((end - start) / 5 - 1e-9))
    shares = []
    for source in sources:
        known = [found for found in source.stepped("running", start, (end - start) / count, count) if found is not None]
        shares.append(sum(found >= 0.98 * limit for found in known) / len(known))
    return mean(shares)


def limits_of(folder):
    """TensorRT-LLM's largest batch by role, as its workers were started."""
    limits = {}
    for path in folder.rglob("*_w*.out"):
        if found := re.search(r"'max_batch_size': (\d+)", path.read_text(errors="replace")):
            limits[re.search(r"_(prefill|decode|agg)_w", path.name)[1]] = float(found[1])
    return limits


def match(run, sources, results, limits):
    of = lambda role: [source for source in sources if source.role == role]
    if not of("prefill") or not of("decode"):
        return None, None
    parts = []
    for result, (start, end) in results:
        isl, osl = (result[f"total_{way}_tokens"] / result["completed"] for way in ("input", "output"))
        prompt = sum(source.tokens(start, end) for source in of("prefill")) / (end - start)
        answer = sum(source.answers(start, end) for source in of("decode")) / (end - start)
        count = max(1, math.ceil((end - start) / 5 - 1e-9))
        one = lambda role, key: statistics.median(map(sum, zip(*(source.held(key, start, (end - start) / count, count) for source in of(role)))))
        told = lambda role, key: any(row.get(key) is not None for source in of(role) for _, row in source.rows)
        held = lambda role, keys: sum(one(role, key) for key in keys if told(role, key))
        says = lambda role, keys: any(row.get(key) is not None for source in of(role) for _, row in source.rows for key in keys)
        asked = (("prefill", ["queued"]), ("decode", ["queued", "prealloc"]))
        waiting = [held(role, keys) if says(role, keys) else None for role, keys in asked]
        full = [largest_share(of(role), limits.get(role), start, end) for role in ("prefill", "decode")]
        parts.append({
            "waiting_prefill": waiting[0], "waiting_decode": waiting[1], "completed": result["request_throughput"],
            "verdict": verdict([prompt / isl, answer / osl], waiting, full, result["request_throughput"]),
            "name": run, "level": f"concurrency {result['max_concurrency']}", "seconds": end - start, "isl": isl, "osl": osl,
            "prefill_tps": prompt, "decode_tps": answer, "prefill": prompt / isl, "decode": answer / osl,
            "ratio": answer / osl / (prompt / isl), "engine": "sglang" if any("queued" in row for source in sources for _, row in source.rows) else "other",
        })
    requests = sum(result["completed"] for result, _ in results)
    isl, osl = (sum(result[f"total_{way}_tokens"] for result, _ in results) / requests for way in ("input", "output"))
    flow = {side: sum(part[side] * part["seconds"] for part in parts) for side in ("prefill", "decode")}
    first = min(source.rows[0][0] for source in sources)
    last = max(source.rows[-1][0] for source in sources)
    middles = [first + 5 * step for step in range(math.floor((last - first) / 5) + 1)]
    picked = [at for at in middles if any(start <= at + 2.5 <= end for _, (start, end) in results)]
    capacities = []
    for role, length, amount in (("prefill", isl, Source.prompts), ("decode", osl, Source.answers)):
        workers = defaultdict(list)
        for source in of(role):
            workers[source.worker].append(source)
        peaks = [peak([sum(amount(source, at, at + 5) for source in one) / 5 for at in picked]) for one in workers.values()]
        own, other = ("waiting_prefill", "waiting_decode") if role == "prefill" else ("waiting_decode", "waiting_prefill")
        # At its limit is a side that is behind, or for which more requests wait than for the other: then it shows what it can do.
        full = [
            part[role] / len(workers)
            for part in parts
            if part["verdict"] == f"{role}-bound" or (part[own] or 0) >= 1 and (part[own] or 0) > (part[other] or 0)
        ]
        capacities.append((max(full) if full else mean([found for found in peaks if found is not None]) / length, bool(full), len(workers)))
    (prefill, prefill_full, prefills), (decode, decode_full, decodes) = capacities
    now, exact = prefills / decodes, decode / prefill
    suggested = {(False, False): None, (True, True): exact, (True, False): max(exact, now), (False, True): min(exact, now)}
    return parts, {"ratio": flow["decode"] / flow["prefill"], "prefill_per_decode": suggested[prefill_full, decode_full]}


def main(root):
    runs = {}
    folders = {path.parent for path in root.rglob("*.json") if path.stem.isdigit() and path.parent.name.split("_")[0] == path.stem}
    folders |= {path.parent for path in root.rglob("*_w*.*") if path.suffix in (".out", ".err") and not any(folder in path.parents for folder in folders)}
    for folder in sorted(folders):
        sources = []
        for path in sorted([*folder.rglob("*.out"), *folder.rglob("*.err")]):
            if found := re.match(r"(.+)_(prefill|decode|agg)_(w\d+)", path.name):
                sources += [Source(found[2], found[3], rows) for rows in read_log(path).values()]
        if not sources:
            continue
        results = [json.loads(path.read_text()) for path in folder.rglob("*isl_*_osl_*/*.json")]
        results = sorted(((result, window(result)) for result in results), key=lambda result: result[1])
        # A run is called by its job's number, where its folder begins with one; "logs" is a folder inside a run's.
        own = folder.parent if folder.name == "logs" else folder
        name = own.name.split("_")[0] if own.name[0].isdigit() else results[0][0]["label"]
        windows = []
        for result, (start, end) in results:
            of = lambda role: [source for source in sources if source.role == role] or sources
            tokens = [[row for at, row in source.rows if start <= at < end and row.get("new") is not None] for source in of("prefill")]
            if any(row.get("new") is not None for source in of("prefill") for _, row in source.rows):
                new, cached = (sum(row[key] or 0.0 for rows in tokens for row in rows) for key in ("new", "cached"))
                hits = 100 * cached / (new + cached)
            else:
                shares = [[row["share"] for at, row in source.rows if start <= at < end] for source in of("prefill")]
                hits = mean([mean(one) for one in shares if one])
            rate = lambda done, role: sum(done(source, start, end) for source in of(role)) / (end - start)
            windows.append({
                "level": result["max_concurrency"], "seconds": end - start, "prompt": rate(Source.throughput, "prefill"), "generated": rate(Source.answers, "decode"),
                "running": together(of("decode"), "running", start, end, "sum"), "queued": together(sources, "queued", start, end, "sum"),
                "kv": together(of("decode"), "kv", start, end, "mean"), "hits": hits,
            })
        parts, overall = match(name, sources, results, limits_of(folder))
        runs[str(folder.relative_to(root))] = {"name": name, "windows": windows, "parts": parts, "overall": overall}
    print(json.dumps({"runs": runs}))


main(Path(sys.argv[2]))
