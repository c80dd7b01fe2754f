#!/usr/bin/env python3
"""Reads flat result files (tables and JSON of many tools) with Python's standard library alone and prints what a program
should find in them.

    flat.py FILE …

Written from the descriptions of the formats, not from the program: the test compares the two value by value.
"""
import csv
import io
import json
import re
import sys

STAT = {
    "mean": "mean", "avg": "mean", "average": "mean", "median": "p50", "std": "std", "stddev": "std", "sd": "std", "min": "min",
    "max": "max", "minimum": "min", "maximum": "max", "p10": "p10", "p25": "p25", "p50": "p50", "p75": "p75", "p90": "p90",
    "p95": "p95", "p99": "p99", "p99.9": "p99_9",
}


def real(value):
    try:
        return float(value) if value not in (None, "") and not isinstance(value, bool) else None
    except (TypeError, ValueError):
        return None


class Found:
    def __init__(self, load=None):
        self.load, self.identity, self.samples = load or [None, None], {}, {}

    def put(self, key, value, scale=1.0, stat="mean"):
        value = real(value)
        if value is not None and value == value and value >= 0:
            self.samples.setdefault(f"{key}/{stat}", value * scale)

    def stats(self, key, summary, scale=1.0, unit=""):
        for name, value in summary.items():
            name = name[: len(name) - len(unit)] if unit and name.endswith(unit) else name
            if name in STAT:
                self.put(key, value, scale, STAT[name])

    def say(self, **identity):
        for key, value in identity.items():
            if value not in (None, ""):
                self.identity[key] = str(value)

    def out(self):
        return {"load": self.load, "identity": self.identity, "samples": self.samples}


def concurrency(value):
    return ["concurrency", float(value)]


def inferencex(row, seconds):
    found = Found(concurrency(row["Concurrency"]))
    split, tp = row["Disaggregated"] == "true", float(row["TP"])
    prefill, decode = real(row["Num Prefill GPUs"]), real(row["Num Decode GPUs"])
    total = prefill + decode if split else (decode or tp)
    per_gpu(found, split, total, prefill, decode, [row[f"{word}Throughput/GPU (tok/s)"] for word in ("", "Output ", "Input ")])
    for column, value in row.items():
        match = re.fullmatch(r"(Mean|Median|P99|Std) (TTFT|TPOT|ITL|E2E Latency|Interactivity) \(.*\)", column)
        if match and not column.startswith("Std Inter"):
            metric = {"TTFT": "ttft", "TPOT": "tpot", "ITL": "itl", "E2E Latency": "e2el", "Interactivity": "interactivity"}[match[2]]
            scale = 1000.0 if seconds and metric != "interactivity" else 1.0
            found.put(metric, value, scale, STAT[match[1].lower()])
    found.say(model=row["Model"], accelerator=row["Hardware"], isl=row["ISL"], osl=row["OSL"], tp=row["TP"], gpus=f"{total:g}")
    if row.get("Spec Decoding"):
        found.say(spec_decoding=row["Spec Decoding"])
    return found


def per_gpu(found, split, total, prefill, decode, figures):
    names = ["total_tps_per_gpu", "output_tps_per_decode_gpu", "input_tps_per_prefill_gpu"] if split else [
        "total_tps_per_gpu", "output_tps_per_gpu", "input_tps_per_gpu"]
    divisors = [total, decode, prefill] if split else [total] * 3
    for name, whole, value, gpus in zip(names, ["total_tps", "output_tps", "input_tps"], figures, divisors):
        found.put(name, value)
        found.put(whole, value, gpus)


def inferencex_site(text):
    lines = text.splitlines()
    before = next(i for i, line in enumerate(lines) if not line.startswith("#"))
    rows = list(csv.DictReader(lines[before:]))
    seconds = float(rows[0]["Mean TPOT (ms)"]) < 1
    return {f"line {before + 2 + i}": inferencex(row, seconds) for i, row in enumerate(rows)}


