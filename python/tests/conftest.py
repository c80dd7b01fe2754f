"""The command that is tested: the one of INFERSCOPE, else the debug build of this repository; and the page for its reports."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "python"))

target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
os.environ.setdefault("INFERSCOPE", str(target / "debug/inferscope"))


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with as much of the page as a report needs: the one of INFERSCOPE_DIST, else made here. `dist/` itself may be
    written anew while these tests run, and so may `vendor/`: the bundle is made where nobody else looks."""
    if named := os.environ.get("INFERSCOPE_DIST"):
        yield Path(named)
        return
    if not (ROOT / "node_modules").is_dir() or not shutil.which("node"):
        pytest.skip("Node.js or node_modules is missing, which a report's charts are bundled with: `make setup`")
    folder = tmp_path_factory.mktemp("page")
    for name in ("node_modules", "scripts"):
        (folder / name).symlink_to(ROOT / name, target_is_directory=True)
    subprocess.run(["node", "scripts/bundle.mjs"], cwd=folder, check=True)
    dist = folder / "dist"
    dist.mkdir()
    for name in ("index.html", "start.js"):
        (dist / name).touch()
    (folder / "vendor/report.js").rename(dist / "report.js")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INFERSCOPE_DIST", str(dist))
        yield dist
