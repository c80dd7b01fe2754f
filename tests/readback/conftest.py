"""Where the module of python/ is, and every export, written once."""

import os
import sys
from pathlib import Path

import pytest

import sources

sys.path.insert(0, str(sources.ROOT / "python"))
os.environ["INFERSCOPE"] = str(sources.INFERSCOPE)


@pytest.fixture(scope="session", params=["made", *sources.FILES])
def exported(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> sources.Export:
    folder: Path = tmp_path_factory.mktemp(request.param)
    return sources.made(folder) if request.param == "made" else sources.fixtures(request.param, folder)
