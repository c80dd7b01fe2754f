"""deploy/pin-images.sh with stand-ins for skopeo and podman: what it rewrites, and that it rewrites all or nothing."""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from s3 import ROOT

SCRIPT = ROOT / "deploy/pin-images.sh"
# Says the digest that follows from the image's name, as the tests compute it, too.
SKOPEO = """#!/bin/sh
printf '%s\\n' "$*" >>"$SKOPEO_LOG"
for last; do :; done
case "$last" in *"$SKOPEO_FAILS"*) echo "reading manifest: unauthorized" >&2; exit 1 ;; esac
printf 'sha256:%s\\n' "$(printf '%s%s' "$SKOPEO_SALT" "${last#docker://}" | sha256sum | cut -c 1-64)"
"""


def digest(image: str, salt: str = "") -> str:
    return f"{image}@sha256:{hashlib.sha256((salt + image).encode()).hexdigest()}"


class Pinned(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="inferscope-pin-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.files = {}
        for path in (ROOT / "deploy").rglob("Containerfile"):
            copy = self.folder / "deploy" / path.relative_to(ROOT / "deploy")
            copy.parent.mkdir(parents=True, exist_ok=True)
            # As the repository has them: without digests, whether or not somebody has pinned these.
            copy.write_text(re.sub(r"@sha256:[0-9a-f]{64}", "", path.read_text()))
            self.files[copy] = copy.read_text()
        self.tools = self.folder / "tools"
        self.tools.mkdir()
        self.tool("skopeo", SKOPEO)

    def tool(self, name: str, text: str):
        (self.tools / name).write_text(text)
        (self.tools / name).chmod(0o755)

    def run_script(self, *arguments: str, fails: str = "no such image", salt: str = "") -> subprocess.CompletedProcess:
        # Only what the script names, so that a real skopeo or podman of this machine is not asked.
        for name in ("bash", "sh", "env", "find", "sort", "sed", "grep", "mktemp", "rm", "cat", "cut", "sha256sum", "dirname"):
            link = self.tools / name
            if not link.exists():
                link.symlink_to(shutil.which(name))
        env = {"PATH": str(self.tools), "PIN_ROOT": str(self.folder / "deploy"), "SKOPEO_LOG": str(self.folder / "log"), "SKOPEO_FAILS": fails, "SKOPEO_SALT": salt}
        return subprocess.run([SCRIPT, *arguments], env=env, capture_output=True, text=True, check=False)

    def now(self) -> dict[Path, str]:
        return {path: path.read_text() for path in self.files}

    def test_every_base_gets_its_digest_and_nothing_else_changes(self):
        self.assertEqual(self.run_script("--check").returncode, 1)
        self.assertEqual(self.now(), self.files)
        done = self.run_script()
        self.assertEqual(done.returncode, 0, done.stderr)
        bases = 0
        for path, text in self.now().items():
            for old, new in zip(self.files[path].splitlines(), text.splitlines(), strict=True):
                found = re.fullmatch(r"FROM (\S+/\S+)(.*)", old)
                self.assertEqual(new, f"FROM {digest(found[1])}{found[2]}" if found else old)
                bases += bool(found)
        self.assertGreaterEqual(bases, 7)
        self.assertEqual(self.run_script("--check").returncode, 0)
        # Each image once, whole, and not all the tags of its repository.
        asked = (self.folder / "log").read_text().splitlines()
        self.assertEqual(len(asked), len(set(asked)))
        self.assertTrue(all(re.fullmatch(r"inspect --no-tags --format \{\{\.Digest\}\} docker://docker\.io/library/\S+", line) for line in asked), asked)

    def test_a_digest_that_is_there_is_renewed(self):
        self.assertEqual(self.run_script().returncode, 0)
        once = self.now()
        self.assertEqual(self.run_script().returncode, 0)
        self.assertEqual(self.now(), once)
        self.assertEqual(self.run_script(salt="moved").returncode, 0)
        for path, text in self.now().items():
            for old, new in zip(self.files[path].splitlines(), text.splitlines(), strict=True):
                found = re.fullmatch(r"FROM (\S+/\S+)(.*)", old)
                self.assertEqual(new, f"FROM {digest(found[1], 'moved')}{found[2]}" if found else old)

    def test_where_one_cannot_be_resolved_nothing_is_changed(self):
        done = self.run_script(fails="rust")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"error: docker\.io/library/rust:\S+ could not be resolved; nothing was changed")
        self.assertEqual(self.now(), self.files)
        self.tool("skopeo", "#!/bin/sh\necho latest\n")
        done = self.run_script()
        self.assertEqual(done.returncode, 1)
        self.assertIn("which is none; nothing was changed", done.stderr)
        self.assertEqual(self.now(), self.files)

    def test_podman_runs_skopeo_where_there_is_none(self):
        (self.tools / "skopeo").rename(self.tools / "the-other")
        self.assertIn("neither skopeo nor podman", self.run_script().stderr)
        self.tool("podman", '#!/bin/sh\n[ "$1 $2 $3" = "run --rm quay.io/skopeo/stable:latest" ] || exit 9\nshift 3\nexec the-other "$@"\n')
        done = self.run_script()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.run_script("--check").returncode, 0)

    def test_it_says_that_it_is_untested_and_what_it_takes(self):
        self.assertIn("UNTESTED", SCRIPT.read_text())
        self.assertTrue(os.access(SCRIPT, os.X_OK))
        done = self.run_script("--help")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--check", done.stderr)


if __name__ == "__main__":
    unittest.main()
