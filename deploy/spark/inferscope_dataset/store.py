"""Files where they lie: a path, `file://`, `s3a://` or `s3://`, `gs://`, `hdfs://`, by Arrow's own file systems, on the driver and on
the workers alike. No Hadoop connector is needed for a bucket; credentials come as every S3 client takes them: from the environment
(`AWS_ACCESS_KEY_ID` …), a mounted profile or a service account's token; `AWS_ENDPOINT_URL` names a server that is not Amazon's."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import uuid4

from pyarrow import NativeFile, fs

# Files of a folder that is not data: hidden ones, those of programs like this one, and lists of the other files.
NOT_DATA = ("index.json", "catalog.json")


@dataclass(frozen=True)
class Found:
    """A file: its path from the place's folder on, its size in bytes, and when it was changed, in nanoseconds since 1970."""

    path: str
    size: int
    changed: int


class Place:
    """A folder or a bucket's prefix. Sent to workers as its address."""

    def __init__(self, address: str) -> None:
        self.address = address
        parts = urlsplit(address)
        if parts.scheme in ("s3", "s3a", "s3n"):
            endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
            region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
            self.files: fs.FileSystem = fs.S3FileSystem(endpoint_override=endpoint, region=region)
            self.folder = f"{parts.netloc}{parts.path}".rstrip("/")
        elif parts.scheme:
            self.files, folder = fs.FileSystem.from_uri(address)
            self.folder = folder.rstrip("/") or "/"
        else:
            self.files, self.folder = fs.LocalFileSystem(), os.path.abspath(address)
        self.local = isinstance(self.files, fs.LocalFileSystem)

    def __reduce__(self) -> tuple:
        return Place, (self.address,)

    def holds(self, other: "Place") -> bool:
        """Whether another place is this one, or below it."""
        return type(self.files) is type(other.files) and f"{other.folder}/".startswith(f"{self.folder.rstrip('/')}/")

    def _at(self, path: str) -> str:
        return f"{self.folder}/{path}" if path else self.folder

    def listed(self, path: str = "", deep: bool = True) -> tuple[list[Found], list[str]]:
        """Files and folders below a folder of the place; none where there is none."""
        found = self.files.get_file_info(fs.FileSelector(self._at(path), allow_not_found=True, recursive=deep))
        start = len(self.folder) + 1
        files = [Found(info.path[start:], info.size, info.mtime_ns) for info in found if info.type == fs.FileType.File]
        return files, [info.path[start:] for info in found if info.type == fs.FileType.Directory]

    def read(self, path: str) -> bytes:
        with self.files.open_input_stream(self._at(path)) as stream:
            return stream.read()

    def read_if_there(self, path: str) -> bytes | None:
        try:
            return self.read(path)
        except FileNotFoundError:
            return None

    def pieces(self, path: str, size: int = 8 << 20) -> Iterator[bytes]:
        with self.files.open_input_stream(self._at(path)) as stream:
            while piece := stream.read(size):
                yield piece

    def opened(self, path: str) -> NativeFile:
        return self.files.open_input_file(self._at(path))

    def write(self, path: str, content: bytes) -> None:
        """The whole file or none of it: a bucket shows an object when it is whole, elsewhere it is renamed into its place."""
        at = self._at(path)
        if isinstance(self.files, fs.S3FileSystem):
            with self.files.open_output_stream(at) as stream:
                stream.write(content)
            return
        self.files.create_dir(at.rpartition("/")[0], recursive=True)
        # The dot keeps it out of every listing of data, ours and Spark's.
        beside = f"{at.rpartition('/')[0]}/.{uuid4().hex}.part"
        with self.files.open_output_stream(beside) as stream:
            stream.write(content)
        if self.local:
            with open(beside, "rb") as written:
                os.fsync(written.fileno())
            os.replace(beside, at)
        else:
            self.files.move(beside, at)

    def there(self, path: str) -> bool:
        return self.files.get_file_info(self._at(path)).type == fs.FileType.File

    def remove(self, path: str) -> None:
        try:
            self.files.delete_file(self._at(path))
        except FileNotFoundError:
            pass

    def remove_empty(self, folders: Iterable[str]) -> None:
        """Folders that nothing is left in. A bucket has none, but Arrow leaves an empty object where the last file went."""
        for folder in sorted(folders, key=len, reverse=True):
            if self.local:
                try:
                    os.rmdir(self._at(folder))
                except OSError:
                    continue
            elif not self.listed(folder)[0]:
                self.files.delete_dir(self._at(folder))


def is_data(path: str) -> bool:
    """Whether a file can be a result: no part of its path is hidden, and it is no list of files."""
    *_, name = parts = path.split("/")
    return name not in NOT_DATA and not any(part.startswith((".", "_")) for part in parts)