def inferencex_api(rows):
    out = {}
    for i, row in enumerate(rows):
        found = Found(concurrency(row["conc"]))
        split, metrics = row["disagg"], row["metrics"]
        prefill, decode = row["num_prefill_gpu"], row["num_decode_gpu"]
        total = prefill + decode if split else decode
        per_gpu(found, split, total, prefill, decode, [metrics[k] for k in ("tput_per_gpu", "output_tput_per_gpu", "input_tput_per_gpu")])
        for key, value in metrics.items():
            stat, _, word = key.partition("_")
            if stat in STAT and word in ("ttft", "tpot", "itl", "e2el"):
                found.put(word, value, 1000.0, STAT[stat])
            elif word == "intvty" and stat != "std":
                found.put("interactivity", value, 1.0, STAT[stat])
        found.say(model=row["model"], accelerator=row["hardware"].upper(), isl=row["isl"], osl=row["osl"], gpus=total, spec_decoding=row["spec_method"])
        found.say(**({"prefill_gpus": prefill, "decode_tp": row["decode_tp"]} if split else {"tp": row["decode_tp"]}))
        out[f"[{i}]"] = found
    return out


def vllm_latency(run):
    found = Found()
    found.put("e2el", run["avg_latency"], 1000.0)
    for percentile, value in run["percentiles"].items():
        found.put("e2el", value, 1000.0, f"p{percentile}")
    return found


def vllm_throughput(run):
    found = Found(["max", None])
    for key, metric in {"elapsed_time": "duration", "num_requests": "completed", "requests_per_second": "rps", "tokens_per_second": "total_tps",
                        "total_num_tokens": "total_num_tokens"}.items():
        found.put(metric, run[key])
    return found


def vllm_startup(run):
    found = Found()
    for kind in ("cold_startup", "cold_compilation", "warm_startup", "warm_compilation"):
        found.put(f"{kind}_s", run.get(f"avg_{kind}_time"))
        for percentile, value in run.get(f"{kind}_percentiles", {}).items():
            found.put(f"{kind}_s", value, 1.0, f"p{percentile}")
    found.say(model=run["model"], tp=run["tensor_parallel_size"], run=run["run_number"])
    return found


def sglang_batch(run):
    found = Found(concurrency(run["batch_size"]))
    found.say(isl=run["input_len"], osl=run["output_len"], run=run["run_name"])
    found.put("total_tps", run["overall_throughput"])
    if "prefill_latency" in run:
        found.put("duration", run["total_latency"])
        found.put("prefill_time", run["prefill_latency"], 1000.0)
        found.put("itl", run["median_decode_latency"], 1000.0, "p50")
        found.put("prefill_throughput", run["prefill_throughput"])
        found.put("median_decode_throughput", run["median_decode_throughput"])
        return found
    found.put("duration", run["latency"])
    if "last_ttft" in run:
        found.put("ttft", run["last_ttft"], 1000.0, "max")
        found.put("output_tps", run["batch_size"] * run["output_len"] / run["latency"])
        found.put("output_throughput after the last TTFT", run["output_throughput"])
        found.put("input_throughput", run["input_throughput"])
        found.put("last_gen_throughput", run["last_gen_throughput"])
        found.put("accepted_length", run["acc_length"])
        found.put("cache_hit_rate", run["cache_hit_rate"], 100.0)
    else:
        found.put("output_tps", run["output_throughput"])
    return found


def sglang_offline(run):
    found = Found(["max", None])
    for key, metric in {"total_latency": "duration", "request_throughput": "rps", "input_throughput": "input_tps", "output_throughput": "output_tps",
                        "total_throughput": "total_tps", "last_gen_throughput": "last_gen_throughput",
                        "total_input_tokens": "total_input_tokens", "total_output_tokens": "total_output_tokens"}.items():
        found.put(metric, run[key])
    found.say(backend=run["backend"], requests=run["successful_requests"])
    return found


def trtllm(run):
    engine, world, info, perf, stream = (run[k] for k in ("engine", "world_info", "request_info", "performance", "streaming_metrics"))
    found = Found(["rate", world["issue_rate"]] if world["issue_rate"] < 1e6 else None)
    found.put("completed", info["num_requests"])
    found.put("concurrency_achieved", info["avg_num_concurrent_requests"])
    found.put("input_tokens", info["avg_input_length"])
    found.put("output_tokens", info["avg_output_length"])
    found.put("duration", perf["total_latency_ms"], 0.001)
    for key, metric in {"request_throughput_req_s": "rps", "system_output_throughput_tok_s": "output_tps", "system_total_throughput_tok_s": "total_tps",
                        "output_throughput_per_gpu_tok_s": "output_tps_per_gpu"}.items():
        found.put(metric, perf[key])
    found.put("request_output_throughput", perf["output_throughput_per_user_tok_s"])
    found.stats("e2el", perf["request_latency_percentiles_ms"])
    found.stats("ttft", stream["ttft_percentiles"])
    found.stats("tpot", stream["tpot_percentiles"])
    found.stats("tps_per_user", stream.get("gen_tps_percentiles", {}))
    found.say(model=engine["model"], tp=world["tp_size"], gpus=world["world_size"], version="TensorRT-LLM-" + engine["version"])
    return found


def evalscope_summary(run):
    found = Found(concurrency(run["Number of concurrency"]))
    names = {"Time taken for tests (s)": ("duration", 1), "Succeed requests": ("completed", 1), "Failed requests": ("errored", 1),
             "Output token throughput (tok/s)": ("output_tps", 1), "Total token throughput (tok/s)": ("total_tps", 1),
             "Request throughput (req/s)": ("rps", 1), "Average latency (s)": ("e2el", 1000), "Average time to first token (s)": ("ttft", 1000),
             "Average time per output token (s)": ("tpot", 1000), "Average inter-token latency (s)": ("itl", 1000),
             "Average input tokens per request": ("input_tokens", 1), "Average output tokens per request": ("output_tokens", 1)}
    for key, (metric, scale) in names.items():
        found.put(metric, run.get(key), float(scale))
    return found


def evalscope_percentiles(rows):
    found = Found()
    for row in rows:
        stat = "p" + row["Percentiles"].rstrip("%")
        if stat in STAT:
            for key, (metric, scale) in {"TTFT (s)": ("ttft", 1000.0), "ITL (s)": ("itl", 1000.0), "TPOT (s)": ("tpot", 1000.0), "Latency (s)": ("e2el", 1000.0),
                                         "Input tokens": ("input_tokens", 1.0), "Output tokens": ("output_tokens", 1.0)}.items():
                found.put(metric, row[key], scale, stat)
    return found


def llmperf(run):
    found = Found(concurrency(run["num_concurrent_requests"]))
    pick = lambda key: {re.sub(r"^quantiles_", "", k[len(f"results_{key}_"):]): v for k, v in run.items() if k.startswith(f"results_{key}_")}
    gap, whole, first, tokens = (pick(k)["mean"] for k in ("inter_token_latency_s", "end_to_end_latency_s", "ttft_s", "number_output_tokens"))
    counted = abs(gap * tokens - whole) <= abs(gap * (tokens - 1) - (whole - first))
    found.stats("ntpot" if counted else "tpot", pick("inter_token_latency_s"), 1000.0)
    found.stats("ttft", pick("ttft_s"), 1000.0)
    found.stats("e2el", pick("end_to_end_latency_s"), 1000.0)
    found.stats("request_output_throughput", pick("request_output_throughput_token_per_s"))
    found.stats("input_tokens", pick("number_input_tokens"))
    found.stats("output_tokens", pick("number_output_tokens"))
    found.put("output_tps", run["results_mean_output_throughput_token_per_s"])
    found.put("rps", run["results_num_completed_requests_per_min"], 1.0 / 60.0)
    found.put("completed", run["results_num_completed_requests"])
    found.put("errored", run["results_number_errors"])
    found.put("error_rate", run["results_error_rate"], 100.0)
    found.say(model=run["model"], isl=run["mean_input_tokens"], osl=run["mean_output_tokens"], end_time="2023-12-21T05:19:03Z")
    return found


def llama(row):
    found = Found()
    prompt, generated, depth = (int(row[k]) for k in ("n_prompt", "n_gen", "n_depth"))
    speed = "total_tps" if prompt and generated else "input_tps" if prompt else "output_tps"
    found.put(speed, row["avg_ts"])
    if not (prompt and generated):
        found.put("prefill_time" if prompt else "decode_time", float(row["avg_ns"]) / 1e6)
    found.put("stddev_ts", row["stddev_ts"])
    name = "+".join([f"pp{prompt}"] * (prompt > 0) + [f"tg{generated}"] * (generated > 0)) + (f" @ d{depth}" if depth else "")
    found.say(benchmark=name, model=row["model_type"], build_commit=row["build_commit"])
    return found


def llama_markdown(text):
    out, names = {}, None
    for number, line in enumerate(text.splitlines(), 1):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|") or set(line) <= set("| -:"):
            continue
        if names is None:
            names = cells
            continue
        row, found = dict(zip(names, cells)), Found()
        speed, spread = row["t/s"].split(" ± ")
        test = row["test"].replace(" ", "")
        found.put("total_tps" if "+" in test else "input_tps" if test.startswith("pp") else "output_tps", speed)
        found.put("stddev_ts", spread)
        found.say(model=row["model"], benchmark=test.replace("@d", " @ d"))
        out[f"line {number}"] = found
    return out


