"""The command that is tested: the one of INFERSCOPE, else the debug build of this repository."""

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "python"))

target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
os.environ.setdefault("INFERSCOPE", str(target / "debug/inferscope"))


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT
