"""The scripts of deploy/benchmark, as a pod runs them: the real GuideLLM and AIPerf against the mock server, the gate, a real
Pushgateway, and everything that can go wrong on the way."""

import csv
import io
import json
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.request
import xml.etree.ElementTree
from datetime import datetime
from pathlib import Path

from prometheus_client.openmetrics.parser import text_string_to_metric_families

from bucket import Bucket
from support import BENCHMARK, INFERSCOPE, MOCK, command, environment, free_port, inferscope, missing

KEY = "sk-not-to-be-seen-4711"
PUSHGATEWAY = command("prometheus-pushgateway")


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=1) as response:
            return response.status == 200
    except OSError:
        return False


def wait_for(what, seconds: float = 30.0):
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.1)


def command_lines() -> str:
    """What any user of the machine can read: the arguments of all processes."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return "\n".join(lines)


@unittest.skipUnless(sys.platform == "linux", "the scripts are for Linux containers")
@unittest.skipIf(missing(MOCK), missing(MOCK))
@unittest.skipIf(missing(INFERSCOPE), missing(INFERSCOPE))
class Service(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = Path(tempfile.mkdtemp(prefix="inferscope-benchmark-"))
        cls.addClassCleanup(shutil.rmtree, cls.work)
        shutil.copy(MOCK / "words.txt", cls.work)
        subprocess.run([sys.executable, MOCK / "mktok.py"], cwd=cls.work, check=True, capture_output=True)
        cls.server = cls.start([sys.executable, MOCK / "mock_server.py", "--port"], "/health")

    @classmethod
    def start(cls, arguments, path, *more) -> str:
        """Starts a server on a free port, and ends it after the tests; its address."""
        port = free_port()
        process = subprocess.Popen([*arguments, str(port), *more], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        cls.addClassCleanup(process.wait)
        cls.addClassCleanup(process.terminate)
        address = f"http://127.0.0.1:{port}"
        wait_for(lambda: answers(address + path))
        return address

    def setUp(self):
        self.results = Path(tempfile.mkdtemp(dir=self.work, prefix=f"{self._testMethodName}-"))
        self.handover = Path(tempfile.mkdtemp(dir=self.work))

    def parameters(self, **more: str) -> dict[str, str]:
        given = {
            "BENCH_TARGET": self.server,
            "BENCH_MODEL": "mock/tiny-llm",
            "BENCH_TOKENIZER": str(self.work / "mock-tokenizer"),
            "BENCH_ACCELERATOR": "H200",
            "BENCH_VERSION": "vLLM-0.21.0",
            "BENCH_TP": "4",
            "BENCH_LABELS": "precision=bf16\nTeam=perf lab\n",
            "BENCH_LEVELS": "1,2",
            "BENCH_MAX_SECONDS": "2",
            "BENCH_PATIENCE": "60",
            "BENCH_PROMPT_TOKENS": "64",
            "BENCH_OUTPUT_TOKENS": "16",
            "BENCH_SAMPLES": "5",
            "BENCH_REQUESTS_PER_LEVEL": "6",
            "BENCH_RESULTS": str(self.results),
            "BENCH_HANDOVER": str(self.handover),
            # AIPerf leaves folders there.
            "TMPDIR": str(self.work),
        }
        return environment(**given | more)

    def script(self, name: str, *arguments: str, offline: bool = True, **more: str) -> subprocess.CompletedProcess[str]:
        env = self.parameters(**more) | ({"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"} if offline else {})
        return subprocess.run(
            [BENCHMARK / name, *arguments], env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=170, check=False
        )

    def done(self, *arguments, **more) -> str:
        run = self.script(*arguments, **more)
        # GuideLLM 0.8.1 sometimes waits for ever for a process of its own that is gone; the script ends it.
        if "guidellm had not ended" in run.stderr:
            print(f"again: {run.stderr.strip().splitlines()[-1]}", file=sys.stderr)
            run = self.script(*arguments, **more)
        self.assertEqual(run.returncode, 0, f"{run.stdout[-3000:]}\n{run.stderr[-3000:]}")
        return run.stdout

    def published(self) -> Path:
        return Path((self.handover / "published").read_text().strip())

    def nothing_is_left(self):
        """Neither a result nor a part of one."""
        left = [path.relative_to(self.results).as_posix() for path in self.results.rglob("*")]
        self.assertLessEqual(set(left), {".incoming"})

    def test_a_tool_that_hangs_is_ended(self):
        tools = self.handover / "tools"
        tools.mkdir()
        (tools / "guidellm").write_text("#!/bin/sh\ntrap '' TERM\nsleep 600\n")
        (tools / "guidellm").chmod(0o755)
        path = f"{tools}:{self.parameters()['PATH']}"
        run = self.script("run.sh", PATH=path, BENCH_LEVELS="1", BENCH_MAX_SECONDS="1", BENCH_PATIENCE="0")
        self.assertEqual(run.returncode, 1)
        self.assertIn("error: guidellm had not ended after 1 s", run.stderr)
        self.nothing_is_left()

    def index_is_complete(self, folder: Path):
        """The index lists all files with their sizes and times, and no other."""
        listed = json.loads((folder / "index.json").read_text())
        files = {
            path.relative_to(folder).as_posix()
            for path in folder.rglob("*")
            if path.is_file() and path.name != "index.json" and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        }
        self.assertEqual([one["path"] for one in listed], sorted(files))
        for one in listed:
            stat = (folder / one["path"]).stat()
            self.assertEqual(one["size"], stat.st_size, one)
            self.assertEqual(datetime.fromisoformat(one["time"]).timestamp(), int(stat.st_mtime), one)
            self.assertTrue(stat.st_mode & 0o004, f"{one['path']} can be read by who serves it")

    def table(self, folder: Path) -> list[dict[str, str]]:
        read = inferscope("table", str(folder))
        self.assertEqual(read.returncode, 0, read.stderr)
        return list(csv.DictReader(io.StringIO(read.stdout)))

    def is_clean(self, folder: Path):
        """Inferscope recognises every file, and finds no error."""
        found = json.loads(inferscope("inspect", "--json", str(folder)).stdout)
        for file in found["files"]:
            errors = [one["message"] for one in file["diagnostics"] if one["severity"] == "error"]
            self.assertEqual(errors, [], file["path"])

    def test_two_runs_lie_side_by_side_and_are_judged(self):
        seen = []
        stop = threading.Event()

        def look():
            while not stop.wait(0.2):
                seen.append(KEY in command_lines())

        watch = threading.Thread(target=look)
        watch.start()
        try:
            self.done("run.sh", BENCH_API_KEY=KEY)
        finally:
            stop.set()
            watch.join()
        self.assertGreater(len(seen), 5)
        self.assertFalse(any(seen), "the key is no argument of any process")

        first = self.published()
        self.assertEqual(first.parent, self.results / "mock--tiny-llm")
        self.assertRegex(first.name, r"^\d{8}T\d{6}Z$")
        self.assertEqual({path.name for path in first.iterdir()}, {"benchmarks.json", "index.json"})
        self.index_is_complete(first)
        self.is_clean(first)
        rows = self.table(first)
        self.assertEqual([row["load"] for row in rows], ["1", "2"])
        for row in rows:
            stated = {key: row[key] for key in ("model", "accelerator", "version", "tp", "precision", "isl", "osl", "load_kind")}
            self.assertEqual(
                stated,
                {
                    "model": "mock/tiny-llm",
                    "accelerator": "H200",
                    "version": "vLLM-0.21.0",
                    "tp": "4",
                    "precision": "bf16",
                    "isl": "64",
                    "osl": "16",
                    "load_kind": "concurrency",
                },
            )
        # The report says that a request was sampled of five at most.
        report = json.loads((first / "benchmarks.json").read_text())
        self.assertLessEqual(max(len(one["requests"]["successful"]) for one in report["benchmarks"]), 5)

        said = self.done("gate.sh", BENCH_SLO="ttft.p95=60000 output_tps>=1", BENCH_BASELINE="previous")
        self.assertIn("nothing to compare with", said)
        self.assertEqual((first / "gate/status").read_text(), "0\n")
        self.assertEqual(xml.etree.ElementTree.parse(first / "gate/check.xml").getroot().get("failures"), "0")
        self.index_is_complete(first)

        # A slower server later: another run, compared with the one that passed.
        results = Path(tempfile.mkdtemp(dir=self.work))
        self.done("run.sh", BENCH_LEVELS="2")
        second = self.published()
        self.assertGreater(second.name, first.name)
        said = self.done("gate.sh", BENCH_BASELINE="previous", BENCH_THRESHOLD="95", BENCH_TASK_RESULTS=str(results))
        self.assertIn(f"compared with {first}", said)
        suite = xml.etree.ElementTree.parse(second / "gate/compare.xml").getroot()
        self.assertGreater(int(suite.get("tests")), 0)
        self.assertEqual((results / "status").read_text(), "0")
        self.assertEqual((results / "folder").read_text(), str(second))
        self.assertLessEqual(len((results / "report").read_bytes()), 3000)

        # Judged again, and badly: the exit code says it, and the judgement is replaced.
        bad = self.script("gate.sh", BENCH_SLO="ttft.p95=1")
        self.assertEqual(bad.returncode, 1, bad.stdout + bad.stderr)
        self.assertEqual((second / "gate/status").read_text(), "1\n")
        self.assertFalse((second / "gate/compare.xml").exists())
        self.assertEqual(xml.etree.ElementTree.parse(second / "gate/check.xml").getroot().get("failures"), "1")
        self.assertEqual(self.script("gate.sh", BENCH_SLO="tttt.p95=1").returncode, 2, "a misspelt figure is not judged")

        for folder in (first, second, first.parent):
            self.index_is_complete(folder)
            self.is_clean(folder)
        self.assertEqual(len(self.table(first.parent)), 3)
        self.assertEqual(list((self.results / ".incoming").iterdir()), [])
        for path in self.work.rglob("*"):
            if path.is_file():
                self.assertNotIn(KEY.encode(), path.read_bytes(), path)

        self.figures_reach_a_pushgateway(first)
        self.results_reach_a_bucket(first)

    def figures_reach_a_pushgateway(self, result: Path):
        text = inferscope("table", str(result), "--format", "openmetrics").stdout
        samples = [one for family in text_string_to_metric_families(text) for one in family.samples]
        series = {(one.name, tuple(sorted(one.labels.items()))): one.value for one in samples}
        self.assertEqual(len(series), len(samples), "no series twice")
        for row in self.table(result):
            for column, name, stat in (("ttft_p95_ms", "ttft", "p95"), ("itl_mean_ms", "itl", "mean")):
                found = [
                    one.value
                    for one in samples
                    if one.name == f"inferscope_{name}_seconds" and one.labels["stat"] == stat and one.labels["load"] == row["load"]
                ]
                self.assertEqual(found, [float(row[column]) / 1000])
        if PUSHGATEWAY is None:
            print("not tested: no prometheus-pushgateway here", file=sys.stderr)
            return
        port = free_port()
        # Debian's keeps what was pushed in a file of the machine unless told otherwise.
        arguments = [PUSHGATEWAY, f"--web.listen-address=127.0.0.1:{port}", "--persistence.file="]
        process = subprocess.Popen(arguments, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        address = f"http://127.0.0.1:{port}"
        wait_for(lambda: answers(f"{address}/-/ready"))
        # Twice: a new push replaces the former.
        for _ in range(2):
            self.assertIn("pushed to", self.done("gate.sh", str(result), BENCH_PUSHGATEWAY=address))
        with urllib.request.urlopen(f"{address}/metrics") as response:
            kept = [line for line in response.read().decode().splitlines() if line.startswith("inferscope_")]
        self.assertEqual(len(kept), len(samples))
        self.assertTrue(all('folder="mock--tiny-llm"' in line and 'job="inferscope"' in line for line in kept))
        gone = self.done("gate.sh", str(result), BENCH_PUSHGATEWAY=f"http://127.0.0.1:{free_port()}")
        self.assertIn("warning: the figures did not reach", gone)

    def results_reach_a_bucket(self, result: Path):
        bucket = Bucket("AKIATEST", "secret/of+the+bucket")
        self.addCleanup(bucket.server_close)
        self.addCleanup(bucket.shutdown)
        keys = {"AWS_ACCESS_KEY_ID": "AKIATEST", "AWS_SECRET_ACCESS_KEY": "secret/of+the+bucket", "AWS_REGION": "eu-test-1"}
        self.done("gate.sh", str(result), BENCH_BUCKET=bucket.address, BENCH_SLO="output_tps>=1", **keys)
        names = [path.removeprefix("/bucket/mock--tiny-llm/") for path in bucket.objects]
        self.assertEqual(names[-2:], [f"{result.name}/index.json", "index.json"])
        listed = [f"{result.name}/{one['path']}" for one in json.loads((result / "index.json").read_text())]
        self.assertEqual(sorted(names[:-2]), sorted(listed))
        for name, path in zip(names, bucket.objects, strict=True):
            self.assertEqual(bucket.objects[path], (result.parent / name).read_bytes(), name)
        wrong = self.script("gate.sh", str(result), BENCH_BUCKET=bucket.address, **keys | {"AWS_SECRET_ACCESS_KEY": "wrong"})
        self.assertEqual(wrong.returncode, 1)
        self.assertIn("did not reach", wrong.stderr)
        self.assertNotIn("wrong", wrong.stdout + wrong.stderr)

    def test_a_sweep_has_a_folder_a_level(self):
        self.done("sweep.sh", offline=False, BENCH_API_KEY=KEY)
        result = self.published()
        self.assertEqual(sorted(path.name for path in (result / "sweep").iterdir()), ["c1", "c2"])
        self.index_is_complete(result)
        self.is_clean(result)
        rows = self.table(result)
        self.assertEqual([row["load"] for row in rows], ["1", "2"])
        for row in rows:
            stated = [row[key] for key in ("model", "accelerator", "version", "tp", "tool", "completed")]
            self.assertEqual(stated, ["mock/tiny-llm", "H200", "vLLM-0.21.0", "4", "AIPerf", str(6 * int(row["load"]))])
        for path in self.work.rglob("*"):
            if path.is_file():
                self.assertNotIn(KEY.encode(), path.read_bytes(), path)

    def test_a_server_that_is_not_there_leaves_nothing(self):
        nowhere = f"http://127.0.0.1:{free_port()}"
        run = self.script("run.sh", BENCH_TARGET=nowhere)
        self.assertNotEqual(run.returncode, 0, run.stdout)
        self.nothing_is_left()
        self.assertFalse((self.handover / "published").exists())
        gate = self.script("gate.sh")
        self.assertEqual((gate.returncode, gate.stderr[:16]), (1, "error: no result"))

    def test_requests_that_all_fail_do_not_pass(self):
        broken = self.start([sys.executable, MOCK / "mock_server.py", "--error-rate", "1", "--port"], "/health")
        # GuideLLM calls it a success. The report stays, for it says what went wrong; the gate does not pass.
        self.done("run.sh", BENCH_TARGET=broken, BENCH_LEVELS="1")
        gate = self.script("gate.sh")
        self.assertEqual(gate.returncode, 1, gate.stdout + gate.stderr)
        self.assertIn("100% of requests failed", gate.stdout)
        self.assertEqual((self.published() / "gate/status").read_text(), "1\n")

    def test_a_run_that_is_stopped_leaves_nothing(self):
        env = self.parameters(BENCH_MAX_SECONDS="120", HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1")
        run = subprocess.Popen([BENCHMARK / "run.sh"], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        mark = f"path={self.results}"
        wait_for(lambda: mark in command_lines())
        time.sleep(2)
        run.send_signal(signal.SIGTERM)
        self.assertEqual(run.wait(timeout=30), 143)
        self.nothing_is_left()
        wait_for(lambda: mark not in command_lines())

    def test_wrong_parameters_are_named(self):
        for name, value in {
            "BENCH_TARGET": "ftp://host",
            "BENCH_MODEL": "a,target=http://evil.example",
            "BENCH_TOKENIZER": 'x"y',
            "BENCH_LEVELS": "1,two",
            "BENCH_PROFILE": "burst",
            "BENCH_MAX_SECONDS": "1h",
            "BENCH_LABELS": "no equals sign",
            "BENCH_ACCELERATOR": 'H200", "x": "',
            "BENCH_PROMPT_TOKENS": "",
            "BENCH_RESULTS": "results",
        }.items():
            with self.subTest(name=name):
                run = self.script("run.sh", **{name: value})
                self.assertEqual(run.returncode, 1, run.stdout)
                self.assertRegex(run.stderr, rf"^error: {name} ")
                self.nothing_is_left()
        run = self.script("run.sh", BENCH_TARGET="http://user:pass@host:8000")
        self.assertIn("put the token into the Secret", run.stderr)
        self.assertEqual(self.script("sweep.sh", BENCH_LEVELS="0.5").returncode, 1)

    def test_names_of_models_are_folders(self):
        of = lambda name: subprocess.run(
            ["bash", "-c", f'source "{BENCHMARK}/common.sh"; folder_of "$1"', "-", name], capture_output=True, text=True, check=False
        )
        for name, folder in {
            "org/model": "org--model",
            "a/b/c": "a--b--c",
            "../../etc": "--..--etc",
            "./x": "--x",
            "..": None,
            "a b:c": "a-b-c",
            "": None,
        }.items():
            made = of(name)
            self.assertEqual(made.stdout if made.returncode == 0 else None, folder, name)
            self.assertNotRegex(made.stdout, r"/|^\.")

    def test_a_tekton_run_overrides_what_it_states(self):
        show = f'source "{BENCHMARK}/common.sh"; printf "%s %s" "$BENCH_MODEL" "$BENCH_TP"'
        env = self.parameters(BENCH_OVERRIDE_MODEL="org/new", BENCH_OVERRIDE_TP="")
        self.assertEqual(subprocess.run(["bash", "-c", show], env=env, capture_output=True, text=True, check=True).stdout, "org/new 4")


if __name__ == "__main__":
    unittest.main()
