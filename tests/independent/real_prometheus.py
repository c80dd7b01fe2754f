"""A real Prometheus for a while, with given series in it: what our figures are compared with."""
import contextlib
import ctypes
import json
import math
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

NEEDED = ["prometheus", "promtool"]


def missing():
    """The programs that are not there."""
    return [name for name in NEEDED if shutil.which(name) is None]


def ends_with_us():
    """Linux ends the server should this program be killed."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def number(text):
    """JSON has no NaN: what has no value is None."""
    value = float(text)
    return value if math.isfinite(value) else None


class Server:
    def __init__(self, port):
        self.address = f"http://127.0.0.1:{port}"

    def ready(self):
        try:
            with urllib.request.urlopen(f"{self.address}/-/ready", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def _ask(self, what, **arguments):
        body = urllib.parse.urlencode(arguments).encode()
        try:
            with urllib.request.urlopen(f"{self.address}/api/v1/{what}", body, timeout=60) as answer:
                return json.load(answer)["data"]["result"]
        except urllib.error.HTTPError as error:
            raise SystemExit(f"{arguments['query']}\n{error.read().decode()}") from error

    def query(self, expression, at):
        """Labels and value of each series at a moment; of a range its samples."""
        found = self._ask("query", query=expression, time=at)
        return [(one["metric"], one.get("values") or number(one["value"][1])) for one in found]

    def query_range(self, expression, start, end, step):
        """Labels of each series, and its moments with values."""
        found = self._ask("query_range", query=expression, start=start, end=end, step=step)
        return [(one["metric"], [[at, number(value)] for at, value in one["values"]]) for one in found]


@contextlib.contextmanager
def prometheus(openmetrics):
    """A server that has these samples (OpenMetrics text with timestamps in s). It is ended whatever happens."""
    with tempfile.TemporaryDirectory(prefix="inferscope-prometheus-") as folder:
        folder = Path(folder)
        (folder / "samples.txt").write_text(openmetrics)
        (folder / "prometheus.yml").write_text("{}\n")
        made = subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", folder / "samples.txt", folder / "data"],
                              capture_output=True, text=True)
        if made.returncode != 0:
            raise SystemExit(f"promtool: {made.stderr}{made.stdout}")
        port = free_port()
        with open(folder / "log", "w") as log:
            process = subprocess.Popen(
                ["prometheus", f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'data'}",
                 "--storage.tsdb.retention.time=100y", f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn"],
                stdout=log, stderr=log, preexec_fn=ends_with_us)
            try:
                server, end = Server(port), time.monotonic() + 120
                while not server.ready():
                    if process.poll() is not None or time.monotonic() > end:
                        raise SystemExit("prometheus: " + (folder / "log").read_text())
                    time.sleep(0.1)
                yield server
            finally:
                process.kill()
                process.wait()
