#!/usr/bin/env python3
"""Copies objects of an S3 bucket into the folder that nginx serves as data/, again and again: README.md lists the settings.

    sync.py             copy every SYNC_SECONDS; with SYNC_SECONDS=0, once
    sync.py once        copy once; exit code 1 when anything failed
    sync.py catalog     print the catalog.json that names what the settings copy

A reader sees one whole copy or the next, never a mixture: a copy is built in a hidden folder, where what has not changed is
linked and not fetched, and one rename of a symbolic link (`.now`) shows it. What failed keeps its last copy, and status.json
says since when and why.
"""

import fcntl
import json
import os
import re
import shutil
import signal
import sys
import tempfile
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from pathlib import Path

from bucket import ATTEMPTS, ERRORS, GONE, PARALLEL, Bucket, Object, Stopped, code, reason, stop
from settings import Settings, catalog

# The page reads so many files of an index (src/source/index.rs).
INDEX_MEMBERS = 2000
MANIFEST = ".objects.json"
SECRETS = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ACCESS_KEY_ID")


def say(text: str) -> None:
    print(f"{utc(time.time())} {without_secrets(text)}", flush=True)


def without_secrets(text: str) -> str:
    for name in SECRETS:
        if len(os.environ.get(name, "")) >= 4:
            text = text.replace(os.environ[name], "***")
    return re.sub(r"[\x00-\x1f\x7f]", " ", text)


def utc(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def refusal(path: str) -> str | None:
    """Why an object cannot lie below data/ under its own name."""
    parts = path.split("/")
    if any(part in ("", ".", "..") for part in parts) or "\\" in path or re.search(r"[\x00-\x1f\x7f]", path):
        return "its name cannot be a file's"
    if any(part.startswith(".") for part in parts):
        return "it is a hidden file"
    if len(path.encode()) > 1024 or any(len(part.encode()) > 255 for part in parts):
        return "its name is too long for a file's"
    if parts[0] == "status.json":
        return "status.json is this program's own"
    return None


def parents(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:end]) for end in range(1, len(parts))]


class Copy:
    """The folder that nginx serves. `.now` leads to the copy that is shown, and each name in data/ leads through it."""

    def __init__(self, target: Path):
        self.target = target
        target.mkdir(parents=True, exist_ok=True)
        self.lock = open(target / ".lock", "w")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SystemExit(f"error: another sync.py copies to {target}") from None
        self.tidy()
        self.link()

    @property
    def shown(self) -> Path | None:
        now = self.target / ".now"
        return now.resolve() if now.is_symlink() and now.is_dir() else None

    def manifest(self) -> tuple[dict[str, Object], dict[str, str]]:
        """The shown copy's objects and the indexes that were written for it, by path; none where another version wrote it."""
        try:
            manifest = json.loads((self.shown / MANIFEST).read_text()) if self.shown else {"objects": {}, "indexes": {}}
            return {path: Object(**one) for path, one in manifest["objects"].items()}, manifest["indexes"]
        except (OSError, ValueError, KeyError, TypeError):
            return {}, {}

    def tidy(self) -> None:
        """Removes copies that were not finished and those that are not shown any more."""
        shown = self.shown
        for path in self.target.glob(".copy-*"):
            if shown is None or path.name != shown.name:
                shutil.rmtree(path, ignore_errors=True)

    def said(self) -> dict:
        try:
            return json.loads((self.target / "status.json").read_text())
        except (OSError, ValueError):
            return {}

    def show(self, made: Path) -> None:
        os.chmod(made, 0o755)
        link = self.target / ".now.new"
        link.unlink(missing_ok=True)
        link.symlink_to(made.name)
        os.replace(link, self.target / ".now")
        self.link()
        self.tidy()

    def link(self) -> None:
        wanted = {path.name for path in self.shown.iterdir() if path.name != MANIFEST} if self.shown else set()
        ours = {path.name for path in self.target.iterdir() if path.is_symlink() and os.readlink(path).startswith(".now/")}
        for name in sorted(wanted - ours):
            (self.target / name).symlink_to(f".now/{name}")
        for name in sorted(ours - wanted):
            (self.target / name).unlink()

    def status(self, failed: str | None, synced: bool, skipped: tuple | list = ()) -> None:
        """`since` is when it began to be well, or to fail."""
        now = utc(time.time())
        last = self.said()
        since = last.get("since") if (last.get("failed") is None) == (failed is None) else None
        said = {
            "synced": now if synced else last.get("synced"),
            "failed": failed and without_secrets(failed)[:500],
            "since": since or now,
            "skipped": list(skipped[:20]),
        }
        fresh = self.target / ".status.new"
        fresh.write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n")
        os.chmod(fresh, 0o644)
        os.replace(fresh, self.target / "status.json")


