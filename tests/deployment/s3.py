"""A real server of S3's interface on the loopback (moto), a line to it that can be slow or break off, and sync.py beside it."""

import atexit
import functools
import json
import os
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import boto3
from botocore.config import Config

ROOT = Path(__file__).resolve().parents[2]
SYNC = ROOT / "deploy/s3/sync.py"
REGION = "us-east-1"


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Moto:
    """moto's server. Until `guarded`, it lets everybody do everything."""

    def __init__(self, port: int | None = None):
        self.port = port or free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self):
        # Lists in pages as small as tests.
        env = environment(MOTO_S3_DEFAULT_MAX_KEYS="40")
        command = [sys.executable, "-B", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]
        self.process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{self.address}/moto-api/", timeout=5).close()
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("moto's server did not start")

    def stop(self):
        self.process.kill()
        self.process.wait()

    def client(self, service: str = "s3", key: str = "admin", secret: str = "admin"):
        return boto3.client(
            service,
            endpoint_url=self.address,
            region_name=REGION,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            config=Config(s3={"addressing_style": "path"}),
        )

    def post(self, path: str, body: bytes = b""):
        urllib.request.urlopen(urllib.request.Request(f"{self.address}/moto-api/{path}", data=body, headers={"content-type": "text/plain"}, method="POST")).close()

    def reset(self):
        self.post("reset")

    def guarded(self, free: int):
        """From now on only those who may, after so many more requests that are not looked at."""
        self.post("reset-auth", str(free).encode())


@functools.cache
def moto() -> Moto:
    """One for all tests, each of which empties it: it takes seconds to start."""
    server = Moto()
    atexit.register(server.stop)
    return server


class Line(socketserver.ThreadingTCPServer):
    """Passes connections on to moto. `delay` seconds before each part of an answer; `cut` bytes after which an answer breaks off."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, to: int):
        self.to, self.delay, self.cut, self.requests = to, 0.0, None, []
        super().__init__(("127.0.0.1", 0), Passing)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Passing(socketserver.BaseRequestHandler):
    def handle(self):
        with socket.create_connection(("127.0.0.1", self.server.to)) as upstream:
            back = threading.Thread(target=self.answer, args=(upstream,), daemon=True)
            back.start()
            while data := received(self.request):
                self.server.requests.append(data.decode("latin1"))
                try:
                    upstream.sendall(data)
                except OSError:
                    break
            try:
                upstream.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            back.join()

    def answer(self, upstream):
        passed = 0
        while data := received(upstream):
            time.sleep(self.server.delay)
            passed += len(data)
            try:
                if self.server.cut is not None and passed > self.server.cut:
                    self.request.shutdown(socket.SHUT_RDWR)
                    upstream.shutdown(socket.SHUT_RDWR)
                    return
                self.request.sendall(data)
            except OSError:
                return
        try:
            self.request.shutdown(socket.SHUT_WR)
        except OSError:
            pass


def received(one: socket.socket) -> bytes:
    try:
        return one.recv(65536)
    except OSError:
        return b""


def environment(**more: str) -> dict[str, str]:
    """This process's without what could reach somebody's account, and with what sync.py is to have."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "S3_", "SYNC_"))}
    # No shared file of this machine, and no question to a cloud that it may run in.
    nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_EC2_METADATA_DISABLED": "true"}
    return kept | nowhere | more


class Sync:
    """sync.py with its folder."""

    def __init__(self, target: Path, address: str, **more: str):
        self.target = target
        keys = {"AWS_ACCESS_KEY_ID": "admin-key", "AWS_SECRET_ACCESS_KEY": "admin-secret"}
        self.variables = {"S3_ENDPOINT_URL": address, "S3_BUCKET": "results", "SYNC_TARGET": str(target)} | keys | more
        self.said = ""

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-B", str(SYNC), *arguments]

    def once(self, **more: str) -> int:
        env = environment(**{name: value for name, value in (self.variables | more).items() if value is not None})
        done = subprocess.run(self.command("once"), env=env, capture_output=True, text=True, timeout=60, check=False)
        self.said = done.stdout + done.stderr
        return done.returncode

    def start(self, **more: str) -> subprocess.Popen:
        env = environment(**(self.variables | more))
        return subprocess.Popen(self.command(), env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def status(self) -> dict:
        return json.loads((self.target / "status.json").read_text())

    def files(self) -> dict[str, bytes]:
        """What a reader of data/ finds, by path; hidden names are this program's."""
        found = {}
        for folder, folders, names in os.walk(self.target, followlinks=True):
            folders[:] = [name for name in folders if not name.startswith(".")]
            for name in names:
                path = Path(folder, name)
                inside = path.relative_to(self.target).as_posix()
                if not name.startswith(".") and inside != "status.json":
                    found[inside] = path.read_bytes()
        return found

    def index(self, folder: str) -> dict:
        return json.loads((self.target / folder / "index.json").read_text())


def ended(process: subprocess.Popen, number: int = signal.SIGTERM) -> tuple[int, str]:
    process.send_signal(number)
    said, _ = process.communicate(timeout=20)
    return process.returncode, said


def until(what, seconds: float = 20):
    """Waits until something holds, and gives it."""
    limit = time.monotonic() + seconds
    while not (found := what()):
        if time.monotonic() > limit:
            raise AssertionError("it did not come about in time")
        time.sleep(0.02)
    return found
