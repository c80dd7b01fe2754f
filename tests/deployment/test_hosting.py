"""Hosts without nginx: the workflow for GitHub Pages, and the website in a bucket, published to moto's server and read as a browser does."""

import gzip
import json
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import urllib.error
import urllib.request
from pathlib import Path

import yaml

from s3 import ROOT, environment, moto

DEPLOY = ROOT / "deploy"


class Pages(unittest.TestCase):
    def test_the_workflow_fits_githubs_schema(self):
        command = [str(Path(sys.executable).parent / "check-jsonschema"), "--builtin-schema", "vendor.github-workflows"]
        done = subprocess.run([*command, DEPLOY / "github-pages.yml"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as wrong:
            wrong.write((DEPLOY / "github-pages.yml").read_text().replace("runs-on:", "runson:"))
            wrong.flush()
            self.assertNotEqual(subprocess.run([*command, wrong.name], capture_output=True, check=False).returncode, 0)

    def test_its_shell_steps_leave_what_pages_serves(self):
        steps = yaml.safe_load((DEPLOY / "github-pages.yml").read_text())["jobs"]["build"]["steps"]
        script = next(step["run"] for step in steps if "catalog.json" in step.get("run", ""))
        with tempfile.TemporaryDirectory() as folder:
            for name in ("dist/index.html", "dist/index.html.gz", "dist/index.html.br", "data/runs/a.json", "data/runs/b.json.gz", "catalog.json"):
                path = Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(name)
            subprocess.run(["bash", "-e", "-c", script], cwd=folder, check=True)
            left = {path.relative_to(f"{folder}/dist").as_posix() for path in Path(folder, "dist").rglob("*") if path.is_file()}
        self.assertEqual(left, {"index.html", "catalog.json", "data/runs/a.json", "data/runs/b.json.gz"})


AWS = shutil.which("aws")


class Website(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.moto = moto()
        cls.moto.reset()

    @unittest.skipIf(AWS is None, "no aws command to publish with")
    def test_a_site_is_published_as_a_browser_wants_it(self):
        s3 = self.moto.client()
        s3.create_bucket(Bucket="site")
        name = "inferscope-web-0123456789abcdef"
        texts = {
            "index.html": "<!doctype html>" * 100,
            "sw.js": "// worker " * 100,
            f"{name}.js": "export {};" * 100,
            f"{name}_bg.wasm": "\0asm" * 100,
            "config.json": "{}",
            "manifest.webmanifest": "{}" * 600,
            "demo/profile.zip": "PK",
            "LICENSE": "Apache",
        }
        with tempfile.TemporaryDirectory() as folder:
            for path, text in texts.items():
                file = Path(folder, path)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
                if len(text) > 300:
                    Path(f"{file}.gz").write_bytes(gzip.compress(text.encode()))
                    Path(f"{file}.br").write_bytes(b"br")
            env = environment(
                DIST=folder,
                AWS_ACCESS_KEY_ID="admin",
                AWS_SECRET_ACCESS_KEY="admin",
                AWS_DEFAULT_REGION="us-east-1",
                AWS_ENDPOINT_URL=self.moto.address,
            )
            command = [DEPLOY / "s3-website.sh", "s3://site/sub/", "--acl", "public-read"]
            done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
        listed = s3.list_objects_v2(Bucket="site")["Contents"]
        self.assertEqual({one["Key"] for one in listed}, {f"sub/{path}" for path in texts})
        times = {one["Key"]: one["LastModified"] for one in listed}
        self.assertEqual(max(times.values()), times["sub/sw.js"])
        types = {
            "index.html": "text/html; charset=utf-8",
            "sw.js": "text/javascript; charset=utf-8",
            f"{name}.js": "text/javascript; charset=utf-8",
            f"{name}_bg.wasm": "application/wasm",
            "config.json": "application/json; charset=utf-8",
            "manifest.webmanifest": "application/manifest+json",
            "demo/profile.zip": "application/zip",
            "LICENSE": "text/plain; charset=utf-8",
        }
        for path, text in texts.items():
            with urllib.request.urlopen(f"{self.moto.address}/site/sub/{path}") as answer:
                headers, body = answer.headers, answer.read()
            self.assertEqual(headers["content-type"], types[path])
            self.assertEqual(headers["content-encoding"], "gzip" if len(text) > 300 else None, path)
            self.assertEqual((gzip.decompress(body) if headers["content-encoding"] else body).decode(), text)
            hashed = "0123456789abcdef" in path
            self.assertEqual(headers["cache-control"], "public, max-age=31536000, immutable" if hashed else "no-cache")

    def test_every_kind_of_file_of_the_page_has_a_type(self):
        known = (DEPLOY / "s3-website.sh").read_text()
        kinds = {path.suffix for path in (ROOT / "public").rglob("*") if path.is_file() and not path.name.startswith(".")} - {".md", ".tables", ""}
        for kind in kinds | {".wasm", ".css", ".html"}:
            self.assertRegex(known, rf"\*{re.escape(kind)}\b")

    def test_the_cors_rule_lets_the_page_read_and_nobody_else(self):
        s3 = self.moto.client()
        s3.create_bucket(Bucket="public")
        rule = json.loads((DEPLOY / "s3-cors.json").read_text())
        s3.put_bucket_cors(Bucket="public", CORSConfiguration=rule)
        s3.put_object(Bucket="public", Key="a.csv", Body=b"x", ACL="public-read")
        self.assertEqual(s3.get_bucket_cors(Bucket="public")["CORSRules"][0]["AllowedMethods"], ["GET", "HEAD"])

        def preflight(origin: str) -> str | None:
            headers = {"Origin": origin, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "range"}
            request = urllib.request.Request(f"{self.moto.address}/public/a.csv", headers=headers, method="OPTIONS")
            try:
                with urllib.request.urlopen(request) as answer:
                    return answer.headers["access-control-allow-origin"]
            except urllib.error.HTTPError as refused:
                return f"refused {refused.code}"

        self.assertEqual(preflight("https://inferscope.example.com"), "https://inferscope.example.com")
        self.assertNotEqual(preflight("https://other.example.com"), "https://other.example.com")


if __name__ == "__main__":
    unittest.main()