@dataclass
class Round:
    """One look at the bucket and what follows from it."""

    settings: Settings
    copy: Copy
    failures: list[tuple[str, str]] = field(default_factory=list)
    skipped: list[dict] = field(default_factory=list)
    # Folders that could not be listed and have no copy.
    unknown: set[str] = field(default_factory=set)

    def run(self) -> bool:
        """Copies what has changed; whether all of it could be."""
        self.copy.tidy()
        known = self.copy.said().get("skipped")
        try:
            bucket = Bucket(self.settings)
            # Files that an index of the bucket names may have come after their part of the list was read.
            for attempt in range(1, ATTEMPTS + 1):
                self.failures, self.skipped, self.unknown = [], [], set()
                wanted = self.plan(bucket)
                if self.failures and not wanted or self.build(bucket, wanted, patient=attempt < ATTEMPTS):
                    break
                say("an index names files that may have come while the bucket was listed: once more")
                stop.wait(1)
        except (*ERRORS, OSError) as error:
            self.failures.append(("", reason(error)))
        # What nobody thought of ends neither the pod nor what it shows.
        except Exception as error:
            say(traceback.format_exc())
            self.failures.append(("", reason(error)))
        failed = self.failed()
        self.copy.status(failed, synced=failed is None, skipped=self.skipped)
        if failed:
            say(f"failed: {failed}; the last copy stays")
        for one in self.skipped[:20] if self.skipped[:20] != known else []:
            say(f"left out: {one['path']}: {one['reason']}")
        return failed is None

    def failed(self) -> str | None:
        """What failed and why, each reason once."""
        reasons: dict[str, list[str]] = {}
        for name, why in self.failures:
            reasons.setdefault(why, []).append(name)
        told = []
        for why, names in reasons.items():
            more = f" and {len(names) - 3} more" if len(names) > 3 else ""
            told.append(f"{', '.join(names[:3])}{more}: {why}" if names[0] else why)
        return "; ".join(told) or None

    def leave_out(self, path: str, why: str) -> None:
        one = {"path": path, "reason": why}
        if one not in self.skipped:
            self.skipped.append(one)

    def plan(self, bucket: Bucket) -> dict[str, Object]:
        """What the copy is to have, by path."""
        before, _ = self.copy.manifest()
        wanted: dict[str, Object] = {}
        indexed = {f"{source.place}index.json" for source in self.settings.sources if source.folder and source.indexed}
        folders = {folder for path in indexed for folder in parents(path)}
        absent = []
        room, files = self.settings.max_bytes, self.settings.max_files
        for source in self.settings.sources:
            label = source.prefix or "the bucket"
            try:
                found = bucket.listed(source)
            except ERRORS as error:
                kept = {path: one for path, one in before.items() if one.source == source.name}
                if not source.required and (code(error) in GONE or code(error) and not kept):
                    absent.append((label, reason(error)))
                    continue
                if source.required or kept or not bucket.down:
                    self.failures.append((label, reason(error)))
                say(f"{source.name}: {error}")
                if not kept:
                    self.unknown.add(source.place)
                for path, one in kept.items():
                    room, files = room - one.size, files - 1
                    folders.update(parents(path))
                    wanted.setdefault(path, one)
                continue
            if not found:
                self.leave_out(source.place, "the folder is empty")
            # Where there is no room for all, the newest are taken.
            for one, storage in sorted(found, key=lambda pair: (-pair[0].modified, pair[0].key)):
                path = source.place + one.key[len(source.prefix) :] if source.folder else source.place
                if path in wanted:
                    continue
                why = refusal(path)
                if not why and (path in folders or any(part in wanted or part in indexed for part in parents(path))):
                    why = "another object's folder has its name, or its folder another object's"
                if storage in ("GLACIER", "DEEP_ARCHIVE"):
                    why = "it is archived"
                elif one.size > self.settings.max_file_bytes:
                    why = f"it has {one.size} bytes, more than S3_MAX_FILE_BYTES"
                elif one.size > room or files <= 0:
                    why = "there is no room for it (S3_MAX_BYTES, S3_MAX_FILES)"
                if why:
                    self.leave_out(path, why)
                    continue
                room, files = room - one.size, files - 1
                folders.update(parents(path))
                wanted[path] = one
        if not wanted and not self.failures:
            self.failures.extend([("", bucket.down)] if bucket.down else absent)
        return wanted

    def build(self, bucket: Bucket, wanted: dict[str, Object], patient: bool) -> bool:
        """Builds the copy and shows it; not where it is to be planned again, because a new index names what it lacks."""
        shown = self.copy.shown
        before, written = self.copy.manifest()
        same = {path for path, one in wanted.items() if path in before and before[path].version == one.version}
        if shown and same == before.keys() == wanted.keys() and self.indexes(before) == written:
            return True
        fetched: dict[str, Object] = {}
        objects: dict[str, Object] = {}
        made = Path(tempfile.mkdtemp(prefix=".copy-", dir=self.copy.target))
        pool = ThreadPoolExecutor(PARALLEL)
        try:
            waiting = {}
            for path, one in wanted.items():
                place = made / path
                place.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
                if path in same and shown and linked(shown / path, place):
                    objects[path] = before[path]
                else:
                    waiting[path] = pool.submit(bucket.fetch, one, place, self.settings.max_file_bytes)
            for path, future in waiting.items():
                try:
                    one = future.result()
                except ERRORS as error:
                    self.lost(path, error, made, before, objects)
                    continue
                last = before.get(path)
                # Browsers and nginx tell versions by second and size.
                if last and last.etag != one.etag and last.size == one.size and one.time <= last.time:
                    one.time = last.time + 1
                os.utime(made / path, (one.time, one.time))
                objects[path] = fetched[path] = one
        except BaseException:
            # Who is told to stop does not wait for the network; what is left over is removed at the next start.
            pool.shutdown(wait=not stop.is_set(), cancel_futures=True)
            raise
        pool.shutdown()
        if patient and not self.failures and any(self.incomplete(made, path, objects) for path in fetched):
            shutil.rmtree(made)
            return False
        indexes = self.indexes(objects)
        for path, text in indexes.items():
            (made / path).parent.mkdir(parents=True, exist_ok=True, mode=0o755)
            (made / path).write_text(text)
            os.chmod(made / path, 0o644)
        manifest = {"objects": {path: asdict(one) for path, one in sorted(objects.items())}, "indexes": indexes}
        (made / MANIFEST).write_text(json.dumps(manifest))
        self.copy.show(made)
        say(f"copied {len(fetched)} files, {sum(one.size for one in fetched.values())} bytes; {len(objects)} files are shown")
        return True

    def lost(self, path: str, error: Exception, made: Path, before: dict[str, Object], objects: dict[str, Object]) -> None:
        """An object that could not be fetched: gone since it was listed, or its last copy stays."""
        (made / path).unlink(missing_ok=True)
        if code(error) in GONE:
            return
        self.failures.append((path, reason(error)))
        last = before.get(path)
        if last and self.copy.shown and linked(self.copy.shown / path, made / path):
            objects[path] = last

    def indexes(self, objects: dict[str, Object]) -> dict[str, str]:
        """An index.json for each folder that has none of its own in the bucket."""
        written = {}
        for source in self.settings.sources:
            path = f"{source.place}index.json"
            if not (source.folder and source.indexed) or path in objects or source.place in self.unknown:
                continue
            below = [(name, one) for name, one in objects.items() if name.startswith(source.place) and name.split("/")[-1] != "index.json"]
            below.sort(key=lambda pair: (-pair[1].time, pair[0]))
            if len(below) > INDEX_MEMBERS:
                self.leave_out(path, f"it lists the newest {INDEX_MEMBERS} of {len(below)} files")
            files = [
                {"path": name[len(source.place) :], "size": one.size, "time": utc(one.time)}
                for name, one in sorted(below[:INDEX_MEMBERS])
            ]
            index = {"files": files} | ({"watch": self.settings.seconds} if self.settings.seconds else {})
            written[path] = json.dumps(index, ensure_ascii=False, indent=1) + "\n"
        return written

    def incomplete(self, made: Path, path: str, objects: dict[str, Object]) -> bool:
        """Whether this is an index of the bucket's own that names a file which the copy lacks."""
        folder, _, name = path.rpartition("/")
        if name != "index.json":
            return False
        try:
            index = json.loads((made / path).read_text())
            members = [member["path"] for member in (index["files"] if isinstance(index, dict) else index)]
        except (OSError, ValueError, KeyError, TypeError):
            return False
        skipped = {one["path"] for one in self.skipped}
        named = {f"{folder}/{member}" if folder else member for member in members}
        return not named <= objects.keys() | skipped


