"""What the tests of deploy/benchmark share: where things are, and what is missing."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BENCHMARK = ROOT / "deploy/benchmark"
SCHEMAS = ROOT.parent / "shared/schemas"
MOCK = ROOT.parent / "shared/mock"

TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
INFERSCOPE = TARGET / "debug/inferscope"


def missing(path: Path) -> str | None:
    """Why a test cannot run without a file or folder, or None where it is there."""
    return None if path.exists() else f"{path} is missing: it lies beside the repository, not in it"


def environment(**more: str) -> dict[str, str]:
    """This process's environment with the tools of this Python and our own program on the path."""
    path = os.pathsep.join([str(Path(sys.executable).parent), str(INFERSCOPE.parent), os.environ["PATH"]])
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("BENCH_", "AWS_"))}
    return kept | {"PATH": path, "GUIDELLM__MAX_WORKER_PROCESSES": "2"} | more


def inferscope(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([INFERSCOPE, *arguments], capture_output=True, text=True, check=False)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def command(name: str) -> str | None:
    return shutil.which(name, path=environment()["PATH"])
