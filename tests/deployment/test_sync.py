"""deploy/s3/sync.py against a real server of S3's interface: what is copied, when it changes, and what a reader sees when it fails."""

import hashlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from unittest import mock

from s3 import SYNC, Line, Sync, ended, environment, free_port, moto, until

sys.path.insert(0, str(SYNC.parent))
import sync as program
from bucket import Object
from settings import Settings

SECRET = "wJalrXUtnFEMI-not-a-real-secret"


class Served(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.moto = moto()

    def setUp(self):
        self.moto.reset()
        self.s3 = self.moto.client()
        self.s3.create_bucket(Bucket="results")
        self.folder = Path(tempfile.mkdtemp(prefix="inferscope-s3-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def put(self, key: str, body: bytes | str, bucket: str = "results", **more):
        self.s3.put_object(Bucket=bucket, Key=key, Body=body, **more)

    def sync(self, address: str | None = None, **more: str) -> Sync:
        return Sync(self.folder / "data", address or self.moto.address, **more)

    def line(self) -> Line:
        line = Line(self.moto.port)
        self.addCleanup(line.server_close)
        self.addCleanup(line.shutdown)
        return line


class Copied(Served):
    def test_keys_and_folders_keep_their_paths_and_times(self):
        self.put("consolidated_dashboard.csv", "a,b\n1,2\n")
        self.put("teams/llmd.csv", "x\n")
        self.put("nightly/run-1/benchmarks.json", "{}")
        self.put("nightly/run 2/benchmarks.json", "{ }")
        self.put("other/secret.json", "{}")
        self.put("nightly-old/a.json", "{}")
        sync = self.sync(S3_KEY_LLMD="/teams/llmd.csv", S3_PREFIXES="/nightly, absent/")
        self.assertEqual(sync.once(), 0, sync.said)
        files = sync.files()
        indexes = {"nightly/index.json", "absent/index.json"}
        self.assertEqual(
            files.keys() - indexes,
            {"consolidated_dashboard.csv", "teams/llmd.csv", "nightly/run-1/benchmarks.json", "nightly/run 2/benchmarks.json"},
        )
        self.assertEqual(files["consolidated_dashboard.csv"], b"a,b\n1,2\n")
        head = self.s3.head_object(Bucket="results", Key="nightly/run-1/benchmarks.json")
        served = sync.target / "nightly/run-1/benchmarks.json"
        self.assertEqual(served.stat().st_mtime, head["LastModified"].timestamp())
        self.assertEqual(served.stat().st_mode & 0o777, 0o644)
        index = sync.index("nightly")
        self.assertEqual([one["path"] for one in index["files"]], ["run 2/benchmarks.json", "run-1/benchmarks.json"])
        self.assertEqual([one["size"] for one in index["files"]], [3, 2])
        self.assertEqual(index["files"][1]["time"], head["LastModified"].strftime("%Y-%m-%dT%H:%M:%SZ"))
        self.assertEqual(index["watch"], 300)
        self.assertEqual(sync.index("absent")["files"], [])
        status = sync.status()
        self.assertIsNone(status["failed"])
        self.assertRegex(status["synced"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual(status["skipped"], [{"path": "absent/", "reason": "the folder is empty"}])

    def test_a_whole_bucket_logs_and_more_than_a_page_of_keys(self):
        for number in range(95):
            self.put(f"r/{number:04}.json", "{}")
        self.s3.create_bucket(Bucket="logs")
        self.put("serving/7f.log", "Application startup complete.\n", bucket="logs")
        sync = self.sync(S3_PREFIXES="/", S3_LOGS_BUCKET="logs", S3_LOGS_PREFIX="serving", SYNC_SECONDS="60")
        self.assertEqual(sync.once(), 0, sync.said)
        files = sync.files()
        self.assertEqual(files["logs/7f.log"], b"Application startup complete.\n")
        self.assertNotIn("logs/index.json", files)
        self.assertEqual(len(sync.index("")["files"]), 96)
        self.assertEqual(sync.index("")["watch"], 60)

    def test_what_changed_is_fetched_and_what_is_gone_is_removed(self):
        line = self.line()
        for name in ("a", "b", "c"):
            self.put(f"nightly/{name}.json", f"{name} 1")
        sync = self.sync(line.address, S3_PREFIXES="nightly", S3_KEY="", S3_KEY_LLMD="", S3_KEY_CPU="")
        self.assertEqual(sync.once(), 0, sync.said)
        first = (sync.target / ".now").readlink()
        inode = (sync.target / "nightly/a.json").stat().st_ino
        line.requests.clear()
        self.assertEqual(sync.once(), 0, sync.said)
        self.assertEqual((sync.target / ".now").readlink(), first, "nothing changed, so nothing was made")
        self.assertEqual([one.split()[0:2] for one in line.requests], [["GET", line.requests[0].split()[1]]], "one list")
        self.assertIn("list-type=2", line.requests[0])

        # Of the same size, in the same second.
        self.put("nightly/b.json", "b 2")
        self.s3.delete_object(Bucket="results", Key="nightly/c.json")
        self.put("nightly/new/d.json", "d 1")
        before = (sync.target / "nightly/b.json").stat().st_mtime
        old = sync.index("nightly")
        line.requests.clear()
        self.assertEqual(sync.once(), 0, sync.said)
        fetched = [one.split()[1] for one in line.requests if "list-type" not in one]
        self.assertEqual(sorted(fetched), ["/results/nightly/b.json", "/results/nightly/new/d.json"])
        files = sync.files()
        self.assertEqual(files.keys(), {"nightly/a.json", "nightly/b.json", "nightly/new/d.json", "nightly/index.json"})
        self.assertEqual(files["nightly/b.json"], b"b 2")
        self.assertGreater((sync.target / "nightly/b.json").stat().st_mtime, before, "browsers see that it changed")
        times = lambda index: {one["path"]: one["time"] for one in index["files"]}
        self.assertNotEqual(times(old)["b.json"], times(sync.index("nightly"))["b.json"])
        self.assertEqual((sync.target / "nightly/a.json").stat().st_ino, inode, "what stayed is linked")
        self.assertEqual(len(list(sync.target.glob(".copy-*"))), 1)

        # The last file of a folder, and a folder that the settings do not name any more.
        sync.variables["S3_PREFIXES"] = "nightly/new"
        self.assertEqual(sync.once(), 0, sync.said)
        self.assertEqual(sync.files().keys(), {"nightly/new/d.json", "nightly/new/index.json"})
        sync.variables |= {"S3_PREFIXES": "", "S3_KEY": "top.csv"}
        self.put("top.csv", "x")
        self.assertEqual(sync.once(), 0, sync.said)
        self.assertEqual(sorted(os.listdir(sync.target)), sorted([".lock", ".now", (sync.target / ".now").readlink().name, "status.json", "top.csv"]))

    def test_odd_names_stay_what_they_are_or_are_said(self):
        fine = ["a b.json", "ü#?%.json", "100%25.json", "a+b=c&d.json", "l" * 200 + ".json", "deep/" * 20 + "x.json", "'\"<>|*.json", "~x", "index"]
        odd = {
            "../up.json": "its name cannot be a file's",
            "a//b.json": "its name cannot be a file's",
            "./x.json": "its name cannot be a file's",
            "back\\slash.json": "its name cannot be a file's",
            "tab\there.json": "its name cannot be a file's",
            ".hidden/x.json": "it is a hidden file",
            "l" * 300: "its name is too long for a file's",
        }
        for name in [*fine, *odd]:
            self.put(f"n/{name}", name)
        self.put("n/folder/", "")
        sync = self.sync(S3_PREFIXES="n")
        self.assertEqual(sync.once(), 0, sync.said)
        self.assertEqual({path: body.decode() for path, body in sync.files().items() if path != "n/index.json"}, {f"n/{name}": name for name in fine})
        self.assertEqual({one["path"] for one in sync.index("n")["files"]}, set(fine))
        left = {one["path"].removeprefix("n/"): one["reason"] for one in sync.status()["skipped"]}
        self.assertEqual(left, odd)
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["data"])

    def test_a_file_and_a_folder_of_one_name(self):
        self.put("n/x", "file")
        self.put("n/x/y.json", "below it")
        self.put("n/index.json/z", "below the index")
        self.put("n", "called like the folder")
        sync = self.sync(S3_PREFIXES="n", S3_KEY="n")
        self.assertEqual(sync.once(), 0, sync.said)
        self.assertEqual(sync.files().keys() - {"n/index.json"}, {"n/x"} if "n/x" in sync.files() else {"n/x/y.json"})
        self.assertEqual(len(sync.status()["skipped"]), 3)

    def test_sizes_are_bounded_and_the_newest_are_taken(self):
        self.put("n/old.json", b"o" * 600)
        time.sleep(1.1)
        self.put("n/new.json", b"n" * 600)
        self.put("n/large.json", b"l" * 5000)
        sync = self.sync(S3_PREFIXES="n", S3_MAX_FILE_BYTES="4Ki", S3_MAX_BYTES="1000")
        self.assertEqual(sync.once(), 0, sync.said)
        self.assertEqual(sync.files().keys(), {"n/new.json", "n/index.json"})
        left = {one["path"]: one["reason"] for one in sync.status()["skipped"]}
        self.assertEqual(left["n/large.json"], "it has 5000 bytes, more than S3_MAX_FILE_BYTES")
        self.assertEqual(left["n/old.json"], "there is no room for it (S3_MAX_BYTES, S3_MAX_FILES)")
        self.assertEqual(sync.once(S3_MAX_FILES="1", S3_MAX_BYTES="1Gi"), 0, sync.said)
        self.assertEqual(sync.files().keys(), {"n/new.json", "n/index.json"})

    def test_an_index_of_the_buckets_own_stays(self):
        own = json.dumps({"dataset": {"schema": 1, "rows": 3}, "files": [{"path": "part-0.parquet", "size": 4, "rows": 3}]})
        self.put("all/index.json", own)
        self.put("all/part-0.parquet", "PAR1")
        self.put("runs/r1/index.json", '[{"path": "gone.json"}]')
        self.put("runs/r1/a.json", "{}")
        sync = self.sync(S3_PREFIXES="all,runs")
        self.assertEqual(sync.once(), 0, sync.said)
        self.assertEqual(sync.files()["all/index.json"].decode(), own)
        self.assertEqual([one["path"] for one in sync.index("runs")["files"]], ["r1/a.json"], "indexes are not data")
        # It names what is nowhere: shown all the same, after the bucket was listed again.
        self.assertEqual(sync.said.count("once more"), 2)
        self.assertIn("runs/r1/index.json", sync.files())
        self.assertEqual(sync.once(), 0, sync.said)
        self.assertNotIn("once more", sync.said)


class Asked(Served):
    """With which credentials the bucket is asked."""

    def setUp(self):
        super().setUp()
        self.put("k.csv", "x", ACL="public-read")
        self.seen = self.line()

    def header(self, name: str) -> str | None:
        lines = self.seen.requests[-1].split("\r\n\r\n")[0].split("\r\n")
        return dict(line.lower().split(": ", 1) for line in lines[1:]).get(name)

    def test_those_of_the_environment_with_a_session_token(self):
        sync = self.sync(self.seen.address, S3_KEY="k.csv", AWS_ACCESS_KEY_ID="AKIDENV", AWS_SECRET_ACCESS_KEY=SECRET, AWS_SESSION_TOKEN="token-42", S3_REGION="eu-central-1")
        self.assertEqual(sync.once(), 0, sync.said)
        self.assertRegex(self.header("authorization"), r"credential=akidenv/\d+/eu-central-1/s3/")
        self.assertEqual(self.header("x-amz-security-token"), "token-42")

    def test_those_of_the_pods_role(self):
        class Role(BaseHTTPRequestHandler):
            def do_GET(self):
                body = json.dumps({"AccessKeyId": "AKIDROLE", "SecretAccessKey": SECRET, "Token": "t", "Expiration": "2099-01-01T00:00:00Z"}).encode()
                self.send_response(200)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        server = HTTPServer(("127.0.0.1", 0), Role)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        uri = f"http://127.0.0.1:{server.server_address[1]}/"
        sync = self.sync(self.seen.address, S3_KEY="k.csv", AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="", AWS_CONTAINER_CREDENTIALS_FULL_URI=uri)
        self.assertEqual(sync.once(), 0, sync.said)
        self.assertIn("credential=akidrole/", self.header("authorization"))

    def test_none_where_there_are_none(self):
        sync = self.sync(self.seen.address, S3_KEY="k.csv", AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
        self.assertEqual(sync.once(), 0, sync.said)
        self.assertIsNone(self.header("authorization"))
        self.assertEqual(sync.files(), {"k.csv": b"x"})

    def test_half_of_a_pair_is_said(self):
        sync = self.sync(S3_KEY="k.csv", AWS_SECRET_ACCESS_KEY=None)
        self.assertEqual(sync.once(), 1)
        self.assertEqual(sync.status()["failed"], "of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY one is missing")


class Failed(Served):
    def setUp(self):
        super().setUp()
        self.put("consolidated_dashboard.csv", "1")
        self.put("nightly/a.json", "a1")

    def test_wrong_credentials_keep_the_last_copy_and_are_no_secret(self):
        policy = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})
        iam = self.moto.client("iam")
        for user, document in (("reader", policy), ("nobody", None)):
            iam.create_user(UserName=user)
            if document:
                iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=document)
        keys = {user: iam.create_access_key(UserName=user)["AccessKey"] for user in ("reader", "nobody")}
        self.moto.guarded(0)
        self.addCleanup(self.moto.guarded, 1 << 30)
        of = lambda user: {"AWS_ACCESS_KEY_ID": keys[user]["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": keys[user]["SecretAccessKey"]}
        sync = self.sync(S3_PREFIXES="nightly")
        self.assertEqual(sync.once(**of("reader")), 0, sync.said)
        synced = sync.status()["synced"]
        for variables, why in (
            (of("reader") | {"AWS_SECRET_ACCESS_KEY": SECRET}, "the secret key is wrong"),
            (of("reader") | {"AWS_ACCESS_KEY_ID": "AKIAUNKNOWN000000000"}, "the access key is not known there"),
            (of("nobody"), "access is denied"),
        ):
            with self.subTest(why=why):
                self.assertEqual(sync.once(**variables), 1)
                status = sync.status()
                self.assertEqual(status["failed"], f"consolidated_dashboard.csv, nightly/: {why}")
                self.assertEqual(status["synced"], synced)
                self.assertEqual(sync.files().keys(), {"consolidated_dashboard.csv", "nightly/a.json", "nightly/index.json"})
                for secret in variables.values():
                    self.assertNotIn(secret, sync.said + json.dumps(status))
        self.assertEqual(sync.once(**of("reader")), 0, sync.said)
        self.assertIsNone(sync.status()["failed"])

    def test_a_server_that_is_down_from_the_start_shows_no_empty_folder(self):
        sync = self.sync(f"http://127.0.0.1:{free_port()}", S3_PREFIXES="nightly")
        self.assertEqual(sync.once(), 1)
        self.assertEqual(sync.files(), {})
        status = sync.status()
        self.assertEqual((status["synced"], status["failed"]), (None, "nightly/: the bucket's server cannot be reached"))

    def test_a_failure_has_a_beginning_and_an_end(self):
        sync = self.sync(S3_PREFIXES="nightly")
        self.assertEqual(sync.once(), 0, sync.said)
        good = sync.status()
        self.assertEqual(sync.once(S3_ENDPOINT_URL="http://127.0.0.1:9"), 1)
        first = sync.status()
        self.assertEqual(first["failed"], "consolidated_dashboard.csv, nightly/: the bucket's server cannot be reached")
        time.sleep(1.1)
        self.assertEqual(sync.once(S3_ENDPOINT_URL="http://127.0.0.1:9"), 1)
        self.assertEqual(sync.status()["since"], first["since"])
        self.assertEqual(sync.status()["synced"], good["synced"])
        self.assertEqual(sync.files()["nightly/a.json"], b"a1")
        self.assertEqual(sync.once(), 0, sync.said)
        self.assertGreater(sync.status()["since"], first["since"])

    def test_one_source_fails_and_the_others_go_on(self):
        self.put("teams/llmd.csv", "old")
        sync = self.sync(S3_KEY_LLMD="teams/llmd.csv", S3_PREFIXES="nightly")
        self.assertEqual(sync.once(), 0, sync.said)
        self.s3.delete_object(Bucket="results", Key="teams/llmd.csv")
        self.put("nightly/a.json", "a two")
        self.assertEqual(sync.once(), 1)
        self.assertEqual(sync.status()["failed"], "teams/llmd.csv: there is no such object")
        self.assertEqual(sync.files()["nightly/a.json"], b"a two")
        self.assertEqual(sync.files()["teams/llmd.csv"], b"old")

    def test_defaults_may_be_absent_but_not_everything(self):
        self.s3.delete_object(Bucket="results", Key="consolidated_dashboard.csv")
        sync = self.sync()
        self.assertEqual(sync.once(), 1)
        self.assertIn("consolidated_dashboard.csv", sync.status()["failed"])
        self.assertEqual(sync.once(S3_PREFIXES="nightly"), 0, sync.said)
        self.assertEqual(sync.once(S3_PREFIXES="nightly", S3_KEY="consolidated_dashboard.csv"), 1)
        self.assertEqual(sync.once(S3_BUCKET="no-such-bucket", S3_PREFIXES="nightly"), 1)
        self.assertIn("nightly/: there is no such bucket", sync.status()["failed"])

    def test_an_answer_that_breaks_off_is_never_shown(self):
        line = self.line()
        sync = self.sync(line.address, S3_PREFIXES="nightly")
        self.assertEqual(sync.once(), 0, sync.said)
        self.put("nightly/a.json", b"b" * 300_000)
        line.cut = 150_000
        self.assertEqual(sync.once(), 1)
        self.assertEqual(sync.files()["nightly/a.json"], b"a1")
        self.assertRegex(sync.status()["failed"], r"^nightly/a\.json: the connection broke off$")
        line.cut = None
        self.assertEqual(sync.once(), 0, sync.said)
        self.assertEqual(sync.files()["nightly/a.json"], b"b" * 300_000)

    def test_a_full_volume_keeps_the_last_copy(self):
        sync = self.sync(S3_PREFIXES="nightly")
        self.assertEqual(sync.once(), 0, sync.said)
        self.put("nightly/b.json", b"b" * 200_000)
        # Files of this process and of those that it starts may not grow beyond.
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
        try:
            self.assertEqual(sync.once(), 1)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        self.assertEqual(sync.status()["failed"], "the copy cannot be written: File too large")
        self.assertEqual(sync.files().keys(), {"consolidated_dashboard.csv", "nightly/a.json", "nightly/index.json"})
        self.assertEqual(sync.once(), 0, sync.said)
        self.assertIn("nightly/b.json", sync.files())
        self.assertEqual(len(list(sync.target.glob(".copy-*"))), 1)

    def test_settings_that_make_no_sense_are_refused(self):
        for variables, said in (
            ({"S3_BUCKET": ""}, "nothing to copy"),
            ({"S3_MAX_BYTES": "2GB"}, "S3_MAX_BYTES is “2GB”"),
            ({"SYNC_SECONDS": "-1"}, "SYNC_SECONDS is “-1”"),
            ({"S3_PREFIXES": "nightly, a/../../up"}, "S3_PREFIXES names “a/../../up”"),
        ):
            sync = self.sync(**variables)
            self.assertEqual(sync.once(), 1)
            self.assertIn(f"error: {said}", sync.said)
            self.assertNotIn("Traceback", sync.said)
        for address in ("ftp://x", "http://user:pass@host"):
            sync = self.sync(address)
            self.assertEqual(sync.once(), 1)
            self.assertIn("S3_ENDPOINT_URL is not", sync.status()["failed"])
            self.assertNotIn("pass@", sync.said)


class Running(Served):
    """As a sidecar: again and again, beside readers, and told to stop."""

    @staticmethod
    def body(version: int, size: int) -> bytes:
        text = str(version).encode() * size
        return hashlib.sha256(text).hexdigest().encode() + text

    def test_readers_see_whole_files_and_indexes_of_files_that_are_there(self):
        line = self.line()
        line.delay = 0.002
        sizes = {"a.json": 40_000, "b/b.json": 150_000, "c.json": 1_000}
        for name, size in sizes.items():
            self.put(f"n/{name}", self.body(1, size))
        sync = self.sync(line.address, S3_PREFIXES="n", S3_KEY="", S3_KEY_LLMD="", S3_KEY_CPU="", SYNC_SECONDS="1")
        process = sync.start()
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.kill)
        until(lambda: sync.files() and sync.status()["failed"] is None)
        end = time.monotonic() + 6
        changing = threading.Event()

        def change():
            version = 1
            while not changing.wait(0.25):
                version += 1
                for name, size in sizes.items():
                    self.put(f"n/{name}", self.body(version, size + version))
                # A file comes and goes.
                if version % 2:
                    self.put("n/odd.json", self.body(version, 20_000))
                else:
                    self.s3.delete_object(Bucket="results", Key="n/odd.json")

        thread = threading.Thread(target=change)
        thread.start()
        looks, copies, seen = 0, set(), set()
        try:
            while time.monotonic() < end:
                before = (sync.target / ".now").readlink()
                found = {}
                members = sync.index("n")["files"]
                for member in members:
                    try:
                        found[member["path"]] = (sync.target / "n" / member["path"]).read_bytes()
                    except FileNotFoundError:
                        found[member["path"]] = None
                for name, body in found.items():
                    if body is not None:
                        self.assertEqual(hashlib.sha256(body[64:]).hexdigest().encode(), body[:64], f"{name} is whole")
                        seen.add((name, len(body)))
                looks += 1
                if (sync.target / ".now").readlink() == before:
                    copies.add(before)
                    self.assertEqual({name: body and len(body) for name, body in found.items()}, {one["path"]: one["size"] for one in members})
        finally:
            changing.set()
            thread.join()
        self.assertGreater(looks, 30)
        self.assertGreater(len(copies), 2)
        self.assertGreater(len(seen), len(sizes) * 2)
        code, said = ended(process)
        self.assertEqual(code, 128 + signal.SIGTERM, said)

    def test_told_to_stop_it_ends_at_once_and_the_next_one_tidies_up(self):
        self.put("n/a.json", "1")
        line = self.line()
        sync = self.sync(line.address, S3_PREFIXES="n", S3_KEY="", S3_KEY_LLMD="", S3_KEY_CPU="")
        self.assertEqual(sync.once(), 0, sync.said)
        self.put("n/large.json", b"x" * 4_000_000)
        for number, code in ((signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGKILL, -9)):
            with self.subTest(signal=number):
                line.delay = 0.2
                left = set(sync.target.glob(".copy-*"))
                process = sync.start()
                until(lambda: any(path.stat().st_size for path in sync.target.glob(".copy-*/n/large.json") if path.parents[1] not in left))
                began = time.monotonic()
                self.assertEqual(ended(process, number)[0], code)
                self.assertLess(time.monotonic() - began, 8)
                self.assertEqual(sync.files().keys(), {"n/a.json", "n/index.json"})
        line.delay = 0
        self.assertEqual(sync.once(), 0, sync.said)
        self.assertEqual(sync.files().keys(), {"n/a.json", "n/large.json", "n/index.json"})
        self.assertEqual(len(list(sync.target.glob(".copy-*"))), 1)

    def test_idle_it_ends_at_once_too_and_two_do_not_share_a_folder(self):
        self.put("n/a.json", "1")
        sync = self.sync(S3_PREFIXES="n", SYNC_SECONDS="3600")
        process = sync.start()
        until(lambda: (sync.target / "n/a.json").exists() and sync.status()["failed"] is None)
        self.assertEqual(sync.once(), 1)
        self.assertIn("another sync.py copies to", sync.said)
        code, said = ended(process)
        self.assertEqual(code, 143)
        self.assertTrue(said.rstrip().endswith("stopped"), said)

    def test_zero_seconds_is_once(self):
        self.put("n/a.json", "1")
        sync = self.sync(S3_PREFIXES="n", SYNC_SECONDS="0")
        process = sync.start()
        process.communicate(timeout=20)
        self.assertEqual(process.returncode, 0)
        self.assertNotIn("watch", sync.index("n"))


class Alone(unittest.TestCase):
    """What needs no bucket."""

    def test_an_index_of_more_than_the_page_reads_has_the_newest(self):
        one = program.Round(Settings.read({"S3_BUCKET": "b", "S3_PREFIXES": "n"}), mock.Mock())
        objects = {f"n/{i}.json": Object("b/n/", "b", f"n/{i}.json", 1, "e", i, i) for i in range(2500)}
        files = json.loads(one.indexes(objects)["n/index.json"])["files"]
        self.assertEqual({member["path"] for member in files}, {f"{i}.json" for i in range(500, 2500)})
        self.assertEqual(one.skipped, [{"path": "n/index.json", "reason": "it lists the newest 2000 of 2500 files"}])

    def test_a_volume_without_hard_links_gets_copies(self):
        with tempfile.TemporaryDirectory() as folder, mock.patch("os.link", side_effect=PermissionError(1, "Operation not permitted")):
            last, place = Path(folder, "last"), Path(folder, "new")
            last.write_text("x")
            os.utime(last, (1000, 1000))
            self.assertTrue(program.linked(last, place))
            self.assertEqual((place.read_text(), place.stat().st_mtime), ("x", 1000))

    def test_what_nobody_thought_of_is_a_failure_too(self):
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(program, "Bucket", side_effect=KeyError("x")), mock.patch.object(program, "say") as said:
            copy = program.Copy(Path(folder))
            self.assertFalse(program.Round(Settings.read({"S3_BUCKET": "b"}), copy).run())
            self.assertEqual(copy.said()["failed"], "KeyError")
            self.assertIn("Traceback", said.call_args_list[0].args[0])
            copy.lock.close()

    def test_quantities_are_kubernetes_own(self):
        of = lambda text: Settings.read({"S3_BUCKET": "b", "S3_MAX_BYTES": text}).max_bytes
        self.assertEqual([of(text) for text in ("5", "2Ki", "3Mi", "4Gi", "")], [5, 2048, 3 << 20, 4 << 30, 2 << 30])


class Catalog(unittest.TestCase):
    def test_it_names_what_is_copied(self):
        env = environment(S3_BUCKET="b", S3_KEY_LLMD="teams/llmd.csv", S3_PREFIXES="nightly/, sweeps/2026", S3_LOGS_BUCKET="l", SYNC_SECONDS="120")
        made = json.loads(subprocess.run([sys.executable, "-B", SYNC, "catalog"], env=env, capture_output=True, text=True, check=True).stdout)
        self.assertEqual(made["refresh_seconds"], 120)
        self.assertEqual(
            {one["label"]: one["src"] for one in made["sources"]},
            {
                "llm-d": "data/teams/llmd.csv",
                "nightly": "data/nightly/index.json",
                "sweeps/2026": "data/sweeps/2026/index.json",
            },
        )
        self.assertEqual({one["status"] for one in made["sources"]}, {"data/status.json"})
        alone = program.catalog(Settings.read({"S3_BUCKET": "b"}))
        self.assertEqual([one["src"] for one in alone["sources"]], ["data/consolidated_dashboard.csv"])


if __name__ == "__main__":
    unittest.main()