def linked(last: Path, place: Path) -> bool:
    """Puts the last copy's file into the new copy; some volumes have no hard links."""
    try:
        os.link(last, place)
    except FileNotFoundError:
        return False
    except OSError:
        shutil.copy2(last, place)
    return True


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["once"], ["catalog"]):
        print(__doc__, file=sys.stderr)
        return 2
    settings = Settings.read(os.environ)
    if arguments == ["catalog"]:
        print(json.dumps(catalog(settings), ensure_ascii=False, indent=2))
        return 0
    copy = Copy(settings.target)
    if not copy.shown:
        copy.status("the first copy is being made", synced=False)
    say("copies " + ", ".join(source.name for source in settings.sources))
    while True:
        well = Round(settings, copy).run()
        if arguments == ["once"] or settings.seconds == 0:
            return 0 if well else 1
        # At whole multiples, so that all pods of a deployment look at the same time and show the same.
        wait = settings.seconds - time.time() % settings.seconds
        stop.wait(wait if copy.shown else min(wait, 30))


def told_to_stop(number, _frame):
    if not stop.is_set():
        stop.set()
        raise Stopped(number)


if __name__ == "__main__":
    os.umask(0o022)
    signal.signal(signal.SIGTERM, told_to_stop)
    signal.signal(signal.SIGINT, told_to_stop)
    try:
        sys.exit(main(sys.argv[1:]))
    except Stopped as stopped:
        say("stopped")
        sys.stdout.flush()
        # Not at the end of the threads, which may wait for the network for half a minute.
        os._exit(128 + stopped.args[0])