def genai_bench(run):
    run = run["aggregated_metrics"]
    found = Found(concurrency(run["num_concurrency"]))
    names = {"mean_output_throughput_tokens_per_s": ("output_tps", 1.0), "mean_total_tokens_throughput_tokens_per_s": ("total_tps", 1.0),
             "requests_per_minute": ("rps", 1.0 / 60.0), "error_rate": ("error_rate", 100.0), "num_error_requests": ("errored", 1.0),
             "num_completed_requests": ("completed", 1.0), "run_duration": ("duration", 1.0),
             "mean_input_throughput_tokens_per_s": ("mean_input_throughput_tokens_per_s", 1.0)}
    for key, (metric, scale) in names.items():
        found.put(metric, run.get(key), scale)
    for key, (metric, scale) in {"ttft": ("ttft", 1000.0), "tpot": ("tpot", 1000.0), "e2e_latency": ("e2el", 1000.0), "output_inference_speed": ("tps_per_user", 1.0),
                                 "num_input_tokens": ("input_tokens", 1.0), "num_output_tokens": ("output_tokens", 1.0)}.items():
        found.stats(metric, run["stats"][key], scale)
    lengths = re.fullmatch(r"D\((\d+),(\d+)\)", run["scenario"])
    found.say(scenario=run["scenario"], isl=lengths[1], osl=lengths[2])
    return found


def latency_profile(run):
    m = run["metrics"]
    rate = real(m["request_rate"])
    found = Found(["max", None] if rate == float("inf") else ["rate", rate])
    found.put("duration", m["benchmark_time"])
    found.put("completed", m["num_prompts_succeeded"])
    found.put("errored", m["num_prompts_attempted"] - m["num_prompts_succeeded"])
    found.put("rps", m["throughput_rps"])
    found.put("output_tps", m["throughput"])
    for total, metric, mean in (("total_input_tokens", "input_tps", "input_tokens"), ("total_output_token", "output_tps", "output_tokens")):
        if total in m:
            found.put(metric, m[total] / m["benchmark_time"])
            found.put(mean, m[total] / m["num_prompts_succeeded"])
    if "total_tokens" in m:
        found.put("total_tps", m["total_tokens"] / m["benchmark_time"])
    # A request of 6284 s in a benchmark of 80 s is one of 6284 ms; 200 tokens in 6 ms are 200 tokens in 6 s.
    whole = 1.0 if m["avg_latency"] > m["benchmark_time"] else 1000.0
    latency = m["avg_latency"] * whole
    first = 1.0 if m["avg_TTFT"] * 1000 > latency else 1000.0 if m["avg_TTFT"] < 1 else None
    for word, metric, scale in (("latency", "e2el", whole), ("TTFT", "ttft", first)):
        for key, value in m.items():
            stat, _, rest = key.partition("_")
            if rest == word and stat in STAT and scale:
                found.put(metric, value, scale, STAT[stat])
    for key, metric in (("avg_tpot_ms", "tpot/mean"), ("p90_inter_token_latency_ms", "itl/p90"), ("avg_normalized_time_per_output_token_ms", "ntpot/mean")):
        if key in m:
            found.samples[metric] = m[key]
    found.say(model=run["dimensions"]["model_id"])
    return found


def llm_optimizer(record):
    results, client, server = record["results"], record["config"]["client_args"], record["config"]["server_args"]
    limit, rate = results["max_concurrency"], results["request_rate"]
    found = Found(["rate", rate] if rate else concurrency(limit) if limit else ["max", None])
    for key, metric in {"duration": "duration", "completed": "completed", "request_throughput": "rps", "input_throughput": "input_tps",
                        "output_throughput": "output_tps", "concurrency": "concurrency_achieved"}.items():
        found.put(metric, results.get(key))
    for key, value in results.items():
        match = re.fullmatch(r"(\w+?)_(ttft|tpot|itl|e2e_latency)_ms", key)
        if match:
            found.put({"e2e_latency": "e2el"}.get(match[2], match[2]), value, 1.0, STAT[match[1]])
    found.put("errored", client.get("num_prompts", 1000) - results["completed"])
    for key, metric in (("total_input_tokens", "input_tokens"), ("total_output_tokens", "output_tokens")):
        if key in results:
            found.put(metric, results[key] / results["completed"])
    engine = "vLLM" if record["cmd"].startswith("vllm") else "SGLang" if "sglang" in record["cmd"] else "MAX"
    found.say(model=record["metadata"]["model_tag"], framework=engine, tp=server.get("tensor_parallel_size") or server.get("tp_size"),
              osl=record["metadata"]["output_tokens"], config=" ".join(f"{k}={v}" for k, v in server.items()))
    return found


def locust(row):
    found = Found()
    every, failed = float(row["Request Count"]), float(row["Failure Count"])
    found.put("completed", every - failed)
    found.put("errored", failed)
    found.put("Requests/s", row["Requests/s"])
    found.put("rps", float(row["Requests/s"]) - float(row["Failures/s"]))
    for word, stat in (("Median", "p50"), ("Average", "mean"), ("Max", "max"), ("Min", "min")):
        if not (word == "Min" and float(row["Min Response Time"]) == 0):
            found.put("e2el", row[f"{word} Response Time"], 1.0, stat)
    for percent, stat in (("75", "p75"), ("90", "p90"), ("95", "p95"), ("99", "p99"), ("99.9", "p99_9")):
        found.put("e2el", row[f"{percent}%"], 1.0, stat)
    if every == 0:  # zeros of nothing
        found.samples = {k: v for k, v in found.samples.items() if not k.startswith("e2el/")}
    found.say(benchmark=row["Name"])
    return found


def perf_analyzer(row):
    found = Found(concurrency(row["Concurrency"]) if "Concurrency" in row else ["rate", float(row["Request Rate"])])
    for column, value in row.items():
        match = re.fullmatch(r"p(\d+) latency", column)
        if match:
            found.put("e2el", value, 1e-3, f"p{match[1]}")
    found.put("e2el", row.get("Avg latency"), 1e-3)
    found.put("queue_time", row.get("Server Queue"), 1e-3)
    found.put("inference_time", row.get("Server Compute Infer"), 1e-3)
    found.put("Inferences/Second", row["Inferences/Second"])
    found.put("Response Throughput", row.get("Response Throughput"))
    return found


def table(text, read):
    return {f"line {i}": read(row) for i, row in enumerate(csv.DictReader(io.StringIO(text)), 2)}


def lines(text, read):
    return {f"line {i}": read(json.loads(line)) for i, line in enumerate(text.splitlines(), 1) if line.strip()}


def whole(text, read):
    value = json.loads(text)
    return {f"[{i}]": read(run) for i, run in enumerate(value)} if isinstance(value, list) else {"line 1": read(value)}


READERS = [
    ("# ", inferencex_site),
    ("spec_method", lambda text: inferencex_api(json.loads(text))),
    ("avg_latency\": ", lambda text: whole(text, latency_profile if "benchmark_time" in text else vllm_latency)),
    ("elapsed_time", lambda text: whole(text, vllm_throughput)),
    ("avg_cold_startup_time", lambda text: whole(text, vllm_startup)),
    ("overall_throughput", lambda text: lines(text, sglang_batch)),
    ("successful_requests", lambda text: lines(text, sglang_offline)),
    ("world_info", lambda text: whole(text, trtllm)),
    ("Percentiles", lambda text: {"file": evalscope_percentiles(json.loads(text))}),
    ("Number of concurrency", lambda text: whole(text, evalscope_summary)),
    ("num_concurrent_requests", lambda text: whole(text, llmperf)),
    ("build_commit,", lambda text: table(text, llama)),
    ("model_filename", lambda text: lines(text, llama)),
    ("| test", llama_markdown),
    ("| t/s", llama_markdown),
    ("aggregated_metrics", lambda text: {"aggregated_metrics": genai_bench(json.loads(text))}),
    ("test_results", lambda text: {f"test_results[{i}]": llm_optimizer(r) for i, r in enumerate(json.loads(text)["test_results"])}),
    ("server_args", lambda text: lines(text, llm_optimizer)),
    ("Request Count", lambda text: table(text, locust)),
    ("Inferences/Second", lambda text: table(text, perf_analyzer)),
    (" t/s ", llama_markdown),
]


def main():
    files = {}
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        read = next(read for mark, read in READERS if (text.startswith(mark) if mark == "# " else mark in text))
        files[path] = {place: found.out() for place, found in read(text).items()}
    json.dump(files, sys.stdout, sort_keys=True, allow_nan=False)


main()
